/**
 * Threats 10, 12 and 25 at the door for client certificates: nothing that is sent there, however it is cut, bent or signed, makes
 * Lanyard sign for a key that nobody proved to hold, for somebody else, or for what the one decision has refused.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { messageOf } from '../../src/errors/index.ts'
import { askPluginApi, makeKey, makeRequest } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  createDeviceKey,
  exchange,
  type PluginLogin,
  pluginLogin,
} from '../support/logins.ts'

const HEAD = '-----BEGIN CERTIFICATE REQUEST-----'
const FOOT = '-----END CERTIFICATE REQUEST-----'
const toPem = (der: Buffer) => `${HEAD}\n${der.toString('base64')}\n${FOOT}\n`
const derOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

describe('a forged certificate request', () => {
  let lanyard: Lanyard
  let ada: Credentials
  let login: PluginLogin
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    await lanyard.server.rooms.certificates.authorities.make('prod', byTest)
    login = await pluginLogin(lanyard, ada)
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const signed = async () =>
    (await lanyard.server.rooms.audit.list({ types: ['certificate.signed'], limit: 1000 })).length

  /** Straight at the room, past the exchange that every request would cost. */
  async function signDirectly(csr: string): Promise<unknown> {
    const { id } = await lanyard.server.rooms.directory.users.get('ada')
    const [device] = await lanyard.server.issuer.devices.list(id)
    if (device === undefined) throw new TypeError('ada has a login')
    const cluster = { name: 'prod' }
    return lanyard.server.rooms.certificates
      .sign({ ...{ userId: id, deviceId: device.id, cluster, csr, by: byTest } })
      .catch((error: unknown) => error)
  }

  it('is refused whatever byte of it is changed, and wherever it is cut', async () => {
    const der = derOf((await makeRequest()).csr)
    const before = await signed()
    for (let at = 0; at < der.length; at += 1) {
      const bent = Buffer.from(der)
      bent.writeUInt8(bent.readUInt8(at) ^ (1 + (at % 255)), at)
      for (const [what, bytes] of [
        [`byte ${at} changed`, bent],
        [`cut at ${at}`, der.subarray(0, at)],
      ] as const) {
        const { code } = (await signDirectly(toPem(bytes))) as { code?: unknown }
        assert.ok(code === 'ERR_CSR_INVALID' || code === 'ERR_CSR_KEY', `${what}: ${String(code)}`)
      }
    }
    assert.equal(await signed(), before)
  })

  it('is refused where it is no request, more than one, or too much', async () => {
    const { csr } = await makeRequest()
    const other = await makeRequest()
    const der = derOf(csr)
    const deep = Buffer.alloc(4_000, 0x30)
    const before = await signed()
    for (const [what, text] of [
      ['nothing', ''],
      ['words', 'please'],
      ['no PEM', der.toString('base64')],
      ['two', csr + other.csr],
      ['words before it', `x\n${csr}`],
      ['a certificate', csr.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')],
      ['a private key', other.key],
      ['something behind it', toPem(Buffer.concat([der, Buffer.from([0])]))],
      [
        'nested deep',
        toPem(Buffer.concat([Buffer.from([0x30, 0x82, 0x0f, 0x9c]), deep.subarray(4)])),
      ],
      ['an endless length', toPem(Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4)]))],
      [
        'a huge length',
        toPem(Buffer.concat([Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), der])),
      ],
      ['an empty sequence', toPem(Buffer.from([0x30, 0x00]))],
      ['too long', `${HEAD}\n${'A'.repeat(16_384)}\n${FOOT}\n`],
      ['megabytes', 'A'.repeat(5_000_000)],
    ] as const) {
      const { code } = (await signDirectly(text)) as { code?: unknown }
      assert.equal(code, 'ERR_CSR_INVALID', what)
    }
    assert.equal(await signed(), before)
  })

  it('is refused with somebody else’s key in it: nobody proved to hold that', async () => {
    const mine = derOf((await makeRequest()).csr)
    const theirs = makeKey('P-256').export({ format: 'jwk' })
    const point = Buffer.concat([
      Buffer.from(theirs.x ?? '', 'base64url'),
      Buffer.from(theirs.y ?? '', 'base64url'),
    ])
    const at = mine.indexOf(Buffer.from([0x03, 0x42, 0x00, 0x04])) + 4
    point.copy(mine, at)
    const error = (await signDirectly(toPem(mine))) as { code?: unknown; message?: unknown }
    assert.deepEqual(
      [error.code, error.message],
      ['ERR_CSR_INVALID', 'the certificate request is not signed by the key that it holds'],
    )
  })

  it('gets nobody but its sender a certificate: of another person, of a reserved name, of a CA', async () => {
    await lanyard.addUser('bob', ['viewers', 'admins'])
    for (const subject of [
      '/CN=bob/O=admins',
      '/CN=system:admin/O=system:masters',
      '/CN=system:node:one/O=system:nodes',
      '/CN=ada/O=system:masters',
    ]) {
      const { csr } = await makeRequest({
        subject,
        args: ['-addext', 'basicConstraints=critical,CA:TRUE'],
      })
      const { status, body } = await askPluginApi(lanyard, login, 'certificates', {
        cluster: 'prod',
        csr,
      })
      assert.equal(status, 200)
      const certificate = new X509Certificate(String(body['certificate']))
      assert.match(certificate.subject, /^CN=ada\nO=viewers\n1\.3\.6\.1\.4\.1\.57683\.2=[\w-]+$/)
      assert.equal(certificate.ca, false)
    }
  })

  it('is refused in a body that says more, less or another kind of thing', async () => {
    const { csr } = await makeRequest()
    const good = { cluster: 'prod', csr }
    for (const body of [
      {},
      { csr },
      { cluster: 'prod' },
      { ...good, audience: 'prod' },
      { ...good, cluster: ['prod'] },
      { ...good, cluster: { name: 'prod' } },
      { ...good, csr: [csr] },
      { ...good, csr: null },
      { ...good, lifetime: '600' },
      { ...good, username: 'root' },
      { ...good, groups: ['system:masters'] },
      { ...good, userId: 'x' },
      { ...good, cluster: 'p'.repeat(257) },
    ]) {
      const answer = await askPluginApi(lanyard, login, 'certificates', body)
      assert.deepEqual(
        [answer.status, answer.body['error']],
        [400, 'certificate_ask'],
        JSON.stringify(body).slice(0, 80),
      )
    }
    for (const [text, status] of [
      ['[]', 400],
      ['{', 400],
      ['null', 400],
      [`{"csr":"${'A'.repeat(40_000)}"}`, 413],
    ] as const) {
      assert.equal((await askPluginApi(lanyard, login, 'certificates', text)).status, status)
    }
  })

  it('is refused without the access token, its proof, and its purpose', async () => {
    const { csr } = await makeRequest()
    const url = `${lanyard.issuer}/kubectl/v1/certificates`
    const cluster = await exchange(lanyard, login, 'prod')
    const idToken = String(cluster.body['access_token'])
    const given = await exchange(lanyard, login, `${lanyard.issuer}/kubectl/v1`, {
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    const accessToken = String(given.body['access_token'])
    const dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    const send = async (headers: Readonly<Record<string, string>>) => {
      const { statusCode, body } = await request(url, {
        ...{ dispatcher, method: 'POST' as const },
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ cluster: 'prod', csr }),
      })
      await body.dump()
      return statusCode
    }
    const proof = (key: typeof login.key, token: string, to = url) =>
      key.proof('POST', to, { accessToken: token })
    const before = await signed()
    assert.deepEqual(
      await Promise.all([
        send({}),
        send({ authorization: `Bearer ${accessToken}` }),
        send({ authorization: `DPoP ${accessToken}` }),
        send({ authorization: `DPoP ${idToken}`, dpop: await proof(login.key, idToken) }),
        send({
          authorization: `DPoP ${accessToken}`,
          dpop: await proof(await createDeviceKey(), accessToken),
        }),
        send({
          authorization: `DPoP ${accessToken}`,
          dpop: await proof(login.key, accessToken, `${url}/subject`),
        }),
      ]),
      [401, 401, 401, 401, 401, 401],
    )
    assert.equal(await signed(), before)
    await dispatcher.close()
  })

  it('is refused once the login is revoked, the password is due, or the group is gone', async () => {
    const { directory } = lanyard.server.rooms
    const cleo = await lanyard.addUser('cleo', ['viewers'])
    const { id } = await directory.users.get('cleo')
    await pluginLogin(lanyard, cleo)
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    const ask = async () => {
      const { csr } = await makeRequest()
      const cluster = { audience: 'prod' }
      return lanyard.server.rooms.certificates
        .sign({ ...{ userId: id, deviceId: device.id, cluster, csr, by: byTest } })
        .then(
          () => 'signed',
          (error: unknown) => messageOf(error),
        )
    }
    assert.equal(await ask(), 'signed')
    await directory.groups.removeMember('viewers', { user: 'cleo' }, byTest)
    assert.equal(await ask(), 'cleo is in none of the groups that may enter cluster "prod"')
    await directory.groups.addMember('viewers', { user: 'cleo' }, byTest)
    await lanyard.server.issuer.devices.revoke(device.id, byTest)
    assert.equal(await ask(), 'this login of cleo was revoked')
    // Somebody else's login is nobody's.
    const { id: adaId } = await directory.users.get('ada')
    const { csr } = await makeRequest()
    await assert.rejects(
      lanyard.server.rooms.certificates.sign({
        ...{ userId: adaId, deviceId: device.id, cluster: { name: 'prod' }, csr, by: byTest },
      }),
      { code: 'ERR_CERTIFICATE_REFUSED', message: 'this login does not belong to ada' },
    )
  })

  it('gets no reserved name signed, though a row in the database had it', async () => {
    const { store } = lanyard.server.rooms
    const dora = await lanyard.addUser('dora', ['viewers'])
    const { id } = await lanyard.server.rooms.directory.users.get('dora')
    await pluginLogin(lanyard, dora)
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    const ask = async () => {
      const { csr } = await makeRequest()
      return lanyard.server.rooms.certificates
        .sign({
          ...{ userId: id, deviceId: device.id, cluster: { name: 'prod' }, csr, by: byTest },
        })
        .then(
          () => 'signed',
          (error: unknown) => messageOf(error),
        )
    }
    for (const [prefix, name, said] of [
      ['', 'system:admin', 'username "system:admin" is reserved by Kubernetes'],
      ['', 'SYSTEM:admin', 'username "SYSTEM:admin" is reserved by Kubernetes'],
      ['', 'sys\u200btem:admin', 'username "sys\\u{200b}tem:admin" is reserved by Kubernetes'],
      ['sys', 'tem:admin', 'prefix "sys" could make names that are reserved by Kubernetes'],
    ] as const) {
      await store.write(async (tx) => {
        await tx.query.updateTable('users').set({ username: name }).where('id', '=', id).execute()
        await tx.query.updateTable('clusters').set({ username_prefix: prefix }).execute()
      })
      assert.equal(await ask(), said)
    }
    await store.write((tx) =>
      tx.query.updateTable('clusters').set({ username_prefix: '' }).execute(),
    )
  })
})
