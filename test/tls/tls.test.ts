import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ensureTls, type TlsMaterial, type TlsSettings, watchTls } from '../../src/tls/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
after(() => rmSync(directory, { recursive: true }))
const now = Date.now()
const clock = () => now
const day = 86_400_000

function settings(
  name: string,
  issuer: string | null = 'https://id.example.com/auth',
): TlsSettings {
  const data = mkdtempSync(join(directory, name))
  return { data, issuer, listen: { host: '10.1.2.3' }, tls: { kind: 'own' } }
}

async function handshake({ key, cert, caCertificate }: TlsMaterial, servername: string) {
  const server = https.createServer({ key, cert }, (_, res) => res.end('hello')).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new https.Agent({ ca: caCertificate ?? '' })
  const options = { port, host: '127.0.0.1', servername, agent, headers: { host: servername } }
  try {
    const [response] = (await once(https.get(options), 'response')) as [IncomingMessage]
    return Buffer.concat(await response.toArray()).toString()
  } finally {
    agent.destroy()
    server.closeAllConnections()
    server.close()
  }
}

test('a client that trusts the CA reaches the server by every name, and by no other', async () => {
  const material = await ensureTls({ config: settings('names'), clock })
  assert.equal(await handshake(material, 'id.example.com'), 'hello')
  assert.equal(await handshake(material, 'localhost'), 'hello')
  await assert.rejects(handshake(material, 'evil.example'), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
  assert.equal(
    new X509Certificate(material.cert).subjectAltName,
    'DNS:id.example.com, DNS:localhost, IP Address:10.1.2.3, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
})

test('openssl verifies the chain for a server, and the CA cannot make another CA', async () => {
  const config = settings('openssl')
  const { caPath, caSha256 } = await ensureTls({ config, clock })
  assert.equal(caPath, join(config.data, 'ca.crt'))
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' })
  const leaf = join(config.data, 'tls.crt')
  const verified = openssl(
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-CAfile',
    caPath,
    leaf,
  )
  assert.equal(verified, `${leaf}: OK\n`)
  assert.match(openssl('x509', '-in', caPath, '-noout', '-text'), /CA:TRUE, pathlen:0/)
  const fingerprint = openssl('x509', '-in', caPath, '-noout', '-fingerprint', '-sha256')
  assert.equal(fingerprint.split('=')[1], `${caSha256}\n`)
})

test('keys are for their owner alone', async () => {
  const { data } = settings('modes')
  await ensureTls({ config: { ...settings('modes'), data }, clock })
  for (const name of ['ca.key', 'tls.key']) {
    assert.equal(statSync(join(data, name)).mode & 0o777, 0o600)
  }
})

test('a second start changes nothing; another issuer and a near end renew the certificate and keep the CA', async () => {
  const config = settings('renew')
  const first = await ensureTls({ config, clock })
  assert.deepEqual(await ensureTls({ config, clock }), first)
  const moved = await ensureTls({ config: { ...config, issuer: 'https://new.example.com' }, clock })
  assert.notEqual(moved.cert, first.cert)
  assert.equal(moved.caCertificate, first.caCertificate)
  const later = now + 370 * day
  const renewed = await ensureTls({ config, clock: () => later })
  assert.equal(renewed.caCertificate, first.caCertificate)
  assert.equal(
    Date.parse(new X509Certificate(renewed.cert).validFrom),
    floorSecond(later - 300_000),
  )
})

test('the default issuer is on localhost before its port is known', async () => {
  const { cert } = await ensureTls({ config: settings('null', null), clock })
  assert.match(new X509Certificate(cert).subject, /^CN=localhost$/)
})

test('files: a fault names the file', async () => {
  const { data } = settings('files')
  const other = settings('other')
  await ensureTls({ config: { ...settings('x'), data }, clock })
  await ensureTls({ config: other, clock })
  const given = { certificate: join(data, 'tls.crt'), key: join(data, 'tls.key') }
  const config = (part: object): TlsSettings => ({
    ...other,
    tls: { kind: 'files', ...given, ...part },
  })
  const sound = await ensureTls({ config: config({}), clock })
  assert.deepEqual(sound, {
    cert: readFileSync(given.certificate, 'utf8'),
    key: readFileSync(given.key, 'utf8'),
    caCertificate: null,
    caPath: null,
    caSha256: null,
  })
  const foreign = join(other.data, 'tls.key')
  await assert.rejects(ensureTls({ config: config({ key: foreign }), clock }), {
    code: 'ERR_TLS_FILE',
    message: `the file ${foreign} is not the key of the certificate in ${given.certificate}`,
  })
  const missing = join(data, 'none.crt')
  await assert.rejects(ensureTls({ config: config({ certificate: missing }), clock }), {
    code: 'ERR_TLS_FILE',
    message: `the file ${missing} cannot be read: ENOENT: no such file or directory, open '${missing}'`,
  })
  await assert.rejects(ensureTls({ config: config({ certificate: given.key }), clock }), {
    message: `the file ${given.key} does not hold a certificate in PEM`,
  })
  await assert.rejects(ensureTls({ config: config({}), clock: () => now + 400 * day }), {
    code: 'ERR_TLS_FILE',
    message: /^the file .*tls\.crt holds a certificate that ended on /,
  })
})

test('a CA whose certificate is gone is not replaced behind its clients', async () => {
  const config = settings('ca')
  await ensureTls({ config, clock })
  rmSync(join(config.data, 'ca.crt'))
  await assert.rejects(ensureTls({ config, clock }), {
    code: 'ERR_TLS_FILE',
    message: `the file ${join(config.data, 'ca.crt')} is missing`,
  })
})

test('changed files are taken; a pair that cannot be used is logged once and changes nothing', {
  timeout: 10_000,
}, async () => {
  const [from, to] = [settings('from'), settings('to')]
  for (const config of [from, to]) await ensureTls({ config, clock })
  const certificate = join(to.data, 'tls.crt')
  const key = join(to.data, 'tls.key')
  const events: string[] = []
  let notify = (): void => {}
  const log = {
    info: (_: object, message: string) => events.push(message),
    error: (fields: object, message: string) => {
      events.push(`${message}: ${(fields as { err: Error }).err.message}`)
      notify()
    },
  }
  const taken: TlsMaterial[] = []
  const config: TlsSettings = { ...to, tls: { kind: 'files', certificate, key } }
  const watching = {
    config,
    clock,
    log,
    pollMs: 20,
    onChange: (material: TlsMaterial) => {
      taken.push(material)
      notify()
    },
  }
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      notify = resolve
    })
  await using _watcher = watchTls(watching)
  // Timers of the watcher hold no process open; this one stands for the server that would.
  const alive = setInterval(() => {}, 1000)
  try {
    await new Promise((resolve) => setImmediate(resolve))
    const failed = next()
    writeFileSync(certificate, 'half a certificate')
    await failed
    assert.equal(taken.length, 0)
    const replaced = next()
    copyFileSync(join(from.data, 'tls.key'), key)
    copyFileSync(join(from.data, 'tls.crt'), certificate)
    await replaced
    assert.deepEqual(
      taken.map(({ cert }) => cert),
      [readFileSync(join(from.data, 'tls.crt'), 'utf8')],
    )
    assert.match(
      events[0] ?? '',
      /the old one stays: the file .*tls\.crt does not hold a certificate/,
    )
  } finally {
    clearInterval(alive)
  }
})

function floorSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
