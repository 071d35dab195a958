import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { recordEvent } from '../../src/audit/index.ts'
import type { By } from '../../src/errors/index.ts'
import { type CommandLine, noon, openCommandLine } from './command-line.ts'

const bySystem: By = { actor: { kind: 'system' }, address: '192.0.2.4', requestId: 'r-1' }

function tamper({ data }: CommandLine, sql: string): void {
  const sqlite = new Database(join(data, 'lanyard.db'))
  sqlite.exec('DROP TRIGGER audit_events_keep_rows; DROP TRIGGER audit_events_keep_values')
  sqlite.exec(sql)
  sqlite.close()
}

describe('lanyard audit verify', () => {
  test('proves the record of several commands, and names its head', async () => {
    await using line = await openCommandLine()
    for (const name of ['a', 'b', 'c']) await line.text('group', 'add', name)
    const { code, stdout, stderr } = await line.run(['audit', 'verify'])
    assert.deepEqual([code, stdout], [0, '3 events, 1 to 3, as recorded\n'])
    const [, head = ''] = /^lanyard: head (3:[\da-f]{64})$/m.exec(stderr) ?? []
    assert.notEqual(head, '')
    await line.text('group', 'add', 'd')
    await line.text('audit', 'verify', '--head', head)
    const found = await line.json('AuditVerification', 'audit', 'verify')
    assert.deepEqual(
      [found.sound, found.events, found.beganAt, found.head?.id],
      [true, 4, '2026-07-01T12:00:00.000Z', '4'],
    )
  })

  test('ends with 1 and names the event where one was changed or the end is missing', async () => {
    await using line = await openCommandLine()
    for (const name of ['a', 'b', 'c']) await line.text('group', 'add', name)
    tamper(
      line,
      "UPDATE audit_events SET actor_name = 'eve' WHERE id = 2; DELETE FROM audit_events WHERE id = 3",
    )
    const { code, stdout, stderr } = await line.run(['audit', 'verify'])
    assert.equal(code, 1)
    assert.equal(stdout, 'event 2 was changed or moved, or the one before it\nevent 3 is missing\n')
    assert.equal(stderr, 'lanyard: error: the audit record was tampered with\n')
    const json = await line.run(['audit', 'verify', '-o', 'json'])
    assert.equal(json.code, 1)
    const { sound, faults } = JSON.parse(json.stdout) as { sound: boolean; faults: object[] }
    assert.deepEqual([sound, faults.length], [false, 2])
  })

  test('looks at a file by itself', async () => {
    await using line = await openCommandLine()
    await line.text('group', 'add', 'a')
    await line.text('group', 'add', 'b')
    const file = join(line.data, 'audit.jsonl')
    const exported = await line.json('AuditExport', 'audit', 'export', '--file', file)
    assert.deepEqual([exported.events, exported.head?.id], [2, '2'])
    const elsewhere = { code: 0, stdout: '2 events, 1 to 2, as recorded\n' }
    const run = await line.run(['audit', 'verify', '--file', file, '--config', '/dev/null'])
    assert.deepEqual({ code: run.code, stdout: run.stdout }, elsewhere)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('group.added', 'group.deleted'))
    const { code, stdout } = await line.run(['audit', 'verify', '--file', file])
    assert.deepEqual([code, stdout], [1, 'event 1 was changed or moved, or the one before it\n'])
  })

  test('says what it cannot read', async () => {
    await using line = await openCommandLine()
    const absent = await line.run(['audit', 'verify', '--file', join(line.data, 'absent')])
    assert.equal(absent.code, 2)
    assert.match(absent.stderr, /^lanyard: error: cannot read .*absent: ENOENT/)
    const head = await line.run(['audit', 'verify', '--head', '3:abc'])
    assert.equal(head.code, 2)
    assert.match(head.stderr, /^lanyard: error: head "3:abc" must be an id, a colon and 64 hex/)
  })
})

