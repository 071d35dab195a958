import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type By, hasCode, type UserId } from '../../src/errors/index.ts'
import { linkIn, startRelay } from '../mail/smtp.ts'
import { BY, type Fixture, openDirectory, PASSWORD, START, VISITOR } from './fixture.ts'

const DAY = 86_400
const REFUSED = {
  code: 'ERR_INVITATION_CODE',
  message: 'this invitation is not known, was used or revoked, or its time is over',
}
const silent = { info: () => {}, warn: () => {} }

async function byUser({ directory }: Fixture, username: string): Promise<By> {
  const { id } = await directory.users.get(username)
  const actor = { kind: 'user', userId: id, username } as const
  return { actor, address: '192.0.2.1', requestId: null }
}

const tokenOf = (link: string) => link.slice(link.lastIndexOf('/') + 1)

test('an invitation makes one account, with its name, address and groups', async () => {
  await using fixture = await openDirectory()
  const { invitations, users, groups } = fixture.directory
  await groups.add({ name: 'viewers' }, BY)
  await groups.add({ name: 'staff' }, BY)
  await groups.addMember('staff', { group: 'viewers' }, BY)
  const { invitation, code, link, mailed } = await invitations.create(
    {
      ...{ username: 'Ada', email: 'ada@example.com', displayName: 'Ada Lovelace' },
      ...{ groups: ['viewers', 'VIEWERS'], lifetimeSeconds: 7 * DAY },
    },
    BY,
  )
  assert.match(code, /^([a-km-np-z2-9]{7}-){3}[a-km-np-z2-9]{7}$/)
  assert.deepEqual([link, mailed], [`https://id.example.com/invitation/${code}`, false])
  assert.deepEqual(await invitations.find(code.toUpperCase()), {
    ...{ invitedBy: 'root', username: 'ada', email: 'ada@example.com' },
    ...{ displayName: 'Ada Lovelace', groups: ['staff', 'viewers'] },
    expiresAt: START + 7 * DAY * 1000,
  })
  const ada = await invitations.accept(
    { token: code, username: 'somebody-else', password: PASSWORD },
    VISITOR,
  )
  assert.deepEqual(
    [ada.username, ada.displayName, ada.email, ada.emailVerified, ada.mustChangePassword],
    ['ada', 'Ada Lovelace', 'ada@example.com', false, false],
  )
  assert.deepEqual((await groups.members('viewers')).users, ['ada'])
  assert.equal((await users.list()).length, 1)
  const [accepted] = await fixture.audit.list({ types: ['invitation.accepted'] })
  assert.deepEqual(accepted?.detail, {
    ...{ user: ada.id, username: 'ada', emailProved: false, groups: ['viewers'] },
  })
  assert.deepEqual(
    (await invitations.list()).map(({ id, state, userId }) => [id, state, userId]),
    [[invitation.id, 'accepted', ada.id]],
  )
  assert.equal(await invitations.find(code), undefined)
  const rows = JSON.stringify(
    await fixture.store.query.selectFrom('invitations').selectAll().execute(),
  )
  assert.equal(rows.includes(code), false)
})

test('an address is proved by the link that came by mail, and by no other', async () => {
  await using server = await startRelay()
  await using fixture = await openDirectory({ smtpPort: server.port })
  const { invitations } = fixture.directory
  const invite = (username: string) =>
    invitations.create(
      {
        ...{ username, email: `${username}@example.com`, groups: [], lifetimeSeconds: DAY },
      },
      BY,
    )
  const [ada, bob, cyd] = [await invite('ada'), await invite('bob'), await invite('cyd')]
  assert.deepEqual([ada.mailed, bob.mailed], [true, true])
  assert.equal(await fixture.mail.deliver(silent), 3)
  const mailed = new Map(server.received.map((mail) => [mail.to[0], tokenOf(linkIn(mail))]))
  const accept = (token: string | undefined) =>
    invitations.accept({ token: token ?? '', username: '', password: PASSWORD }, VISITOR)
  assert.equal((await accept(mailed.get('ada@example.com'))).emailVerified, true)
  assert.equal((await accept(bob.code)).emailVerified, false)
  // Another's proof is none.
  const foreign = `${cyd.code}~${mailed.get('bob@example.com')?.split('~')[1]}`
  assert.equal((await accept(foreign)).emailVerified, false)
  await assert.rejects(accept(mailed.get('bob@example.com')), REFUSED)
})

