import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openStore } from '../../db/index.ts'
import { createAudit } from '../../src/audit/index.ts'
import { createMail, type MailMessage, type MailSettings } from '../../src/mail/index.ts'
import { type Authority, createAuthority, type KeyPairFiles } from '../support/certificates.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startSmtp, textOf } from './smtp.ts'

const START = Date.UTC(2026, 5, 1)
const MINUTE = 60_000
const LINK = 'https://id.example.com/reset/abcdefg-hjkmnpq-rstuvwx-yz23456'
const LOGIN = { username: 'lanyard', password: 'seven-grey-otters' }

const message: MailMessage = {
  ...{ kind: 'reset', to: 'ada@example.com', subject: 'Set a new password' },
  text: `Set it here:\n${LINK}\n`,
  expiresAt: START + 30 * MINUTE,
}

/** A mail room over a real store, with a clock that moves when told. */
async function openMail(settings: Partial<MailSettings> | null) {
  const home = await temporaryDirectory()
  let now = START
  const clock = () => now
  const store = openStore({ file: join(home.path, 'lanyard.db'), clock })
  const audit = createAudit({ store, clock })
  const lines: string[] = []
  const write = (fields: object, words: string) =>
    void lines.push(`${words} ${JSON.stringify(fields)}`)
  const log = { info: write, warn: write }
  const whole: MailSettings | null =
    settings === null
      ? null
      : {
          ...{ host: '127.0.0.1', port: 1, implicitTls: false, startTls: 'never' },
          ...{ from: 'lanyard@example.com', username: null, password: null },
          ...{ certificateAuthority: null, ...settings },
        }
  const options = {
    ...{ store, clock, settings: whole, wrapping: new Uint8Array(32).fill(5) },
    site: { name: 'Example', issuer: 'https://id.example.com' },
  }
  const mail = createMail(options)
  return {
    ...{ store, audit, mail, lines, options },
    advance: (ms: number) => (now += ms),
    deliver: () => mail.deliver(log),
    async queue(change: Partial<MailMessage> = {}) {
      const sealed = await mail.seal({ ...message, ...change })
      return store.write((tx) => mail.queue(tx, sealed))
    },
    rows: () => store.query.selectFrom('mail_outbox').selectAll().execute(),
    async [Symbol.asyncDispose]() {
      await store.close()
      await home[Symbol.asyncDispose]()
    },
  }
}

