import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { addDevice, noon, openCommandLine } from './command-line.ts'

const server = 'https://k8s.example.com:6443'

describe('every command answers in its documented shape', () => {
  test('user', async () => {
    await using line = await openCommandLine()
    await line.json('Group', 'group', 'add', 'dev')
    const ada = await line.json(
      'User',
      ...['user', 'add', 'Ada', '--email', 'ada@example.com', '--display-name', 'Ada Lovelace'],
      ...['--password-stdin', '--group', 'dev'],
    )
    assert.deepEqual(ada, {
      ...{ id: ada.id, username: 'ada', displayName: 'Ada Lovelace' },
      ...{ email: 'ada@example.com', emailVerified: false, status: 'active' },
      ...{ hasPassword: true, mustChangePassword: true, createdAt: '2026-07-01T12:00:00Z' },
    })
    assert.deepEqual(await line.list('User', 'user', 'list'), [ada])
    assert.deepEqual(await line.list('User', 'user', 'list', '--prefix', 'b'), [])
    await addDevice(line, 'ada')
    const shown = await line.json('UserDetails', 'user', 'show', 'ada')
    assert.deepEqual(shown.groups, [{ name: 'dev', via: null }])
    assert.equal(shown.devices.length, 1)

    const verified = await line.json('User', 'user', 'set', 'ada', '--email-verified')
    assert.equal(verified.emailVerified, true)
    const moved = await line.json('User', 'user', 'set', 'ada', '--email', 'a@example.com')
    assert.deepEqual([moved.email, moved.emailVerified], ['a@example.com', false])
    const without = await line.json('User', 'user', 'set', 'ada', '--no-email')
    assert.equal(without.email, null)
    assert.equal((await line.json('User', 'user', 'disable', 'ada')).status, 'disabled')
    assert.equal((await line.json('User', 'user', 'enable', 'ada')).status, 'active')
    const kept = await line.json(
      'User',
      'user',
      'password',
      'ada',
      '--password-stdin',
      '--no-must-change',
    )
    assert.equal(kept.mustChangePassword, false)
    assert.deepEqual(await line.json('Deleted', 'user', 'delete', 'ada', '--yes'), {
      deleted: 'ada',
    })
    assert.deepEqual(await line.list('User', 'user', 'list'), [])
  })

  test('group', async () => {
    await using line = await openCommandLine()
    await line.text('user', 'add', 'ada', '--no-password')
    await line.text('user', 'add', 'bob', '--no-password')
    await line.text('group', 'add', 'dev')
    const ops = await line.json('Group', 'group', 'add', 'ops', '--description', 'On call')
    assert.equal(ops.description, 'On call')
    const both = await line.json(
      'GroupDetails',
      ...['group', 'member', 'add', 'ops', 'ada', 'bob', '--group', 'dev'],
    )
    assert.deepEqual(both.members, { users: ['ada', 'bob'], groups: ['dev'] })
    const fewer = await line.json(
      'GroupDetails',
      ...['group', 'member', 'remove', 'ops', 'bob', '--group', 'dev'],
    )
    assert.deepEqual(fewer.members, { users: ['ada'], groups: [] })
    assert.deepEqual(await line.json('GroupDetails', 'group', 'show', 'OPS'), fewer)
    const changed = await line.json('Group', 'group', 'set', 'ops', '--description', '')
    assert.equal(changed.description, '')
    const names = (await line.list('Group', 'group', 'list')).map(({ name }) => name)
    assert.deepEqual(names, ['dev', 'ops'])
    await line.json('Deleted', 'group', 'delete', 'ops', '--yes')
    assert.deepEqual((await line.run(['group', 'add', 'ops'])).code, 1)
  })

  test('cluster', async () => {
    await using line = await openCommandLine()
    await line.text('group', 'add', 'dev')
    const added = await line.json(
      'Cluster',
      ...['cluster', 'add', 'prod', '--server', server, '--groups-prefix', 'oidc:'],
    )
    assert.deepEqual([added.audience, added.everyone, added.groups], ['prod', false, []])
    assert.deepEqual((await line.json('Cluster', 'cluster', 'allow', 'prod', 'dev')).groups, [
      'dev',
    ])
    const shown = await line.json('ClusterDetails', 'cluster', 'show', 'prod')
    assert.equal(shown.issuer, 'https://id.example.com')
    const set = await line.json(
      'Cluster',
      'cluster',
      'set',
      'prod',
      '--everyone',
      '--name',
      'production',
    )
    assert.deepEqual([set.name, set.audience, set.everyone], ['production', 'prod', true])
    const closed = await line.json('Cluster', 'cluster', 'set', 'production', '--no-everyone')
    assert.equal(closed.everyone, false)
    const gone = await line.json('Cluster', 'cluster', 'disallow', 'production', 'dev')
    assert.deepEqual(gone.groups, [])
    assert.equal((await line.list('Cluster', 'cluster', 'list')).length, 1)
    await line.json('ClusterDeleted', 'cluster', 'delete', 'production', '--yes')
  })

  test('application', async () => {
    await using line = await openCommandLine()
    await line.text('group', 'add', 'dev')
    const { secret, settings, ...added } = await line.json(
      'ApplicationWithSecret',
      ...['application', 'add', 'grafana', '--redirect-uri', 'https://g.example.com/cb'],
      ...['--post-logout-redirect-uri', 'https://g.example.com/', '--group', 'dev'],
    )
    assert.match(secret ?? '', /^[\w-]{43}$/)
    assert.deepEqual(settings, [])
    assert.deepEqual(await line.json('Application', 'application', 'show', 'grafana'), added)
    const next = await line.json('ApplicationWithSecret', 'application', 'rotate-secret', 'grafana')
    assert.notEqual(next.secret, secret)
    const set = await line.json(
      'Application',
      ...['application', 'set', 'grafana', '--no-post-logout-redirect-uri', '--everyone'],
    )
    assert.deepEqual([set.postLogoutRedirectUris, set.everyone], [[], true])
    const fewer = await line.json('Application', 'application', 'disallow', 'grafana', 'dev')
    assert.deepEqual(fewer.groups, [])
    const more = await line.json('Application', 'application', 'allow', 'grafana', 'dev')
    assert.deepEqual(more.groups, ['dev'])
    assert.deepEqual(await line.list('Application', 'application', 'list'), [more])
    await line.json('Deleted', 'application', 'delete', 'grafana', '--yes')
  })

  test('device, audit', async () => {
    await using line = await openCommandLine()
    await line.text('user', 'add', 'ada', '--no-password')
    const jti = await addDevice(line, 'ada')
    const [device] = await line.list('Device', 'device', 'list', 'ada')
    assert.equal(device?.createdAddress, '192.0.2.1')
    for (const credential of [jti, `JTI=${jti}`]) {
      const who = await line.json('Who', 'audit', 'who', credential)
      assert.deepEqual(who.device, device)
      assert.equal(who.user?.username, 'ada')
      assert.equal(who.signIn?.type, 'device.signed_in')
    }
    const revoked = await line.json('Revoked', 'device', 'revoke', device?.id ?? '')
    assert.deepEqual(revoked, { revoked: [device?.id] })
    const types = (await line.list('AuditEntry', 'audit', 'list')).map(({ type }) => type)
    assert.equal(types.includes('device.revoked'), true)
    const [only] = await line.list(
      'AuditEntry',
      'audit',
      'list',
      '--type',
      'user.added',
      '--user',
      'ada',
    )
    assert.deepEqual([only?.target?.name, only?.actor.kind], ['ada', 'command'])
    assert.deepEqual(
      await line.list('AuditEntry', 'audit', 'list', '--since', '2026-07-01T12:00:01Z'),
      [],
    )
    const limited = await line.list('AuditEntry', 'audit', 'list', '--limit', '1')
    const before = await line.list('AuditEntry', 'audit', 'list', '--before', limited[0]?.id ?? '')
    assert.equal(
      before.some(({ id }) => id === limited[0]?.id),
      false,
    )
    await line.text('user', 'delete', 'ada', '--yes')
    assert.equal((await line.json('Who', 'audit', 'who', jti)).user, null)
    assert.match(await line.text('audit', 'who', jti), /^person +ada \(deleted\)$/m)
  })

  test('key', async () => {
    await using line = await openCommandLine()
    assert.deepEqual(await line.list('Key', 'key', 'list'), [], 'a command makes no key by itself')
    // As a server has them from its first start.
    for (const alg of ['RS256', 'ES256']) {
      await line.list('Key', 'key', 'rotate', '--now', '--alg', alg)
    }
    const keys = await line.list('Key', 'key', 'list')
    assert.deepEqual(keys.map(({ alg, state }) => `${alg} ${state}`).sort(), [
      'ES256 active',
      'RS256 active',
    ])
    const [published] = await line.list('Key', 'key', 'rotate', '--alg', 'ES256')
    assert.equal(published?.state, 'next')
    assert.equal(published?.activatesAt, '2026-07-01T13:00:00Z')
    const { code, stderr } = await line.run(['key', 'rotate', '--alg', 'RS256', '--now'])
    assert.equal(code, 0)
    assert.match(stderr, /^lanyard: warning: whatever caches the key set/)
    const after = await line.list('Key', 'key', 'list')
    assert.deepEqual(after.map(({ alg, state }) => `${alg} ${state}`).sort(), [
      'ES256 active',
      'ES256 next',
      'RS256 active',
      'RS256 retired',
    ])
  })

  test('setup-link, db, version', async () => {
    await using line = await openCommandLine()
    const link = await line.json('SetupLink', 'setup-link')
    assert.deepEqual(
      [link.url, link.expiresAt],
      ['https://id.example.com/setup', '2026-07-01T12:30:00Z'],
    )
    assert.deepEqual(await line.json('Check', 'db', 'check'), { ok: true, faults: [] })
    const { version } = await line.json('Version', 'version')
    assert.equal(await line.text('version'), `${version}\n`)
    assert.equal(await line.text('--version'), `${version}\n`)
  })
})

