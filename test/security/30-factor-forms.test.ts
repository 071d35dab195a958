/** Threat 30: no other site and no other browser sends a step of a sign-in, or changes what somebody signs in with. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { codeAt } from '../support/authenticator.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { startCode } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { errorCodeOf, signIn } from './support/adversary.ts'

const TABLES = ['users', 'passwords', 'passkeys', 'one_time_codes', 'recovery_codes'] as const

let lanyard: Lanyard
/** Somebody after their password, in each flow; and somebody who has signed in. */
let stepping: Person
let asking: Person
let owner: Person
let uid = ''
before(async () => {
  lanyard = await startLanyard()
  const ada = await lanyard.addUser('ada', ['devs'])
  const bob = await lanyard.addUser('bob')
  await lanyard.addCluster('prod', { groups: ['devs'] })
  const { users, factors } = lanyard.server.rooms.directory
  const { id } = await users.get('ada')
  const { secret } = await factors.oneTimeCodes.begin(id)
  noteSecret(secret, 'one-time code secret')
  await factors.oneTimeCodes.confirm(id, codeAt(secret, Date.now()), byTest)
  stepping = new Person(lanyard)
  await stepping.submit(await stepping.open('sign-in'), { ...ada })
  asking = new Person(lanyard)
  const page = await asking.open(startCode(lanyard, { clientId: 'prod' }).url)
  uid = new URL(page.url).pathname.split('/')[2] ?? ''
  await asking.submit(page, { ...ada })
  owner = new Person(lanyard)
  await signIn(owner, bob)
})
after(async () => {
  await Promise.all([stepping, asking, owner].map((one) => one.close()))
  await lanyard[Symbol.asyncDispose]()
})

/** As they are registered; a step stands in both flows. */
function routes(): string[] {
  const room = new URL('../../src/web/index.ts', import.meta.url)
  const file = new URL('factors-routes.ts', room)
  const found = [...readFileSync(file, 'utf8').matchAll(/router\.post\(['`]([^'`]+)['`]/g)]
  return found.flatMap(([, route = '']) =>
    route.startsWith('$')
      ? ['/sign-in', '/interaction/:uid'].map((flow) => route.replace(/^[^/]*/, flow))
      : [route],
  )
}

function everything(): Promise<string> {
  const { query } = lanyard.server.rooms.store
  const rows = TABLES.map((table) =>
    query
      .selectFrom(table as 'users')
      .selectAll()
      .execute(),
  )
  return Promise.all(rows).then((all) => JSON.stringify(all))
}

const csrfOf = async (person: Person): Promise<string> =>
  (await person.open('sign-in?next=account&other=yes')).forms[0]?.fields['csrf'] ?? ''

describe('a form of a sign-in, or of what somebody signs in with', () => {
  it('is one of these', () => {
    assert.equal(routes().length, 7 + 2 * 6)
  })

  it('is refused unless our own page sent it, in this browser', async () => {
    const before = await everything()
    const stranger = new Person(lanyard)
    for (const route of routes()) {
      const person = route.startsWith('/sign-in')
        ? stepping
        : route.startsWith('/interaction')
          ? asking
          : owner
      const path = route.replace(':uid', uid).replace(':passkeyId', 'x')
      const fields = { csrf: await csrfOf(person), code: '000000', name: 'key', passkey: '{}' }
      const { csrf: _, ...tokenless } = fields
      for (const [what, sent, headers] of [
        ['without a token', tokenless, {}],
        ['with another browser’s', { ...fields, csrf: await csrfOf(stranger) }, {}],
        ['from another origin', fields, { origin: 'https://evil.example' }],
        ['from a sandbox', fields, { origin: 'null', 'sec-fetch-site': 'cross-site' }],
        ['from a neighbour', fields, { 'sec-fetch-site': 'same-site' }],
      ] as const) {
        const answer = await person.post(path, sent, headers)
        assert.equal(answer.status, 403, `${route} ${what}`)
        assert.equal(errorCodeOf(answer.html), 'ERR_CSRF', `${route} ${what}`)
      }
    }
    assert.equal(await everything(), before)
    await stranger.close()
  })
})