describe('how the server is spoken to', () => {
  const owned = new AsyncDisposableStack()
  let ours: Authority
  let others: Authority
  let pair: KeyPairFiles
  before(async () => {
    const { path } = owned.use(await temporaryDirectory())
    ours = await createAuthority(path, 'ours')
    others = await createAuthority(path, 'others')
    pair = await ours.issue({ name: 'mail', usage: 'server', hosts: ['localhost', '127.0.0.1'] })
  })
  after(() => owned.disposeAsync())
  const tls = () => ({ cert: pair.certificate, key: pair.key })
  const credentials = { username: LOGIN.username, password: () => LOGIN.password }

  test('plainly, where that is allowed', async () => {
    await using server = await startSmtp({ disabledCommands: ['STARTTLS', 'AUTH'] })
    await using room = await openMail({ port: server.port })
    await room.mail.send(message)
    const [mail] = server.received
    assert.ok(mail)
    assert.deepEqual(
      [mail.from, mail.to, mail.secure],
      ['lanyard@example.com', ['ada@example.com'], false],
    )
    assert.equal(textOf(mail).trimEnd(), message.text.trimEnd().replaceAll('\n', '\r\n'))
    assert.match(mail.source, /^From: Example <lanyard@example\.com>\r$/m)
    assert.match(mail.source, /^To: ada@example\.com\r$/m)
    assert.match(mail.source, /^Subject: Set a new password\r$/m)
    assert.match(mail.source, /^Date: Mon, 01 Jun 2026 00:00:00 \+0000\r$/m)
    assert.match(mail.source, /^Auto-Submitted: auto-generated\r$/m)
  })

  test('with STARTTLS and a password', async () => {
    await using server = await startSmtp({ ...tls(), login: LOGIN })
    const certificateAuthority = ours.certificatePath
    await using room = await openMail({
      ...{ port: server.port, startTls: 'required', certificateAuthority, ...credentials },
    })
    await room.mail.send(message)
    assert.deepEqual(
      server.received.map(({ secure, username }) => [secure, username]),
      [[true, 'lanyard']],
    )
  })

  test('with TLS from the first byte', async () => {
    await using server = await startSmtp({ ...tls(), secure: true, login: LOGIN })
    const certificateAuthority = ours.certificatePath
    await using room = await openMail({
      ...{ port: server.port, implicitTls: true, certificateAuthority, ...credentials },
    })
    await room.mail.send(message)
    assert.deepEqual(
      server.received.map(({ secure, username }) => [secure, username]),
      [[true, 'lanyard']],
    )
  })

  test('not at all where STARTTLS is not offered', async () => {
    await using server = await startSmtp({ disabledCommands: ['STARTTLS'], login: LOGIN })
    await using room = await openMail({ port: server.port, startTls: 'required', ...credentials })
    await assert.rejects(room.mail.send(message), { code: 'ERR_MAIL' })
    assert.deepEqual([server.received, server.asked], [[], []])
  })

  for (const [name, implicitTls] of [
    ['after STARTTLS', false],
    ['from the first byte', true],
  ] as const) {
    test(`not at all by a certificate of another authority, ${name}`, async () => {
      await using server = await startSmtp({ ...tls(), secure: implicitTls, login: LOGIN })
      for (const certificateAuthority of [others.certificatePath, null]) {
        await using room = await openMail({
          ...{ port: server.port, implicitTls, startTls: 'required', certificateAuthority },
          ...credentials,
        })
        await assert.rejects(room.mail.send(message), {
          code: 'ERR_MAIL',
          message: /^127\.0\.0\.1:\d+ cannot be used: .*certificate/,
        })
      }
      assert.deepEqual([server.received, server.asked], [[], []])
    })
  }

  test('a wrong password is said without it, even where the server repeats it', async () => {
    await using server = await startSmtp({ ...tls(), login: { ...LOGIN, password: 'another' } })
    const certificateAuthority = ours.certificatePath
    await using room = await openMail({
      ...{ port: server.port, startTls: 'required', certificateAuthority, ...credentials },
    })
    await assert.rejects(room.mail.send(message), {
      code: 'ERR_MAIL',
      message: `127.0.0.1:${server.port} does not take the username and password`,
    })
    await room.queue()
    assert.equal(await room.deliver(), 0)
    const [row] = await room.rows()
    assert.equal(
      row?.last_fault,
      `127.0.0.1:${server.port} does not take the username and password`,
    )
    assert.equal(room.lines.join('\n').includes(LOGIN.password), false)
  })
})

