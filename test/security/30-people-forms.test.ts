/** Threat 30: no other site and no other browser answers a link, asks for a membership, or changes what somebody is called. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Settings } from '../../src/config/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { Person } from '../support/person.ts'
import { errorCodeOf, signIn } from './support/adversary.ts'

const TABLES = ['users', 'passwords', 'membership_requests', 'invitations', 'reset_links'] as const

/** Nobody listens there: the forms about mail are shown all the same. */
const mail: Settings['mail'] = {
  ...{ host: '127.0.0.1', port: 9, implicitTls: false, startTls: 'never', from: 'id@example.com' },
  ...{ username: null, password: null, certificateAuthority: null },
}

let lanyard: Lanyard
let owner: Person
let requestId = ''
before(async () => {
  lanyard = await startLanyard({ settings: { mail } })
  await lanyard.addUser('ada')
  const { users, groups, owners, requests } = lanyard.server.rooms.directory
  const { id: userId } = await users.get('ada')
  const bob = await lanyard.addUser('bob')
  await groups.add({ name: 'prod' }, byTest)
  await groups.change('prod', { longestMembership: 3_600 }, byTest)
  await owners.add('prod', bob.username, byTest)
  const asked = await requests.ask({ userId, group: 'prod', seconds: 60, reason: 'test' }, byTest)
  requestId = asked.id
  owner = new Person(lanyard)
  await signIn(owner, bob)
})
after(async () => {
  await owner.close()
  await lanyard[Symbol.asyncDispose]()
})

function routes(): string[] {
  return ['profile-routes', 'choice-routes'].flatMap((name) => {
    const file = new URL(`../../src/web/${name}.ts`, import.meta.url)
    const found = readFileSync(file, 'utf8').matchAll(/router\.post\('([^']+)'/g)
    return [...found].map(([, route = '']) => route)
  })
}

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

const csrfOf = async (person: Person): Promise<string> =>
  (await person.open('sign-in?other=yes')).forms[0]?.fields['csrf'] ?? ''

describe('a form of links, memberships and choices', () => {
  it('is one of these', () => {
    assert.equal(routes().length, 12)
  })

  it('is refused unless our own page sent it, in this browser', async () => {
    const before = await everything()
    const stranger = new Person(lanyard)
    const fields = {
      ...{ group: 'prod', seconds: '60', reason: 'mine', language: 'de', username: 'bob' },
      ...{ display_name: 'Mallory', email: 'mallory@example.com', answer: 'approve' },
    }
    for (const route of routes()) {
      const path = route.replace(':requestId', requestId).replace(/:\w+/, 'x'.repeat(32))
      const own = { ...fields, csrf: await csrfOf(owner) }
      for (const [what, sent, headers] of [
        ['without a token', fields, {}],
        ['with another browser’s', { ...fields, csrf: await csrfOf(stranger) }, {}],
        ['from another origin', own, { origin: 'https://evil.example' }],
        ['from a sandbox', own, { origin: 'null', 'sec-fetch-site': 'cross-site' }],
        ['from a neighbour', own, { 'sec-fetch-site': 'same-site' }],
      ] as const) {
        const answer = await owner.post(path, sent, headers)
        assert.equal(answer.status, 403, `${route} ${what}`)
        assert.equal(errorCodeOf(answer.html), 'ERR_CSRF', `${route} ${what}`)
      }
    }
    assert.equal(await everything(), before)
    await stranger.close()
  })
})
