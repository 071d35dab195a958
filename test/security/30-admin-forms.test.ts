/**
 * Threat 30 at the admin's pages: what another site, somebody who is no admin, or somebody at a browser that was left open can make them
 * do. Every form that the sources register is tried, so that a new one is tried too.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type AdminSite, openAdmin } from '../web/admin/fixture.ts'
import { BY, PASSWORD, signIn } from '../web/fixture.ts'
import { approveDevice } from '../web/logins.ts'

const folder = new URL('../../src/web/admin/', import.meta.url)
const sources = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), 'utf8'),
}))
const registered = sources.flatMap(({ name, text }) =>
  [...text.matchAll(/\b\w+\.post\(\s*'([^']+)'/g)].map(([, route = '']) => ({ name, route })),
)

const values: Readonly<Record<string, string>> = {
  user: 'bob',
  group: 'viewers',
  cluster: 'prod-eu',
}
const pathOf = (route: string, deviceId = 'x') =>
  `/admin${route.replaceAll(/:(\w+)/g, (_, key: string) => (key === 'deviceId' ? deviceId : (values[key] ?? 'x')))}`

/** What each form of people and groups holds. A `null` does nothing that would be hard to undo. */
const fields: Readonly<Record<string, Readonly<Record<string, string>> | null>> = {
  '/users': { username: 'mallory', groups: 'lanyard-admins' },
  '/users/groups': { 'user.bob': 'yes', group: 'lanyard-admins', act: 'add' },
  '/users/:user/lock': {},
  '/users/:user/unlock': {},
  '/users/:user/end-sessions': {},
  '/users/:user/revoke-devices': {},
  '/users/:user/devices/:deviceId/revoke': {},
  '/users/:user/reset-link': {},
  '/users/:user/clear-limit': {},
  '/users/:user/reset-factors': {},
  '/users/:user/groups': { group: 'lanyard-admins' },
  '/users/:user/groups/remove': { group: 'viewers' },
  '/users/:user/edit': { display_name: 'Mallory', email: 'mallory@example.com' },
  '/users/:user/delete': {},
  '/groups': null,
  '/groups/:group/members': { username: 'bob' },
  '/groups/:group/members/remove': { username: 'ada' },
  '/groups/:group/groups': { group: 'lanyard-admins' },
  '/groups/:group/groups/remove': { group: 'lanyard-admins' },
  '/groups/:group/description': null,
  '/groups/:group/delete': {},
  '/csv': null,
  '/csv/apply': { kind: 'users', text: 'username,groups\nbob,lanyard-admins\n', fingerprint: 'x' },
  '/invitations': { username: 'mallory', groups: 'viewers' },
  '/invitations/:invitation/revoke': null,
}
const OURS = /^(?:users|user|user-acts|bulk|group|groups|csv|invitations)\.ts$/

let site: AdminSite
let deviceId = ''
before(async () => {
  site = await openAdmin()
  const bob = site.web.person()
  await signIn(bob, 'bob')
  deviceId = (await approveDevice(site.web, bob, { deviceName: 'bobs' })).id
})
after(() => site[Symbol.asyncDispose]())

const TABLES = [
  'users',
  'groups',
  'group_users',
  'group_groups',
  'group_owners',
  'invitations',
  'reset_links',
  'devices',
  'clusters',
  'applications',
  'machine_rules',
  'signing_keys',
  'audit_events',
] as const

async function everything(): Promise<string> {
  const { query } = site.web.store
  const rows = TABLES.map((table) =>
    query
      .selectFrom(table as 'users')
      .selectAll()
      .execute(),
  )
  return JSON.stringify(await Promise.all(rows))
}

