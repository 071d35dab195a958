import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import {
  approveCode,
  buildPlugin,
  countRequests,
  openTerminal,
  type Plugin,
  showCluster,
  signIn,
  startTrustingCluster,
  type Terminal,
} from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, payloadOf } from '../support/logins.ts'
import { type Result, type RunningProcess, startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const what = 'that people get from nothing to kubectl get pods'
const skip = (await skipWithoutCluster(what)) || (await skipWithoutBrowser(what))

const NO_PODS: Result = {
  code: 0,
  stdout: '',
  stderr: 'No resources found in default namespace.\n',
}
const getPods = (context: string) => ['--context', context, 'get', 'pods', '-n', 'default']

/** script has these options on Linux alone. */
const terminals = { skip: process.platform !== 'linux' && 'no script of util-linux' }

/** The same command with a terminal around it, by script of util-linux: what a person at a keyboard gets. */
function startAtTerminal({ kubectl }: Terminal, args: readonly string[]): Promise<RunningProcess> {
  const line = [kubectl.binary, ...args].map((word) => `'${word}'`).join(' ')
  return startProcess({
    command: 'script',
    args: ['--quiet', '--return', '--command', line, '/dev/null'],
    env: { ...kubectl.env, SHELL: '/bin/sh' },
  })
}

const forbidden = (user: string): Result => ({
  code: 1,
  stdout: '',
  stderr: `Error from server (Forbidden): pods is forbidden: User "${user}" cannot list resource "pods" in API group "" in the namespace "default"\n`,
})

describe('from nothing to kubectl get pods', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let plugin: Plugin
  let browser: TestBrowser
  let caPath: string
  let alpha: Apiserver

  before(async () => {
    const [started, etcd, bundled, directory] = await Promise.all([
      startLanyard(),
      startEtcd(),
      buildPlugin(),
      temporaryDirectory(),
    ])
    lanyard = owned.use(started)
    plugin = owned.use(bundled)
    owned.use(etcd)
    owned.use(directory)
    caPath = join(directory.path, 'the ca.crt')
    await writeFile(caPath, lanyard.ca)
    alpha = owned.use(
      await startTrustingCluster(lanyard, etcd, {
        ...{ name: 'alpha', groups: ['viewers', 'visitors'] },
        ...{ trustedBy: 'configuration', signingAlg: 'ES256' },
      }),
    )
    const beta = await startTrustingCluster(lanyard, etcd, {
      ...{ name: 'beta', groups: ['viewers'], trustedBy: 'flags', liveGroups: true },
    })
    owned.use(beta)
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    await Promise.all(
      [alpha, beta].map(async (each) => owned.use(await startControllerManager(each))),
    )
    await Promise.all([bindViewers('alpha', alpha), bindViewers('beta', beta)])
  })
  after(() => owned.disposeAsync())

  /** Applies the binding that Lanyard prints. */
  async function bindViewers(name: string, apiserver: Apiserver): Promise<void> {
    const { roleBinding } = await showCluster(lanyard, name)
    assert.ok(roleBinding)
    await apiserver.apply(roleBinding)
    await apiserver.waitForRbac({
      ...{ user: 'somebody', groups: ['viewers'], verb: 'list', resource: 'pods' },
      namespace: 'default',
    })
  }

  const setUp = () => ['lanyard', 'setup', lanyard.issuer, '--certificate-authority', caPath]

  /** `kubectl lanyard setup`, with a person who signs in at the tab that it opens. */
  async function setUpInBrowser(terminal: Terminal, credentials: Credentials): Promise<Result> {
    await using running = await terminal.kubectl.start(setUp())
    await using person = await newTab()
    await person.page.goto(await terminal.openedUrl())
    await signIn(person.page, credentials)
    await person.page.getByRole('heading', { name: 'Back to your terminal' }).waitFor()
    const { code } = await running.exit
    return { code: code ?? -1, stdout: running.stdout.text, stderr: running.stderr.text }
  }

  async function setUpByCode(terminal: Terminal, credentials: Credentials): Promise<Result> {
    await using running = await terminal.kubectl.start([...setUp(), '--device'])
    await using person = await newTab()
    await approveCode(person.page, lanyard.issuer, credentials, running)
    await person.page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    const { code } = await running.exit
    return { code: code ?? -1, stdout: running.stdout.text, stderr: running.stderr.text }
  }

  async function newTab() {
    const { page, context } = await browser.newPerson()
    return { page, [Symbol.asyncDispose]: () => context.close() }
  }

  it('works in a browser, for two clusters by one login, and a second setup changes nothing', async () => {
    const ada = await lanyard.addUser('ada', ['viewers'])
    await using terminal = await openTerminal(plugin)
    using logins = countRequests(
      ({ method, url }) => method === 'GET' && url?.startsWith('/auth?') === true,
    )
    const result = await setUpInBrowser(terminal, ada)
    assert.deepEqual([result.code, result.stdout], [0, ''], result.stderr)
    assert.deepEqual(result.stderr.trimEnd().split('\n').slice(1), [
      `kubectl-lanyard: logged in to ${lanyard.issuer}`,
      `kubectl-lanyard: wrote to "${terminal.kubeconfig}": alpha, beta`,
      'kubectl-lanyard: try: kubectl --context alpha auth whoami',
    ])
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
    assert.deepEqual(await terminal.kubectl.run(getPods('beta')), NO_PODS)
    const tokens = await terminal.tokens()
    assert.equal(Object.keys(tokens).length, 2)
    for (const [audience, token] of Object.entries(tokens)) {
      assert.equal(payloadOf(token)['aud'], audience)
    }
    assert.equal(logins.count, 1)

    const before = await readFile(terminal.kubeconfig)
    assert.deepEqual(await terminal.kubectl.run(setUp()), {
      code: 0,
      stdout: '',
      stderr: `kubectl-lanyard: "${terminal.kubeconfig}" has these contexts already: alpha, beta\n`,
    })
    assert.deepEqual(await readFile(terminal.kubeconfig), before)
    assert.equal(logins.count, 1)
  })

  it('works by a code approved in a browser', async () => {
    const dora = await lanyard.addUser('dora', ['viewers'])
    await using terminal = await openTerminal(plugin)
    const result = await setUpByCode(terminal, dora)
    assert.equal(result.code, 0, result.stderr)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
    const [token = ''] = Object.values(await terminal.tokens())
    const device = await lanyard.server.issuer.devices.who(String(payloadOf(token)['jti']))
    assert.equal(device?.clientId, 'kubectl-lanyard')
  })

  it('refuses whoever is in no group of the cluster, with the sentence', async () => {
    const bob = await lanyard.addUser('bob', ['strangers'])
    await using terminal = await openTerminal(plugin)
    const result = await setUpInBrowser(terminal, bob)
    assert.equal(result.code, 1)
    assert.deepEqual(result.stderr.trimEnd().split('\n').slice(-2), [
      'kubectl-lanyard: error: bob may enter no cluster yet',
      'kubectl-lanyard: hint: ask your admin for access, then run setup again',
    ])
    assert.deepEqual(
      await terminal.kubectl.run([
        ...['lanyard', 'get-token', '--issuer', lanyard.issuer, '--audience', 'alpha'],
      ]),
      {
        code: 4,
        stdout: '',
        stderr: `kubectl-lanyard: error: ${lanyard.issuer} refused: bob is in none of the groups that may enter cluster "alpha"\n`,
      },
    )
  })

  it('lets in whoever is bound to nothing, and leaves the refusal to RBAC', async () => {
    const carol = await lanyard.addUser('carol', ['visitors'])
    await using terminal = await openTerminal(plugin)
    const result = await setUpInBrowser(terminal, carol)
    assert.equal(result.code, 0, result.stderr)
    assert.match(result.stderr, /: alpha\n/)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), forbidden('carol'))
  })

  it('ends with the next token for whoever is removed from the group or disabled', async () => {
    const { directory } = lanyard.server.rooms
    const erin = await lanyard.addUser('erin', ['viewers', 'visitors'])
    await using terminal = await openTerminal(plugin)
    assert.equal((await setUpInBrowser(terminal, erin)).code, 0)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)

    await directory.groups.removeMember('viewers', { user: 'erin' }, byTest)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
    assert.equal(await terminal.expireTokens(), 1)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), forbidden('erin'))
    const [token = ''] = Object.values(await terminal.tokens())
    assert.deepEqual(payloadOf(token)['groups'], ['visitors'])

    await directory.users.disable('erin', byTest)
    assert.equal(await terminal.expireTokens(), 1)
    const refused = await terminal.kubectl.run(getPods('alpha'))
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    const lines = refused.stderr.trimEnd().split('\n')
    assert.equal(
      lines[0],
      `kubectl-lanyard: error: ${lanyard.issuer} refused: user "erin" is disabled`,
    )
    assert.equal(
      lines.at(-1),
      'Unable to connect to the server: getting credentials: exec: executable kubectl-lanyard failed with exit code 4',
    )
  })

  it('asks for a login at a terminal when there is none, and nowhere else', terminals, async () => {
    const gus = await lanyard.addUser('gus', ['viewers'])
    await using terminal = await openTerminal(plugin)
    assert.equal((await setUpInBrowser(terminal, gus)).code, 0)
    assert.equal((await terminal.kubectl.run(['lanyard', 'logout'])).code, 0)
    const unattended = await terminal.kubectl.run(getPods('alpha'))
    assert.equal(unattended.code, 1)
    assert.deepEqual(unattended.stderr.split('\n').slice(0, 2), [
      `kubectl-lanyard: error: you are not logged in to ${lanyard.issuer}`,
      `kubectl-lanyard: hint: run: kubectl lanyard login --issuer ${lanyard.issuer}`,
    ])

    await using running = await startAtTerminal(terminal, getPods('alpha'))
    await using person = await newTab()
    await person.page.goto(await terminal.openedUrl())
    await signIn(person.page, gus)
    await person.page.getByRole('heading', { name: 'Back to your terminal' }).waitFor()
    await running.waitForLine('stdout', /^No resources found in default namespace\.\r$/)
    assert.deepEqual(await running.exit, { code: 0, signal: null })
  })

  it('makes one exchange of ten commands at once', async () => {
    const fay = await lanyard.addUser('fay', ['viewers'])
    await using terminal = await openTerminal(plugin)
    assert.equal((await setUpInBrowser(terminal, fay)).code, 0)
    assert.deepEqual(await terminal.kubectl.run(getPods('alpha')), NO_PODS)
    assert.equal(await terminal.expireTokens(), 1)
    using exchanges = countRequests(({ method, url }) => method === 'POST' && url === '/token')
    const results = await Promise.all(
      Array.from({ length: 10 }, () => terminal.kubectl.run(getPods('alpha'))),
    )
    assert.deepEqual(
      results,
      Array.from({ length: 10 }, () => NO_PODS),
    )
    assert.equal(exchanges.count, 1)
  })
})
