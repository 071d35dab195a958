/** What a cluster or a group asks of a sign-in, with the real plugin and kubectl at real apiservers, and with pages as people see them. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { codeAt, Passkey } from '../support/authenticator.ts'
import {
  buildPlugin,
  openTerminal,
  startTrustingCluster,
  type Terminal,
} from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, payloadOf, walkThrough } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import type { RunningProcess } from '../support/process.ts'
import { usePasskey } from '../web/steps.ts'
import { createApiClient } from './api-client.ts'
import { waitUntilWarm } from './cold-start.ts'
import { type Apiserver, skipWithoutCluster, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster(
  'that a stronger sign-in opens what the everyday one does not',
)

/** Less than a policy may say, so that nobody waits for a minute. */
const AGE_SECONDS = 25
const CLUSTERS = ['live', 'embedded'] as const
type Name = (typeof CLUSTERS)[number]

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: prod-admins }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: prod-admins }]
`

describe('a sign-in that is good enough, at real apiservers', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let apiservers: Record<Name, Apiserver>
  let ada: Credentials
  let plugin: Awaited<ReturnType<typeof buildPlugin>>

  before(async () => {
    lanyard = owned.use(await startLanyard())
    const etcd = owned.use(await startEtcd())
    ada = await lanyard.addUser('ada', ['viewers', 'prod-admins'])
    plugin = owned.use(await buildPlugin())
    const [live, embedded] = await Promise.all(
      CLUSTERS.map((name) =>
        startTrustingCluster(lanyard, etcd, {
          ...{ name, groups: ['viewers'], liveGroups: name === 'live' },
          trustedBy: 'configuration',
        }),
      ),
    )
    assert.ok(live && embedded)
    apiservers = { live: owned.use(live), embedded: owned.use(embedded) }
    await askOfGroup()
    for (const name of CLUSTERS) await apiservers[name].apply(binding)
    await waitUntilWarm({ lanyard, cluster: 'live' })
  })
  after(() => owned.disposeAsync())

  async function askOfGroup(): Promise<void> {
    const policy = { factors: 'passkey', maxAge: 60 } as const
    await lanyard.server.rooms.directory.groups.change('prod-admins', { policy }, byTest)
    await lanyard.server.rooms.store.write((tx) =>
      tx.query
        .updateTable('groups')
        .set({ max_age: AGE_SECONDS })
        .where('name', '=', 'prod-admins')
        .execute(),
    )
  }

  /** Somebody with a machine that is set up by their password. */
  async function setUp(credentials: Credentials): Promise<Terminal> {
    const terminal = owned.use(await openTerminal(plugin))
    const ca = join(terminal.kubectl.home, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    const args = ['lanyard', 'setup', lanyard.issuer, '--certificate-authority', ca]
    await using running = await terminal.kubectl.start(args)
    await inBrowser(terminal, running, (person, page) => walkThrough(person, page, credentials))
    return terminal
  }

  /** The plugin opens a tab, somebody signs in there, and the tab goes back to the plugin. */
  async function inBrowser(
    terminal: Terminal,
    running: RunningProcess,
    signIn: (person: Person, page: Page) => Promise<Page>,
  ): Promise<void> {
    const person = new Person(lanyard)
    const last = await signIn(person, await person.open(await terminal.openedUrl()))
    assert.ok(person.leftTo, last.html)
    await fetch(person.leftTo)
    await person.close()
    assert.equal((await running.exit).code, 0)
  }

  async function addPasskey(username: string): Promise<Passkey> {
    const { users, factors } = lanyard.server.rooms.directory
    const { id: userId } = await users.get(username)
    const passkey = new Passkey(new URL(lanyard.issuer).origin)
    const response = passkey.create(await factors.passkeys.registrationOptions(userId, 'test'))
    await factors.passkeys.register({ userId, binding: 'test', name: 'key', response }, byTest)
    return passkey
  }

  async function elevate(terminal: Terminal, cluster: Name, passkey: Passkey): Promise<void> {
    const args = ['lanyard', 'login', '--cluster', cluster, '--elevate']
    await using running = await terminal.kubectl.start(args)
    await inBrowser(terminal, running, (person, page) => usePasskey(person, page, passkey))
  }

  const kubectl = (terminal: Terminal, cluster: Name, ...args: string[]) =>
    terminal.kubectl.run(['--context', cluster, ...args])
  const secrets = ['get', 'secrets', '--namespace', 'kube-system', '--output', 'name']

  async function assertForbidden(terminal: Terminal, cluster: Name): Promise<void> {
    const { code, stderr } = await kubectl(terminal, cluster, ...secrets)
    assert.equal(code, 1)
    assert.match(stderr, /Error from server \(Forbidden\): secrets is forbidden: User "ada" cannot/)
  }

  it('a cluster that asks for nothing lets the everyday login in, without the group that asks', async () => {
    const terminal = await setUp(ada)
    for (const name of CLUSTERS) {
      const { stdout, stderr } = await kubectl(terminal, name, 'auth', 'whoami', '-o', 'json')
      const { status } = JSON.parse(stdout || `{"status":"${stderr}"}`) as {
        status: { userInfo: { groups: string[] } }
      }
      assert.deepEqual(status.userInfo.groups, ['viewers', 'system:authenticated'])
      await assertForbidden(terminal, name)
    }

    const passkey = await addPasskey('ada')
    await elevate(terminal, 'live', passkey)
    const allowed = await kubectl(terminal, 'live', ...secrets)
    assert.equal(allowed.code, 0, allowed.stderr)
    await assertForbidden(terminal, 'embedded')

    const elevatedAt = Date.now()
    await elevate(terminal, 'embedded', passkey)
    const carried = await kubectl(terminal, 'embedded', ...secrets)
    assert.equal(carried.code, 0, carried.stderr)
    const stolen = (await terminal.tokens())['embedded'] ?? ''
    assert.deepEqual(payloadOf(stolen)['groups'], ['prod-admins', 'viewers'])
    assert.ok(Number(payloadOf(stolen)['exp']) * 1000 <= Date.now() + AGE_SECONDS * 1000)

    for (const name of CLUSTERS) {
      await poll(
        `${name} forbids again by itself`,
        async () => (await kubectl(terminal, name, ...secrets)).code === 1 || undefined,
        { timeoutMs: 60_000 },
      )
      await assertForbidden(terminal, name)
    }
    assert.ok(Date.now() - elevatedAt < (AGE_SECONDS + 12) * 1000)
    // Whoever took the token has it until then, and kube-apiserver's own ten seconds.
    const { url, certificateAuthority } = apiservers.embedded
    await using thief = createApiClient({ url, authority: certificateAuthority.certificate })
    const path = '/api/v1/namespaces/kube-system/secrets'
    await poll(
      'the stolen token has ended',
      async () => (await thief.ask(path, { token: stolen })).status === 401 || undefined,
      { timeoutMs: 15_000 },
    )
    const [device, ...more] = await lanyard.server.issuer.devices.list(
      (await lanyard.server.rooms.directory.users.get('ada')).id,
    )
    assert.deepEqual([device?.amr, more], [['pwd'], []], 'the elevated logins have left the list')
  })

  it('a cluster that asks for two factors says so until a login has them', async () => {
    const eve = await lanyard.addUser('eve', ['viewers'])
    const terminal = await setUp(eve)
    const { clusters, directory } = lanyard.server.rooms
    await clusters.change('embedded', { policy: { factors: 'two', maxAge: null } }, byTest)
    const ask = ['auth', 'whoami'] as const
    const refused = await kubectl(terminal, 'embedded', ...ask)
    assert.equal(refused.code, 1)
    assert.deepEqual(refused.stderr.split('\n').slice(0, 2), [
      `kubectl-lanyard: error: ${lanyard.issuer} refused: eve signed in with one factor, and cluster "embedded" asks for two`,
      'kubectl-lanyard: hint: run: kubectl lanyard login --cluster embedded',
    ])
    assert.match(refused.stderr, /kubectl-lanyard failed with exit code 5/)
    const beside = await kubectl(terminal, 'live', ...ask)
    assert.equal(beside.code, 0, beside.stderr)

    const { id } = await directory.users.get('eve')
    const { oneTimeCodes } = directory.factors
    const { secret } = await oneTimeCodes.begin(id)
    await oneTimeCodes.confirm(id, codeAt(secret, Date.now() - 30_000), byTest)
    await using running = await terminal.kubectl.start([
      ...['lanyard', 'login', '--cluster', 'embedded'],
    ])
    await inBrowser(terminal, running, async (person, page) => {
      const question = await walkThrough(person, page, eve)
      assert.equal(question.heading, 'One-time code')
      return person.submit(question, { code: codeAt(secret, Date.now()) })
    })
    const allowed = await kubectl(terminal, 'embedded', ...ask)
    assert.equal(allowed.code, 0, allowed.stderr)
  })
})