describe('the forms of admin pages', () => {
  it('are registered in one way only, and each of people and groups is known here', () => {
    const all = sources.flatMap(
      ({ text }) => text.match(/\b\w+\.(?:post|put|patch|delete|all|use)\(/g) ?? [],
    )
    const ways = new Set(all.filter((way) => /^(?:admin|own|router)\./.test(way)))
    assert.deepEqual([...ways].sort(), ['admin.post(', 'own.post(', 'router.post('])
    assert.deepEqual(
      sources.filter(({ text }) => text.includes('router.post(')).map(({ name }) => name),
      ['frame.ts'],
    )
    assert.ok(registered.length >= 25)
    const ours = registered.filter(({ name }) => OURS.test(name)).map(({ route }) => route)
    assert.deepEqual(new Set(ours), new Set(Object.keys(fields)))
  })

  for (const { route } of registered) {
    it(`POST /admin${route} is refused unless our own page sent it`, async () => {
      const { web, root } = site
      const url = `${web.issuerUrl}${pathOf(route, deviceId)}`
      const csrf = (await root.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
      const foreign = (await web.person().open('sign-in')).forms[0]?.fields['csrf'] ?? ''
      const sent = { ...fields[route], csrf }
      const was = await everything()
      for (const [form, headers] of [
        [{ ...sent, csrf: '' }, {}],
        [{ ...sent, csrf: foreign }, {}],
        [sent, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
        [sent, { origin: 'null', 'sec-fetch-site': 'cross-site' }],
        [sent, { 'sec-fetch-site': 'same-site' }],
        [sent, { origin: 'https://evil.example' }],
      ] as const) {
        const answer = await root.post(url, form, headers)
        assert.equal(answer.status, 403)
        assert.match(answer.html, /ERR_CSRF/)
      }
      assert.equal(await everything(), was)
    })

    it(`POST /admin${route} does nothing for whoever is no admin`, async () => {
      const { web } = site
      const url = `${web.issuerUrl}${pathOf(route, deviceId)}`
      const ada = web.person()
      await signIn(ada)
      const own = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
      const visitor = web.person()
      const none = (await visitor.open('sign-in')).forms[0]?.fields['csrf'] ?? ''
      const was = await everything()
      const answer = await ada.post(url, { ...fields[route], csrf: own })
      assert.equal(answer.status, 404)
      assert.match(answer.html, /There is nothing at this address for you\./)
      const unsigned = await visitor.post(url, { ...fields[route], csrf: none })
      assert.match(unsigned.url, /\/sign-in\?next=admin$/)
      assert.equal(await everything(), was)
    })

    it(`GET /admin${route} with the fields of its form changes nothing`, async () => {
      const { root } = site
      const was = await everything()
      const query = new URLSearchParams(fields[route] ?? {}).toString()
      const answer = await root.open(`${pathOf(route, deviceId).slice(1)}?${query}`)
      assert.ok([200, 404, 405].includes(answer.status), String(answer.status))
      assert.equal(await everything(), was)
    })
  }
})

describe('a browser that an admin left open', () => {
  for (const [route, form] of Object.entries(fields)) {
    if (form === null) continue
    it(`does not get through POST /admin${route} without the password, whatever the form says`, async () => {
      const { web } = site
      const root = web.person()
      await signIn(root, 'root')
      web.advance(5 * 60_000 + 1)
      const csrf = (await root.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
      const url = `${web.issuerUrl}${pathOf(route, deviceId)}`
      const was = await everything()
      const asked = await root.post(url, { ...form, csrf })
      assert.equal(asked.status, 200, asked.html)
      assert.equal(asked.heading, 'Confirm that it is you')
      const confirmed = asked.forms[0]?.fields['confirmed'] ?? ''
      for (const more of [
        { confirmed: 'yes' },
        { confirmed },
        { confirmed, current_password: '' },
        { confirmed, current_password: 'wrong wrong wrong wrong' },
        { confirmed, passkey: '{}', use: 'passkey' },
        { confirmed: confirmed.slice(1), current_password: PASSWORD },
      ]) {
        const answer = await root.post(url, { ...form, ...more, csrf })
        assert.ok(
          [200, 400, 409].includes(answer.status),
          `${answer.status} ${JSON.stringify(more)}`,
        )
        assert.equal(answer.heading, 'Confirm that it is you')
      }
      assert.equal(await everything(), was)
    })
  }

  it('gets through with the password, and then only for what was read', async () => {
    const { web } = site
    await web.directory.limits.clear((await web.directory.users.get('root')).id, BY)
    const root = web.person()
    await signIn(root, 'root')
    web.advance(5 * 60_000 + 1)
    const page = await root.open('admin/users/bob')
    const index = page.forms.findIndex(({ action }) => action.endsWith('/lock'))
    const sudo = await root.submit(page, {}, index)
    const confirmed = sudo.forms[0]?.fields['confirmed'] ?? ''
    const fieldsOfLock = {
      csrf: sudo.forms[0]?.fields['csrf'] ?? '',
      confirmed,
      current_password: PASSWORD,
    }
    const other = await root.post(`${web.issuerUrl}/admin/users/ada/lock`, fieldsOfLock)
    assert.equal(other.status, 409, 'the words of another act')
    assert.equal((await web.directory.users.get('ada')).status, 'active')
    assert.equal((await root.submit(sudo, { current_password: PASSWORD })).status, 200)
    assert.equal((await web.directory.users.get('bob')).status, 'disabled')
  })
})
