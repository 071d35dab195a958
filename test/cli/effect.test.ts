import assert from 'node:assert/strict'
import { test } from 'node:test'
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
