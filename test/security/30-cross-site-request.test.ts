/**
 * Threat 30: no other site makes a person's browser do anything here. Every form is refused without its token, with another browser's,
 * and from wherever the browser says that is not us; and what is refused has changed nothing.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, pluginLogin, startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { startDevice } from './attack.ts'
import { errorCodeOf, FORM, send, signIn } from './support/adversary.ts'

const NEXT = 'eleven tin kettles sing'
const next = { password: NEXT, password_again: NEXT }

interface Form {
  /** As web registers it. */
  readonly route: string
  /** Somebody at the page with this form, and what they would send: a person, their page, and its path and fields. */
  prepare(): Promise<{ person: Person; path: string; fields: Record<string, string> }>
}

let lanyard: Lanyard
let ada: Credentials
let users = 0
before(async () => {
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  // There is no admin yet, so the set-up is open.
  await lanyard.server.rooms.directory.setupLink.issue(byTest)
})
after(() => lanyard[Symbol.asyncDispose]())

const csrfOf = (page: Page) => page.forms[0]?.fields['csrf'] ?? ''
const typed = () => ({ username: ada.username, password: ada.password })

async function visitor(path: string) {
  const person = new Person(lanyard)
  return { person, csrf: csrfOf(await person.open(path)) }
}

/** Somebody of their own for every form, so that no attempt is another's. */
async function signedIn(path: string) {
  const own = await lanyard.addUser(`person${++users}`, ['devs'])
  const person = new Person(lanyard)
  await signIn(person, own)
  return { person, own, csrf: csrfOf(await person.open(path)) }
}

async function interaction() {
  const person = new Person(lanyard)
  const page = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
  const uid = new URL(page.url).pathname.split('/')[2] ?? ''
  return { person, uid, csrf: csrfOf(page) }
}

const forms: readonly Form[] = [
  {
    route: '/sign-in',
    async prepare() {
      const { person, csrf } = await visitor('sign-in')
      return { person, path: '/sign-in', fields: { csrf, ...typed() } }
    },
  },
  {
    route: '/sign-in/password',
    async prepare() {
      const own = await lanyard.addUser(`person${++users}`)
      const { person, csrf } = await visitor('sign-in')
      const fields = { csrf, username: own.username, current_password: own.password, ...next }
      return { person, path: '/sign-in/password', fields }
    },
  },
  {
    route: '/interaction/:uid/sign-in',
    async prepare() {
      const { person, uid, csrf } = await interaction()
      return { person, path: `/interaction/${uid}/sign-in`, fields: { csrf, ...typed() } }
    },
  },
  {
    route: '/interaction/:uid/password',
    async prepare() {
      const own = await lanyard.addUser(`person${++users}`, ['devs'])
      const { person, uid, csrf } = await interaction()
      const fields = { csrf, username: own.username, current_password: own.password, ...next }
      return { person, path: `/interaction/${uid}/password`, fields }
    },
  },
  {
    route: '/interaction/:uid/answer',
    async prepare() {
      const { person } = await signedIn('account')
      const page = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
      const uid = new URL(page.url).pathname.split('/')[2] ?? ''
      const fields = { ...page.forms[0]?.fields, answer: 'approve' }
      return { person, path: `/interaction/${uid}/answer`, fields }
    },
  },
  {
    route: '/device',
    async prepare() {
      const { person, csrf } = await signedIn('device')
      const { userCode } = await startDevice(lanyard, 'prod')
      return { person, path: '/device', fields: { csrf, user_code: userCode } }
    },
  },
  {
    route: '/device/answer',
    async prepare() {
      const { person } = await signedIn('device')
      const { userCode } = await startDevice(lanyard, 'prod')
      const page = await person.submit(await person.open('device'), { user_code: userCode })
      return {
        person,
        path: '/device/answer',
        fields: { ...page.forms[0]?.fields, answer: 'approve' },
      }
    },
  },
  {
    route: '/account/password',
    async prepare() {
      const { person, own, csrf } = await signedIn('account/password')
      const fields = { csrf, current_password: own.password, ...next }
      return { person, path: '/account/password', fields }
    },
  },
  {
    route: '/account/devices/revoke-all',
    async prepare() {
      const { person, own } = await signedIn('account')
      await pluginLogin(lanyard, own, { person })
      const csrf = csrfOf(await person.open('account'))
      return { person, path: '/account/devices/revoke-all', fields: { csrf } }
    },
  },
  {
    route: '/account/devices/:deviceId/revoke',
    async prepare() {
      const { person, own } = await signedIn('account')
      await pluginLogin(lanyard, own, { person })
      const csrf = csrfOf(await person.open('account'))
      const { id } = await lanyard.server.rooms.directory.users.get(own.username)
      const [device] = await lanyard.server.issuer.devices.list(id)
      assert.ok(device)
      return { person, path: `/account/devices/${device.id}/revoke`, fields: { csrf } }
    },
  },
  {
    route: '/account/tokens',
    async prepare() {
      const { person, own, csrf } = await signedIn('account/tokens/new')
      const token = { name: 'job', every_cluster: 'yes', lifetime: '86400' }
      const fields = { csrf, current_password: own.password, ...token }
      return { person, path: '/account/tokens', fields }
    },
  },
  {
    route: '/account/tokens/:tokenId/revoke',
    async prepare() {
      const { person, own } = await signedIn('account')
      const { directory, accessTokens } = lanyard.server.rooms
      const { id: userId } = await directory.users.get(own.username)
      const wanted = { userId, name: 'job', clusters: null, groups: null }
      const { token, value } = await accessTokens.create(wanted, byTest)
      noteSecret(value, 'access token')
      const csrf = csrfOf(await person.open('account'))
      return { person, path: `/account/tokens/${token.id}/revoke`, fields: { csrf } }
    },
  },
  {
    route: '/sign-out',
    async prepare() {
      const { person, csrf } = await signedIn('sign-out')
      return { person, path: '/sign-out', fields: { csrf, devices: 'all' } }
    },
  },
  {
    // The last one: once there is an admin it is gone.
    route: '/setup',
    async prepare() {
      const { code } = await lanyard.server.rooms.directory.setupLink.issue(byTest)
      const { person, csrf } = await visitor('setup')
      const fields = { csrf, setup_code: code, username: 'root', ...next }
      return { person, path: '/setup', fields }
    },
  },
]

