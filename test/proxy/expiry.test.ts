import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin, payloadOf } from '../support/logins.ts'
import { ask, open } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

const PATH = '/api/v1/pods?watch=true'
const KEPT_MS = 3_000

/** A real Lanyard, so that it is its own rule that a token has ended; the apiserver behind the proxy is a stub. */
describe('a watch whose token ends', () => {
  const owned = new AsyncDisposableStack()
  const watches = new Map<string, ServerResponse>()
  let stage: Stage
  let lanyard: Lanyard
  // A little ahead: the certificates of the stage begin now.
  let clockMs = Date.now() + 60_000
  let aheadMs = 0
  const clock = () => clockMs

  before(async () => {
    lanyard = owned.use(await startLanyard({ clock }))
    await lanyard.addCluster('alpha', { groups: ['dev'] })
    const { gateways } = lanyard.server.rooms.clusters
    const credential = await gateways.issue('alpha', 'proxy', byTest)
    noteSecret(credential, 'credential')
    let file = ''
    stage = owned.use(
      await setStage({
        handle(req, res) {
          if (req.url !== PATH) return void res.end('ok')
          watches.set(String(req.headers['x-remote-user']), res)
          res.write('{}\n')
        },
        prepare(directory) {
          file = join(directory, 'lanyard-ca.crt')
          return writeFile(file, lanyard.ca)
        },
        change(config) {
          const [alpha] = config.clusters
          assert.ok(alpha)
          const { issuer } = lanyard
          const real = { ...alpha, issuer, issuerCertificateAuthority: file, credential }
          return { ...config, clusters: [real] }
        },
        options: { clock, now: () => performance.now() + aheadMs, askEveryMs: 50 },
      }),
    )
  })
  after(() => owned.disposeAsync())

  async function idTokenOf(name: string): Promise<string> {
    return (await clusterLogin(lanyard, await lanyard.addUser(name, ['dev']), 'alpha')).idToken
  }

  /** Good for exactly one minute. */
  async function accessTokenOf(name: string): Promise<string> {
    const { directory, accessTokens } = lanyard.server.rooms
    await lanyard.addUser(name, ['dev'])
    const { id: userId } = await directory.users.get(name)
    const wanted = { userId, name: 'job', clusters: null, groups: null, lifetime: 60 }
    const { value } = await accessTokens.create(wanted, byTest)
    noteSecret(value, 'access token')
    return value
  }

  async function watch(token: string): Promise<IncomingMessage> {
    const answer = await open(stage, { path: PATH, token })
    await once(answer, 'data')
    answer.on('error', () => {})
    return answer
  }

  const closed = (answer: IncomingMessage) =>
    new Promise<void>((resolve) => answer.resume().once('close', () => resolve()))

  /** What is sent now arrives: it is open at both ends. */
  async function assertOpen(name: string, answer: IncomingMessage): Promise<void> {
    watches.get(name)?.write(`news for ${name}\n`)
    const [news] = (await once(answer, 'data')) as [Buffer]
    assert.equal(news.toString(), `news for ${name}\n`)
  }

  /** Lets Lanyard be asked about everything that is open: somebody who may no longer be there is cut by that question. */
  async function askedAgain(name: string): Promise<void> {
    const leaver = await watch(await idTokenOf(name))
    const end = closed(leaver)
    await lanyard.server.rooms.directory.users.disable(name, byTest)
    await end
  }

  /** Kept answers are good no longer. */
  function pass(ms: number): void {
    clockMs += ms
    aheadMs += KEPT_MS
  }

  it('goes on with an ID token, which lets in nothing new, and ends with its person', async () => {
    const token = await idTokenOf('ada')
    const ada = await watch(token)
    pass(3 * 3_600_000)
    await askedAgain('leaver-1')
    await assertOpen('ada', ada)
    const refused = await ask(stage, { path: '/api', token })
    assert.equal(refused.status, 401)
    assert.equal(
      (JSON.parse(refused.text) as { message: string }).message,
      'lanyard proxy: the ID token was refused: "exp" claim timestamp check failed',
    )
    await askedAgain('leaver-2')
    await assertOpen('ada', ada)
    const end = closed(ada)
    await lanyard.server.rooms.directory.users.disable('ada', byTest)
    await end
    const line = stage.lines.findLast(({ user, msg }) => user === 'ada' && msg === 'request')
    assert.equal(line?.['cut'], 'refused')
  })

  it('ends with an access token, whose end is a decision of its own', async () => {
    const bob = await watch(await accessTokenOf('bob'))
    pass(59_999)
    await askedAgain('leaver-3')
    await assertOpen('bob', bob)
    const end = closed(bob)
    pass(1)
    await end
    const line = stage.lines.findLast(({ user, msg }) => user === 'bob' && msg === 'request')
    assert.equal(line?.['cut'], 'refused')
  })

  it('goes on though a kept answer let something in after that end', async () => {
    const token = await idTokenOf('eve')
    clockMs = Number(payloadOf(token)['exp']) * 1_000 - 500
    aheadMs += KEPT_MS
    assert.equal((await ask(stage, { path: '/api', token })).status, 200)
    clockMs += 1_000
    const eve = await watch(token)
    await askedAgain('leaver-4')
    await assertOpen('eve', eve)
    aheadMs += KEPT_MS
    assert.equal((await ask(stage, { path: '/api', token })).status, 401)
    eve.destroy()
  })
})