test('a damaged database is told, with exit code 1', async () => {
  await using line = await openCommandLine()
  await line.server.store.write(async (tx) => {
    for (const id of ['a', 'b']) {
      await tx.query
        .insertInto('engine_rows')
        .values({
          ...{ id, model: 'RefreshToken', payload: '{}', grant_id: 'abc', uid: null },
          ...{
            user_code: null,
            account_id: null,
            client_id: null,
            expires_at: noon,
            consumed_at: null,
          },
        })
        .execute()
    }
  })
  const faults = ['device abc has 2 living refresh tokens instead of one']
  const { code, stdout } = await line.run(['db', 'check', '-o', 'json'])
  assert.deepEqual([code, JSON.parse(stdout)], [1, { ok: false, faults }])
})

test('people read columns, and nothing that a terminal would obey', async () => {
  await using line = await openCommandLine()
  assert.deepEqual(await line.run(['user', 'list']), {
    code: 0,
    stdout: '',
    stderr: 'lanyard: no users\n',
  })
  await line.text('user', 'add', 'ada', '--no-password', '--display-name', 'Ada Lovelace')
  await line.text('user', 'add', 'bob', '--no-password')
  assert.equal(
    await line.text('user', 'list'),
    `USERNAME  NAME          EMAIL  STATUS
ada       Ada Lovelace  -      active
bob       bob           -      active
`,
  )
  await addDevice(line, 'ada')
  const shown = await line.text('user', 'show', 'ada')
  assert.match(shown, /^devices +laptop \ufffd\[31m \(abcdefghijklmn27\)$/m)
  assert.equal(shown.includes('\u001b'), false)
})

test('whoever runs a command stands in the audit record', async () => {
  await using line = await openCommandLine()
  await line.text('group', 'add', 'dev')
  const [entry] = await line.list('AuditEntry', 'audit', 'list', '--type', 'group.added')
  assert.equal(entry?.actor.kind, 'command')
  assert.match(entry?.actor.name ?? '', /./)
})

test('of two commands that add the same user at once, one wins', async () => {
  await using line = await openCommandLine()
  const add = ['user', 'add', 'ada', '--no-password']
  const runs = await Promise.all([line.run(add), line.run(add)])
  assert.deepEqual(
    runs.map(({ code }) => code).sort((a, b) => a - b),
    [0, 1],
  )
  assert.deepEqual((await line.list('User', 'user', 'list')).length, 1)
})

test('without a database nothing is made', async () => {
  await using line = await openCommandLine()
  const config = join(line.data, 'other.yaml')
  const elsewhere = join(line.data, 'elsewhere')
  const { writeFile } = await import('node:fs/promises')
  await writeFile(config, `tls:\n  mode: own\n`)
  const { runCommand } = await import('../../src/cli/index.ts')
  let stderr = ''
  const code = await runCommand(['user', 'list'], {
    clock: () => noon,
    env: { LANYARD_DATA: elsewhere },
    cwd: line.data,
    stderr: { write: (text) => (stderr += text) },
  })
  assert.equal(code, 1)
  assert.equal(stderr.split('\n')[0], `lanyard: error: there is no Lanyard in ${elsewhere}`)
  assert.equal(existsSync(elsewhere), false)
})