test('used, revoked, expired and unknown ones are refused alike', async () => {
  await using fixture = await openDirectory()
  const { invitations, users } = fixture.directory
  const invite = async (username: string) =>
    invitations.create({ username, groups: [], lifetimeSeconds: 60 }, BY)
  const accept = (token: string) =>
    invitations.accept({ token, username: 'x', password: PASSWORD }, VISITOR)
  const used = await invite('ada')
  await accept(used.code)
  const revoked = await invite('bob')
  assert.equal((await invitations.revoke(revoked.invitation.id, BY)).state, 'revoked')
  const expired = await invite('cyd')
  fixture.advance(60_000)
  for (const token of [used.code, revoked.code, expired.code, '', 'abc', '~', '%']) {
    assert.equal(await invitations.find(token), undefined, token)
    await assert.rejects(accept(token), REFUSED, token)
  }
  for (const { invitation } of [used, revoked, expired]) {
    await assert.rejects(invitations.revoke(invitation.id, BY), { code: 'ERR_INVITATION_UNKNOWN' })
  }
  assert.deepEqual(
    (await users.list()).map(({ username }) => username),
    ['ada'],
  )
  assert.deepEqual((await invitations.list()).map(({ state }) => state).sort(), [
    'accepted',
    'expired',
    'revoked',
  ])
  assert.deepEqual(await invitations.list({ openOnly: true }), [])
})

test('twenty at once, on two processes, make one account', async () => {
  await using fixture = await openDirectory()
  const other = fixture.another().directory
  const { code } = await fixture.directory.invitations.create(
    { email: 'ada@example.com', groups: [], lifetimeSeconds: DAY },
    BY,
  )
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? fixture.directory : other).invitations.accept(
        { token: code, username: `ada-${n}`, password: PASSWORD },
        VISITOR,
      ),
    ),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'ERR_INVITATION_CODE'))
  }
  assert.equal((await fixture.directory.users.list()).length, 1)
})

test('a mistake in the form does not spend it', async () => {
  await using fixture = await openDirectory()
  const { invitations, users } = fixture.directory
  await users.add({ username: 'bob' }, BY)
  const { code } = await invitations.create(
    { email: 'ada@example.com', groups: [], lifetimeSeconds: DAY },
    BY,
  )
  for (const [username, password, expected] of [
    ['system:admin', PASSWORD, 'ERR_NAME_RESERVED'],
    ['bob', PASSWORD, 'ERR_USER_EXISTS'],
    ['ada', 'short', 'ERR_PASSWORD'],
  ] as const) {
    await assert.rejects(invitations.accept({ token: code, username, password }, VISITOR), {
      code: expected,
    })
  }
  await invitations.accept({ token: code, username: 'ada', password: PASSWORD }, VISITOR)
})