const TABLES = [
  'users',
  'passwords',
  'groups',
  'group_users',
  'failure_budgets',
  'setup_links',
  'access_tokens',
  'devices',
  'engine_rows',
  'audit_events',
  'audit_refusals',
] as const

async function everything(): Promise<string> {
  const { query } = lanyard.server.rooms.store
  const rows = TABLES.map((table) =>
    query
      .selectFrom(table as 'users')
      .selectAll()
      .execute(),
  )
  return JSON.stringify(await Promise.all(rows))
}

interface Attempt {
  readonly headers: Record<string, string>
  /** Of the form with its right token. */
  change?(fields: Record<string, string>): Promise<Record<string, string>>
  readonly keepCookies?: boolean
}

const same = () => ({ origin: lanyard.issuer, 'sec-fetch-site': 'same-origin' })
const attempts: Readonly<Record<string, () => Attempt>> = {
  'without a token': () => ({
    headers: same(),
    change: async (fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'csrf')),
  }),
  'with an empty token': () => ({
    headers: same(),
    change: async (fields) => ({ ...fields, csrf: '' }),
  }),
  'with a token of another browser': () => ({
    headers: same(),
    change: async (fields) => ({ ...fields, csrf: (await visitor('sign-in')).csrf }),
  }),
  'with its token but without its cookies': () => ({ headers: same(), keepCookies: false }),
  'from another origin': () => ({ headers: { origin: 'https://evil.example' } }),
  'from another origin that says it is the same site': () => ({
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  }),
  'from a neighbour’s port': () => ({ headers: { origin: lanyard.issuer.replace(/\d+$/, '1') } }),
  'from the same host without TLS': () => ({
    headers: { origin: lanyard.issuer.replace('https', 'http') },
  }),
  'from a name that begins like ours': () => ({
    headers: { origin: `${lanyard.issuer}.evil.example` },
  }),
  'from a sandbox': () => ({ headers: { origin: 'null' } }),
  'from a sandbox elsewhere': () => ({
    headers: { origin: 'null', 'sec-fetch-site': 'cross-site' },
  }),
  'from our own origin across sites': () => ({
    headers: { origin: lanyard.issuer, 'sec-fetch-site': 'cross-site' },
  }),
  'from a neighbour of the same site': () => ({
    headers: { origin: lanyard.issuer, 'sec-fetch-site': 'same-site' },
  }),
  'typed by nobody': () => ({ headers: { 'sec-fetch-site': 'none' } }),
  'with neither Origin nor Sec-Fetch-Site': () => ({ headers: {} }),
}

