import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../../src/cli/index.ts'
import { makeRequest } from '../support/certificate-requests.ts'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { pluginLogin } from '../support/logins.ts'
import { addDevice, openCommandLine } from './command-line.ts'

const LIVE = 'lanyard: hint: new requests to prod, stage notice within 10 seconds\n'
const EMBEDDED = 'lanyard: hint: old believes tokens until they expire: at most 10 minutes\n'

test('what takes access away says when it is in effect', async () => {
  await using line = await openCommandLine()
  await line.text('group', 'add', 'dev')
  for (const [name, how] of [
    ['prod', 'live'],
    ['stage', 'live'],
    ['old', 'embedded'],
  ] as const) {
    const server = `https://${name}.example.com`
    await line.text('cluster', 'add', name, '--server', server, '--group', 'dev', '--groups', how)
  }
  for (const name of ['ada', 'bob']) {
    await line.text('user', 'add', name, '--no-password', '--group', 'dev')
  }
  await addDevice(line, 'ada')
  for (const argv of [
    ['group', 'member', 'remove', 'dev', 'bob'],
    ['cluster', 'disallow', 'prod', 'dev'],
    ['device', 'revoke', '--all-of', 'ada'],
    ['user', 'disable', 'ada'],
    ['user', 'delete', 'ada', '--yes'],
    ['group', 'delete', 'dev', '--yes'],
  ]) {
    const { code, stderr } = await line.run(argv)
    assert.deepEqual([code, stderr], [0, LIVE + EMBEDDED], argv.join(' '))
  }
})

test('a new password says that it ends every login', async () => {
  await using line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--no-password')
  const { stdout, stderr } = await line.run(['user', 'password', 'ada', '--password-stdin'])
  assert.deepEqual(
    [stdout, stderr],
    ['user ada has a new password\n', 'lanyard: hint: every login of ada has ended\n'],
  )
})

test('what gives access says nothing of it, and neither does a Lanyard without clusters', async () => {
  await using line = await openCommandLine()
  for (const argv of [
    ['user', 'add', 'ada', '--no-password'],
    ['group', 'add', 'dev'],
    ['group', 'member', 'add', 'dev', 'ada'],
    ['group', 'member', 'remove', 'dev', 'ada'],
    ['user', 'disable', 'ada'],
  ]) {
    const { code, stderr } = await line.run(argv)
    assert.deepEqual([code, stderr], [0, ''], argv.join(' '))
  }
})

test('every login of one person ends at once, and nobody else’s', async () => {
  await using line = await openCommandLine()
  for (const name of ['ada', 'bob']) await line.text('user', 'add', name, '--no-password')
  await addDevice(line, 'ada')
  await line.text('device', 'revoke', '--all-of', 'bob')
  const [device] = await line.list('Device', 'device', 'list', 'ada')
  const argv = ['device', 'revoke', '--all-of', 'ada']
  assert.deepEqual(await line.json('Revoked', ...argv), { revoked: [device?.id] })
  assert.deepEqual(await line.list('Device', 'device', 'list', 'ada'), [])
  const again = await line.run(argv)
  assert.deepEqual(again, { code: 0, stdout: '', stderr: 'lanyard: no devices\n' })
  for (const [wrong, exit, sentence] of [
    [['device', 'revoke'], 2, 'give the id of a device, or --all-of USERNAME'],
    [['device', 'revoke', 'x', '--all-of', 'bob'], 2, 'give the id of a device, or --all-of'],
    [['device', 'revoke', '--all-of', 'nobody'], 1, 'no user is named "nobody"'],
  ] as const) {
    const { code, stderr } = await line.run(wrong)
    assert.equal(code, exit)
    assert.ok(stderr.includes(sentence), stderr)
  }
})

test('client certificates that live on are named, of whom it concerns and of nobody else', async () => {
  await using lanyard = await startLanyard()
  const { rooms, issuer } = lanyard.server
  const ends: Record<string, string> = {}
  for (const name of ['prod', 'stage']) {
    await lanyard.addCluster(name, { groups: ['dev'], liveGroups: true })
    await rooms.certificates.authorities.make(name, byTest)
  }
  const devices: Record<string, string> = {}
  for (const [username, cluster] of [
    ['ada', 'prod'],
    ['bob', 'stage'],
  ] as const) {
    await pluginLogin(lanyard, await lanyard.addUser(username, ['dev']))
    const { id: userId } = await rooms.directory.users.get(username)
    const [device] = await issuer.devices.list(userId)
    assert.ok(device)
    devices[username] = device.id
    const { notAfter } = await rooms.certificates.sign({
      ...{ userId, deviceId: device.id, cluster: { name: cluster }, by: byTest },
      csr: (await makeRequest()).csr,
    })
    ends[cluster] = new Date(notAfter).toISOString().replace('.000Z', 'Z')
  }
  const warning = (cluster: string) =>
    `lanyard: warning: a client certificate for ${cluster} is good until ${ends[cluster]}, and nobody can take it back: to be sure, remove the RBAC binding there`
  const warned = async (later: number, ...argv: string[]) => {
    const [out, errors]: [string[], string[]] = [[], []]
    const code = await runCommand(argv, {
      ...{ clock: () => Date.now() + later, env: { LANYARD_DATA: lanyard.data } },
      stdout: { write: (part: string) => out.push(part) },
      stderr: { write: (part: string) => errors.push(part) },
    })
    assert.equal(code, 0, errors.join(''))
    const lines = errors.join('').trimEnd().split('\n')
    return lines.filter((line) => line.includes('warning: a client certificate')).sort()
  }
  assert.deepEqual(await warned(0, 'cluster', 'disallow', 'prod', 'dev'), [warning('prod')])
  assert.deepEqual(await warned(0, 'group', 'member', 'remove', 'dev', 'bob'), [warning('stage')])
  assert.deepEqual(await warned(0, 'device', 'revoke', devices['ada'] ?? ''), [warning('prod')])
  assert.deepEqual(await warned(0, 'user', 'disable', 'ada'), [warning('prod')])
  assert.deepEqual(await warned(601_000, 'user', 'disable', 'ada'), [])
  assert.deepEqual(await warned(0, 'user', 'delete', 'bob', '--yes'), [warning('stage')])
  assert.deepEqual(await warned(0, 'group', 'delete', 'dev', '--yes'), [
    warning('prod'),
    warning('stage'),
  ])
})
