import { Agent, request } from 'undici'
import type { Store } from '../db/index.ts'
import { loadConfig } from '../src/config/index.ts'
import { byTest, type Lanyard, startLanyard } from '../test/support/lanyard.ts'
import type { Credentials } from '../test/support/logins.ts'
import { Person } from '../test/support/person.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import type { Figure } from './report.ts'
import { startPinned } from './servers.ts'

export const PEOPLE = 100_000
const GROUPS = 2_000
const OWN_GROUPS = 4
const CLUSTERS = 50
const APPLICATIONS = 20
const EVENTS = 200_000
/** Rows of one statement: SQLite binds 32,766 values at most. */
const AT_ONCE = 1_000
const REQUESTS = 60
const BAR_MS = 50

const FIRST = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Ken',
  'Margaret',
  'Éva',
  'Niklaus',
  'Hedy',
]
const LAST = [
  'Lovelace',
  'Hopper',
  'Turing',
  'Dijkstra',
  'Liskov',
  'Thompson',
  'Hamilton',
  'Tardos',
]

const id = (kind: string, n: number) => `${kind}${String(n).padStart(26 - kind.length, '0')}`
const username = (n: number) => `user${String(n).padStart(6, '0')}`
const groupName = (n: number) => `team-${String(n).padStart(4, '0')}`

/**
 * Every admin page of an installation of a hundred thousand people: the 95th percentile of what one costs the server's main thread, whatever else
 * the machine does; and, beside it, of what an admin waits for it.
 */