describe('the outbox', () => {
  async function openBoth() {
    const server = await startSmtp({ disabledCommands: ['STARTTLS', 'AUTH'] })
    const room = await openMail({ port: server.port })
    return {
      ...room,
      server,
      async [Symbol.asyncDispose]() {
        await room[Symbol.asyncDispose]()
        await server[Symbol.asyncDispose]()
      },
    }
  }

  test('keeps a mail that nobody can read in it, and sends it once', async () => {
    await using room = await openBoth()
    assert.equal(await room.queue(), true)
    const [row] = await room.rows()
    assert.equal(JSON.stringify(row).includes('abcdefg'), false)
    assert.match(row?.message_jwe ?? '', /^eyJ/)
    assert.deepEqual([await room.deliver(), await room.deliver()], [1, 0])
    assert.deepEqual(
      room.server.received.map((mail) => [mail.to, textOf(mail).includes(LINK)]),
      [[['ada@example.com'], true]],
    )
    assert.deepEqual(
      (await room.rows()).map((sent) => sent.message_jwe),
      [''],
    )
    assert.equal(room.lines.join('\n').includes('abcdefg'), false)
  })

  test('is sent by one of two processes', async () => {
    await using room = await openBoth()
    await room.queue()
    const other = createMail(room.options)
    const silent = { info: () => {}, warn: () => {} }
    const delivered = await Promise.all([
      room.deliver(),
      other.deliver(silent),
      other.deliver(silent),
    ])
    assert.equal(
      delivered.reduce((sum, count) => sum + count),
      1,
    )
    assert.equal(room.server.received.length, 1)
  })

  test('goes with the write that it tells of', async () => {
    await using room = await openBoth()
    const sealed = await room.mail.seal(message)
    await assert.rejects(
      room.store.write(async (tx) => {
        await room.mail.queue(tx, sealed)
        throw new TypeError('not this time')
      }),
    )
    assert.deepEqual(await room.rows(), [])
  })

  test('waits for a server that is down, ever longer, and gives up when nobody is helped any more', async () => {
    await using gone = await startSmtp()
    const { port } = gone
    await gone[Symbol.asyncDispose]()
    await using room = await openMail({ port })
    await room.queue()
    const tried = async () => (await room.rows())[0]?.attempts
    assert.equal(await room.deliver(), 0)
    assert.equal(await tried(), 1)
    for (const [pause, attempts] of [
      [9_000, 1],
      [1_000, 2],
      [19_000, 2],
      [1_000, 3],
    ] as const) {
      room.advance(pause)
      await room.deliver()
      assert.equal(await tried(), attempts, `after ${pause}`)
    }
    assert.match(room.lines.at(-1) ?? '', /^mail waits .*cannot be used: .*ECONNREFUSED/)
    await using back = await startSmtp({ port, disabledCommands: ['STARTTLS', 'AUTH'] })
    await room.queue({ to: 'bob@example.com', expiresAt: START + MINUTE })
    room.advance(40_000)
    assert.equal(await room.deliver(), 1)
    assert.deepEqual(
      back.received.map(({ to }) => to),
      [['ada@example.com']],
    )
    const failed = await room.audit.list({ types: ['mail.failed'] })
    assert.deepEqual(
      failed.map(({ detail, actor }) => [actor.kind, detail['to'], detail['fault']]),
      [['system', 'bob@example.com', 'it waited too long']],
    )
  })

  test('gives up what a recipient refuses for ever, and tries again what is refused for now', async () => {
    await using room = await openBoth()
    room.server.refuse = (recipient) =>
      recipient.startsWith('ada')
        ? { code: 550, text: 'no such mailbox' }
        : { code: 450, text: 'mailbox is busy' }
    await room.queue()
    await room.queue({ to: 'bob@example.com' })
    await room.queue({ to: 'cyd@example.com' })
    assert.equal(await room.deliver(), 0)
    // One that is refused holds up none behind it.
    assert.deepEqual(room.server.asked, ['ada@example.com', 'bob@example.com', 'cyd@example.com'])
    assert.deepEqual(
      (await room.rows()).map(({ recipient, attempts }) => [recipient, attempts]),
      [
        ['bob@example.com', 1],
        ['cyd@example.com', 1],
      ],
    )
    const [failed] = await room.audit.list({ types: ['mail.failed'] })
    assert.deepEqual(failed?.detail, {
      ...{ kind: 'reset', to: 'ada@example.com', attempts: 1 },
      fault: `127.0.0.1:${room.server.port} answered: 550 no such mailbox`,
    })
    assert.match(room.lines[0] ?? '', /^mail given up .*550 no such mailbox/)
    room.server.refuse = () => null
    room.advance(10_000)
    assert.equal(await room.deliver(), 2)
  })

  test('keeps everything where it is we who are refused', async () => {
    await using room = await openBoth()
    room.server.refuseSender = { code: 550, text: 'not you' }
    await room.queue()
    await room.queue({ to: 'bob@example.com' })
    assert.equal(await room.deliver(), 0)
    assert.deepEqual(
      (await room.rows()).map(({ attempts }) => attempts),
      [1, 0],
    )
    room.server.refuseSender = null
    room.advance(10_000)
    assert.equal(await room.deliver(), 2)
  })

  test('takes ten links and twenty notices an hour for one recipient', async () => {
    await using room = await openBoth()
    const taken: boolean[] = []
    for (let n = 0; n < 11; n += 1) taken.push(await room.queue({ to: `Ada@example.com` }))
    assert.deepEqual(taken, [...new Array<boolean>(10).fill(true), false])
    const notice = {
      ...({ kind: 'device_signed_in', to: 'ada@example.com', username: 'ada' } as const),
      ...{ about: 'laptop https://evil.example/', address: '192.0.2.1', at: START },
    } as const
    const notices: boolean[] = []
    for (let n = 0; n < 21; n += 1) {
      notices.push(await room.store.write((tx) => room.mail.notify(tx, notice)))
    }
    assert.deepEqual(notices, [...new Array<boolean>(20).fill(true), false])
    assert.equal(await room.queue({ to: 'bob@example.com' }), true)
    // What was sent counts as well.
    assert.equal(await room.deliver(), 31)
    assert.equal(await room.queue(), false)
    room.advance(60 * MINUTE)
    await room.deliver()
    assert.equal(await room.queue({ expiresAt: START + 120 * MINUTE }), true)
    const text = room.server.received.map(textOf).find((each) => each.includes('laptop'))
    assert.match(
      text ?? '',
      /^A device signed in as you that was not seen there before: laptop https evil example\r$/m,
    )
    assert.match(text ?? '', /^Was this not you\?/m)
  })

  test('a row that was moved to another recipient is not opened', async () => {
    await using room = await openBoth()
    await room.queue()
    await room.store.write((tx) =>
      tx.query.updateTable('mail_outbox').set({ recipient: 'eve@example.com' }).execute(),
    )
    assert.equal(await room.deliver(), 0)
    assert.deepEqual([room.server.received, await room.rows()], [[], []])
  })
})

