/**
 * Threat 23: asking for a link tells nobody who exists, is disabled, has a password or an address: same status, words, headers and work.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import { CompactEncrypt } from 'jose'
import { deliverAll, relayOn, type SmtpServer, startRelay } from '../mail/smtp.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Page, Person } from '../support/person.ts'

const NAMES = ['nobody', 'ada', 'unproved', 'gone', 'empty', 'ada@example.com'] as const

let server: SmtpServer
let lanyard: Lanyard
let sealed = 0
before(async () => {
  server = await startRelay()
  lanyard = await startLanyard({ settings: { mail: relayOn(server.port) } })
  const { users } = lanyard.server.rooms.directory
  for (const username of ['ada', 'unproved', 'gone']) await lanyard.addUser(username)
  await users.add({ username: 'empty' }, byTest)
  for (const username of ['ada', 'gone', 'empty']) {
    const email = `${username}@example.com`
    await users.change(username, { email, emailVerified: true }, byTest)
  }
  await users.change('unproved', { email: 'unproved@example.com' }, byTest)
  await users.disable('gone', byTest)
  const encrypt = Reflect.get(CompactEncrypt.prototype, 'encrypt')
  mock.method(
    CompactEncrypt.prototype,
    'encrypt',
    function count(this: CompactEncrypt, ...args: Parameters<CompactEncrypt['encrypt']>) {
      sealed += 1
      return Reflect.apply(encrypt, this, args)
    },
  )
})
after(async () => {
  mock.reset()
  await lanyard[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** What could tell one answer from another, without what was typed and what is new in every answer. */
function seenOf(page: Page, username: string, person: Person) {
  const { date: _, ...headers } = page.headers
  return {
    status: page.status,
    url: page.url,
    html: page.html.replaceAll(username, 'NAME').replaceAll(/(name="csrf" value=")[^"]*/g, '$1'),
    headers: { ...headers, 'content-length': undefined },
    cookies: person.cookies.map(({ name }) => name).sort((a, b) => a.localeCompare(b)),
  }
}

describe('whoever is named as having forgotten a password', () => {
  it('gets the same answers and costs the same work, until and after there were too many', async () => {
    const all: unknown[] = []
    for (const username of NAMES) {
      const person = new Person(lanyard)
      const page = await person.open('forgotten')
      const answers: unknown[] = []
      for (let n = 0; n < 4; n += 1) {
        sealed = 0
        const answer = await person.submit(page, { username })
        const seen = seenOf(answer, username, person)
        answers.push({ ...seen, headers: { ...seen.headers, 'retry-after': undefined }, sealed })
      }
      all.push(answers)
      await person.close()
    }
    assert.deepEqual(
      (all[0] as { status: number; sealed: number }[]).map((answer) => [
        answer.status,
        answer.sealed,
      ]),
      [
        [200, 1],
        [200, 1],
        [200, 1],
        [429, 1],
      ],
    )
    for (const answers of all) assert.deepEqual(answers, all[0])
    await deliverAll(lanyard.server.rooms)
    assert.deepEqual(new Set(server.received.flatMap(({ to }) => to)), new Set(['ada@example.com']))
  })
})