describe('lanyard audit export', () => {
  test('writes lines to stdout', async () => {
    await using line = await openCommandLine()
    await line.text('group', 'add', 'a')
    const { stdout, stderr } = await line.run(['audit', 'export', '--since', '1h'])
    assert.match(stdout, /^\{"v":1,"previous":"0{64}","id":1,"at":"2026-07-01T12:00:00.000Z"/)
    assert.equal(stderr, '')
    assert.equal((await line.run(['audit', 'export', '--until', '1h'])).stdout, '')
  })

  test('refuses what makes no sense together', async () => {
    await using line = await openCommandLine()
    const json = await line.run(['audit', 'export', '-o', 'json'])
    assert.deepEqual([json.code, json.stdout], [2, ''])
    assert.match(json.stderr, /^lanyard: error: the lines on stdout are JSON already$/m)
    const follow = await line.run(['audit', 'export', '--follow', '--until', '1h'])
    assert.match(follow.stderr, /^lanyard: error: --follow has no end: leave --until out$/m)
  })
})

describe('lanyard audit who', () => {
  test('answers for an access token, also when it is gone', async () => {
    await using line = await openCommandLine()
    await line.text('user', 'add', 'ada', '--no-password')
    const ada = await line.server.directory.users.get('ada')
    const { token, value } = await makeToken(line, ada.id)
    assert.equal(value.length > 0, true)
    await line.text('token', 'revoke', token)
    const who = await line.json('Who', 'audit', 'who', `ACCESSTOKEN=${token}`)
    assert.deepEqual(
      [who.user?.username, who.accessToken, who.entry?.type, who.device],
      ['ada', { id: token, name: 'ci' }, 'access_token.created', null],
    )
    assert.match(
      await line.text('audit', 'who', `ACCESSTOKEN=${token}`),
      /^person +ada \(ada\)\n.*^access token +ci \(.*^revoked +2026-07-01T12:00:00Z$/ms,
    )
    const types = await line.list('AuditEntry', 'audit', 'list', '--jti', `ACCESSTOKEN=${token}`)
    assert.deepEqual(
      types.map(({ type }) => type),
      ['access_token.revoked', 'access_token.created'],
    )
    const none = await line.run(['audit', 'who', 'ACCESSTOKEN=none'])
    assert.match(none.stderr, /^lanyard: error: no access token has the id "none"$/m)
  })

  test('answers for a machine, by its token or its last entry', async () => {
    await using line = await openCommandLine()
    const jti = 'm-abcdefghijklmn27.AAAAAAAAAAAAAAAA'
    await line.server.store.write((tx) =>
      recordEvent(tx, () => noon, {
        type: 'machine.entered',
        by: bySystem,
        target: { kind: 'machine', id: 'm-abcdefghijklmn27', name: 'machine:ci' },
        clientId: 'prod',
        detail: { cluster: 'prod', rule: 'deploy', jti },
      }),
    )
    const exact = await line.run(['audit', 'who', `JTI=${jti}`])
    assert.match(exact.stdout, /^machine +machine:ci \(m-abcdefghijklmn27\)\nrule +deploy$/m)
    assert.equal(exact.stderr, '')
    const other = await line.run(['audit', 'who', jti.replace('AAAA', 'BBBB')])
    assert.match(other.stderr, /no entry names this token: this is the last of its machine/)
    const who = await line.json('Who', 'audit', 'who', jti)
    assert.deepEqual(who.machine, { id: 'm-abcdefghijklmn27', name: 'machine:ci' })
    const none = await line.run(['audit', 'who', 'm-abcdefghijklmn22.AAAAAAAAAAAAAAAA'])
    assert.equal(none.code, 1)
  })
})

test('lanyard audit list has a filter for each question', async () => {
  await using line = await openCommandLine()
  await line.text('group', 'add', 'viewers')
  await line.text(
    'cluster',
    'add',
    'prod',
    '--server',
    'https://127.0.0.1:6443',
    '--group',
    'viewers',
  )
  const types = async (...filters: string[]) =>
    (await line.list('AuditEntry', 'audit', 'list', ...filters)).map(({ type }) => type)
  assert.deepEqual(await types('--cluster', 'prod'), ['cluster.added'])
  assert.deepEqual(await types('--cluster', 'never'), [])
  assert.deepEqual(await types('--target', 'viewers'), ['group.added'])
  const [entry] = await line.list('AuditEntry', 'audit', 'list', '--limit', '1')
  assert.equal((await types('--actor', entry?.actor.name ?? '')).length >= 2, true)
  assert.deepEqual(await types('--address', '192.0.2.1'), [])
  assert.deepEqual(await types('--request', 'r-x'), [])
  assert.deepEqual(await types('--jti', 'JTI=abcdefghijklmn27.AAAAAAAAAAAAAAAA'), [])
  assert.deepEqual(await types('--until', '1m'), [])
  await line.text('cluster', 'delete', 'prod', '--yes')
  assert.deepEqual(await types('--cluster', 'prod'), ['cluster.deleted', 'cluster.added'])
})

async function makeToken(line: CommandLine, userId: string) {
  const made = await line.server.accessTokens.create(
    { userId: userId as never, name: 'ci', clusters: null, groups: null },
    bySystem,
  )
  return { token: made.token.id as string, value: made.value }
}
