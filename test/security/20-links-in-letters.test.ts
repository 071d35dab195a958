/**
 * Threat 20 by mail: nobody has Lanyard carry a link of theirs to somebody else. A username may look like an address of the web, and whoever
 * is asked to confirm an address may be a stranger.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, VISITOR } from '../directory/fixture.ts'
import { startRelay, textOf } from '../mail/smtp.ts'

const silent = { info: () => {}, warn: () => {} }
const EVIL = [
  'https://evil.example/confirm',
  'evil.example',
  'www.evil.example/x',
  'mailto:m@evil.example',
]

test('a letter to an address that nobody proved has no link but ours', async () => {
  await using server = await startRelay()
  await using fixture = await openDirectory({ smtpPort: server.port })
  const { users, groups, emailChanges, invitations } = fixture.directory
  await groups.add({ name: 'lanyard-admins' }, BY)
  for (const [at, username] of EVIL.entries()) {
    const { id } = await users.add({ username, password: PASSWORD }, BY)
    await emailChanges.request(id, `victim${at}@example.com`, VISITOR)
    const email = `invited${at}@example.com`
    const by = { ...BY, actor: { kind: 'user', userId: id, username } } as const
    await invitations.create({ email, displayName: username, groups: [], lifetimeSeconds: 60 }, by)
  }
  await fixture.mail.deliver(silent)
  assert.equal(server.received.length, EVIL.length * 2)
  for (const mail of server.received) {
    const ours = textOf(mail).replaceAll(/https:\/\/id\.example\.com\/\S+/g, '')
    assert.doesNotMatch(ours, /evil\.example|:\/\/|www\.|mailto:/, ours)
    assert.match(mail.source, /evil example/)
  }
})
