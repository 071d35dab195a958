/**
 * Threats 11 and 25 for client certificates: one is good at its own cluster alone, a key is spent in whatever spelling and for whichever
 * cluster it comes again (SEC 1 §2.3.3), keys that are not pinned are refused, and noise is refused quickly.
 */
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { hasCode, LanyardError } from '../../src/errors/index.ts'
import { makeKey, makeRequest } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { pluginLogin } from '../support/logins.ts'
import { runProcess } from '../support/process.ts'

const toDer = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const toPem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`

/** DER: a tag, a length of any size, and what is in it. */
function wrap(tag: number, content: Uint8Array): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(content.length)
  return Buffer.concat([Buffer.of(tag, 0x82), length, content])
}

describe('a client certificate', () => {
  let lanyard: Lanyard
  let login: Awaited<ReturnType<typeof deviceOf>>
  before(async () => {
    lanyard = await startLanyard()
    const ada = await lanyard.addUser('ada', ['devs'])
    for (const name of ['prod', 'stage']) {
      await lanyard.addCluster(name, { groups: ['devs'] })
      await lanyard.server.rooms.certificates.authorities.make(name, byTest)
    }
    await pluginLogin(lanyard, ada)
    login = await deviceOf('ada')
  })
  after(() => lanyard[Symbol.asyncDispose]())

  async function deviceOf(username: string) {
    const { id: userId } = await lanyard.server.rooms.directory.users.get(username)
    const [device] = await lanyard.server.issuer.devices.list(userId)
    assert.ok(device)
    return { userId, deviceId: device.id }
  }

  function sign(csr: string, cluster = 'prod') {
    return lanyard.server.rooms.certificates.sign({
      ...{ ...login, csr, cluster: { name: cluster }, by: byTest },
    })
  }

  async function assertRefused(csr: string, about: string): Promise<void> {
    await assert.rejects(
      sign(csr),
      (error) =>
        error instanceof LanyardError && ['ERR_CSR_INVALID', 'ERR_CSR_KEY'].includes(error.code),
      about,
    )
  }

  it('stands below the CA of its own cluster, and of no other', async () => {
    const { authorities } = lanyard.server.rooms.certificates
    const [[prod], [stage]] = [await authorities.list('prod'), await authorities.list('stage')]
    assert.ok(prod && stage)
    const leaf = new X509Certificate((await sign((await makeRequest()).csr)).certificate)
    const own = new X509Certificate(prod.certificate)
    const other = new X509Certificate(stage.certificate)
    assert.deepEqual([leaf.checkIssued(own), leaf.verify(own.publicKey)], [true, true])
    assert.deepEqual([leaf.checkIssued(other), leaf.verify(other.publicKey)], [false, false])
    assert.notEqual(own.subject, other.subject)
    // Below it nothing is a server, and nothing can sign.
    const clientAuth = ['1.3.6.1.5.5.7.3.2']
    assert.deepEqual([own.keyUsage, leaf.keyUsage, leaf.ca], [clientAuth, clientAuth, false])
  })

  it('spends its key in every spelling, and for every cluster', async () => {
    const key = makeKey('P-256')
    const { csr } = await makeRequest({ key })
    await sign(csr)
    await assert.rejects(sign(csr, 'stage'), { code: 'ERR_CSR_USED' })
    const other = await makeRequest({ key, subject: '/CN=x', args: ['-sha512'] })
    await assert.rejects(sign(other.csr), { code: 'ERR_CSR_USED' })
    // The same point, written as one coordinate and a sign.
    const short = await makeRequest({ key: await compressed(key) })
    assert.ok(toDer(short.csr).length < toDer(csr).length - 30)
    await assert.rejects(sign(short.csr), { code: 'ERR_CSR_USED' })
  })

  async function compressed(key: KeyObject): Promise<KeyObject> {
    const { code, stdout, stderr } = await runProcess({
      command: 'openssl',
      args: ['ec', '-conv_form', 'compressed'],
      env: { PATH: process.env['PATH'] },
      input: key.export({ format: 'pem', type: 'sec1' }).toString(),
    })
    assert.equal(code, 0, stderr)
    return createPrivateKey(stdout)
  }

  it('is signed once, of twenty requests at the same moment', async () => {
    const { csr } = await makeRequest()
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => sign(csr)))
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const answer of answers) {
      if (answer.status === 'rejected') assert.ok(hasCode(answer.reason, 'ERR_CSR_USED'))
    }
  })

  it('is refused to a key with another exponent, curve, spelling of its curve, or kind', async () => {
    const keys = {
      exponent: generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
      pss: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      koblitz: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      small: generateKeyPairSync('ec', { namedCurve: 'prime192v1' }),
      explicit: generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }),
    }
    for (const [name, { privateKey: key }] of Object.entries(keys)) {
      await assertRefused((await makeRequest({ key })).csr, name)
    }
  })

  it('is refused to noise, and quickly to what is deep', async () => {
    // The same noise in every run (Park and Miller's generator).
    let state = 7919
    const next = () => {
      state = (state * 48_271) % 2_147_483_647
      return state & 0xff
    }
    for (let round = 0; round < 200; round += 1) {
      const noise = Buffer.from(Array.from({ length: round * 3 }, next))
      await assertRefused(toPem(noise), `round ${round}`)
      await assertRefused(toPem(wrap(0x30, noise)), `round ${round}, in a sequence`)
    }
    const since = performance.now()
    for (const tag of [0x30, 0x31, 0xa0]) {
      let deep: Buffer = Buffer.alloc(0)
      while (deep.length < 11_000) deep = wrap(tag, deep)
      await assertRefused(toPem(wrap(0x30, deep)), `nested in ${tag}`)
    }
    assert.ok(performance.now() - since < 3_000, `${performance.now() - since} ms`)
  })
})
