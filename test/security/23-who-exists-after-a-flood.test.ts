/**
 * Threat 23 with threat 22's means: what a flood drives out of memory was as well kept of somebody as of nobody. Whoever asks for links in
 * many names from many networks, and then again, learns of none that it is somebody's.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, VISITOR } from '../directory/fixture.ts'
import { startRelay } from '../mail/smtp.ts'

const KEPT = 10_000

test('a name that is somebody’s is forgotten like one that is nobody’s', async () => {
  await using server = await startRelay()
  await using fixture = await openDirectory({ smtpPort: server.port })
  const { users, resetLinks } = fixture.directory
  const email = 'ada@example.com'
  await users.add({ username: 'ada', email, password: PASSWORD, mustChange: false }, BY)
  await users.change('ada', { emailVerified: true }, BY)
  const names = ['ada', 'nobody'] as const
  let from = 0
  const ask = async (username: string) => {
    from += 1
    const address = `198.51.100.${from}`
    return (await resetLinks.request({ username, address }, VISITOR)).kind
  }
  for (const name of names) for (let n = 0; n < 3; n++) assert.equal(await ask(name), 'taken')
  const before = await Promise.all(names.map(ask))
  assert.deepEqual(before, ['limited', 'limited'])
  fixture.advance(1_000)
  const now = fixture.now()
  for (let at = 0; at < KEPT; at += 100) {
    const rows = Array.from({ length: 100 }, (_, n) => ({
      ...{ key: `reset:flood-${at + n}`, failures: 1, unproved: 1 as const },
      ...{ window_started_at: now, expires_at: now + 600_000 },
    }))
    await fixture.store.write((tx) => tx.query.insertInto('failure_budgets').values(rows).execute())
  }
  assert.equal(await ask('mallory'), 'taken')
  assert.deepEqual([await ask('ada'), await ask('nobody')], ['taken', 'taken'])
})
