import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/index.ts'
import { linkIn, startRelay, textOf } from '../mail/smtp.ts'
import { BY, type Fixture, openDirectory, PASSWORD, VISITOR } from './fixture.ts'

const NEXT = 'quiet harbour eats lanterns'
const MINUTE = 60_000
const REFUSED = {
  code: 'ERR_RESET_CODE',
  message: 'this link is not known, was used or replaced, or its time is over',
}
const silent = { info: () => {}, warn: () => {} }
const address = '192.0.2.7'

async function openWithMail() {
  const server = await startRelay()
  const fixture = await openDirectory({ smtpPort: server.port })
  const { users } = fixture.directory
  for (const username of ['ada', 'bob']) {
    const email = `${username}@example.com`
    await users.add({ username, email, password: PASSWORD, mustChange: false }, BY)
    await users.change(username, { emailVerified: true }, BY)
  }
  return {
    ...fixture,
    server,
    /** The code in the mail that a request brings; undefined where it brings none. */
    async request(username = 'ada'): Promise<string | undefined> {
      const before = server.received.length
      const { kind } = await fixture.directory.resetLinks.request({ username, address }, VISITOR)
      assert.equal(kind, 'taken')
      await fixture.mail.deliver(silent)
      const mail = server.received.slice(before).find(({ source }) => source.includes('/reset/'))
      return mail === undefined ? undefined : linkIn(mail).replace(/^.*\/reset\//, '')
    },
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function signsIn({ directory }: Pick<Fixture, 'directory'>, password: string) {
  const attempt = { username: 'ada', password, address, browser: null }
  return (await directory.verifyPassword(attempt)).kind === 'ok'
}

test('a link by mail sets the password once, ends every session, and tells the person', async () => {
  await using fixture = await openWithMail()
  const { resetLinks, users } = fixture.directory
  fixture.advance(1_000)
  const code = (await fixture.request('Ada')) ?? ''
  assert.match(
    linkIn(fixture.server.received[0]),
    /^https:\/\/id\.example\.com\/reset\/[a-z2-9-]{31}$/,
  )
  assert.deepEqual(fixture.server.received[0]?.to, ['ada@example.com'])
  assert.deepEqual(await resetLinks.find(code), { username: 'ada', displayName: 'ada' })
  await resetLinks.complete({ code, password: NEXT }, VISITOR)
  assert.deepEqual([await signsIn(fixture, PASSWORD), await signsIn(fixture, NEXT)], [false, true])
  const ada = await users.get('ada')
  assert.equal(ada.sessionsValidFrom, fixture.now())
  assert.equal(ada.mustChangePassword, false)
  await assert.rejects(resetLinks.complete({ code, password: NEXT }, VISITOR), REFUSED)
  assert.equal(await resetLinks.find(code), undefined)
  await fixture.mail.deliver(silent)
  const notice = fixture.server.received.at(-1)
  assert.ok(notice)
  assert.match(textOf(notice), /^A new password was set by a link\r$/m)
  assert.match(textOf(notice), /^From: 192\.0\.2\.7\r$/m)
  assert.deepEqual(
    (await fixture.audit.list({ types: ['user.reset_requested', 'user.password_reset'] })).map(
      ({ type, target }) => [type, target?.name],
    ),
    [
      ['user.password_reset', 'ada'],
      ['user.reset_requested', 'ada'],
    ],
  )
})

test('nobody is written to but an active user with a password at a proved address', async () => {
  await using fixture = await openWithMail()
  const { users } = fixture.directory
  await users.add({ username: 'unproved', email: 'x@example.com', password: PASSWORD }, BY)
  await users.add({ username: 'passkeys', email: 'y@example.com' }, BY)
  await users.change('passkeys', { emailVerified: true }, BY)
  await users.disable('bob', BY)
  for (const username of ['nobody', 'unproved', 'passkeys', 'bob', 'ada@example.com', '']) {
    assert.equal(await fixture.request(username), undefined, username)
  }
  assert.deepEqual(await fixture.store.query.selectFrom('reset_links').selectAll().execute(), [])
  assert.deepEqual(fixture.server.received, [])
})

test('a link dies after its time, with a newer one, with a new password, address or status', async () => {
  await using fixture = await openWithMail()
  const { resetLinks, users } = fixture.directory
  const adaId = (await users.get('ada')).id
  const complete = (code: string) => resetLinks.complete({ code, password: NEXT }, VISITOR)
  const deaths: Record<string, () => Promise<unknown>> = {
    'thirty minutes': async () => fixture.advance(30 * MINUTE),
    'a newer one': () => fixture.request(),
    'a link of an admin': () => resetLinks.make('ada', BY),
    'a password of an admin': () => users.setPassword('ada', PASSWORD, {}, BY),
    'a password of their own': () =>
      users.changePassword(
        adaId,
        { current: PASSWORD, next: 'nine tin kettles sing low', address, knownBrowser: null },
        VISITOR,
      ),
    'another address': () => users.change('ada', { email: 'new@example.com' }, BY),
    'being disabled': async () => {
      await users.disable('ada', BY)
      await users.enable('ada', BY)
    },
  }
  for (const [name, die] of Object.entries(deaths)) {
    await users.setPassword('ada', PASSWORD, { mustChange: false }, BY)
    await users.change('ada', { email: 'ada@example.com', emailVerified: true }, BY)
    fixture.advance(60 * MINUTE)
    const code = (await fixture.request()) ?? ''
    assert.ok(await resetLinks.find(code), name)
    await die()
    assert.equal(await resetLinks.find(code), undefined, name)
    await assert.rejects(complete(code), REFUSED, name)
  }
})

test('an admin makes a link for a day; what anybody asks for does not kill it', async () => {
  await using fixture = await openWithMail()
  const { resetLinks } = fixture.directory
  const first = await resetLinks.make('ada', BY)
  assert.equal(first.link, `https://id.example.com/reset/${first.code}`)
  assert.equal(first.expiresAt, fixture.now() + 86_400_000)
  const { code } = await resetLinks.make('ada', BY)
  await assert.rejects(resetLinks.complete({ code: first.code, password: NEXT }, VISITOR), REFUSED)
  const own = (await fixture.request()) ?? ''
  assert.ok(await resetLinks.find(code))
  await resetLinks.complete({ code, password: NEXT }, VISITOR)
  // One that was used takes the others with it.
  await assert.rejects(resetLinks.complete({ code: own, password: NEXT }, VISITOR), REFUSED)
  const late = await resetLinks.make('ada', BY)
  fixture.advance(86_400_000)
  await assert.rejects(resetLinks.complete({ code: late.code, password: NEXT }, VISITOR), REFUSED)
  await fixture.directory.users.disable('ada', BY)
  await assert.rejects(resetLinks.make('ada', BY), { code: 'ERR_USER_DISABLED' })
  const rows = await fixture.audit.list({ types: ['user.reset_link_made'] })
  assert.equal(rows.length, 3)
  assert.equal(JSON.stringify(rows).includes(code), false)
})

test('of twenty at once one counts, and a mistake does not spend the link', async () => {
  await using fixture = await openWithMail()
  const { resetLinks } = fixture.directory
  const { code } = await resetLinks.make('ada', BY)
  await assert.rejects(resetLinks.complete({ code, password: 'short' }, VISITOR), {
    code: 'ERR_PASSWORD',
  })
  const other = fixture.another().directory.resetLinks
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? resetLinks : other).complete({ code, password: `${NEXT} ${n}` }, VISITOR),
    ),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'ERR_RESET_CODE'))
  }
  assert.equal((await fixture.audit.list({ types: ['user.password_reset'] })).length, 1)
})

test('three requests in ten minutes for one name, whether it is anybody’s or not', async () => {
  await using fixture = await openWithMail()
  const { resetLinks } = fixture.directory
  for (const username of ['ada', 'nobody']) {
    const kinds: string[] = []
    for (let n = 0; n < 4; n += 1) {
      const result = await resetLinks.request({ username, address: `192.0.2.${n}` }, VISITOR)
      kinds.push(result.kind === 'limited' ? `limited ${result.retryAfterMs}` : result.kind)
    }
    assert.deepEqual(kinds, ['taken', 'taken', 'taken', 'limited 60000'], username)
  }
  // Asking for links keeps nobody from signing in.
  assert.equal(await signsIn(fixture, PASSWORD), true)
})

test('where mail is off nobody can ask, and an admin can', async () => {
  await using fixture = await openDirectory()
  const { resetLinks, users } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  await assert.rejects(resetLinks.request({ username: 'ada', address }, VISITOR), {
    code: 'ERR_MAIL_OFF',
    message: 'no mail is sent from here',
  })
  const { code } = await resetLinks.make('ada', BY)
  await resetLinks.complete({ code, password: NEXT }, VISITOR)
})