test('nobody makes an admin who is none, neither at first nor later', async () => {
  await using fixture = await openDirectory()
  const { invitations, users, groups } = fixture.directory
  for (const username of ['root', 'bob']) await users.add({ username }, BY)
  for (const name of ['lanyard-admins', 'ops']) await groups.add({ name }, BY)
  await groups.addMember('lanyard-admins', { user: 'root' }, BY)
  const [root, bob] = [await byUser(fixture, 'root'), await byUser(fixture, 'bob')]
  const invite = (username: string, names: string[], by: By) =>
    invitations.create({ username, groups: names, lifetimeSeconds: DAY }, by)
  await assert.rejects(invite('eve', ['lanyard-admins'], bob), {
    code: 'ERR_INVITATION_ADMIN',
    message: 'only an admin invites somebody to be one',
  })
  const harmless = await invite('eve', ['ops'], bob)
  const good = await invite('ada', ['lanyard-admins'], root)
  const late = await invite('cyd', ['lanyard-admins', 'ops'], root)
  // What was harmless leads to the admins now.
  await groups.addMember('lanyard-admins', { group: 'ops' }, BY)
  await assert.rejects(invite('dan', ['ops'], bob), { code: 'ERR_INVITATION_ADMIN' })
  const isAdmin = async (id: UserId) => {
    const subject = await fixture.directory.subject(id)
    return subject !== undefined && fixture.directory.isAdmin(subject)
  }
  const accept = async (token: string) =>
    isAdmin((await invitations.accept({ token, username: '', password: PASSWORD }, VISITOR)).id)
  assert.equal(await accept(harmless.code), false)
  const [skipped] = await fixture.audit.list({ types: ['invitation.accepted'] })
  assert.deepEqual([skipped?.detail['groups'], skipped?.detail['skipped']], [[], ['ops']])
  assert.equal(await accept(good.code), true)
  await groups.removeMember('lanyard-admins', { user: 'root' }, BY)
  assert.equal(await accept(late.code), false)
})

test('groups that are gone are left out, and the record says so', async () => {
  await using fixture = await openDirectory()
  const { invitations, groups } = fixture.directory
  for (const name of ['old', 'viewers']) await groups.add({ name }, BY)
  const { code } = await invitations.create(
    { username: 'ada', groups: ['old', 'viewers'], lifetimeSeconds: DAY },
    BY,
  )
  await groups.delete('old', BY)
  await invitations.accept({ token: code, username: '', password: PASSWORD }, VISITOR)
  const [accepted] = await fixture.audit.list({ types: ['invitation.accepted'] })
  assert.deepEqual(
    [accepted?.detail['groups'], accepted?.detail['skipped']],
    [['viewers'], ['old']],
  )
})

test('what makes no sense is refused before anything is kept', async () => {
  await using fixture = await openDirectory()
  const { invitations, users } = fixture.directory
  await users.add({ username: 'bob' }, BY)
  const lifetimeSeconds = DAY
  for (const [invitation, code] of [
    [{ groups: [], lifetimeSeconds }, 'ERR_INVITATION_FOR'],
    [{ username: 'ada', groups: [], lifetimeSeconds: 59 }, 'ERR_INVITATION_LIFETIME'],
    [{ username: 'ada', groups: [], lifetimeSeconds: Number.NaN }, 'ERR_INVITATION_LIFETIME'],
    [{ username: 'ada', groups: [], lifetimeSeconds: 30 * DAY + 1 }, 'ERR_INVITATION_LIFETIME'],
    [{ username: 'ada', groups: ['nothing'], lifetimeSeconds }, 'ERR_GROUP_UNKNOWN'],
    [{ username: 'bob', groups: [], lifetimeSeconds }, 'ERR_USER_EXISTS'],
    [{ username: 'system:x', groups: [], lifetimeSeconds }, 'ERR_NAME_RESERVED'],
    [{ email: 'nothing', groups: [], lifetimeSeconds }, 'ERR_EMAIL'],
  ] as const) {
    await assert.rejects(invitations.create(invitation, BY), { code }, code)
  }
  assert.deepEqual(await invitations.list(), [])
})

test('pages of the list go from the newest to the oldest', async () => {
  await using fixture = await openDirectory()
  const { invitations } = fixture.directory
  for (let n = 0; n < 5; n += 1) {
    await invitations.create({ username: `u${n}`, groups: [], lifetimeSeconds: DAY }, BY)
    if (n % 2 === 0) fixture.advance(1)
  }
  const names: (string | null)[] = []
  for (let beforeId: string | undefined; ; ) {
    const page = await invitations.list({
      limit: 2,
      ...(beforeId === undefined ? {} : { beforeId }),
    })
    names.push(...page.map(({ username }) => username))
    beforeId = page.at(-1)?.id
    if (beforeId === undefined) break
  }
  assert.equal(new Set(names).size, 5)
  assert.equal(names.at(-1), 'u0')
})
