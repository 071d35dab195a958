import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateKeyPair, jwtVerify } from 'jose'
import type { SigningAlg } from '../../src/issuer/index.ts'
import { createSigner } from '../../src/issuer/signer.ts'
import { testLog } from './support.ts'

describe('signer', () => {
  async function make(alg: SigningAlg, logged: string[] = []) {
    const { publicKey, privateKey } = await generateKeyPair(alg)
    const signer = createSigner({ maxTokenBytes: 16_384, log: testLog(logged) })
    signer.use([{ kid: 'k1', alg, privateKey }])
    return { signer, publicKey }
  }

  for (const alg of ['RS256', 'ES256'] as const) {
    it(`signs with the active ${alg} key what jose verifies`, async () => {
      const { signer, publicKey } = await make(alg)
      const token = await signer.sign(alg, { sub: 'ä' }, { typ: 'at+jwt' })
      const { payload, protectedHeader } = await jwtVerify(token, publicKey)
      assert.deepEqual(payload, { sub: 'ä' })
      assert.deepEqual(protectedHeader, { alg, typ: 'at+jwt', kid: 'k1' })
    })
  }

  it('names the new key as soon as it is swapped in', async () => {
    const { signer } = await make('ES256')
    await signer.sign('ES256', {})
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    signer.use([{ kid: 'k2', alg: 'ES256', privateKey }])
    const { protectedHeader } = await jwtVerify(await signer.sign('ES256', {}), publicKey)
    assert.equal(protectedHeader.kid, 'k2')
    assert.equal(signer.active('ES256').kid, 'k2')
  })

  it('warns over 6 KiB and refuses over the limit, naming the user and how many groups', async () => {
    const logged: string[] = []
    const { signer } = await make('ES256', logged)
    const claims = (count: number) => ({
      preferred_username: 'ada',
      aud: 'prod',
      groups: Array.from({ length: count }, (_, index) => `group-${index}`.padEnd(40, 'x')),
    })
    await signer.sign('ES256', claims(50))
    assert.deepEqual(logged, [])
    await signer.sign('ES256', claims(150))
    assert.match(logged.join(), /^token is large.*"user":"ada","groups":150,"audience":"prod"/)
    await assert.rejects(signer.sign('ES256', claims(400)), {
      code: 'ERR_TOKEN_TOO_LARGE',
      message: /^the token of "ada" with 400 groups would be \d+ bytes, over the limit of 16384$/,
    })
  })
})
