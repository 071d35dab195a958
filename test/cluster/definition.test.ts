/** What an admin does to a cluster's definition, and what it does to the people who use it. */
import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runCommand } from '../../src/cli/index.ts'
import { readContexts } from '../../src/kubernetes/index.ts'
import { createAuthority } from '../support/certificates.ts'
import {
  buildPlugin,
  openTerminal,
  type Plugin,
  startTrustingCluster,
  type Terminal,
} from '../support/end-to-end.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, clusterLogin, payloadOf, walkThrough } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import type { Result } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  type Apiserver,
  requireBinaries,
  skipWithoutCluster,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that a cluster’s definition changes without harm')

const NO_PODS: Result = {
  code: 0,
  stdout: '',
  stderr: 'No resources found in default namespace.\n',
}
const getPods = (context: string) => ['--context', context, 'get', 'pods', '-n', 'default']
const words = (stderr: string) =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace('kubectl-lanyard: ', ''))

describe('a cluster’s definition', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let plugin: Plugin
  let alpha: Apiserver
  let directory: string
  let caPath: string
  let ada: Credentials
  let omar: Credentials
  let terminal: Terminal

  before(async () => {
    const [started, etcd, bundled, home] = await Promise.all([
      startLanyard(),
      startEtcd(),
      buildPlugin(),
      temporaryDirectory(),
    ])
    lanyard = owned.use(started)
    plugin = owned.use(bundled)
    owned.use(etcd)
    directory = owned.use(home).path
    caPath = join(directory, 'ca.crt')
    await writeFile(caPath, lanyard.ca)
    ada = await lanyard.addUser('ada', ['viewers'])
    omar = await lanyard.addUser('omar', ['ops', 'org/dev'])
    alpha = owned.use(
      await startTrustingCluster(lanyard, etcd, {
        ...{ name: 'alpha', groups: ['viewers', 'ops'], trustedBy: 'configuration' },
        ...{ liveGroups: true },
      }),
    )
    owned.use(await startControllerManager(alpha))
    terminal = owned.use(await openTerminal(plugin))
    const [first] = words((await setUp(terminal, ada)).stderr).slice(-2)
    assert.equal(first, `wrote to "${terminal.kubeconfig}": alpha`)
    // Kubernetes itself refuses the first token with live groups; Lanyard's own takes that upon it.
    await poll('the apiserver knows ada', async () => {
      const { code } = await terminal.kubectl.run(['--context', 'alpha', 'auth', 'whoami'])
      return code === 0
    })
  })
  after(() => owned.disposeAsync())

  /** `lanyard …` beside the running server, which then has what it changed. */
  async function admin(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
    const written = { stdout: '', stderr: '' }
    const code = await runCommand(argv, {
      clock: Date.now,
      env: { LANYARD_DATA: lanyard.data },
      cwd: directory,
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
    })
    assert.equal(code, 0, written.stderr)
    await lanyard.server.issuer.refresh()
    return written
  }

  async function adminJson(...argv: string[]): Promise<Record<string, unknown>> {
    const { stdout } = await admin(...argv, '-o', 'json')
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** `kubectl lanyard setup`; the first time with somebody who signs in where it leads. */
  async function setUp(at: Terminal, credentials?: Credentials): Promise<Result> {
    const argv = ['lanyard', 'setup', lanyard.issuer, '--certificate-authority', caPath]
    if (credentials === undefined) return at.kubectl.run(argv)
    await using running = await at.kubectl.start(argv)
    const person = new Person(lanyard)
    await walkThrough(person, await person.open(await at.openedUrl()), credentials)
    assert.ok(person.leftTo)
    await fetch(person.leftTo)
    await person.close()
    const { code } = await running.exit
    return { code: code ?? -1, stdout: running.stdout.text, stderr: running.stderr.text }
  }

  async function dryRun(yaml: string): Promise<Result> {
    return alpha.admin.run(['apply', '--dry-run=server', '-f', '-'], { input: yaml })
  }

  it('comes with bindings that Kubernetes takes, and refuses what Kubernetes refuses', async () => {
    assert.equal((await alpha.admin.run(['create', 'namespace', 'team-a'])).code, 0)
    const several = await admin(
      ...['cluster', 'rbac', 'alpha', '--group', 'viewers', '--group', 'org/dev'],
      ...['--role', 'edit', '--role', 'system:auth-delegator', '--namespace', 'team-a'],
    )
    const object = 'rolebinding.rbac.authorization.k8s.io'
    const created = 'created (server dry run)'
    assert.deepEqual(await dryRun(several.stdout), {
      code: 0,
      stdout: [
        `${object}/lanyard:edit:viewers ${created}`,
        `${object}/lanyard:system|auth-delegator:viewers ${created}`,
        `${object}/lanyard:edit:org|dev ${created}`,
        `${object}/lanyard:system|auth-delegator:org|dev ${created}`,
        '',
      ].join('\n'),
      stderr: '',
    })
    const { manifest } = await adminJson(
      ...['cluster', 'rbac', 'alpha', '--group', 'ops'],
      ...['--role', 'edit'],
    )
    for (const role of ['a/b', '100%', '.', '..']) {
      const refused = await dryRun(
        String(manifest).replace('  name: edit\n', `  name: "${role}"\n`),
      )
      assert.match(refused.stderr, /roleRef\.name: Invalid value/, role)
    }
  })

  it('begins with rights to look for all, and to do everything for whom the admin names', async () => {
    await using other = await openTerminal(plugin)
    await setUp(other, omar)
    const start = await admin(
      ...['cluster', 'rbac', 'alpha', '--for-all-groups', '--cluster-admins', 'ops'],
    )
    await alpha.apply(start.stdout)
    const may = async (at: Terminal, ...question: string[]) => {
      const { stdout, stderr } = await at.kubectl.run([
        ...['--context', 'alpha', 'auth', 'can-i', ...question],
      ])
      return stdout.trim() === '' ? stderr : stdout.trim()
    }
    await poll('the bindings are seen', async () => (await may(terminal, 'list', 'pods')) === 'yes')
    assert.deepEqual(
      [
        await may(terminal, 'create', 'pods'),
        await may(terminal, 'get', 'secrets'),
        await may(other, '*', '*', '--all-namespaces'),
      ],
      ['no', 'no', 'yes'],
    )
  })

  it('is a kubeconfig that kubectl reads, with the plugin and without it', async () => {
    const path = join(directory, 'for-plugin.yaml')
    await writeFile(path, (await admin('cluster', 'kubeconfig', 'alpha')).stdout)
    const env = { KUBECONFIG: path }
    const view = await terminal.kubectl.run(['config', 'view', '--raw', '-o', 'json'], { env })
    assert.equal(view.code, 0, view.stderr)
    assert.equal(
      (JSON.parse(view.stdout) as { 'current-context': string })['current-context'],
      'alpha',
    )
    // It logs in where setup has made the issuer known.
    const version = await terminal.kubectl.run(['version', '-o', 'json'], { env })
    assert.equal(version.code, 0, version.stderr)
    assert.ok('serverVersion' in (JSON.parse(version.stdout) as object))

    const without = await alpha.kubectlAs(path, { env: { PATH: '/usr/bin:/bin' } })
    const { code, stderr } = await without.run(['version'])
    assert.equal(code, 1)
    assert.match(stderr, /exec: executable kubectl-lanyard not found/)
    assert.ok(
      stderr.includes(
        `kubectl-lanyard, which logs you in to this cluster, is not on your PATH. How to install it: ${lanyard.issuer}/account/kubectl`,
      ),
      stderr,
    )
  })

  it('is a kubeconfig by which kubectl runs kubelogin', async () => {
    const path = join(directory, 'for-kubelogin.yaml')
    const bin = join(directory, 'bin')
    await mkdir(bin)
    await writeFile(
      path,
      (await admin('cluster', 'kubeconfig', 'alpha', '--for', 'kubelogin')).stdout,
    )
    const { idToken } = await clusterLogin(lanyard, ada, 'alpha')
    const credential = JSON.stringify({
      ...{ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' },
      status: { token: idToken },
    })
    // What stands in kubelogin's place is found as kubelogin is, and gives back what it would have obtained.
    const stand = join(bin, 'kubectl-oidc_login')
    await writeFile(join(bin, 'credential'), credential, { mode: 0o600 })
    await writeFile(
      stand,
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${bin}/argv'\ncat '${bin}/credential'\n`,
    )
    await chmod(stand, 0o755)
    const { kubectl: binary } = await requireBinaries()
    const kubectl = await alpha.kubectlAs(path, { path: [bin, dirname(binary)] })
    const who = await kubectl.run(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])
    assert.deepEqual([who.stdout, who.code], ['ada', 0], who.stderr)
    const argv = (await readFile(join(bin, 'argv'), 'utf8')).trimEnd().split('\n')
    assert.deepEqual(argv, [
      'get-token',
      `--oidc-issuer-url=${lanyard.issuer}`,
      '--oidc-client-id=alpha',
      '--oidc-extra-scope=offline_access',
      `--certificate-authority-data=${Buffer.from(lanyard.ca).toString('base64')}`,
    ])
  })

  it('keeps its audience when it is renamed, and setup adds the new name', async () => {
    await admin('cluster', 'set', 'alpha', '--name', 'europe')
    assert.equal(await terminal.expireTokens(), 1)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
    const [audience = '', token = ''] = Object.entries(await terminal.tokens())[0] ?? []
    assert.deepEqual([audience, payloadOf(token)['aud']], ['alpha', 'alpha'])

    const result = await setUp(terminal)
    const [wrote, backup, ...rest] = words(result.stderr)
    assert.equal(wrote, `wrote to "${terminal.kubeconfig}": europe`)
    assert.match(backup ?? '', /^what it was before is in /)
    assert.deepEqual(rest, [
      'left "alpha", an older context of europe, which still works; to remove it: kubectl config delete-context alpha',
      'try: kubectl --context europe auth whoami',
    ])
    assert.deepEqual(await terminal.kubectl.run(getPods('europe')), NO_PODS)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
  })

  it('reaches people with another server and CA at their next setup', async () => {
    const other = await createAuthority(directory, 'other-authority')
    const path = join(directory, 'other-authority.crt')
    const base64 = (pem: string) => Buffer.from(pem).toString('base64')
    const read = () => readFile(terminal.kubeconfig, 'utf8')
    const before = await read()
    const { port } = new URL(alpha.url)
    await writeFile(path, other.certificate)
    await admin(
      ...['cluster', 'set', 'europe', '--server', `https://localhost:${port}`],
      ...['--certificate-authority', path],
    )
    assert.equal(await read(), before)
    assert.equal((await setUp(terminal)).code, 0)
    const between = await read()
    assert.equal(between.includes(base64(alpha.certificateAuthority.certificate)), false)
    assert.equal(between.split(base64(other.certificate)).length, 3)
    const refused = await terminal.kubectl.run(getPods('europe'))
    assert.match(refused.stderr, /x509: certificate signed by unknown authority/)

    await writeFile(path, alpha.certificateAuthority.certificate)
    await admin('cluster', 'set', 'europe', '--certificate-authority', path)
    assert.equal((await setUp(terminal)).code, 0)
    assert.equal(await read(), before.replaceAll(alpha.url, `https://localhost:${port}`))
    assert.deepEqual(
      readContexts(await read()).map(({ name, server }) => [name, server]),
      [
        ['alpha', `https://localhost:${port}`],
        ['europe', `https://localhost:${port}`],
      ],
    )
    assert.deepEqual(await terminal.kubectl.run(getPods('europe')), NO_PODS)
  })

  it('ends its tokens when it is deleted, says who holds contexts, and setup says what it left', async () => {
    const [token = ''] = Object.values(await terminal.tokens())
    assert.equal((await alpha.whoami(token)).status, 201)
    const { holders, ...rest } = await adminJson('cluster', 'delete', 'europe', '--yes')
    assert.deepEqual(rest, {
      ...{ deleted: 'europe', audience: 'alpha', people: 2, devices: 3 },
      removeContext: 'kubectl config delete-context europe',
    })
    assert.deepEqual(
      (holders as { username: string; clientId: string }[])
        .map(({ username, clientId }) => `${username} ${clientId}`)
        .toSorted(),
      ['ada alpha', 'ada kubectl-lanyard', 'omar kubectl-lanyard'],
    )
    // The groups are asked for again after ten seconds, and there is nobody to tell them.
    const mark = alpha.logMark()
    await poll('its apiserver refuses', async () => (await alpha.whoami(token)).status === 401, {
      timeoutMs: 15_000,
    })
    assert.match(
      (await alpha.unauthenticatedReasons(mark)).join('\n'),
      /error while getting distributed claim JWT: 403 Forbidden/,
    )
    await terminal.expireTokens()
    const refused = await terminal.kubectl.run(getPods('europe'))
    assert.equal(
      words(refused.stderr)[0],
      `error: ${lanyard.issuer} refused: there is no such cluster or application`,
    )

    const before = await readFile(terminal.kubeconfig, 'utf8')
    const result = await setUp(terminal)
    assert.equal(result.code, 1)
    const left = (name: string) =>
      `left "${name}", whose cluster is gone or no longer open to ada; to remove it: kubectl config delete-context ${name}`
    assert.deepEqual(words(result.stderr).slice(0, 3), [
      left('alpha'),
      left('europe'),
      'error: ada may enter no cluster yet',
    ])
    assert.equal(await readFile(terminal.kubeconfig, 'utf8'), before)
    const removed = await terminal.kubectl.run(['config', 'delete-context', 'europe'])
    assert.equal(removed.code, 0, removed.stderr)
    assert.equal(words((await setUp(terminal)).stderr)[0], left('alpha'))
  })
})
