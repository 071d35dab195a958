import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createOutbound, type OutboundRequest } from '../../src/outbound/index.ts'
import { isForbiddenAddress } from '../../src/outbound/outbound.ts'
import { type Authority, createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { runProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const REFUSED = 'its address is one that Lanyard never asks: link-local or a metadata service'

describe('requests outwards', () => {
  const owned = new AsyncDisposableStack()
  let authority: Authority
  let origin: string
  let asked: string[] = []
  const { ask } = createOutbound()

  const answers: Record<string, RequestListener> = {
    '/': (_request, response) => response.end('hello'),
    '/redirect': (_request, response) => response.writeHead(302, { location: '/' }).end(),
    '/large': (_request, response) => response.end('x'.repeat(2000)),
    '/silent': () => {},
    '/drip': (_request, response) => {
      response.write('one byte at a time')
    },
  }

  before(async () => {
    const directory = owned.use(await temporaryDirectory()).path
    authority = await createAuthority(directory, 'outbound')
    const files = await authority.issue({ name: 'server', usage: 'server', hosts: ['localhost'] })
    const server = owned.use(
      await startHttpsServer(files, 'localhost', (request, response) => {
        asked.push(`${request.method} ${request.url}`)
        answers[request.url ?? '']?.(request, response)
      }),
    )
    origin = server.origin
  })
  after(() => owned.disposeAsync())

  function request(path: string, change: Partial<OutboundRequest> = {}): OutboundRequest {
    return {
      ...{ url: `${origin}${path}`, method: 'GET', timeoutMs: 5_000, maxBytes: 1_000 },
      certificateAuthority: authority.certificate,
      ...change,
    }
  }

  /** Rejects with the one code, and this sentence behind `cannot ask ORIGIN: `. */
  async function refuses(asking: OutboundRequest, sentence: string | RegExp): Promise<void> {
    await assert.rejects(ask(asking), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_OUTBOUND')
      const prefix = `cannot ask ${new URL(asking.url).origin}: `
      assert.ok(error.message.startsWith(prefix), error.message)
      const reason = error.message.slice(prefix.length)
      if (typeof sentence === 'string') assert.equal(reason, sentence)
      else assert.match(reason, sentence)
      return true
    })
  }

  it('bring the answer, whatever its status', async () => {
    assert.deepEqual(await ask(request('/')), { status: 200, text: 'hello' })
  })

  it('follow no redirect', async () => {
    asked = []
    assert.deepEqual(await ask(request('/redirect')), { status: 302, text: '' })
    assert.deepEqual(asked, ['GET /redirect'])
  })

  it('end at their size and at their time', async () => {
    await refuses(request('/large'), 'its answer is longer than 1000 bytes')
    await refuses(request('/silent', { timeoutMs: 200 }), 'no answer within 200 ms')
    await refuses(request('/drip', { timeoutMs: 200 }), 'no answer within 200 ms')
  })

  it('end when they are told to', async () => {
    const signal = AbortSignal.timeout(100)
    await refuses(request('/silent', { signal }), /abort/i)
  })

  it('trust the CA that they are given, and no other', async () => {
    const directory = owned.use(await temporaryDirectory()).path
    const other = await createAuthority(directory, 'other')
    const certificateAuthority = other.certificate
    await refuses(request('/', { certificateAuthority }), /unable to verify|signature failure/)
    await refuses(request('/', { certificateAuthority: null }), /unable to verify/)
    const byAddress = `${origin.replace('localhost', '127.0.0.1')}/`
    await refuses(request('/', { url: byAddress }), /does not match certificate/)
  })

  it('trust NODE_EXTRA_CA_CERTS where they are given no CA', async () => {
    const door = new URL('../../src/outbound/index.ts', import.meta.url).href
    const options = JSON.stringify(request('/', { certificateAuthority: null }))
    const code = `const { createOutbound } = await import('${door}'); console.log((await createOutbound().ask(${options})).text)`
    const { stdout, stderr } = await runProcess({
      command: process.execPath,
      args: ['--input-type=module', '-e', code],
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { NODE_EXTRA_CA_CERTS: authority.certificatePath, PATH: process.env['PATH'] },
    })
    assert.equal(stdout, 'hello\n', stderr)
  })

  describe('in plain http', () => {
    it('go nowhere, unless they are allowed to, and then to this very machine alone', async () => {
      const server = createServer((_request, response) => response.end('plain'))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      owned.defer(() => void server.close())
      const { port } = server.address() as AddressInfo
      for (const host of ['127.0.0.1', 'localhost']) {
        const url = `http://${host}:${port}/`
        await refuses(request('/', { url }), 'only https is asked')
        assert.equal((await ask(request('/', { url, loopbackHttp: true }))).text, 'plain')
      }
      for (const url of ['http://10.0.0.1/', 'http://[2001:db8::1]/', 'http://0.0.0.0:80/']) {
        const sentence = 'plain http goes to this very machine alone'
        await refuses(request('/', { url, loopbackHttp: true }), sentence)
      }
      await refuses(request('/', { url: 'ftp://localhost/' }), 'only https is asked')
    })
  })

  it('never go to an address that hands out credentials, however it is written', async () => {
    for (const host of [
      ...['169.254.169.254', '169.254.170.2', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376'],
      ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::169.254.169.254]'],
      ...['[64:ff9b::100.100.100.200]', '[64:ff9b:1::a9fe:a9fe]', '[::169.254.169.254]'],
      ...['[2002:a9fe:a9fe::1]', '[::ffff:0:169.254.169.254]', '[2002:6464:64c8::1]'],
      ...['[fe80::1]', '[fd00:ec2::254]', '[fd20:ce::254]', '100.100.100.200', '168.63.129.16'],
    ]) {
      await refuses(request('/', { url: `https://${host}/latest/meta-data/` }), REFUSED)
    }
  })

  it('may go to loopback and private addresses, where clusters and applications are', () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '192.168.1.1',
      '172.16.0.1',
      '::1',
      'fd00::1',
      '64:ff9b::10.0.0.1',
      '2002:a00:1::1',
    ]) {
      assert.equal(isForbiddenAddress(address), false, address)
    }
    assert.equal(isForbiddenAddress('no address'), true)
  })
})
