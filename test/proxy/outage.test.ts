import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { LanyardError } from '../../src/errors/index.ts'
import { createOpenRequests } from '../../src/proxy/open-requests.ts'
import type { Reviewer } from '../../src/proxy/reviewer.ts'
import { poll } from '../support/poll.ts'
import { ask, http2To, open } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

const GRACE_MS = 30_000
const WATCH = '/api/v1/pods?watch=true'

describe('while Lanyard gives no answer', () => {
  let stage: Stage
  /** What has passed beside the time that passes. */
  let aheadMs = 0

  before(async () => {
    stage = await setStage({
      handle(req, res) {
        if (req.url === WATCH) res.write('{}\n')
        else res.end('ok')
      },
      upgrade(_, socket) {
        socket.on('error', () => {})
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
        )
      },
      options: { now: () => performance.now() + aheadMs, askEveryMs: 50 },
    })
    for (const name of ['ada', 'bob', 'eve']) {
      stage.lanyard.people.set(`tok-${name}`, { username: name, groups: [] })
    }
  })
  after(() => stage[Symbol.asyncDispose]())

  /** So many times that nobody answered, from now on. */
  async function unanswered(times: number): Promise<void> {
    const wanted = stage.lanyard.unanswered + times
    await poll('it is asked', async () => stage.lanyard.unanswered >= wanted)
  }

  function tunnel(): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ host: '127.0.0.1', port: stage.proxy.port, ca: stage.authority.certificate },
        ...{ servername: 'alpha.test', path: '/api/v1/namespaces/a/pods/b/exec', agent: false },
        method: 'POST',
        headers: {
          ...{ host: 'alpha.test', authorization: 'Bearer tok-eve' },
          ...{ connection: 'Upgrade', upgrade: 'SPDY/3.1' },
        },
      })
      sent.on('upgrade', (_, socket) => resolve(socket))
      sent.on('error', reject)
      sent.end()
    })
  }

  it('nobody new comes in, what is open stays for thirty seconds and is cut then', async () => {
    const watch = await open(stage, { path: WATCH, token: 'tok-ada' })
    const session = http2To(stage)
    const stream = session.request({
      ...{ ':path': WATCH, ':authority': 'alpha.test' },
      authorization: 'Bearer tok-bob',
    })
    stream.on('error', () => {})
    await once(stream, 'data')
    const socket = await tunnel()
    const ended = [watch, stream, socket].map((one) => {
      one.on('error', () => {}).resume()
      return new Promise<void>((resolve) => one.once('close', () => resolve()))
    })
    let areClosed = 0
    for (const one of ended) void one.then(() => (areClosed += 1))

    stage.lanyard.status = 503
    await unanswered(4)
    // Short of the end by more than this test takes.
    aheadMs += GRACE_MS - 15_000
    await unanswered(4)
    assert.equal(areClosed, 0)
    for (const token of ['tok-ada', 'tok-new']) {
      const { status, headers, text } = await ask(stage, { path: '/api', token })
      assert.deepEqual(
        [status, headers['content-type'], headers['retry-after']],
        [503, 'application/json', '1'],
      )
      assert.deepEqual(JSON.parse(text), {
        ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
        ...{ message: 'lanyard proxy: Lanyard cannot be asked who you are' },
        ...{ reason: 'ServiceUnavailable', details: { retryAfterSeconds: 1 }, code: 503 },
      })
    }

    aheadMs += 15_000
    await Promise.all(ended)
    const cut = stage.lines.filter((line) => line['cut'] === 'lanyard-unreachable')
    assert.deepEqual(new Set(cut.map(({ user }) => user)), new Set(['ada', 'bob', 'eve']))
    assert.equal(cut.length, 3)
    assert.equal(watch.complete, false)
    // One stream of an HTTP/2 connection ends, not the connection (RFC 9113 §8.7).
    assert.equal(session.destroyed, false)
    const still = await ask(stage, { path: '/api', token: 'tok-ada' })
    assert.equal(still.status, 503)

    stage.lanyard.status = 200
    assert.equal((await ask(stage, { path: '/api', token: 'tok-ada' })).status, 200)
    session.close()
  })
})

describe('how long what is open stays without an answer', () => {
  let now = 1_000
  let isUp = true
  const person = { username: 'ada', uid: null, groups: [], extra: {} }
  const reviewer: Reviewer = {
    ...{ fault: null, forget() {}, knows: () => true },
    review: () => Promise.reject(new Error('nobody asks for one')),
    reviewOpen: async (asks) => {
      if (!isUp) throw new LanyardError('ERR_REVIEW', 'no answer')
      return asks.map(() => ({ kind: 'person', person }))
    },
  }

  function opened() {
    const requests = createOpenRequests(reviewer, () => now)
    const cuts: string[] = []
    const close = requests.add({
      ...{ token: 'tok', key: 'key', person, askedAt: 5 },
      cut(why) {
        cuts.push(why)
        close()
      },
    })
    return { requests, cuts }
  }

  it('is thirty seconds to the millisecond, also while a question hangs', async () => {
    const { requests, cuts } = opened()
    isUp = false
    now += GRACE_MS - 1
    await requests.tick()
    requests.expire()
    assert.deepEqual([cuts, requests.size], [[], 1])
    now += 1
    requests.expire()
    assert.deepEqual(
      [cuts, requests.size, requests.countOf('ada')],
      [['lanyard-unreachable'], 0, 0],
    )
  })

  it('begins anew with every answer', async () => {
    const { requests, cuts } = opened()
    isUp = false
    now += GRACE_MS - 1
    await requests.tick()
    isUp = true
    await requests.tick()
    isUp = false
    now += GRACE_MS - 1
    await requests.tick()
    requests.expire()
    assert.deepEqual(cuts, [])
    now += 1
    requests.expire()
    assert.deepEqual(cuts, ['lanyard-unreachable'])
  })
})
