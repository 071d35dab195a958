/**
 * Threat 27: a mail server may say what it did not like of a letter, and filters name links. What it says goes into the log and the record;
 * a link that was refused still opens something, and goes into neither.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, VISITOR } from '../directory/fixture.ts'
import { startRelay } from '../mail/smtp.ts'

test('a link that a mail server repeats stands in no log and no record', async () => {
  await using server = await startRelay()
  await using fixture = await openDirectory({ smtpPort: server.port })
  const { users, invitations, resetLinks } = fixture.directory
  const lines: string[] = []
  const note = (facts: object, words: string) =>
    void lines.push(`${JSON.stringify(facts)} ${words}`)
  const log = { info: note, warn: note }
  const asked = { groups: [], lifetimeSeconds: 3_600, email: 'bob@example.com' }
  const { code } = await invitations.create(asked, BY)
  assert.notEqual(await invitations.find(code), undefined)
  for (const [status, spelling] of [
    [451, code],
    [550, code.toUpperCase()],
  ] as const) {
    const text = `5.7.1 refused for https://id.example.com/invitation/${spelling} in it`
    server.refuse = () => ({ code: status, text })
    await fixture.mail.deliver(log)
    fixture.advance(60_000)
  }
  await users.add({ username: 'ada', email: 'ada@example.com', password: PASSWORD }, BY)
  await users.change('ada', { emailVerified: true }, BY)
  await resetLinks.request({ username: 'ada', address: null }, VISITOR)
  server.refuse = () => ({ code: 550, text: '5.1.1 no such account' })
  await fixture.mail.deliver(log)
  const record = await fixture.audit.list({ types: ['mail.failed'] })
  assert.deepEqual(
    record.map(({ detail }) => String(detail['fault']).replace(/^\S+ /, '')),
    [
      'answered: 550 5.1.1 no such account',
      'answered: 550 5.7.1 refused for https://id.example.com/invitation/… in it',
    ],
  )
  const waiting = await fixture.store.query.selectFrom('mail_outbox').selectAll().execute()
  const all = `${lines.join('\n')}${JSON.stringify([record, waiting])}`.toLowerCase()
  assert.equal(lines.length, 3)
  assert.equal(all.includes(code), false)
})