test('what waits when mail is turned off is given up in its time', async () => {
  await using room = await openMail({ port: 1 })
  await room.queue()
  const off = createMail({ ...room.options, settings: null })
  const silent = { info: () => {}, warn: () => {} }
  assert.deepEqual([await off.deliver(silent), (await room.rows()).length], [0, 1])
  room.advance(30 * MINUTE)
  assert.deepEqual([await off.deliver(silent), (await room.rows()).length], [0, 0])
  assert.equal((await room.audit.list({ types: ['mail.failed'] })).length, 1)
})

test('where mail is off nothing is queued, and sending says so', async () => {
  await using room = await openMail(null)
  assert.equal(room.mail.enabled, false)
  assert.equal(await room.queue(), false)
  assert.deepEqual([await room.deliver(), await room.rows()], [0, []])
  await assert.rejects(room.mail.send(message), {
    code: 'ERR_MAIL_OFF',
    message: 'no mail server is set',
  })
})

test('no name or address becomes a header, another recipient or a command', async () => {
  await using server = await startSmtp({ disabledCommands: ['STARTTLS', 'AUTH'] })
  await using room = await openMail({ port: server.port })
  for (const to of [
    'a@b.example\r\nBcc: eve@evil.example',
    'a@b.example, eve@evil.example',
    'Ada <a@b.example>',
    'team:a@b.example;',
    'a@b.example>\r\nRCPT TO:<eve@evil.example',
    '"a b"@b.example',
    'a@[127.0.0.1]',
    'a@b.example ',
    'a@b@c.example',
    '@b.example',
    'a@',
    'a@-b.example',
    `${'a'.repeat(65)}@b.example`,
    'a\u0000@b.example',
  ]) {
    await assert.rejects(room.queue({ to }), { code: 'ERR_MAIL_ADDRESS' }, to)
    await assert.rejects(room.mail.send({ ...message, to }), { code: 'ERR_MAIL_ADDRESS' }, to)
  }
  await using named = await openMail({ port: server.port })
  const evil = createMail({
    ...named.options,
    site: { name: 'Ex\r\nBcc: eve@evil.example\r\n\r\nHello', issuer: 'https://id.example.com' },
  })
  await evil.send({
    ...message,
    subject: 'Hi\r\nBcc: eve@evil.example',
    text: 'a\r\n.\r\nRCPT TO:<eve@evil.example>\r\n',
  })
  const [mail] = server.received
  assert.deepEqual(
    [server.received.length, mail?.to, server.asked],
    [1, ['ada@example.com'], ['ada@example.com']],
  )
  assert.doesNotMatch(mail?.source.split('\r\n\r\n')[0] ?? '', /^Bcc:/im)
})