function post(
  person: Person | null,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string>,
) {
  const cookies = (person?.cookies ?? [])
    .filter((cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')))
    .map(({ name, value }) => `${name}=${value}`)
  return send(lanyard, path, {
    method: 'POST',
    headers: {
      accept: 'text/html',
      ...FORM,
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  })
}

describe('every form', () => {
  it('that web has is tried here', () => {
    const source = readFileSync(new URL('../../src/web/index.ts', import.meta.url), 'utf8')
    const routes = [...source.matchAll(/router\.(?:post|put|patch|delete|all)\(\s*'([^']+)'/g)]
    assert.deepEqual(
      new Set(routes.map(([, route]) => route)),
      new Set(forms.map(({ route }) => route)),
    )
    // However a later route is registered, it is seen: there is no other way in use.
    assert.deepEqual([...new Set(source.match(/router\.(\w+)\(/g))].sort(), [
      'router.allowedMethods(',
      'router.get(',
      'router.post(',
      'router.routes(',
    ])
  })

  for (const { route, prepare } of forms) {
    it(`POST ${route} is refused unless our own page sent it, and then it is not`, async () => {
      const { person, path, fields } = await prepare()
      for (const [what, make] of Object.entries(attempts)) {
        const { headers, change, keepCookies = true } = make()
        const sent = change === undefined ? fields : await change(fields)
        const before = await everything()
        const answer = await post(keepCookies ? person : null, path, sent, headers)
        assert.equal(answer.status, 403, what)
        assert.equal(errorCodeOf(answer.body), 'ERR_CSRF', what)
        assert.equal(answer.headers['location'], undefined, what)
        assert.equal(await everything(), before, what)
      }
      // What another site's form can send without asking: RFC 6454 aside, these bodies are not read at all.
      for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json']) {
        const before = await everything()
        const answer = await post(person, path, fields, { ...same(), 'content-type': type })
        assert.equal(answer.status, 415, type)
        assert.equal(errorCodeOf(answer.body), 'ERR_FORM_TYPE')
        assert.equal(await everything(), before, type)
      }
      const asked = await send(lanyard, `${path}?${new URLSearchParams(fields).toString()}`, {
        headers: { accept: 'text/html', ...same() },
      })
      assert.notEqual(asked.status, 500)
      const before = await everything()
      const answer = await post(person, path, fields, same())
      assert.ok([200, 303].includes(answer.status), `${answer.status} ${errorCodeOf(answer.body)}`)
      assert.notEqual(await everything(), before, 'the same form does something when it is ours')
      await person.close()
    })
  }
})

describe('the cookies', () => {
  it('are sent to no other site’s form, read by no script, planted by no neighbour', async () => {
    const person = new Person(lanyard)
    const page = await person.open('sign-in')
    const lines = [page.headers['set-cookie'] ?? []].flat()
    const answer = await post(person, '/sign-in', { csrf: csrfOf(page), ...typed() }, same())
    lines.push(...[answer.headers['set-cookie'] ?? []].flat())
    assert.ok(lines.length >= 3)
    for (const line of lines) {
      assert.match(line, /^__Host-lanyard-(?:csrf|known|session)/)
      assert.match(line, /; httponly/i)
      assert.match(line, /; secure/i)
      assert.match(line, /; samesite=(?:lax|strict)/i)
      assert.match(line, /; path=\/(?:;|$)/i)
      assert.doesNotMatch(line, /domain=/i)
    }
    await person.close()
  })

  it('of the token cannot be made up, nor its token computed', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const seed = 'A'.repeat(22)
    person.adopt([{ name: '__Host-lanyard-csrf', value: seed, path: '/' }])
    for (const csrf of [seed, 'A'.repeat(43), '']) {
      const answer = await post(person, '/sign-out', { csrf }, same())
      assert.equal(errorCodeOf(answer.body), 'ERR_CSRF')
    }
    await person.close()
  })
})
