/**
 * Threats 13 and 14: whoever fills somebody's mailbox takes no link from them that has arrived, and a change of address that began while the
 * present one was nobody's proved one does not go round it once it is.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, VISITOR } from '../directory/fixture.ts'
import { linkIn, startRelay } from '../mail/smtp.ts'

const silent = { info: () => {}, warn: () => {} }
const MINUTE = 60_000

async function open() {
  const server = await startRelay()
  const fixture = await openDirectory({ smtpPort: server.port })
  const lastCode = async () => {
    await fixture.mail.deliver(silent)
    return linkIn(server.received.at(-1)).replace(/^.*\//, '')
  }
  return {
    ...{ ...fixture, server, lastCode },
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('a link that arrived is good while no newer one can be sent', async () => {
  await using fixture = await open()
  const { users, resetLinks, emailChanges } = fixture.directory
  const email = 'ada@example.com'
  await users.add({ username: 'ada', email, password: PASSWORD, mustChange: false }, BY)
  await users.change('ada', { emailVerified: true }, BY)
  const ask = () => resetLinks.request({ username: 'ada', address: '192.0.2.7' }, VISITOR)
  await ask()
  const code = await fixture.lastCode()
  for (let n = 0; n < 9; n++) {
    const { id } = await users.add({ username: `mal${n}` }, BY)
    await emailChanges.request(id, email.toUpperCase(), VISITOR)
  }
  fixture.advance(MINUTE)
  await fixture.mail.deliver(silent)
  const sent = fixture.server.received.length
  assert.deepEqual(await ask(), { kind: 'taken' })
  await fixture.mail.deliver(silent)
  assert.equal(fixture.server.received.length, sent)
  assert.deepEqual(await resetLinks.find(code), { username: 'ada', displayName: 'ada' })
  // With room again, the newer one is the only one.
  fixture.advance(25 * MINUTE)
  await resetLinks.complete({ code, password: 'quiet harbour eats lanterns' }, VISITOR)
})

test('an address that was proved meanwhile is asked too', async () => {
  await using fixture = await open()
  const { users, emailChanges } = fixture.directory
  const { id } = await users.add({ username: 'ada', email: 'ada@example.com' }, BY)
  await emailChanges.request(id, 'mal@example.com', VISITOR)
  const code = await fixture.lastCode()
  await users.change('ada', { emailVerified: true }, BY)
  assert.equal(await emailChanges.find(code), undefined)
  await assert.rejects(emailChanges.prove(code, VISITOR), { code: 'ERR_EMAIL_CODE' })
  const { email, emailVerified } = await users.get('ada')
  assert.deepEqual([email, emailVerified], ['ada@example.com', true])
})

test('another’s address needs the word of their mailbox, and links to the old one die', async () => {
  await using fixture = await open()
  const { users, emailChanges, resetLinks } = fixture.directory
  const codes: Record<string, string[]> = {}
  for (const [name, next] of [
    ['ada', 'bob'],
    ['bob', 'ada'],
  ] as const) {
    const email = `${name}@example.com`
    const { id } = await users.add({ username: name, email, password: PASSWORD }, BY)
    await users.change(name, { emailVerified: true }, BY)
    const before = fixture.server.received.length
    await emailChanges.request(id, `${next}@example.com`, VISITOR)
    await fixture.mail.deliver(silent)
    const mails = fixture.server.received.slice(before)
    codes[name] = mails.map((mail) => linkIn(mail).replace(/^.*\//, ''))
  }
  const [first = '', second = ''] = codes['ada'] ?? []
  await emailChanges.prove(first, VISITOR)
  await assert.rejects(emailChanges.prove(first, VISITOR), { code: 'ERR_EMAIL_CODE' })
  await resetLinks.make('ada', BY)
  await emailChanges.prove(second, VISITOR)
  assert.equal((await users.get('ada')).email, 'bob@example.com')
  assert.equal((await users.get('bob')).email, 'bob@example.com')
  const rows = await fixture.store.query.selectFrom('reset_links').selectAll().execute()
  assert.deepEqual(rows, [], 'what was on its way to the old address is gone')
})
