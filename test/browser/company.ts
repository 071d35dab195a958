/** A company as the manual's pictures show it: people, groups, ways in, and sixty days of what happened there. */
import { mock } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import type { By } from '../../src/errors/index.ts'
import { Passkey } from '../support/authenticator.ts'
import type { Lanyard } from '../support/lanyard.ts'
import {
  authorize,
  createDeviceKey,
  exchange,
  type PluginLogin,
  redeem,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How long before the pictures the company set Lanyard up. */
export const DAYS = 60

const PEOPLE =
  'Ada Lovelace, Alan Turing, Annie Easley, Barbara Liskov, Claude Shannon, Dennis Ritchie, Dorothy Vaughan, Edsger Dijkstra, Elizabeth Feinler, Evelyn Berezin, Frances Allen, Grace Hopper, Hedy Lamarr, Jean Bartik, Jean Sammet, John Backus, Joan Clarke, Karen Jones, Katherine Johnson, Ken Thompson, Klára Neumann, Konrad Zuse, Margaret Hamilton, Mary Jackson, Maurice Wilkes, Melba Mouton, Niklaus Wirth, Peter Naur, Radia Perlman, Roberta Williams, Sophie Wilson, Stephanie Shirley, Tony Hoare, Vera Molnár, Whitfield Diffie, Yukihiro Matsumoto'.split(
    ', ',
  )

const BY: By = {
  actor: { kind: 'command', name: 'ada' },
  address: null,
  requestId: null,
}

/** Each with every so-and-so-many-th of the people, by name. */
const GROUPS = [
  ['platform', 'Runs the clusters', 6],
  ['shop-developers', 'Builds the shop', 3],
  ['search-developers', 'Builds the search', 4],
  ['data-science', 'Notebooks and models', 5],
  ['viewers', 'May look everywhere, change nothing', 2],
  ['prod-admins', 'May do anything in production', 0],
  ['on-call', 'Whoever has the pager this week', 18],
  ['auditors', 'Read the record', 0],
] as const

const usernameOf = (name: string): string =>
  (name.split(' ')[0] ?? '')
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[^a-z]/g, '') + (name.startsWith('Jean ') ? (name.at(5) ?? '').toLowerCase() : '')

export interface Company {
  readonly lanyard: Lanyard
  passwordOf(username: string): string
  /** Adds a passkey of this person that no browser holds. */
  addPasskey(username: string, name: string): Promise<void>
}

/** Everything happens in the past until the stack ends; afterwards it is now. */
export function turnBack(): Disposable & { forward(milliseconds: number): void } {
  const now = Date.now()
  mock.timers.enable({ apis: ['Date'], now: now - DAYS * DAY })
  return {
    forward: (milliseconds) => mock.timers.setTime(Math.min(now, Date.now() + milliseconds)),
    [Symbol.dispose]: () => mock.timers.reset(),
  }
}

export async function foundCompany(
  lanyard: Lanyard,
  forward: (milliseconds: number) => void,
): Promise<Company> {
  const company: Company = {
    lanyard,
    passwordOf: (username) => `correct horse of ${username} 7419`,
    addPasskey: (username, name) => addPasskey(lanyard, username, name),
  }
  await addPeople(company, forward)
  await addWaysIn(lanyard)
  await addMachines(lanyard)
  forward((DAYS - 9) * DAY)
  await haveDays(company, forward)
  return company
}

