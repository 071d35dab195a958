/** Faults of a laptop, each seeded on a real one: found, named, and mended by nothing but what `kubectl lanyard doctor` prints. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { applyEdit, type Finding } from '../../src/doctor/index.ts'
import { bundlePlugin } from '../../src/plugin/index.ts'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import { createAuthority } from '../support/certificates.ts'
import {
  approveCode,
  openTerminal,
  showCluster,
  signIn,
  startTrustingCluster,
  type Terminal,
} from '../support/end-to-end.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { type Result, runProcess, startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  type Apiserver,
  requireBinaries,
  skipWithoutCluster,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const what = 'that doctor mends what is wrong with a laptop'
const skip = (await skipWithoutCluster(what)) || (await skipWithoutBrowser(what))
const run = promisify(execFile)

/** A laptop with a login that works, to be broken. */
interface Laptop extends AsyncDisposable {
  readonly directory: string
  readonly home: string
  readonly kubeconfig: string
  readonly plugin: string
  /** Of the one issuer. */
  readonly state: string
  readonly cache: string
  readonly env: Record<string, string>
}

/** A kubeconfig as an object. */
interface Config {
  'current-context'?: string
  clusters: { name: string; cluster: Record<string, unknown> }[]
  contexts: { name: string; context: Record<string, unknown> }[]
  users: { name: string; user: Record<string, unknown> & { exec: Record<string, unknown> } }[]
}

interface Fault {
  readonly name: string
  readonly check: string
  readonly cause: RegExp
  seed(laptop: Laptop): Promise<unknown> | unknown
  /** The one that was broken cannot be asked by kubectl: the plugin's own file is run. */
  readonly direct?: boolean
  /** Somebody types a code. */
  readonly approves?: boolean
  /** The token that is cached stays. */
  readonly cached?: boolean
  /** kubectl is not tried before: it would wait for 30 seconds, or forget the login that is asked about. */
  readonly untried?: boolean
  /** Secrets lie about: every way of printing is looked at. */
  readonly secret?: boolean
}

async function change(laptop: Laptop, edit: (config: Config) => void): Promise<void> {
  const config = parse(await readFile(laptop.kubeconfig, 'utf8')) as Config
  edit(config)
  await writeFile(laptop.kubeconfig, stringify(config))
}

const changed =
  (edit: (config: Config) => void) =>
  (laptop: Laptop): Promise<void> =>
    change(laptop, edit)

const exec = (edit: (stanza: Record<string, unknown>) => void) =>
  changed(({ users }) => edit(users[0]?.user.exec ?? {}))

const cluster = (edit: (cluster: Record<string, unknown>) => void) =>
  changed(({ clusters }) => edit(clusters[0]?.cluster ?? {}))

