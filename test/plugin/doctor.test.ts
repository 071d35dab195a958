import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Finding } from '../../src/doctor/index.ts'
import { pluginKubeconfig } from '../../src/kubernetes/index.ts'
import { type FakeIssuer, startFakeIssuer } from './support/fake-issuer.ts'
import {
  assertNothingSecret,
  createMachine,
  getToken,
  logIn,
  type Machine,
} from './support/machine.ts'

const SERVER = 'https://127.0.0.1:1'

/** A machine with a login, a context and a stand-in for kubectl, which is not what is tested here. */
async function setUp(issuer: FakeIssuer, machine: Machine): Promise<void> {
  const cluster = {
    name: 'prod-eu',
    audience: 'prod-eu',
    server: SERVER,
    certificateAuthority: null,
  }
  issuer.behaviour.clusters = [cluster]
  await logIn(machine, issuer)
  const bin = join(machine.home, 'bin')
  mkdirSync(bin)
  const whoami = { status: { userInfo: { username: 'ada', groups: ['viewers'] } } }
  writeFileSync(
    join(bin, 'kubectl'),
    `#!/bin/sh\ncase "$*" in *whoami*) echo '${JSON.stringify(whoami)}';; *) exit 1;; esac\n`,
    { mode: 0o755 },
  )
  writeFileSync(join(bin, 'kubectl-lanyard'), '#!/bin/sh\n', { mode: 0o755 })
  machine.env['PATH'] = `${bin}:${machine.env['PATH']}`
  mkdirSync(join(machine.home, '.kube'))
  const entry = pluginKubeconfig(cluster, { issuer: issuer.issuer, certificateAuthority: null })
  writeFileSync(join(machine.home, '.kube', 'config'), entry)
}

async function diagnose(machine: Machine, args: readonly string[] = []) {
  const result = await machine.run(['doctor', '-o', 'json', ...args])
  const findings = JSON.parse(result.stdout) as readonly Finding[]
  const of = (status: Finding['status']): string[] =>
    findings.filter((each) => each.status === status).map(({ check }) => check)
  return { ...result, findings, failed: of('failed'), warned: of('warning'), ok: of('ok') }
}

/** Every file below the home with its mode and its text. */
function snapshot({ home }: Machine): Record<string, string> {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' })
  const files = names.map((name) => join(home, name)).filter((path) => statSync(path).isFile())
  return Object.fromEntries(
    files.map((path) => [path, `${statSync(path).mode} ${readFileSync(path, 'utf8')}`]),
  )
}

