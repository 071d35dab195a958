/** Faults of a laptop, each seeded on a real one: found, named, and mended by nothing but what `kubectl lanyard doctor` prints. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
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
  type Etcd,
  requireBinaries,
  skipWithoutCluster,
  startApiserver,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'
import type { Laptop, Surroundings } from './laptop.ts'
import { kubeconfigFaults } from './laptop-kubeconfig-faults.ts'
import { machineFaults } from './laptop-machine-faults.ts'

const what = 'that doctor mends what is wrong with a laptop'
const skip = (await skipWithoutCluster(what)) || (await skipWithoutBrowser(what))
const run = promisify(execFile)

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
        ...{ name: 'alpha', groups: ['viewers', 'visitors'], trustedBy: 'configuration' },
      }),
    )
    owned.use(await startControllerManager(alpha))
    await addStranger(etcd)
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

  /** A cluster whose kube-apiserver was never told of Lanyard. */
  async function addStranger(etcd: Etcd): Promise<void> {
    const { url, certificateAuthority } = owned.use(await startApiserver({ etcd }))
    await lanyard.addCluster('stranger', {
      ...{ groups: ['viewers'], server: url },
      certificateAuthority: certificateAuthority.certificate,
    })
  }

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

  it('tells a cluster that does not trust the issuer from a token that is bad', async () => {
    await using laptop = await openLaptop()
    const result = await shell(laptop, 'kubectl lanyard doctor -o json --context stranger')
    const findings = JSON.parse(result.stdout) as readonly Finding[]
    assert.deepEqual(
      findings
        .filter(({ status }) => status !== 'ok')
        .map(({ check, summary }) => [check, summary]),
      [
        [
          'token.verdict',
          'the token is good, and the cluster refuses it: its kube-apiserver is not configured as Lanyard prints',
        ],
        [
          'kubectl.whoami',
          'kubectl auth whoami: the cluster refuses the token: You must be logged in to the server (Unauthorized)',
        ],
      ],
    )
    assert.equal(result.code, 1)
    assertNoSecret(result)
  })

  it('tells rights from logins: somebody who is bound to nothing', async () => {
    const carol = await lanyard.addUser('carol', ['visitors'])
    await using laptop = await openLaptop()
    // A new login ends the one before at the issuer, and that is everybody's here.
    await rm(join(laptop.state, 'login.json'))
    const line = `kubectl lanyard login --issuer ${lanyard.issuer} --device`
    {
      await using running = await startProcess({
        command: 'sh',
        args: ['-c', line],
        env: laptop.env,
      })
      const { page, context } = await browser.newPerson()
      await approveCode(page, lanyard.issuer, carol, running)
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
      await context.close()
      assert.equal((await running.exit).code, 0)
    }
    const { code, findings } = await diagnose(laptop, false)
    const [warning, ...more] = findings.filter(({ status }) => status !== 'ok')
    assert.deepEqual([code, more], [2, []])
    assert.equal(
      warning?.summary,
      'carol is logged in, and is bound to no role in namespace "default"',
    )
  })

  const around: Surroundings = {
    ...{ issuer: () => lanyard.issuer, foreignCa: () => foreignCa, secrets },
  }
  for (const fault of [...kubeconfigFaults(around), ...machineFaults(around)]) {
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