describe('a laptop that is broken', { skip, concurrency: 3 }, () => {
  const owned = new AsyncDisposableStack()
  const secrets = new Set<string>()
  let lanyard: Lanyard
  let browser: TestBrowser
  let alpha: Apiserver
  let ada: Credentials
  let template: Terminal
  let binaries: { plugin: string; kubectl: string }
  let foreignCa: string

  before(async () => {
    const [started, etcd, directory, { kubectl }] = await Promise.all([
      startLanyard(),
      startEtcd(),
      temporaryDirectory(),
      requireBinaries(),
    ])
    lanyard = owned.use(started)
    owned.use(etcd)
    owned.use(directory)
    binaries = { kubectl, plugin: join(directory.path, 'kubectl-lanyard') }
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    await bundlePlugin(binaries.plugin, version)
    foreignCa = (await createAuthority(directory.path, 'foreign')).certificate
    alpha = owned.use(
      await startTrustingCluster(lanyard, etcd, {
        ...{ name: 'alpha', groups: ['viewers'], trustedBy: 'configuration' },
      }),
    )
    owned.use(await startControllerManager(alpha))
    const { roleBinding } = await showCluster(lanyard, 'alpha')
    assert.ok(roleBinding)
    await alpha.apply(roleBinding)
    await alpha.waitForRbac({
      ...{ user: 'somebody', groups: ['viewers'], verb: 'list', resource: 'pods' },
      namespace: 'default',
    })
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    ada = await lanyard.addUser('ada', ['viewers'])
    template = owned.use(await openTerminal({ directory: directory.path } as never))
    await logInOnce(directory.path)
  })
  after(() => owned.disposeAsync())

  async function logInOnce(directory: string): Promise<void> {
    const ca = join(directory, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    const args = ['lanyard', 'setup', lanyard.issuer, '--certificate-authority', ca]
    await using running = await template.kubectl.start(args)
    const { page, context } = await browser.newPerson()
    await page.goto(await template.openedUrl())
    await signIn(page, ada)
    await page.getByRole('heading', { name: 'Back to your terminal' }).waitFor()
    await context.close()
    assert.equal((await running.exit).code, 0, running.stderr.text)
    const pods = await template.kubectl.run(['get', 'pods', '-n', 'default'])
    assert.equal(pods.code, 0, pods.stderr)
  }

  async function openLaptop(): Promise<Laptop> {
    const temporary = await temporaryDirectory()
    const directory = temporary.path
    const home = join(directory, 'home')
    await run('cp', ['-a', template.kubectl.home, home])
    const kubeconfig = join(home, '.kube', 'config')
    await mkdir(dirname(kubeconfig), { recursive: true })
    await copyFile(template.kubeconfig, kubeconfig)
    const bin = join(directory, 'bin')
    await mkdir(bin)
    const plugin = join(bin, 'kubectl-lanyard')
    await run('cp', ['-a', binaries.plugin, plugin])
    const name = new URL(lanyard.issuer).host.replace(':', '_3a_')
    const { NODE_V8_COVERAGE } = process.env
    const state = join(home, '.local', 'state', 'kubectl-lanyard', name)
    await noteSecrets(state)
    return {
      ...{ directory, home, kubeconfig, plugin, state },
      cache: join(home, '.cache', 'kubectl-lanyard', name),
      env: {
        PATH: [bin, dirname(binaries.kubectl), dirname(process.execPath), '/usr/bin', '/bin'].join(
          ':',
        ),
        ...{ HOME: home, LANG: 'C.UTF-8', BROWSER: 'none' },
        ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
      },
      [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
    }
  }

  async function noteSecrets(state: string): Promise<void> {
    const login = JSON.parse(await readFile(join(state, 'login.json'), 'utf8')) as {
      refreshToken: string
      key: unknown
    }
    secrets.add(login.refreshToken)
    for (const [, value = ''] of JSON.stringify(login.key).matchAll(/"d":"([^"]+)"/g)) {
      secrets.add(value)
    }
    for (const token of Object.values(await template.tokens())) secrets.add(token)
  }

  function shell({ env }: Laptop, script: string): Promise<Result> {
    return runProcess({ command: 'sh', args: ['-c', script], env, timeoutMs: 90_000 })
  }

  async function diagnose(
    laptop: Laptop,
    direct: boolean,
  ): Promise<{ code: number; findings: readonly Finding[] }> {
    const command = direct ? `'${process.execPath}' '${laptop.plugin}'` : 'kubectl lanyard'
    const result = await shell(laptop, `${command} doctor -o json`)
    assertNoSecret(result)
    return { code: result.code, findings: JSON.parse(result.stdout) as readonly Finding[] }
  }

  async function printEveryWay(laptop: Laptop): Promise<void> {
    assertNoSecret(await shell(laptop, 'kubectl lanyard doctor'))
    assertNoSecret(await shell(laptop, 'kubectl lanyard doctor -v -o json'))
  }

  function assertNoSecret({ stdout, stderr }: Result): void {
    for (const secret of secrets) {
      const printed = stdout.includes(secret) || stderr.includes(secret)
      assert.equal(printed, false, `printed a secret: ${secret.slice(0, 8)}…`)
    }
  }

  /** As a script would: lines run as they stand, edits made as they stand, one after another, in one shell. */
  async function mend(laptop: Laptop, { fixes }: Finding, approves: boolean): Promise<Result> {
    const lines: string[] = []
    let edits = 0
    for (const fix of fixes) {
      if (fix.kind === 'advice') continue
      assert.equal(fix.place, 'laptop')
      if (fix.kind === 'command') lines.push(fix.line)
      else {
        const text = await readFile(fix.file, 'utf8')
        await writeFile(fix.file, applyEdit(text, fix))
        edits += 1
      }
    }
    assert.notEqual(lines.length + edits, 0, 'nothing that a machine could do')
    const script = [
      ...['set -e', ...lines, 'echo mended'],
      ...['kubectl get pods -n default', 'kubectl lanyard doctor >&2'],
    ].join('\n')
    if (!approves) return shell(laptop, script)
    await using running = await startProcess({
      command: 'sh',
      args: ['-c', script],
      env: laptop.env,
    })
    const { page, context } = await browser.newPerson()
    await approveCode(page, lanyard.issuer, ada, running)
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await context.close()
    const { code } = await running.exit
    return { code: code ?? -1, stdout: running.stdout.text, stderr: running.stderr.text }
  }

  const faults: readonly Fault[] = [
    {
      ...{
        name: 'apiVersion v1alpha1',
        check: 'kubeconfig.exec',
        cause: /v1alpha1, which kubectl does not know/,
      },
      seed: exec((stanza) => (stanza['apiVersion'] = 'client.authentication.k8s.io/v1alpha1')),
    },
    {
      ...{ name: 'no interactiveMode', check: 'kubeconfig.exec', cause: /has no interactiveMode/ },
      seed: exec((stanza) => delete stanza['interactiveMode']),
    },
    {
      ...{
        name: 'interactiveMode Always',
        check: 'kubeconfig.exec',
        cause: /interactiveMode Always/,
      },
      seed: exec((stanza) => (stanza['interactiveMode'] = 'Always')),
    },
    {
      ...{
        name: 'a mistyped command',
        check: 'plugin.command',
        cause: /"kubectl-lanyrad" does not exist/,
      },
      seed: exec((stanza) => (stanza['command'] = 'kubectl-lanyrad')),
    },
    {
      ...{ name: 'a relative command', check: 'plugin.command', cause: /looked for in .*\.kube/ },
      seed: exec((stanza) => (stanza['command'] = './bin/kubectl-lanyard')),
    },
    {
      ...{
        name: 'a plugin that is not executable',
        check: 'plugin.command',
        cause: /is not executable/,
        direct: true,
      },
      seed: ({ plugin }) => chmod(plugin, 0o644),
    },
    {
      ...{
        name: 'a plugin outside of the PATH',
        check: 'plugin.command',
        cause: /no directory of the PATH/,
        direct: true,
      },
      seed(laptop) {
        laptop.env['PATH'] = laptop.env['PATH']?.replace(`${dirname(laptop.plugin)}:`, '') ?? ''
      },
    },
    {
      ...{
        name: 'an older copy first',
        check: 'plugin.copies',
        cause: /an older copy of the plugin is first/,
        direct: true,
      },
      async seed(laptop) {
        const old = join(laptop.directory, 'old')
        await mkdir(old)
        await writeFile(
          join(old, 'kubectl-lanyard'),
          '#!/bin/sh\n[ "$1" = version ] && echo kubectl-lanyard 0.0.1\n',
        )
        await chmod(join(old, 'kubectl-lanyard'), 0o755)
        laptop.env['PATH'] = `${old}:${laptop.env['PATH']}`
      },
    },
    {
      ...{ name: 'no audience', check: 'kubeconfig.args', cause: /has no --audience/ },
      seed: exec((stanza) => (stanza['args'] = ['get-token', '--issuer', lanyard.issuer])),
    },
    {
      ...{
        name: 'an option that get-token does not take',
        check: 'kubeconfig.args',
        cause: /has --certificate-authority among its args/,
      },
      seed: exec((stanza) => (stanza['args'] as string[]).push('--certificate-authority=/ca.crt')),
    },
    {
      ...{ name: 'another audience', check: 'login.entry', cause: /no such cluster/ },
      seed: exec(
        (stanza) =>
          (stanza['args'] = ['get-token', '--issuer', lanyard.issuer, '--audience', 'omega']),
      ),
    },
    {
      ...{
        name: 'auth-provider beside exec',
        check: 'kubeconfig.user',
        cause: /has auth-provider beside exec/,
      },
      secret: true,
      seed: changed(({ users }) => {
        secrets.add('s3cret-id-token')
        Object.assign(users[0]?.user ?? {}, {
          'auth-provider': { name: 'oidc', config: { 'id-token': 's3cret-id-token' } },
        })
      }),
    },
    {
      ...{ name: 'a token beside exec', check: 'kubeconfig.user', cause: /has token beside exec/ },
      secret: true,
      seed: changed(({ users }) => {
        secrets.add('s3cret-old-token')
        Object.assign(users[0]?.user ?? {}, { token: 's3cret-old-token' })
      }),
    },
    {
      ...{
        name: 'a user twice in one file',
        check: 'kubeconfig.duplicate',
        cause: /has the user .* twice/,
      },
      seed: changed(({ users }) => users.push(...structuredClone(users))),
    },
    {
      ...{
        name: 'a user hidden by another file',
        check: 'kubeconfig.duplicate',
        cause: /hides the one of/,
      },
      async seed(laptop) {
        const { users } = parse(await readFile(laptop.kubeconfig, 'utf8')) as Config
        const first = join(laptop.home, 'first')
        const name = users[0]?.name
        await writeFile(
          first,
          stringify({
            apiVersion: 'v1',
            kind: 'Config',
            users: [{ name, user: { token: 'gone' } }],
          }),
        )
        laptop.env['KUBECONFIG'] = `${first}:${laptop.kubeconfig}`
      },
    },
    {
      ...{
        name: 'no current-context',
        check: 'kubeconfig.context',
        cause: /current-context is missing/,
      },
      seed: changed((config) => delete config['current-context']),
    },
    {
      ...{
        name: 'a current-context that is gone',
        check: 'kubeconfig.context',
        cause: /there is no context "omega", which current-context names/,
      },
      seed: changed((config) => (config['current-context'] = 'omega')),
    },
    {
      ...{
        name: 'a context without its user',
        check: 'kubeconfig.context',
        cause: /names the user .*, which is in no kubeconfig/,
      },
      seed: changed((config) => (config.users = [])),
    },
    {
      ...{ name: 'no kubeconfig', check: 'kubeconfig.found', cause: /there is no kubeconfig/ },
      seed: ({ kubeconfig }) => rm(kubeconfig),
    },
    {
      ...{
        name: 'a KUBECONFIG that names nothing',
        check: 'kubeconfig.found',
        cause: /there is no kubeconfig: .*elsewhere/,
      },
      seed(laptop) {
        laptop.env['KUBECONFIG'] = join(laptop.home, 'elsewhere')
      },
    },
    {
      ...{
        name: 'the address of before',
        check: 'cluster.server',
        cause: /the address of "alpha" is https:\S+ now/,
      },
      seed: cluster((each) => (each['server'] = 'https://127.0.0.1:1')),
    },
    {
      ...{
        name: 'the CA of before',
        check: 'cluster.certificate',
        cause: /the CA of "alpha" in the kubeconfig is not the one/,
      },
      seed: cluster(
        (each) => (each['certificate-authority-data'] = Buffer.from(foreignCa).toString('base64')),
      ),
    },
    {
      ...{ name: 'a CA that is none', check: 'kubeconfig.cluster', cause: /is no certificate/ },
      seed: cluster(
        (each) => (each['certificate-authority-data'] = Buffer.from('no').toString('base64')),
      ),
    },
    {
      ...{
        name: 'a CA file that is gone',
        check: 'kubeconfig.cluster',
        cause: /the CA file "gone.crt" .* cannot be read: ENOENT/,
      },
      seed: cluster((each) => {
        delete each['certificate-authority-data']
        each['certificate-authority'] = 'gone.crt'
      }),
    },
    {
      ...{
        name: 'a CA, and no verification',
        check: 'kubeconfig.cluster',
        cause: /insecure-skip-tls-verify beside a CA/,
      },
      seed: cluster((each) => (each['insecure-skip-tls-verify'] = true)),
    },
    {
      ...{
        name: 'a kuberc that denies all',
        check: 'kuberc.policy',
        cause: /forbids every credential plugin/,
      },
      seed: ({ home }) =>
        writeFile(join(home, '.kube', 'kuberc'), kuberc('credentialPluginPolicy: DenyAll\n')),
    },
    {
      ...{
        name: 'a kuberc that lists others',
        check: 'kuberc.policy',
        cause: /allow-list .* lacks kubectl-lanyard/,
      },
      seed: ({ home }) =>
        writeFile(
          join(home, '.kube', 'kuberc'),
          kuberc('credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: aws\n'),
        ),
    },
    {
      ...{
        name: 'a login that others can read',
        check: 'store.permissions',
        cause: /login.json" can be used by others \(mode 644\)/,
      },
      seed: ({ state }) => chmod(join(state, 'login.json'), 0o644),
    },
    {
      ...{
        name: 'a directory that others can read',
        check: 'store.permissions',
        cause: /can be used by others \(mode 755\)/,
      },
      seed: ({ state }) => chmod(state, 0o755),
    },
    {
      ...{
        name: 'a cache that others can write to',
        check: 'store.permissions',
        cause: /can be used by others \(mode 777\)/,
        cached: true,
      },
      seed: ({ cache }) => chmod(dirname(cache), 0o777),
    },
    {
      ...{
        name: 'a link in place of a token',
        check: 'store.permissions',
        cause: /is a symbolic link/,
        cached: true,
      },
      async seed({ cache, home }) {
        const [token = ''] = await readdir(cache)
        await rename(join(cache, token), join(home, 'token'))
        await symlink(join(home, 'token'), join(cache, token))
      },
    },
    {
      ...{ name: 'a lock from the future', check: 'store.lock', cause: /is from the future/ },
      untried: true,
      async seed({ state }) {
        const tomorrow = Date.now() / 1000 + 86_400
        await mkdir(join(state, 'lock'))
        await utimes(join(state, 'lock'), tomorrow, tomorrow)
      },
    },
    {
      ...{ name: 'a lock that is a file', check: 'store.lock', cause: /is no directory/ },
      untried: true,
      seed: ({ state }) => writeFile(join(state, 'lock'), ''),
    },
    {
      ...{
        name: 'a proxy that is down',
        check: 'issuer.proxy',
        cause: /HTTPS_PROXY sends requests to \S+ through http:\/\/127.0.0.1:1,? /,
      },
      secret: true,
      seed(laptop) {
        secrets.add('proxy-pa55word')
        laptop.env['HTTPS_PROXY'] = 'http://ada:proxy-pa55word@127.0.0.1:1'
      },
    },
    {
      ...{
        name: 'a proxy that is no address',
        check: 'proxy.address',
        cause: /HTTPS_PROXY is not the address of a proxy/,
      },
      seed(laptop) {
        laptop.env['HTTPS_PROXY'] = 'socks://127.0.0.1:1'
      },
    },
    {
      ...{
        name: 'a cached token that no cluster takes',
        check: 'login.cached',
        cause: /the token in the cache is not one/,
        cached: true,
      },
      async seed({ cache }) {
        const [name = ''] = await readdir(cache)
        const path = join(cache, name)
        const entry = JSON.parse(await readFile(path, 'utf8')) as { token: string }
        const token = `${entry.token.slice(0, -8)}AAAAAAAA`
        await writeFile(path, JSON.stringify({ ...entry, token }))
      },
    },
    {
      ...{
        name: 'no login',
        check: 'login.present',
        cause: /you are not logged in/,
        approves: true,
      },
      seed: ({ state }) => rm(join(state, 'login.json')),
    },
    {
      ...{
        name: 'a damaged login',
        check: 'store.readable',
        cause: /login.json" is damaged/,
        approves: true,
      },
      seed: ({ state }) => writeFile(join(state, 'login.json'), '{"iss'),
    },
    {
      ...{
        name: 'a login that the issuer does not know',
        check: 'login.alive',
        cause: /the login has ended/,
        approves: true,
      },
      untried: true,
      async seed({ state }) {
        const path = join(state, 'login.json')
        const login = JSON.parse(await readFile(path, 'utf8')) as { refreshToken: string }
        const refreshToken = `${login.refreshToken.slice(0, -6)}AAAAAA`
        await writeFile(path, JSON.stringify({ ...login, refreshToken }))
      },
    },
  ]

  it('is all well before', async () => {
    await using laptop = await openLaptop()
    const { code, findings } = await diagnose(laptop, false)
    assert.deepEqual(
      findings.filter(({ status }) => status !== 'ok'),
      [],
    )
    assert.equal(code, 0)
    assert.ok(findings.some(({ summary }) => summary === 'the context is "alpha"'))
    assert.ok(findings.some(({ summary }) => summary === 'the cluster knows you as ada'))
    await printEveryWay(laptop)
  })

  for (const fault of faults) {
    it(`is mended: ${fault.name}`, async () => {
      await using laptop = await openLaptop()
      if (fault.cached !== true) await rm(laptop.cache, { recursive: true })
      await fault.seed(laptop)
      if (fault.untried !== true) {
        const broken = await shell(laptop, 'kubectl get pods -n default')
        assert.notEqual(broken.code, 0, 'it is not broken')
      }
      const { code, findings } = await diagnose(laptop, fault.direct === true)
      const cause = findings.find(({ status }) => status === 'failed')
      assert.ok(cause, JSON.stringify(findings, null, 1))
      assert.equal(
        cause.check,
        fault.check,
        JSON.stringify(
          findings.filter(({ status }) => status !== 'ok'),
          null,
          1,
        ),
      )
      assert.match(cause.summary, fault.cause)
      assert.equal(code, 1)
      if (fault.secret === true) await printEveryWay(laptop)
      const result = await mend(laptop, cause, fault.approves === true)
      assert.equal(
        result.code,
        0,
        `${JSON.stringify(cause.fixes)}\n${result.stdout}\n${result.stderr}`,
      )
      assert.match(result.stderr, /No resources found in default namespace\.\n/)
    })
  }
})

function kuberc(text: string): string {
  return `apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n${text}`
}
