import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { startFakeIssuer } from './support/fake-issuer.ts'
import { createMachine, logIn, nodes } from './support/machine.ts'

async function startProxy() {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    const { hostname, port } = new URL(`https://${request.url}`)
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return {
    asked,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

for (const node of nodes) {
  describe(`a proxy on ${node}`, () => {
    it('is used for HTTPS_PROXY and not for NO_PROXY, with the private CA checked behind it', async () => {
      await using issuer = await startFakeIssuer()
      await using proxy = await startProxy()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      const { host, hostname } = new URL(issuer.issuer)
      const run = (audience: string, env: Record<string, string>) =>
        machine.run(['get-token', '--issuer', issuer.issuer, '--audience', audience], env)
      const through = await run('a', { HTTPS_PROXY: proxy.url })
      assert.equal(through.code, 0, through.stderr)
      assert.deepEqual(proxy.asked, [host])
      const around = await run('b', { HTTPS_PROXY: proxy.url, NO_PROXY: hostname })
      assert.equal(around.code, 0, around.stderr)
      assert.deepEqual(proxy.asked, [host])
    })

    it('is named when its address is none, without being repeated', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      const env = { HTTPS_PROXY: 'ada:hunter2@proxy:3128' }
      assert.deepEqual(await machine.run(['whoami'], env), {
        code: 1,
        stdout: '',
        stderr:
          'kubectl-lanyard: error: HTTPS_PROXY is not the address of a proxy\nkubectl-lanyard: hint: write it as http://HOST:PORT\n',
      })
    })

    it("an issuer without a private CA is checked against the system's trust", async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      const ca = machine.writeCa(issuer.authority.certificate)
      for (const variable of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
        const login = await machine.run(['login', '--device', '--issuer', issuer.issuer], {
          [variable]: ca,
        })
        assert.equal(login.code, 0, login.stderr)
      }
      const without = await machine.run(['whoami', '--issuer', issuer.issuer])
      assert.equal(without.code, 1)
      assert.match(without.stderr, /is the issuer's CA passed to setup or login/)
    })
  })
}
