/** Access tokens made by the real plugin: what it prints opens the cluster by the webhook, and nothing more than was asked. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { webhookFlags, webhookKubeconfig } from '../../src/kubernetes/index.ts'
import { approveDevice } from '../security/attack.ts'
import { buildPlugin, openTerminal, type Terminal } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster('that access tokens of the plugin open a cluster')

describe('kubectl lanyard token', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let apiserver: Apiserver
  let terminal: Terminal

  before(async () => {
    lanyard = owned.use(await startLanyard())
    const plugin = owned.use(await buildPlugin())
    terminal = owned.use(await openTerminal(plugin))
    await lanyard.addCluster('prod', { groups: ['dev'] })
    await lanyard.addCluster('closed', { groups: ['others'] })
    const { gateways } = lanyard.server.rooms.clusters
    const credential = await gateways.issue('prod', 'webhook', byTest)
    noteSecret(credential, 'gateway credential')
    const config = join(terminal.kubectl.home, 'webhook.kubeconfig')
    const server = `${lanyard.issuer}/webhook/prod`
    const settings = { server, certificateAuthority: lanyard.ca, credential }
    await writeFile(config, webhookKubeconfig(settings))
    apiserver = owned.use(
      await startApiserver({
        etcd: owned.use(await startEtcd()),
        args: webhookFlags(1).map((flag) => flag.replace(/(config-file=).*/, `$1${config}`)),
      }),
    )
    const ada = await lanyard.addUser('ada', ['dev', 'viewers'])
    const ca = join(terminal.kubectl.home, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    const login = ['lanyard', 'login', '--issuer', lanyard.issuer, '--device']
    await using running = await terminal.kubectl.start([...login, '--certificate-authority', ca])
    const [, userCode = ''] = await running.waitForLine(
      'stderr',
      /enter the code ([A-Z]{4}-[A-Z]{4})$/,
    )
    await approveDevice(lanyard, ada, { deviceCode: '', userCode, clientId: '' })
    assert.equal((await running.exit).code, 0)
  })
  after(() => owned.disposeAsync())

  const run = (...args: string[]) => terminal.kubectl.run(['lanyard', 'token', ...args])

  it('prints a token alone, which is its owner at that cluster with the groups asked for', async () => {
    const asked = ['--cluster', 'prod', '--group', 'viewers', '--expires', '12h']
    const { code, stdout, stderr } = await run('create', 'backup job', ...asked)
    assert.equal(code, 0, stderr)
    const value = stdout.trimEnd()
    noteSecret(value, 'access token')
    assert.match(stdout, /^lanyard_at_[\dA-Za-z]{36}\n$/)
    assert.match(stderr, /access token [\da-f]{16} is good until .*; it is shown this once/)
    const { userInfo } = await apiserver.whoami(value)
    assert.equal(userInfo?.username, 'ada')
    assert.deepEqual(userInfo.groups, ['viewers', 'system:authenticated'])

    const listed = await run('list')
    const [, row = ''] = listed.stdout.split('\n')
    assert.match(row, /^[\da-f]{16} {2}backup job {2}.{4} {5}prod {6}viewers {2}/)
    assert.equal(listed.stdout.includes(value), false)
    const id = row.slice(0, 16)
    assert.match((await run('revoke', id)).stderr, new RegExp(`access token ${id} revoked`))
    assert.equal((await run('list')).stdout.includes(id), false)
    const again = await run('revoke', id)
    assert.equal(again.code, 4)
    assert.match(again.stderr, /this person has no such living access token/)
  })

  for (const [what, args, code, sentence] of [
    ['no cluster', ['create', 'x'], 2, /needs --cluster NAME, or --every-cluster/],
    ['no name', ['create', '--every-cluster'], 2, /needs a name/],
    [
      'a cluster that is closed',
      ['create', 'x', '--cluster', 'closed'],
      4,
      /no cluster that ada may enter/,
    ],
    [
      'a group of others',
      ['create', 'x', '--every-cluster', '--group', 'others'],
      4,
      /the owner, ada, is not in "others"/,
    ],
    [
      'too long',
      ['create', 'x', '--every-cluster', '--expires', '400d'],
      4,
      /cannot last 34560000 seconds/,
    ],
    [
      'a time that is none',
      ['create', 'x', '--every-cluster', '--expires', 'soon'],
      2,
      /like 12h or 90d/,
    ],
    [
      'a name that hides',
      ['create', 'a\u202eb', '--every-cluster'],
      4,
      /must be a text of 1 to 64/,
    ],
    ['another word', ['show'], 2, /create NAME, list, or revoke ID/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code: exit, stdout, stderr } = await run(...args)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
      assert.equal(exit, code)
    })
  }

  it('beside it, an ID token enters by the webhook alone, with the groups of now', async () => {
    const { directory } = lanyard.server.rooms
    const eve = await lanyard.addUser('eve', ['dev', 'viewers'])
    const [first, second] = [
      (await clusterLogin(lanyard, eve, 'prod')).idToken,
      (await clusterLogin(lanyard, eve, 'prod')).idToken,
    ]
    assert.deepEqual((await apiserver.whoami(first)).userInfo?.groups, [
      'dev',
      'viewers',
      'system:authenticated',
    ])
    await directory.groups.removeMember('viewers', { user: 'eve' }, byTest)
    const { userInfo } = await apiserver.whoami(second)
    assert.deepEqual(userInfo?.groups, ['dev', 'system:authenticated'])
    await directory.users.disable('eve', byTest)
    const mark = apiserver.logMark()
    assert.equal((await apiserver.whoami((await clusterToken()).value)).status, 201)
    await poll('eve is out', async () => (await apiserver.whoami(second)).status === 401, {
      timeoutMs: 16_000,
    })
    assert.match((await apiserver.unauthenticatedReasons(mark)).join(), /user "eve" is disabled/)
  })

  it('lets nobody in while Lanyard is stopped', async () => {
    const { value } = await clusterToken()
    await lanyard.server.close()
    const mark = apiserver.logMark()
    assert.equal((await apiserver.whoami(value)).status, 401)
    assert.match((await apiserver.unauthenticatedReasons(mark)).join(), /connection refused/)
  })

  async function clusterToken() {
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get('ada')
    const wanted = { userId, name: 'job', clusters: ['prod'], groups: null }
    const made = await accessTokens.create(wanted, byTest)
    noteSecret(made.value, 'access token')
    return made
  }
})