async function addPeople(company: Company, forward: (milliseconds: number) => void) {
  const { directory } = company.lanyard.server.rooms
  for (const [index, name] of PEOPLE.entries()) {
    const username = usernameOf(name)
    await directory.users.add(
      {
        ...{ username, displayName: name, email: `${username}@example.com`, mustChange: false },
        ...(index % 11 === 10 ? {} : { password: company.passwordOf(username) }),
      },
      BY,
    )
    await directory.users.change(username, { emailVerified: index % 7 !== 6 }, BY)
  }
  await directory.groups.add({ name: 'lanyard-admins', description: 'May administer Lanyard' }, BY)
  await directory.groups.addMember('lanyard-admins', { user: 'ada' }, BY)
  await directory.groups.addMember('lanyard-admins', { user: 'grace' }, BY)
  for (const [name, description, every] of GROUPS) {
    await directory.groups.add({ name, description }, BY)
    for (const [index, person] of PEOPLE.entries()) {
      if (every > 0 && index % every === 0) {
        await directory.groups.addMember(name, { user: usernameOf(person) }, BY)
      }
    }
    forward(HOUR)
  }
  await directory.groups.addMember('auditors', { user: 'radia' }, BY)
  await directory.groups.addMember('viewers', { group: 'shop-developers' }, BY)
  await directory.groups.addMember('viewers', { group: 'search-developers' }, BY)
  await directory.groups.change(
    'prod-admins',
    { policy: { factors: 'passkey', maxAge: 3_600 }, longestMembership: 4 * 3_600 },
    BY,
  )
  await directory.groups.change('on-call', { policy: { factors: 'two', maxAge: null } }, BY)
  await directory.owners.add('prod-admins', 'margaret', BY)
  await directory.owners.add('shop-developers', 'margaret', BY)
}

async function addWaysIn({ server }: Lanyard): Promise<void> {
  const { clusters } = server.rooms
  for (const [name, host, groups, version] of [
    ['prod-eu', 'prod-eu.example.com', ['platform', 'prod-admins', 'on-call', 'viewers'], '1.34'],
    ['prod-us', 'prod-us.example.com', ['platform', 'prod-admins', 'on-call'], '1.34'],
    [
      'staging',
      'staging.example.com',
      ['platform', 'shop-developers', 'search-developers'],
      '1.35',
    ],
    ['research', 'research.example.com', ['data-science'], '1.33'],
  ] as const) {
    const facts = { server: `https://${host}:6443`, kubernetesVersion: version }
    // A cluster that is asked live is looked for, and these are nowhere.
    await clusters.add({ ...facts, name, groups, liveGroups: false }, BY)
  }
  for (const [name, path, groups] of [
    ['grafana', '/login/generic_oauth', ['viewers']],
    ['argocd', '/auth/callback', ['platform', 'shop-developers']],
    ['headlamp', '/oidc-callback', ['viewers']],
  ] as const) {
    const redirectUris = [`https://${name}.example.com${path}`]
    await clusters.applications.add({ name, redirectUris, groups, public: true }, BY)
  }
  await server.issuer.refresh()
}