describe('kubectl lanyard doctor', () => {
  it('names the context and the issuer, and asks the issuer what it lists', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await setUp(issuer, machine)
    const { code, stderr, findings, failed, ok } = await diagnose(machine)
    // The stand-in for an issuer has no key set, and there is no cluster.
    assert.deepEqual([code, failed], [1, ['documents.discovery', 'cluster.reachable']])
    assert.deepEqual(
      [findings.find(({ check }) => check === 'kubeconfig.context')?.summary, stderr],
      ['the context is "prod-eu"', ''],
    )
    for (const check of [
      'login.present',
      'login.alive',
      'login.entry',
      'store.permissions',
      'kubectl.whoami',
    ]) {
      assert.ok(ok.includes(check), check)
    }
  })

  it('changes nothing, takes no lock, and prints no secret at any verbosity', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await setUp(issuer, machine)
    await machine.run(getToken(issuer.issuer))
    const login = readdirSync(machine.state)[0] ?? ''
    const { key } = JSON.parse(readFileSync(join(machine.state, login, 'login.json'), 'utf8')) as {
      key: { d?: string }
    }
    const before = snapshot(machine)
    for (const args of [[], ['-v'], ['-o', 'json'], ['-v', '-o', 'json']]) {
      const { stdout, stderr } = await machine.run(['doctor', ...args])
      assertNothingSecret(issuer, stdout + stderr)
      assert.equal(JSON.stringify([stdout, stderr]).includes(JSON.stringify(key)), false)
    }
    assert.deepEqual(snapshot(machine), before)
    assert.equal(existsSync(join(machine.state, login, 'lock')), false)
  })

  it('ends where a file does not', async () => {
    using machine = createMachine()
    const { findings } = await diagnose(machine, ['--kubeconfig', '/dev/zero'])
    const found = findings.find(({ check }) => check === 'kubeconfig.valid')
    assert.equal(
      found?.summary,
      'the kubeconfig "/dev/zero" is not looked at: it is longer than 1048576 bytes',
    )
  })

  it('works when the issuer is down', async () => {
    using machine = createMachine()
    {
      await using issuer = await startFakeIssuer()
      await setUp(issuer, machine)
    }
    const { code, findings, failed, ok } = await diagnose(machine)
    assert.equal(code, 1)
    assert.deepEqual(failed, ['issuer.reachable', 'cluster.reachable'])
    assert.match(
      findings.find(({ status }) => status === 'failed')?.summary ?? '',
      /nothing listens/,
    )
    assert.ok(ok.includes('login.present'))
  })

  it('says that the login was ended', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await setUp(issuer, machine)
    issuer.livingLogins.clear()
    const { findings } = await diagnose(machine)
    const found = findings.find(({ check }) => check === 'login.alive')
    assert.equal(found?.status, 'failed')
    assert.deepEqual(found?.fixes, [
      { kind: 'command', place: 'laptop', line: `kubectl lanyard login --issuer ${issuer.issuer}` },
    ])
  })

  it('looks at the context and the file that are named', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await setUp(issuer, machine)
    const file = join(machine.home, 'other')
    writeFileSync(file, 'apiVersion: v1\nkind: Config\ncontexts: []\n')
    const { findings, failed } = await diagnose(machine, [
      '--kubeconfig',
      file,
      '--context',
      'gone',
    ])
    assert.equal(failed[0], 'kubeconfig.context')
    assert.equal(
      findings.find(({ check }) => check === 'kubeconfig.context')?.summary,
      'there is no context "gone"',
    )
    const missing = await diagnose(machine, ['--kubeconfig', join(machine.home, 'nowhere')])
    assert.equal(missing.failed[0], 'kubeconfig.valid')
  })

  it('finds a store that others can read without reading it', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await setUp(issuer, machine)
    chmodSync(machine.state, 0o755)
    const { findings } = await diagnose(machine)
    const first = findings.find(({ check }) => check === 'store.permissions')
    assert.equal(first?.summary, `"${machine.state}" can be used by others (mode 755)`)
    assert.deepEqual(first?.fixes, [
      { kind: 'command', place: 'laptop', line: `chmod 700 '${machine.state}'` },
    ])
  })

  it('does not send anything to an issuer that only a kubeconfig names', async () => {
    await using known = await startFakeIssuer()
    await using planted = await startFakeIssuer(known.authority)
    using machine = createMachine()
    await setUp(known, machine)
    const cluster = { name: 'x', audience: 'x', server: SERVER, certificateAuthority: null }
    writeFileSync(
      join(machine.home, '.kube', 'config'),
      pluginKubeconfig(cluster, { issuer: planted.issuer, certificateAuthority: null }),
    )
    const { failed } = await diagnose(machine)
    assert.ok(failed.includes('login.issuer'))
    assert.deepEqual(planted.log, [])
  })

  for (const [args, fault] of [
    [['doctor', '-o', 'yaml'], '--output is text or json, not "yaml"'],
    [['doctor', '--issuer', 'x'], 'doctor takes no --issuer'],
    [['doctor', 'prod'], 'unexpected argument "prod"'],
    [['whoami', '--context', 'x'], 'whoami takes no --context'],
  ] as const) {
    it(`refuses: ${args.join(' ')}`, async () => {
      using machine = createMachine()
      const { code, stdout, stderr } = await machine.run(args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.equal(stderr.split('\n')[0], `kubectl-lanyard: error: ${fault}`)
    })
  }

  it('stands in the help', async () => {
    using machine = createMachine()
    const { stdout } = await machine.run(['help'])
    assert.match(stdout, /kubectl lanyard doctor \[--context NAME\]/)
  })

  it('speaks to people on stdout, the cause first', async () => {
    using machine = createMachine()
    const { code, stdout, stderr } = await machine.run(['doctor'])
    assert.equal(code, 1)
    assert.match(stdout.split('\n')[0] ?? '', /^failed {3}kubeconfig.found +there is no kubeconfig/)
    assert.match(stderr, /^kubectl-lanyard: 1 failed, 0 warnings/)
  })
})
