import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readContexts } from '../../src/kubernetes/index.ts'
import { type FakeIssuer, startFakeIssuer } from './support/fake-issuer.ts'
import { createMachine, finishLogin, logIn, type Machine } from './support/machine.ts'

const OTHERS = `# kept by hand, do not sort
apiVersion: v1
kind: Config
current-context: old   # mine
clusters:
- name: prod-eu
  cluster: {server: "https://10.0.0.1:6443", insecure-skip-tls-verify: true}
contexts:
- context: {cluster: prod-eu, user: admin}
  name: old
users:
- name: admin
  user:
    token: "not ours"
`

function cluster(name: string) {
  return {
    name,
    audience: `audience:${name}`,
    server: `https://${name}.example:6443`,
    certificateAuthority: null,
  }
}

async function prepare(issuer: FakeIssuer, machine: Machine): Promise<string> {
  issuer.behaviour.clusters = [cluster('prod-eu'), cluster('staging')]
  await logIn(machine, issuer)
  const directory = join(machine.home, 'kube configs')
  mkdirSync(directory)
  const path = join(directory, 'config')
  writeFileSync(path, OTHERS)
  chmodSync(path, 0o640)
  return path
}

describe('setup', () => {
  it('logs in on a fresh machine and writes ~/.kube/config', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    issuer.behaviour.clusters = [cluster('prod-eu')]
    const ca = machine.writeCa(issuer.authority.certificate)
    const running = machine.start(['setup', issuer.issuer, '--certificate-authority', ca])
    await finishLogin(issuer, running)
    const { code, stderr } = await running.result
    assert.equal(code, 0, stderr)
    const path = join(machine.home, '.kube', 'config')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readContexts(readFileSync(path, 'utf8')), [
      {
        name: 'prod-eu',
        cluster: `prod-eu@${new URL(issuer.issuer).host}`,
        user: `prod-eu@${new URL(issuer.issuer).host}`,
        server: 'https://prod-eu.example:6443',
        exec: {
          command: 'kubectl-lanyard',
          args: ['get-token', '--issuer', issuer.issuer, '--audience', 'audience:prod-eu'],
        },
      },
    ])
    // The CA was copied: what it was read from may go.
    writeFileSync(ca, '')
    const again = await machine.run(['setup', issuer.issuer])
    assert.equal(again.code, 0, again.stderr)
    assert.equal(machine.tabs(), 1)
  })

  it('merges into the first file of KUBECONFIG, keeps its mode and a backup, and changes nothing the second time', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const second = join(machine.home, 'second')
    writeFileSync(second, OTHERS)
    const env = { KUBECONFIG: `${path}:${second}` }
    const first = await machine.run(['setup', issuer.issuer], env)
    assert.equal(first.code, 0, first.stderr)
    const written = readFileSync(path, 'utf8')
    assert.match(written, /^# kept by hand, do not sort\n/)
    assert.match(written, /current-context: old +# mine/)
    assert.match(written, /token: "not ours"/)
    assert.deepEqual(
      readContexts(written).map(({ name }) => name),
      ['old', 'prod-eu', 'staging'],
    )
    assert.equal(readContexts(written)[0]?.server, 'https://10.0.0.1:6443')
    assert.equal(statSync(path).mode & 0o777, 0o640)
    const files = readdirSync(join(path, '..'))
    const backup = files.find((name) => name.startsWith('config.before-lanyard-'))
    assert.equal(files.length, 2)
    assert.equal(readFileSync(join(path, '..', backup ?? ''), 'utf8'), OTHERS)
    assert.equal(readFileSync(second, 'utf8'), OTHERS)

    const before = statSync(path)
    const again = await machine.run(['setup', issuer.issuer], env)
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stderr, /has these contexts already: prod-eu, staging/)
    assert.equal(readFileSync(path, 'utf8'), written)
    assert.equal(statSync(path).ino, before.ino)
    assert.equal(readdirSync(join(path, '..')).length, 2)
  })

  it('takes another name where its own is taken', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    writeFileSync(path, OTHERS.replace('name: old', 'name: prod-eu'))
    const result = await machine.run([
      'setup',
      issuer.issuer,
      '--cluster',
      'prod-eu',
      '--kubeconfig',
      path,
    ])
    assert.equal(result.code, 0, result.stderr)
    const names = readContexts(readFileSync(path, 'utf8')).map(({ name }) => name)
    assert.deepEqual(names, ['prod-eu', `prod-eu@${new URL(issuer.issuer).host}`])
    const text = readFileSync(path, 'utf8')
    await machine.run(['setup', issuer.issuer, '--cluster', 'prod-eu', '--kubeconfig', path])
    assert.equal(readFileSync(path, 'utf8'), text)
  })

  it('writes through a symbolic link', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const link = join(machine.home, 'link')
    symlinkSync(path, link)
    await machine.run(['setup', issuer.issuer, '--kubeconfig', link])
    assert.equal(readContexts(readFileSync(path, 'utf8')).length, 3)
    assert.equal(statSync(link).ino, statSync(path).ino)
  })

  it('leaves a kubeconfig alone that is none, and one that kubectl has locked', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    writeFileSync(path, 'clusters: [')
    const broken = await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(broken.code, 1)
    assert.match(broken.stderr, /the kubeconfig is not valid YAML/)
    assert.equal(readFileSync(path, 'utf8'), 'clusters: [')
    assert.equal(existsSync(`${path}.lock`), false)
    writeFileSync(`${path}.lock`, '')
    const locked = await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(locked.code, 1)
    assert.match(locked.stderr, /is locked by another kubectl/)
  })

  it('names the clusters there are when one is asked for that is not', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const result = await machine.run([
      'setup',
      issuer.issuer,
      '--cluster',
      'prod',
      '--kubeconfig',
      path,
    ])
    assert.equal(result.code, 1)
    assert.match(
      result.stderr,
      /error: ada may not enter a cluster "prod"\n.*hint: the clusters are: prod-eu, staging/,
    )
    assert.equal(readFileSync(path, 'utf8'), OTHERS)
  })

  it('rewrites the one context whose cluster moved, and its old CA goes', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const old = { ...cluster('prod-eu'), certificateAuthority: 'the old CA' }
    issuer.behaviour.clusters = [old, cluster('staging')]
    await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    const before = readFileSync(path, 'utf8')
    const moved = { server: 'https://new.example:6443', certificateAuthority: 'the new CA' }
    issuer.behaviour.clusters = [{ ...old, ...moved }, cluster('staging')]
    const result = await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(result.code, 0, result.stderr)
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    assert.equal(
      readFileSync(path, 'utf8'),
      before
        .replace('https://prod-eu.example:6443', 'https://new.example:6443')
        .replace(base64('the old CA'), base64('the new CA')),
    )
    issuer.behaviour.clusters = [{ ...cluster('prod-eu'), server: moved.server }]
    await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(readFileSync(path, 'utf8').includes('certificate-authority-data'), false)
  })

  it('adds the new name of a renamed cluster, and says that the old one works on', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const { host } = new URL(issuer.issuer)
    await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    // Made by hand, for a namespace: it is the person's own name for the same place.
    const mine = `- {name: shop, context: {cluster: "prod-eu@${host}", user: "prod-eu@${host}", namespace: shop}}`
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^contexts:$/m, `contexts:\n${mine}`))
    issuer.behaviour.clusters = [
      { ...cluster('prod-eu'), name: 'europe', server: 'https://new.example' },
      cluster('staging'),
    ]
    const setup = ['setup', issuer.issuer, '--kubeconfig', path]
    const result = await machine.run(setup)
    const left = `left "prod-eu", an older context of europe, which still works; to remove it: kubectl config delete-context prod-eu --kubeconfig '${path}'`
    const lines = (stderr: string) =>
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.replace('kubectl-lanyard: ', ''))
    const [wrote, , ...rest] = lines(result.stderr)
    assert.equal(wrote, `wrote to "${path}": europe, staging`)
    assert.deepEqual(rest, [left, 'try: kubectl --context europe auth whoami'])
    const servers = readContexts(readFileSync(path, 'utf8')).map(({ name, server }) => [
      name,
      server,
    ])
    assert.deepEqual(servers, [
      ['shop', 'https://new.example'],
      ['old', 'https://10.0.0.1:6443'],
      ['prod-eu', 'https://new.example'],
      ['staging', 'https://staging.example:6443'],
      ['europe', 'https://new.example'],
    ])
    const again = await machine.run(setup)
    assert.deepEqual(lines(again.stderr), [
      `"${path}" has these contexts already: europe, staging`,
      left,
    ])
  })

  it('follows a name that another cluster took over', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    issuer.behaviour.clusters = [
      { ...cluster('prod-eu'), name: 'prod-old' },
      { ...cluster('next'), name: 'prod-eu' },
      cluster('staging'),
    ]
    const result = await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(/left/.test(result.stderr), false, result.stderr)
    const audiences = readContexts(readFileSync(path, 'utf8')).map((context) => [
      context.name,
      context.exec?.args.at(-1),
    ])
    assert.deepEqual(audiences.slice(1), [
      ['prod-eu', 'audience:next'],
      ['staging', 'audience:staging'],
      ['prod-old', 'audience:prod-eu'],
    ])
  })

  it('leaves the context of a cluster that is gone, and says how to remove it', async () => {
    await using issuer = await startFakeIssuer()
    await using other = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    const env = { KUBECONFIG: path }
    await machine.run(['setup', issuer.issuer], env)
    // Another issuer's cluster with the same audience is nobody's here.
    const foreign = readFileSync(path, 'utf8').replaceAll(issuer.issuer, other.issuer)
    issuer.behaviour.clusters = [cluster('prod-eu')]
    const before = readFileSync(path, 'utf8')
    const left =
      'kubectl-lanyard: left "staging", whose cluster is gone or no longer open to ada; to remove it: kubectl config delete-context staging\n'
    const result = await machine.run(['setup', issuer.issuer], env)
    assert.equal(
      result.stderr,
      `kubectl-lanyard: "${path}" has these contexts already: prod-eu\n${left}`,
    )
    const one = await machine.run(['setup', issuer.issuer, '--cluster', 'prod-eu'], env)
    assert.equal(one.stderr.includes('left'), false)

    issuer.behaviour.clusters = []
    const none = await machine.run(['setup', issuer.issuer], env)
    assert.equal(none.code, 1)
    assert.match(
      none.stderr,
      /: left "prod-eu", .*\n.*: left "staging", .*\n.*error: ada may enter no cluster yet\n/,
    )
    assert.equal(readFileSync(path, 'utf8'), before)
    writeFileSync(path, foreign)
    assert.equal((await machine.run(['setup', issuer.issuer], env)).stderr.includes('left'), false)
    writeFileSync(path, 'clusters: [')
    assert.match(
      (await machine.run(['setup', issuer.issuer], env)).stderr,
      /^kubectl-lanyard: error: ada may enter no cluster yet\n/,
    )
  })

  it('refuses a cluster without https', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const path = await prepare(issuer, machine)
    issuer.behaviour.clusters = [{ ...cluster('a'), server: 'http://a.example' }]
    const result = await machine.run(['setup', issuer.issuer, '--kubeconfig', path])
    assert.equal(result.code, 1)
    assert.match(result.stderr, /has no valid "server"/)
  })

  it('another CA needs another login, and the old one is not shown to it', async () => {
    await using issuer = await startFakeIssuer()
    await using other = await startFakeIssuer()
    using machine = createMachine()
    await prepare(issuer, machine)
    const ca = machine.writeCa(other.authority.certificate)
    issuer.log.length = 0
    const result = await machine.run(['setup', issuer.issuer, '--certificate-authority', ca])
    assert.equal(result.code, 1)
    assert.match(result.stderr, /cannot reach/)
    assert.deepEqual(issuer.log, [])
    // The trust that was there before still stands.
    assert.equal((await machine.run(['whoami'])).code, 0)
  })
})
