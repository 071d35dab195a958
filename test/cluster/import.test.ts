/** Static files of a real kube-apiserver, taken over: who a token is with `--token-auth-file`, it is by the webhook. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { webhookFlags, webhookKubeconfig } from '../../src/kubernetes/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { authorize, payloadOf, redeem, tokensOf } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster('that tokens of a token file go on by the webhook')
const TOKENS = {
  bot: '31ada4fd-adec-460c-809a-9e56ceb75269',
  twin: 'dGhpcyB0b2tlbiBoYXMgKyBhbmQgLyBpbiBpdA==',
  lone: 'a.b.c-that-looks-like-a-jwt',
}
const FILE = `${TOKENS.bot},ci-bot,1001,"dev,ops"
${TOKENS.twin},ci-bot,1002,"dev"
${TOKENS.lone},backup,1003
${TOKENS.lone},backup,1004
`
const PASSWORDS = 'hunter2,alice,42,"dev"\nsix words that never met before,carol,43,"dev,ops"\n'

describe('static files', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let byFile: Apiserver
  let byWebhook: Apiserver

  before(async () => {
    for (const token of Object.values(TOKENS)) noteSecret(token, 'imported token')
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod')
    const { clusters, accessTokens } = lanyard.server.rooms
    await clusters.change('prod', { everyone: true }, byTest)
    const directory = owned.use(await temporaryDirectory()).path
    const [tokenFile, config] = [join(directory, 'tokens.csv'), join(directory, 'webhook')]
    await writeFile(tokenFile, FILE)
    const credential = await clusters.gateways.issue('prod', 'webhook', byTest)
    noteSecret(credential, 'gateway credential')
    const server = `${lanyard.issuer}/webhook/prod`
    const kubeconfig = webhookKubeconfig({ server, certificateAuthority: lanyard.ca, credential })
    await writeFile(config, kubeconfig)
    const request = { text: FILE, clusters: ['prod'], dryRun: false }
    const report = await accessTokens.importTokenFile(request, byTest)
    assert.equal(report.secretsAdded, 3)
    const etcd = owned.use(await startEtcd())
    const flags = webhookFlags(1).map((flag) => flag.replace(/(config-file=).*/, `$1${config}`))
    byFile = owned.use(await startApiserver({ etcd, args: [`--token-auth-file=${tokenFile}`] }))
    byWebhook = owned.use(await startApiserver({ etcd, args: flags }))
  })
  after(() => owned.disposeAsync())

  for (const [name, token] of Object.entries(TOKENS)) {
    it(`${name}: the same username, uid and groups as before`, async () => {
      const [old, now] = await Promise.all([byFile.whoami(token), byWebhook.whoami(token)])
      assert.equal(old.status, 201)
      assert.equal(now.status, 201)
      const { username, uid, groups } = now.userInfo ?? {}
      assert.deepEqual(
        { username, uid, groups },
        {
          username: old.userInfo?.username,
          uid: old.userInfo?.uid,
          groups: old.userInfo?.groups,
        },
      )
    })
  }

  it('a token that is revoked stops, which the file could not do', async () => {
    const { accessTokens } = lanyard.server.rooms
    const lone = (await accessTokens.list()).find(({ username }) => username === 'backup')
    assert.ok(lone)
    assert.equal(await accessTokens.revoke(lone.id, byTest), true)
    const refused = async () => (await byWebhook.whoami(TOKENS.lone)).status === 401
    await poll('it is refused', refused, { timeoutMs: 16_000 })
    assert.equal((await byFile.whoami(TOKENS.lone)).status, 201)
    assert.equal((await byWebhook.whoami(TOKENS.bot)).status, 201)
  })

  it('people of a password file sign in with what they have', async () => {
    const { accessTokens } = lanyard.server.rooms
    const report = await accessTokens.importPasswordFile({ text: PASSWORDS, dryRun: false }, byTest)
    assert.equal(report.secretsAdded, 2)
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const carol = { username: 'carol', password: 'six words that never met before' }
    const { started, params } = await authorize(lanyard, person, carol, { clientId: 'prod' })
    const { idToken } = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
    assert.equal(payloadOf(idToken)['preferred_username'], 'carol')
    assert.deepEqual(payloadOf(idToken)['groups'], ['dev', 'ops'])
    // A weak one is somebody's all the same: it opens the page that asks for a better one, and no other.
    const { directory } = lanyard.server.rooms
    const signedIn = await directory.verifyPassword({
      ...{ username: 'alice', password: 'hunter2', address: '127.0.0.1', browser: null },
    })
    assert.ok(signedIn.kind === 'ok')
    assert.equal(signedIn.subject.mustChangePassword, true)
  })
})