async function addMachines({ server, issuer }: Lanyard): Promise<void> {
  const { machines } = server.rooms
  await machines.issuers.add({ name: 'github', kind: 'github' }, BY)
  const { publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ci-1', alg: 'RS256', use: 'sig' }
  await machines.issuers.add(
    {
      ...{ name: 'buildbot', issuer: 'https://ci.example.com' },
      jwks: JSON.stringify({ keys: [jwk] }),
    },
    BY,
  )
  const sub = 'repo:example/shop:ref:refs/heads/main'
  await machines.rules.add(
    {
      ...{ name: 'deploy-shop', issuer: 'github', audience: issuer, clusters: ['staging'] },
      ...{ username: 'machine:deploy-shop', groups: ['shop-developers'] },
      pins: [
        { kind: 'exact', claim: 'sub', value: sub },
        { kind: 'exact', claim: 'repository_id', value: '731204998' },
        { kind: 'exact', claim: 'repository_owner_id', value: '9919' },
      ],
    },
    BY,
  )
  await machines.rules.add(
    {
      ...{ name: 'nightly-tests', issuer: 'buildbot', audience: issuer },
      ...{ username: 'machine:nightly-tests', groups: ['viewers'], clusters: ['staging'] },
      pins: [{ kind: 'exact', claim: 'sub', value: 'job:nightly-tests' }],
    },
    BY,
  )
}

/** What makes a record: sign-ins, mistakes, invitations, requests; then the devices of today. */
async function haveDays(company: Company, forward: (milliseconds: number) => void) {
  const { directory, accessTokens } = company.lanyard.server.rooms
  for (const [username, key] of [
    ['grace', 'yellow key'],
    ['ken', 'laptop'],
  ] as const) {
    await company.addPasskey(username, key)
    forward(7 * HOUR)
  }
  await directory.users.disable('dennis', BY)
  for (const username of ['ada', 'alan', 'margaret', 'ken', 'hedy', 'barbara']) {
    await signIn(company, username)
    forward(5 * HOUR)
  }
  await signIn(company, 'hedy', 'not the password')
  const { id: userId } = await directory.users.get('barbara')
  const token = {
    userId,
    name: 'dashboard on the wall',
    clusters: ['staging'],
    groups: ['viewers'],
  }
  await accessTokens.create({ ...token, lifetime: 30 * 86_400 }, BY)
  forward(DAYS * DAY)
  await haveToday(company)
}

async function haveToday(company: Company): Promise<void> {
  const { directory } = company.lanyard.server.rooms
  for (const [username, device, entered] of [
    ['ada', 'ada-thinkpad', ['prod-eu', 'staging']],
    ['ada', 'jump-host-2', ['prod-eu']],
    ['dorothy', 'dorothy-desktop', ['prod-us', 'staging']],
    ['klara', 'klara-notebook', ['research']],
    ['margaret', 'margaret-macbook', ['prod-eu']],
    ['sophie', 'sophie-bbc-micro', ['prod-us']],
    ['hedy', 'hedy-laptop', ['prod-eu']],
  ] as const) {
    const login = await deviceLogin(company, username, device)
    for (const cluster of entered) {
      await exchange(company.lanyard, login, cluster, {}, FROM)
    }
  }
  for (const [email, groups] of [
    ['guido@example.com', ['search-developers']],
    ['anita@example.com', ['data-science', 'viewers']],
  ] as const) {
    await directory.invitations.create(
      { email, groups, lifetimeSeconds: 7 * 86_400, byMail: false },
      BY,
    )
  }
  for (const [username, group, seconds, reason] of [
    ['hedy', 'prod-admins', 3_600, 'Roll back the shop, ticket 4711'],
    ['ken', 'prod-admins', 7_200, 'Move the search index to the new nodes'],
  ] as const) {
    const { id: userId } = await directory.users.get(username)
    const by: By = { ...BY, actor: { kind: 'user', userId, username } }
    await directory.requests.ask({ userId, group, seconds, reason }, by)
  }
}

async function signIn(
  { lanyard, passwordOf }: Company,
  username: string,
  password = passwordOf(username),
): Promise<void> {
  const person = new Person({ ...lanyard, headers: FROM })
  await person.submit(await person.open('sign-in'), { username, password })
  await person.close()
}

/** As the proxy before Lanyard says where somebody sits. */
export const FROM = { 'x-forwarded-for': '10.20.3.17' }

async function deviceLogin(
  { lanyard, passwordOf }: Company,
  username: string,
  deviceName: string,
): Promise<PluginLogin> {
  const person = new Person({ ...lanyard, headers: FROM })
  const key = await createDeviceKey()
  const { started, params, page } = await authorize(
    lanyard,
    person,
    { username, password: passwordOf(username) },
    { clientId: 'kubectl-lanyard', deviceName },
  )
  await person.close()
  const code = params.get('code')
  if (code === null) throw new Error(`no code for ${username}: "${page.heading}"`)
  const dpop = await key.proof('POST', `${lanyard.issuer}/token`)
  const tokens = tokensOf(await redeem(lanyard, started, code, { headers: { dpop, ...FROM } }))
  return { key, tokens, refreshToken: tokens.refreshToken }
}

async function addPasskey({ server, issuer }: Lanyard, username: string, name: string) {
  const { directory } = server.rooms
  const { id: userId } = await directory.users.get(username)
  const { passkeys } = directory.factors
  const passkey = new Passkey(new URL(issuer).origin)
  const response = passkey.create(await passkeys.registrationOptions(userId, 'company'))
  await passkeys.register({ userId, binding: 'company', name, response }, BY)
}
