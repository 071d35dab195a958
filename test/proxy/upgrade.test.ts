import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { poll } from '../support/poll.ts'
import { type Stage, setStage } from './stage.ts'

interface Tunnel {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly socket: Duplex
  readonly body: string
}

describe('connections that the apiserver takes over', () => {
  let stage: Stage
  let seen: { method: string; headers: Record<string, string | string[] | undefined> }[] = []
  let open = 0

  before(async () => {
    stage = await setStage({
      handle: (_, res) => res.end('plain'),
      upgrade(req, socket, head) {
        seen.push({ method: req.method ?? '', headers: req.headers })
        if (req.url?.includes('forbidden')) {
          socket.end(
            'HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
          )
          return
        }
        open += 1
        socket.once('close', () => {
          open -= 1
        })
        socket.on('error', () => {})
        const protocol = req.headers['sec-websocket-protocol']
        const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${req.headers.upgrade}\r\n${chosen}X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`,
        )
        socket.write('welcome')
        if (head.length > 0) socket.write(head)
        // Whatever comes is sent back; an end is answered by a last word.
        socket.pipe(socket, { end: false })
        socket.once('end', () => socket.end('bye'))
      },
    })
    stage.lanyard.people.set('tok-ada', { username: 'ada', groups: [] })
  })
  after(() => stage[Symbol.asyncDispose]())

  function upgrade(path: string, headers: Record<string, string>, method = 'GET'): Promise<Tunnel> {
    seen = []
    return new Promise((resolve, reject) => {
      const asked = request({
        ...{ host: '127.0.0.1', port: stage.proxy.port, ca: stage.authority.certificate },
        ...{ servername: 'alpha.test', path, method, agent: false, allowHalfOpen: true },
        headers: { host: 'alpha.test', connection: 'Upgrade', ...headers },
      })
      asked.on('upgrade', (answer, socket, head) => {
        if (head.length > 0) socket.unshift(head)
        resolve({ status: 101, headers: answer.headers, socket, body: '' })
      })
      asked.on('response', (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => {
          body += chunk.toString()
        })
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            socket: answer.socket,
            body,
          })
        })
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  async function readUntil(socket: Duplex, text: string): Promise<string> {
    let received = ''
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      received += String(chunk)
      if (received.includes(text)) return received
    }
    return received
  }

  const EXEC = '/api/v1/namespaces/a/pods/b/exec?command=sh'
  const bearer = { authorization: 'Bearer tok-ada' }

  for (const [protocol, method] of [
    ['websocket', 'GET'],
    ['SPDY/3.1', 'POST'],
  ] as const) {
    it(`goes there and back by ${protocol}, and ends one side after the other`, async () => {
      const { socket, headers, status } = await upgrade(
        EXEC,
        { ...bearer, upgrade: protocol },
        method,
      )
      assert.deepEqual([status, headers['x-stream-protocol-version']], [101, 'v4.channel.k8s.io'])
      assert.equal(seen[0]?.method, method)
      assert.equal(seen[0].headers['x-remote-user'], 'ada')
      assert.equal(seen[0].headers['authorization'], undefined)
      socket.write('ping')
      assert.equal(await readUntil(socket, 'ping'), 'welcomeping')
      socket.end()
      assert.equal(await readUntil(socket, 'bye'), 'bye')
      await poll('both are closed', async () => open === 0)
    })
  }

  it('moves megabytes without holding them', async () => {
    const { socket } = await upgrade(EXEC, { ...bearer, upgrade: 'websocket' })
    const size = 32 * 1024 * 1024
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    socket.write(Buffer.alloc(size, 1))
    await poll('all of it is back', async () => received === size + 'welcome'.length)
    socket.destroy()
    await poll('both are closed', async () => open === 0)
  })

  it('takes the token of a browser from the subprotocol, and keeps it to itself', async () => {
    const token = Buffer.from('tok-ada').toString('base64url')
    const offered = `base64url.bearer.authorization.k8s.io.${token}, v5.channel.k8s.io`
    const { socket, headers } = await upgrade(EXEC, {
      ...{ upgrade: 'websocket', 'sec-websocket-protocol': offered },
    })
    assert.equal(headers['sec-websocket-protocol'], 'v5.channel.k8s.io')
    assert.equal(seen[0]?.headers['sec-websocket-protocol'], 'v5.channel.k8s.io')
    socket.destroy()
  })

  it("passes on the apiserver's refusal, and refuses by itself", async () => {
    const path = '/api/v1/namespaces/a/pods/forbidden/exec'
    const denied = await upgrade(path, { ...bearer, upgrade: 'websocket' })
    assert.deepEqual([denied.status, denied.body], [403, '{}'])
    const unknown = await upgrade(EXEC, { upgrade: 'websocket' })
    assert.equal(unknown.status, 401)
    const other = await upgrade(EXEC, { ...bearer, upgrade: 'h2c' })
    assert.equal(other.status, 400)
    assert.match(other.body, /"kind":"Status"/)
  })

  it('is cut for who is disabled, on both sides', async () => {
    stage.lanyard.people.set('tok-cut', { username: 'cat', groups: [] })
    const { socket } = await upgrade(
      EXEC,
      { authorization: 'Bearer tok-cut', upgrade: 'SPDY/3.1' },
      'POST',
    )
    socket.on('error', () => {}).resume()
    stage.lanyard.people.set('tok-cut', 'user "cat" is disabled')
    const began = performance.now()
    await once(socket, 'end')
    socket.destroy()
    assert.ok(performance.now() - began < 10_000)
    await poll('the apiserver sees it', async () => open === 0)
    const lines = stage.lines
      .filter((line) => line['user'] === 'cat')
      .map((line) => [line['msg'], line['cut']])
    assert.deepEqual(lines, [
      ['stream opened', undefined],
      ['request', 'refused'],
    ])
  })
})
