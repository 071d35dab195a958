import assert from 'node:assert/strict'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { byTest } from '../support/lanyard.ts'
import { poll } from '../support/poll.ts'
import { skipWithoutCluster } from './control-plane.ts'
import { MODES, type Mode, type ProxiedCluster, startProxiedCluster } from './proxy-cluster.ts'

const skip = await skipWithoutCluster('that logs and upgraded connections pass lanyard proxy')

const TUNNEL = 'SPDY/3.1+portforward.k8s.io'

const RULES = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: test-operator}
rules: [{apiGroups: [''], resources: [configmaps, pods, pods/log, pods/exec, pods/portforward], verbs: [get, list, watch, create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: test-operators}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-operator}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: viewers}]
`

/** A kubelet that sends back whatever it is sent, and whose containers say something every 100 ms. */
async function startKubelet(directory: string) {
  const authority = await createAuthority(directory, 'kubelet-ca')
  const { certificate, key } = await authority.issue({
    ...{ name: 'kubelet', usage: 'server', hosts: ['127.0.0.1'] },
  })
  const sockets = new Set<Duplex>()
  const server = createServer({ cert: certificate, key }, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' })
    let count = 0
    const timer = setInterval(() => {
      count += 1
      res.write(`line ${count} of ${req.url?.split('/')[1]}\n`)
    }, 100)
    res.once('close', () => clearInterval(timer))
  })
  server.on('secureConnection', (socket: Duplex) => sockets.add(socket))
  server.on('upgrade', (req, socket: Duplex) => {
    const offered = String(req.headers['x-stream-protocol-version'] ?? '').split(',')[0]
    socket.on('error', () => {})
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${offered}\r\n\r\n`,
    )
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('streams behind lanyard proxy, at a real kube-apiserver and a stub kubelet', {
  skip,
}, () => {
  const owned = new AsyncDisposableStack()
  let stage: ProxiedCluster

  before(async () => {
    stage = owned.use(await startProxiedCluster(RULES))
    const kubelet = owned.use(await startKubelet(stage.directory))
    const { apiserver } = stage
    await apiserver.apply('{apiVersion: v1, kind: Node, metadata: {name: stub}}')
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    }
    const patched = await apiserver.admin.run([
      ...['patch', 'node', 'stub', '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ])
    assert.equal(patched.code, 0, patched.stderr)
    await apiserver.apply(
      '{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default}, spec: {nodeName: stub, containers: [{name: c, image: i}]}}',
    )
    const ready = JSON.stringify({ status: { phase: 'Running' } })
    const running = await apiserver.admin.run([
      ...['patch', 'pod', 'web', '--subresource=status', '--type=merge', '-p', ready],
    ])
    assert.equal(running.code, 0, running.stderr)
  })
  after(() => owned.disposeAsync())

  const pod = '/api/v1/namespaces/default/pods/web'

  function upgrade(
    mode: Mode,
    asked: { method: string; path: string; headers: Record<string, string> },
  ): Promise<{ socket: Duplex; chosen: string | undefined }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${stage.addressOf(mode)}${asked.path}`, {
        ...{ method: asked.method, ca: stage.ca, agent: false },
        headers: { connection: 'Upgrade', ...asked.headers },
      })
      sent.on('upgrade', ({ headers }, socket) =>
        resolve({ socket, chosen: headers['sec-websocket-protocol'] }),
      )
      sent.on('response', (answer) => {
        answer.resume()
        reject(new Error(`it answered ${answer.statusCode}`))
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  async function exec(mode: Mode, token: string): Promise<Duplex> {
    const headers = {
      ...{ authorization: `Bearer ${token}`, upgrade: 'SPDY/3.1' },
      'x-stream-protocol-version': 'v4.channel.k8s.io',
    }
    const path = `${pod}/exec?command=sh&stdout=true`
    return (await upgrade(mode, { method: 'POST', path, headers })).socket
  }

  for (const mode of MODES) {
    it(`exec goes there and back by SPDY/3.1 (${mode})`, async () => {
      const socket = await exec(mode, await stage.tokenOf(stage.ada, mode))
      let received = ''
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString()
      })
      socket.write('ping over SPDY')
      await poll('it comes back', async () => received === 'ping over SPDY')
      socket.destroy()
    })

    it(`port-forward goes there and back by WebSocket (${mode})`, async () => {
      const token = await stage.tokenOf(stage.ada, mode)
      const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`
      const { socket, chosen } = await upgrade(mode, {
        ...{ method: 'GET', path: `${pod}/portforward?ports=80` },
        headers: {
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': Buffer.alloc(16, 7).toString('base64'),
          'sec-websocket-protocol': `${protocol}, ${TUNNEL}`,
        },
      })
      assert.equal(chosen, TUNNEL)
      const received: Buffer[] = []
      socket.on('data', (chunk: Buffer) => received.push(chunk))
      socket.write(frameOf('ping over WebSocket'))
      // RFC 6455 §5.2: the apiserver takes the bytes out of the frame for the kubelet, and frames what comes back.
      await poll('it comes back', async () =>
        Buffer.concat(received).includes('ping over WebSocket'),
      )
      socket.destroy()
    })

    it(`kubectl logs -f shows lines as they are written (${mode})`, async () => {
      const kubectl = await stage.kubectlOf(mode, await stage.tokenOf(stage.ada, mode))
      const logs = await kubectl.start(['logs', '-f', 'web'])
      await logs.waitForLine('stdout', /^line 5 of containerLogs/)
      await logs.stop()
    })

    it(`cuts exec and logs of who is disabled within ten seconds (${mode})`, async () => {
      const name = `leaver-${mode}`
      const token = await stage.tokenOf(await stage.lanyard.addUser(name, ['viewers']), mode)
      const socket = await exec(mode, token)
      socket.on('error', () => {}).resume()
      const logs = await (await stage.kubectlOf(mode, token)).start(['logs', '-f', 'web'])
      await logs.waitForLine('stdout', /^line 2 /)
      await stage.lanyard.server.rooms.directory.users.disable(name, byTest)
      const began = performance.now()
      await Promise.all([
        new Promise<void>((resolve) => socket.once('close', () => resolve())),
        poll(
          'kubectl ends',
          async () =>
            stage.lines.filter((line) => line['user'] === name && line['cut'] === 'refused')
              .length === 2,
        ),
      ])
      assert.ok(performance.now() - began < 10_000)
      await logs.stop()
    })
  }
})

/** A binary message from a client, masked with zeros (RFC 6455 §5.3). */
function frameOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}
