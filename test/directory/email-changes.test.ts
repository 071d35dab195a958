import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/index.ts'
import { linkIn, startRelay } from '../mail/smtp.ts'
import { BY, openDirectory, PASSWORD, VISITOR } from './fixture.ts'

const REFUSED = {
  code: 'ERR_EMAIL_CODE',
  message: 'this link is not known, was used or replaced, or its time is over',
}
const silent = { info: () => {}, warn: () => {} }

async function openWithMail() {
  const server = await startRelay()
  const fixture = await openDirectory({ smtpPort: server.port })
  const { users, emailChanges } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD, mustChange: false }, BY)
  return {
    ...fixture,
    ...{ server, id },
    ada: async () => {
      const { email, emailVerified } = await users.get('ada')
      return [email, emailVerified]
    },
    /** Asks for an address; resolves with the codes by the mailbox that each went to. */
    async request(email: string): Promise<Record<string, string>> {
      const before = server.received.length
      await emailChanges.request(id, email, VISITOR)
      await fixture.mail.deliver(silent)
      const codes: Record<string, string> = {}
      for (const mail of server.received.slice(before)) {
        if (!mail.source.includes('/email/')) continue
        codes[mail.to[0] ?? ''] = linkIn(mail).replace(/^.*\/email\//, '')
      }
      return codes
    },
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('a first address needs its own proof; the next one needs that of both', async () => {
  await using fixture = await openWithMail()
  const { emailChanges } = fixture.directory
  const first = await fixture.request('ada@example.com')
  assert.deepEqual(Object.keys(first), ['ada@example.com'])
  assert.deepEqual(await fixture.ada(), [null, false])
  const code = first['ada@example.com'] ?? ''
  const proof = { username: 'ada', email: 'ada@example.com', side: 'new' } as const
  assert.deepEqual(await emailChanges.find(code), proof)
  assert.deepEqual(await emailChanges.prove(code, VISITOR), { ...proof, changed: true })
  assert.deepEqual(await fixture.ada(), ['ada@example.com', true])
  await assert.rejects(emailChanges.prove(code, VISITOR), REFUSED)
  for (const order of [
    ['new', 'old'],
    ['old', 'new'],
  ] as const) {
    const [from] = await fixture.ada()
    const to = `${order.join('-')}@example.com`
    const codes = await fixture.request(to)
    assert.deepEqual(Object.keys(codes).sort(), [String(from), to].sort())
    const by = { new: codes[to] ?? '', old: codes[String(from)] ?? '' }
    assert.equal((await emailChanges.prove(by[order[0]], VISITOR)).changed, false)
    assert.deepEqual(await fixture.ada(), [from, true])
    await assert.rejects(emailChanges.prove(by[order[0]], VISITOR), REFUSED)
    assert.deepEqual(await emailChanges.pending(fixture.id), {
      ...{ email: to, newProved: order[0] === 'new', oldProved: order[0] === 'old' },
      expiresAt: fixture.now() + 86_400_000,
    })
    assert.equal((await emailChanges.prove(by[order[1]], VISITOR)).changed, true)
    assert.deepEqual(await fixture.ada(), [to, true])
    // Both mailboxes are told.
    const before = fixture.server.received.length
    await fixture.mail.deliver(silent)
    assert.deepEqual(
      fixture.server.received.slice(before).map((mail) => mail.to[0]),
      [String(from), to],
    )
    fixture.advance(60 * 60_000)
  }
})

test('an address that an admin has set is proved by asking for it again', async () => {
  await using fixture = await openWithMail()
  const { users, emailChanges } = fixture.directory
  await users.change('ada', { email: 'ada@example.com' }, BY)
  const codes = await fixture.request('ada@example.com')
  assert.deepEqual(Object.keys(codes), ['ada@example.com'])
  await emailChanges.prove(codes['ada@example.com'] ?? '', VISITOR)
  assert.deepEqual(await fixture.ada(), ['ada@example.com', true])
  await assert.rejects(emailChanges.request(fixture.id, 'ada@example.com', VISITOR), {
    code: 'ERR_EMAIL_SAME',
  })
})

test('a change dies after a day, with a newer one, and with whatever has the last word', async () => {
  await using fixture = await openWithMail()
  const { users, emailChanges } = fixture.directory
  const deaths: Record<string, () => Promise<unknown>> = {
    'a day': async () => fixture.advance(86_400_000),
    'a newer one': () => fixture.request('newer@example.com'),
    'being withdrawn': () => emailChanges.cancel(fixture.id),
    'an address of an admin': () => users.change('ada', { email: 'other@example.com' }, BY),
    'a new password': () => users.setPassword('ada', PASSWORD, {}, BY),
    'being disabled': () => users.disable('ada', BY),
  }
  for (const [name, die] of Object.entries(deaths)) {
    await users.change('ada', { email: null }, BY)
    const code = (await fixture.request('ada@example.com'))['ada@example.com'] ?? ''
    assert.ok(await emailChanges.find(code), name)
    await die()
    assert.equal(await emailChanges.find(code), undefined, name)
    await assert.rejects(emailChanges.prove(code, VISITOR), REFUSED, name)
    assert.equal((await users.get('ada')).emailVerified, false, name)
    fixture.advance(60 * 60_000)
  }
})

test('of twenty proofs at once one counts', async () => {
  await using fixture = await openWithMail()
  const code = (await fixture.request('ada@example.com'))['ada@example.com'] ?? ''
  const other = fixture.another().directory.emailChanges
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? fixture.directory.emailChanges : other).prove(code, VISITOR),
    ),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'ERR_EMAIL_CODE'))
  }
  assert.equal((await fixture.audit.list({ types: ['user.email_changed'] })).length, 1)
})

test('what is no address, and too many of them', async () => {
  await using fixture = await openWithMail()
  const { emailChanges } = fixture.directory
  const ask = (email: string) => emailChanges.request(fixture.id, email, VISITOR)
  await assert.rejects(ask('nothing'), { code: 'ERR_EMAIL' })
  await assert.rejects(ask('a@b.example,c'), { code: 'ERR_MAIL_ADDRESS' })
  for (let n = 0; n < 3; n += 1) await ask(`ada-${n}@example.com`)
  await assert.rejects(ask('ada-3@example.com'), {
    code: 'ERR_EMAIL_LIMITED',
    message: 'too many addresses were asked for',
  })
})

test('where mail is off an address cannot prove itself', async () => {
  await using fixture = await openDirectory()
  const { users, emailChanges } = fixture.directory
  const { id } = await users.add({ username: 'ada' }, BY)
  await assert.rejects(emailChanges.request(id, 'ada@example.com', VISITOR), {
    code: 'ERR_MAIL_OFF',
    message: 'no mail is sent from here',
  })
})
