import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD, VISITOR } from './fixture.ts'

test('the code makes one admin, once', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  assert.equal(await directory.setupLink.isOpen(), true)
  const { code, expiresAt } = await directory.setupLink.issue(BY)
  assert.match(code, /^([a-km-np-z2-9]{7}-){3}[a-km-np-z2-9]{7}$/)
  assert.equal(expiresAt, fixture.now() + 1_800_000)
  const typed = ` ${code.toUpperCase().replaceAll('-', ' ')} `
  const setup = { code: typed, username: 'ada', password: PASSWORD, displayName: 'Ada' }
  const ada = await directory.setupLink.complete(setup, VISITOR)
  const subject = await directory.subject(ada.id)
  assert.ok(subject)
  assert.equal(directory.isAdmin(subject), true)
  assert.deepEqual(subject.groups, ['lanyard-admins'])
  assert.equal(subject.mustChangePassword, false)
  assert.equal(await directory.setupLink.isOpen(), false)
  const closed = { code: 'ERR_SETUP_CLOSED', message: 'Lanyard has an admin already' }
  await assert.rejects(directory.setupLink.complete({ ...setup, username: 'bob' }, VISITOR), closed)
  await assert.rejects(directory.setupLink.issue(BY), closed)
  assert.deepEqual(
    (await fixture.audit.list()).map((entry) => entry.type),
    ['setup.completed', 'group.member_added', 'group.added', 'user.added', 'setup.link_issued'],
  )
})

test('wrong, old and replaced codes are refused alike', async () => {
  await using fixture = await openDirectory()
  const { setupLink, users } = fixture.directory
  const person = { username: 'ada', password: PASSWORD }
  const refused = {
    code: 'ERR_SETUP_CODE',
    message: 'set-up code is wrong, used or older than 30 minutes',
  }
  await assert.rejects(setupLink.complete({ code: '', ...person }, VISITOR), refused)
  const first = await setupLink.issue(BY)
  const second = await setupLink.issue(BY)
  await assert.rejects(setupLink.complete({ code: first.code, ...person }, VISITOR), refused)
  fixture.advance(1_800_000)
  await assert.rejects(setupLink.complete({ code: second.code, ...person }, VISITOR), refused)
  assert.deepEqual(await users.list(), [])
})

test('a mistake in the form does not spend the code', async () => {
  await using fixture = await openDirectory()
  const { setupLink, users } = fixture.directory
  const { code } = await setupLink.issue(BY)
  await assert.rejects(
    setupLink.complete({ code, username: 'system:admin', password: PASSWORD }, VISITOR),
    { code: 'ERR_NAME_RESERVED' },
  )
  await assert.rejects(setupLink.complete({ code, username: 'ada', password: 'short' }, VISITOR), {
    code: 'ERR_PASSWORD',
  })
  await users.add({ username: 'bob' }, BY)
  await assert.rejects(setupLink.complete({ code, username: 'bob', password: PASSWORD }, VISITOR), {
    code: 'ERR_USER_EXISTS',
  })
  await setupLink.complete({ code, username: 'ada', password: PASSWORD }, VISITOR)
})

test('twenty set-ups at once, on two processes, make one admin', async () => {
  await using fixture = await openDirectory()
  const other = fixture.another().directory
  const { code } = await fixture.directory.setupLink.issue(BY)
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? fixture.directory : other).setupLink.complete(
        { code, username: `admin-${n}`, password: PASSWORD },
        VISITOR,
      ),
    ),
  )
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'ERR_SETUP_CLOSED'))
  }
  assert.equal((await fixture.directory.users.list()).length, 1)
  assert.equal((await fixture.directory.groups.members('lanyard-admins')).users.length, 1)
})
