import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { poll } from '../support/poll.ts'
import { ask, http2To, open } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

interface Seen {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
  rawHeaders: string[]
  peer: string
}

describe('the way of a request', () => {
  let stage: Stage
  const seen: Seen[] = []
  let uploaded = 0
  let openAnswers = 0

  before(async () => {
    stage = await setStage({
      handle(req, res) {
        const socket = req.socket as TLSSocket
        seen.push({
          ...{ method: req.method ?? '', url: req.url ?? '', headers: req.headers },
          ...{ rawHeaders: req.rawHeaders, peer: String(socket.getPeerCertificate().subject?.CN) },
        })
        if (req.url?.includes('watch=true')) {
          openAnswers += 1
          res.once('close', () => {
            openAnswers -= 1
          })
          res.writeHead(200, { 'content-type': 'application/json', 'audit-id': 'audit-7' })
          res.write('{"type":"ADDED"}\n')
          return
        }
        if (req.method === 'POST') {
          uploaded = 0
          req.on('data', (chunk: Buffer) => {
            uploaded += chunk.length
          })
          req.on('end', () => res.end(String(uploaded)))
          return
        }
        if (req.url === '/api/v1/nodes') {
          res.writeHead(401, { 'content-type': 'application/json' }).end('{}')
          return
        }
        res.end('hello')
      },
    })
    stage.lanyard.people.set('tok-ada', {
      ...{ username: 'ada', uid: 'u-1', groups: ['viewers', 'platform'] },
      extra: { 'lanyard.dev/device': ['d-1'] },
    })
    stage.lanyard.people.set('tok-bob', { username: 'björn', groups: [] })
  })
  after(() => stage[Symbol.asyncDispose]())

  it('says who it is, over the connection that speaks for the proxy', async () => {
    const answer = await ask(stage, { path: '/api/v1/pods?limit=5', token: 'tok-ada' })
    assert.deepEqual([answer.status, answer.text], [200, 'hello'])
    const last = seen.at(-1)
    assert.equal(last?.peer, 'front-proxy')
    assert.equal(last?.url, '/api/v1/pods?limit=5')
    assert.deepEqual(identityOf(last?.rawHeaders ?? []), [
      ['x-remote-user', 'ada'],
      ['x-remote-uid', 'u-1'],
      ['x-remote-group', 'viewers'],
      ['x-remote-group', 'platform'],
      ['x-remote-extra-lanyard.dev%2fdevice', 'd-1'],
    ])
  })

  it('finds the cluster by the path, and sends names as UTF-8', async () => {
    await ask(stage, { path: '/clusters/beta/version', token: 'tok-bob', host: 'localhost' })
    assert.equal(seen.at(-1)?.url, '/version')
    const sent = Buffer.from(String(seen.at(-1)?.headers['x-remote-user']), 'latin1')
    assert.equal(sent.toString('utf8'), 'björn')
  })

  it('refuses who is nobody, as Kubernetes does', async () => {
    const without = await ask(stage, { path: '/api' })
    const unknown = await ask(stage, { path: '/api', token: 'tok-nobody' })
    assert.deepEqual([without.status, unknown.status], [401, 401])
    assert.deepEqual(JSON.parse(unknown.text), {
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      ...{ message: 'lanyard proxy: this token is unknown', reason: 'Unauthorized', code: 401 },
    })
  })

  it('does not let the credentials of the proxy itself look like those of the person', async () => {
    const answer = await ask(stage, { path: '/api/v1/nodes', token: 'tok-ada' })
    assert.equal(answer.status, 502)
    assert.match(answer.text, /does not accept this proxy's own credentials/)
  })

  it('speaks HTTP/2, with bodies of known and of unknown length', async () => {
    const session = http2To(stage)
    for (const headers of [{}, { 'content-length': '5' }]) {
      const stream = session.request({
        ...{
          ':method': 'POST',
          ':path': '/api/v1/namespaces/a/configmaps',
          ':authority': 'alpha.test',
        },
        ...{ authorization: 'Bearer tok-ada', ...headers },
      })
      stream.end('12345')
      let text = ''
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      await once(stream, 'end')
      assert.equal(text, '5')
    }
    session.close()
  })

  it('streams a large upload without holding it', async () => {
    const body = Buffer.alloc(64 * 1024 * 1024, 1)
    const before = process.memoryUsage().arrayBuffers
    const path = '/api/v1/namespaces/a/pods/b/proxy/upload'
    const answer = await ask(stage, { path, method: 'POST', token: 'tok-ada', body })
    assert.equal(answer.text, String(body.length))
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 * body.length)
  })

  it('ends the request to the apiserver when the client leaves', async () => {
    const watch = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-ada' })
    await once(watch, 'data')
    assert.equal(openAnswers, 1)
    watch.destroy()
    await poll('the apiserver sees it end', async () => openAnswers === 0)
  })

  it('writes down who did what', async () => {
    await ask(stage, {
      ...{
        path: '/apis/apps/v1/namespaces/web/deployments/front/scale?x=secret',
        token: 'tok-ada',
      },
    })
    const line = await poll('the line', async () =>
      stage.lines.find((one) => one['msg'] === 'request' && one['name'] === 'front'),
    )
    const { time, ms, requestId, ...rest } = line
    assert.deepEqual([typeof time, typeof ms, typeof requestId], ['string', 'number', 'string'])
    assert.deepEqual(rest, {
      ...{
        level: 'info',
        cluster: 'alpha',
        user: 'ada',
        uid: 'u-1',
        groups: ['viewers', 'platform'],
      },
      ...{
        device: 'd-1',
        verb: 'get',
        group: 'apps',
        resource: 'deployments',
        subresource: 'scale',
      },
      ...{ namespace: 'web', name: 'front', status: 200, address: '127.0.0.1', msg: 'request' },
    })
  })

  it('cuts what a disabled user has open, by both protocols, and nothing else', async () => {
    stage.lanyard.people.set('tok-cut', { username: 'cat', groups: [] })
    const mine = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-cut' })
    const others = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-ada' })
    const session = http2To(stage)
    const stream = session.request({
      ...{ ':path': '/api/v1/pods?watch=true', ':authority': 'alpha.test' },
      authorization: 'Bearer tok-cut',
    })
    stream.on('error', () => {})
    await once(stream, 'data')
    mine.on('error', () => {}).resume()
    const began = performance.now()
    stage.lanyard.people.set('tok-cut', 'user "cat" is disabled')
    await Promise.all([closed(mine), closed(stream)])
    assert.ok(performance.now() - began < 10_000)
    assert.equal(mine.complete, false)
    assert.equal(others.destroyed, false)
    session.close()
    others.destroy()
  })

  it('cuts what began as another identity', async () => {
    stage.lanyard.people.set('tok-moved', { username: 'dan', groups: ['a', 'b'] })
    const watch = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-moved' })
    watch.on('error', () => {}).resume()
    stage.lanyard.people.set('tok-moved', { username: 'dan', groups: ['a'] })
    await closed(watch)
    const line = stage.lines.findLast((one) => one['user'] === 'dan')
    assert.equal(line?.['cut'], 'changed')
  })

  it('refuses new requests while Lanyard gives no answer, and keeps open ones for a while', async () => {
    const watch = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-ada' })
    stage.lanyard.status = 500
    const answer = await ask(stage, { path: '/api', token: 'tok-never-seen' })
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1'])
    await poll('it is told', async () =>
      stage.lines.some((one) => String(one['msg']).includes('new requests are refused')),
    )
    assert.equal(watch.destroyed, false)
    stage.lanyard.status = 200
    watch.destroy()
  })
})

function identityOf(rawHeaders: readonly string[]): string[][] {
  const pairs: string[][] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (name.startsWith('x-remote')) pairs.push([name, rawHeaders[index + 1] ?? ''])
  }
  return pairs
}

/** `once` would take the error that comes with a cut for its own. */
function closed(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()))
}