export async function measureAdmin(
  command: string,
  { port, rounds }: { readonly port: number; readonly rounds: number },
): Promise<Figure[]> {
  await using directory = await temporaryDirectory()
  const env = {
    LANYARD_DATA: directory.path,
    LANYARD_LISTEN: `127.0.0.1:${port}`,
    LANYARD_LOG_LEVEL: 'warn',
  }
  const { ca, root } = await seedPeople(directory.path, env)
  const args = [command, 'serve']
  await using server = await startPinned(args, /^Lanyard is ready/, env)
  const issuer = `https://localhost:${port}`
  const person = new Person({ issuer, ca })
  await person.submit(await person.open('sign-in'), { ...root })
  const cookie = person.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  await person.close()
  const dispatcher = new Agent({ connect: { ca } })
  const figures: Figure[] = []
  for (const [name, pathOf] of pages()) {
    const all: number[] = []
    const waits: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const times: number[] = []
      for (let n = 0; n < REQUESTS; n += 1) {
        const url = `${issuer}/admin${pathOf(round * REQUESTS + n)}`
        const before = server.mainThreadMs()
        const began = performance.now()
        const answer = await request(url, { dispatcher, headers: { cookie, accept: 'text/html' } })
        await answer.body.text()
        waits.push(performance.now() - began)
        times.push(server.mainThreadMs() - before)
        if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`)
      }
      all.push(percentile(times, 0.95))
    }
    const wait = [0.5, 0.95].map((share) => percentile(waits, share).toFixed(1)).join('/')
    figures.push({
      ...{ name: `admin: ${name}`, unit: 'ms', rounds: all, bar: { atMost: BAR_MS } },
      note: `p95 of ${REQUESTS}; waited p50/p95 ms ${wait}`,
    })
  }
  await dispatcher.close()
  return figures
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** Each page with an address that varies from request to request, where it has one. */
function pages(): readonly (readonly [string, (n: number) => string])[] {
  const spread = (n: number, of: number) => (n * 7_919 + 13) % of
  const after = (n: number) =>
    Buffer.from(
      JSON.stringify([0, username(spread(n, PEOPLE)), username(spread(n, PEOPLE))]),
    ).toString('base64url')
  return [
    ['overview', () => ''],
    ['users, first page', () => '/users'],
    ['users, a page in between', (n) => `/users?after=${after(n)}`],
    ['users, a name', (n) => `/users?q=${encodeURIComponent(FIRST[n % FIRST.length] ?? '')}`],
    ['users, the end of a username', (n) => `/users?q=${username(spread(n, PEOPLE))}`],
    ['users, an address', (n) => `/users?q=mail${spread(n, PEOPLE)}@`],
    ['users, nobody', (n) => `/users?q=nobody${n}`],
    ['users, locked', () => '/users?status=disabled'],
    ['user', (n) => `/users/${username(spread(n, PEOPLE))}`],
    ['edit user', (n) => `/users/${username(spread(n, PEOPLE))}/edit`],
    ['groups, first page', () => '/groups'],
    ['groups, a page in between', (n) => `/groups?after=${groupName(spread(n, GROUPS))}`],
    ['group', (n) => `/groups/${groupName(spread(n, GROUPS))}`],
    ['group, nested', (n) => `/groups/${groupName(spread(n, GROUPS))}?show=all`],
    ['group of everybody', (n) => `/groups/everybody?after=${username(spread(n, PEOPLE))}`],
    ['group of everybody, nested', () => '/groups/everybody?show=all'],
    ['invitations', () => '/invitations'],
    ['import and export', () => '/csv'],
    ['clusters', () => '/clusters'],
    ['cluster', (n) => `/clusters/cluster-${n % CLUSTERS}`],
    ['applications', () => '/applications'],
    ['application', (n) => `/applications/application-${n % APPLICATIONS}`],
    ['machines', () => '/machines'],
    ['audit log', () => '/audit'],
    ['keys', () => '/keys'],
    ['access review', () => '/access-review'],
  ]
}

async function seedPeople(
  data: string,
  env: Record<string, string>,
): Promise<{ ca: string; root: Credentials }> {
  const settings = loadConfig({ configPath: undefined, env, cwd: data })
  await using lanyard = await startLanyard({ data, settings })
  const { store } = lanyard.server.rooms
  const now = Date.now()
  await fill(store, GROUPS, 'groups', (n) => ({
    ...{ id: id('g', n), name: groupName(n), description: `The team number ${n}`, created_at: now },
  }))
  await fill(store, PEOPLE, 'users', (n) => ({
    ...{ id: id('u', n), username: username(n), email: `mail${n}@example.com`, email_verified: 1 },
    display_name: `${FIRST[n % FIRST.length]} ${LAST[n % LAST.length]} ${n}`,
    status: n % 997 === 0 ? 'disabled' : 'active',
    ...{ created_at: now, sessions_valid_from: 0 },
  }))
  const root = await lanyard.addUser('root', ['lanyard-admins', 'everybody'])
  const everybody = (await lanyard.server.rooms.directory.groups.get('everybody')).id
  await fill(store, PEOPLE * (OWN_GROUPS + 1), 'group_users', (n) => {
    const user = Math.floor(n / (OWN_GROUPS + 1))
    const own = n % (OWN_GROUPS + 1)
    const group = (user * 31 + own * 503) % GROUPS
    return { user_id: id('u', user), group_id: own === OWN_GROUPS ? everybody : id('g', group) }
  })
  // Three hundred groups stand in others, up to three deep.
  await fill(store, 300, 'group_groups', (n) => ({
    group_id: id('g', n < 200 ? n + 1_000 : n - 200),
    member_id: id('g', n < 200 ? n : n + 800),
  }))
  await fill(store, EVENTS, 'audit_events', (n) => ({
    ...{ at: now - (EVENTS - n) * 1_000, type: 'user.signed_in', actor_kind: 'user' },
    ...{ actor_id: id('u', (n * 17) % PEOPLE), actor_name: username((n * 17) % PEOPLE) },
    ...{ target_kind: 'user', target_id: id('u', (n * 17) % PEOPLE) },
    ...{ target_name: username((n * 17) % PEOPLE), address: '192.0.2.7', detail: '{}' },
  }))
  await addDoors(lanyard)
  return { ca: lanyard.ca, root }
}

async function addDoors({ server }: Lanyard): Promise<void> {
  const { clusters } = server.rooms
  for (let n = 0; n < CLUSTERS; n += 1) {
    const groups = n % 10 === 0 ? ['everybody'] : [groupName(n * 7), groupName(n * 11 + 1)]
    const at = `https://192.0.2.1:${6_443 + n}`
    await clusters.add({ name: `cluster-${n}`, server: at, groups, liveGroups: false }, byTest)
  }
  for (let n = 0; n < APPLICATIONS; n += 1) {
    const redirectUris = [`https://application-${n}.example.com/callback`]
    const groups = [groupName(n * 13)]
    await clusters.applications.add({ name: `application-${n}`, redirectUris, groups }, byTest)
  }
}

/** Straight into the tables: through the rooms it would take an hour. */
async function fill(
  store: Store,
  count: number,
  table: 'users' | 'groups' | 'group_users' | 'group_groups' | 'audit_events',
  row: (n: number) => Record<string, string | number>,
): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    const rows = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, n) => row(at + n))
    await store.write(async (tx) => {
      await tx.query.insertInto(table).values(rows).execute()
    })
  }
}
