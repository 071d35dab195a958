/**
 * Threat 23: status, words, cookies and work of a refusal are the same for a name that is nobody's, that is somebody's, that is disabled
 * and that has no password. What takes time is counted, not timed: every attempt compares one hash of the same cost.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, describe, it, mock } from 'node:test'
import type * as Argon2 from 'argon2'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'

// The server loads it by `import()`, which hands out the same functions' module object.
const argon2 = createRequire(import.meta.url)('argon2') as typeof Argon2

const WRONG = 'not the password at all 55'
const NEXT = 'eleven tin kettles sing'
const NAMES = ['nobody', 'ada', 'gone', 'empty'] as const

let lanyard: Lanyard
const compared: string[] = []
before(async () => {
  const verify = argon2.verify
  mock.method(argon2, 'verify', (hash: string, plain: string) => {
    compared.push(hash)
    return verify(hash, plain)
  })
  lanyard = await startLanyard()
  const { users } = lanyard.server.rooms.directory
  await lanyard.addUser('ada')
  await lanyard.addUser('gone')
  await users.disable('gone', byTest)
  await users.add({ username: 'empty' }, byTest)
  await lanyard.addCluster('prod')
})
after(async () => {
  mock.reset()
  await lanyard[Symbol.asyncDispose]()
})

/** What could tell one answer from another, without what was typed and what is new in every answer. */
function seenOf(page: Page, username: string, person: Person) {
  const { date: _, ...headers } = page.headers
  return {
    status: page.status,
    html: page.html
      .replaceAll(username, 'NAME')
      .replaceAll(/r-[a-z0-9]{4}-[a-z0-9]{4}/g, 'REFERENCE')
      .replaceAll(/(name="csrf" value=")[^"]*/g, '$1')
      .replaceAll(/(&quot;challenge&quot;:&quot;)[\w-]+/g, '$1')
      .replaceAll(/(\/|%2F)interaction\1[\w-]+?(?=%2F|[^\w-])/g, '/interaction/UID'),
    headers: { ...headers, 'content-length': undefined },
    cookies: person.cookies.map(({ name }) => name).sort(),
  }
}

/** Kind and parameters of a hash in PHC form, in one order. */
function costOf(hash: string): string {
  const [, kind, , parameters = ''] = hash.split('$')
  return [kind, ...parameters.split(',').sort()].join(' ')
}

const flows: Readonly<Record<string, (person: Person, username: string) => Promise<Page>>> = {
  'the sign-in page': async (person, username) =>
    person.submit(await person.open('sign-in'), { username, password: WRONG }),
  'an authorization request': async (person, username) =>
    person.submit(await person.open(startCode(lanyard, { clientId: 'prod' }).url), {
      username,
      password: WRONG,
    }),
  'the sign-in for a device': async (person, username) =>
    person.submit(await person.open('sign-in?next=device'), { username, password: WRONG }),
  'the forced change': async (person, username) => {
    const csrf = (await person.open('sign-in')).forms[0]?.fields['csrf'] ?? ''
    const fields = { csrf, username, current_password: WRONG, password: NEXT, password_again: NEXT }
    return person.post('/sign-in/password', fields)
  },
}

describe('nobody, somebody, somebody disabled and somebody without a password', () => {
  for (const [flow, attempt] of Object.entries(flows)) {
    it(`get one answer and cost one comparison at ${flow}`, async () => {
      const answers = []
      const costs = []
      for (const username of NAMES) {
        compared.length = 0
        const person = new Person(lanyard)
        const page = await attempt(person, username)
        answers.push(seenOf(page, username, person))
        costs.push(compared.map(costOf))
        await person.close()
      }
      assert.equal(answers[0]?.status, 400)
      for (const answer of answers) assert.deepEqual(answer, answers[0])
      for (const cost of costs) assert.deepEqual(cost, ['argon2id m=19456 p=1 t=2'])
    })
  }

  it('are told to wait after as many attempts, and then nothing is compared for any', async () => {
    const attempts: number[] = []
    const answers = []
    for (const username of NAMES) {
      const person = new Person(lanyard)
      const page = await person.open('sign-in')
      // What the flows above have spent is the same for each.
      let answer = await person.submit(page, { username, password: WRONG })
      let made = 1
      while (answer.status === 400 && made < 20) {
        answer = await person.submit(page, { username, password: WRONG })
        made += 1
      }
      compared.length = 0
      const limited = await person.submit(page, { username, password: WRONG })
      assert.deepEqual(compared, [], username)
      attempts.push(made)
      const seen = seenOf(limited, username, person)
      answers.push({ ...seen, headers: { ...seen.headers, 'retry-after': undefined } })
      await person.close()
    }
    assert.deepEqual(new Set(attempts).size, 1, attempts.join())
    assert.equal(answers[0]?.status, 429)
    for (const answer of answers) assert.deepEqual(answer, answers[0])
  })
})

it('a right password of a disabled account, and of a deleted one, gets the same answer as a wrong one', async () => {
  await using other = await startLanyard()
  const { users } = other.server.rooms.directory
  const bob = await other.addUser('bob')
  const eve = await other.addUser('eve')
  await other.addUser('carol')
  await users.disable('bob', byTest)
  await users.delete('eve', byTest)
  const answers = []
  for (const { username, password } of [bob, eve, { username: 'carol', password: WRONG }]) {
    const person = new Person(other)
    const page = await person.submit(await person.open('sign-in'), { username, password })
    answers.push(seenOf(page, username, person))
    await person.close()
  }
  assert.equal(answers[2]?.status, 400)
  for (const answer of answers) assert.deepEqual(answer, answers[2])
})
