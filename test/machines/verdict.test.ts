import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { ClusterId } from '../../src/errors/index.ts'
import { createIssuerKeys } from '../../src/machines/issuer-keys.ts'
import { isOwnIssuer } from '../../src/machines/own-issuer.ts'
import { pinFault } from '../../src/machines/pins.ts'
import { fingerprintOf, parseToken } from '../../src/machines/token.ts'
import type { MachineRule, TrustedIssuer } from '../../src/machines/types.ts'
import { judgeRules, tokenFaults } from '../../src/machines/verdict.ts'
import { glob, pin } from './at-the-door.ts'

const now = Date.UTC(2026, 6, 1, 12)
const at = now / 1000
const issuer: TrustedIssuer = {
  ...{ id: 'i-1', name: 'ci', kind: 'oidc', issuer: 'https://ci.example.com' },
  ...{ jwksUri: null, jwks: null, certificateAuthority: null, singleUse: true, createdAt: 0 },
}
const claims = {
  ...{ iss: issuer.issuer, sub: 'job', aud: 'lanyard', exp: at + 300, iat: at },
  'kubernetes.io': { namespace: 'ci', 'a/b': { '~x': true }, list: ['ci'] },
  'https://example.com/role': 'admin',
  ...{ number: 1, text: '1', flag: false, nothing: null },
}

describe('a pin', () => {
  for (const [given, fault] of [
    [pin('/kubernetes.io/namespace', 'ci'), null],
    [pin('/kubernetes.io/a~1b/~0x', true), null],
    [pin('https://example.com/role', 'admin'), null],
    [pin('number', 1), null],
    [pin('flag', false), null],
    [pin('kubernetes.io', 'ci'), 'claim kubernetes.io is an object, and the rule wants "ci"'],
    [
      pin('/kubernetes.io/list', 'ci'),
      'claim /kubernetes.io/list is a list, and the rule wants "ci"',
    ],
    [pin('/kubernetes.io/list/0', 'ci'), 'claim /kubernetes.io/list/0 is missing'],
    [pin('/kubernetes/io/namespace', 'ci'), 'claim /kubernetes/io/namespace is missing'],
    [pin('kubernetes.io.namespace', 'ci'), 'claim kubernetes.io.namespace is missing'],
    [pin('/toString', 'x'), 'claim /toString is missing'],
    [pin('__proto__', 'x'), 'claim __proto__ is missing'],
    [pin('number', '1'), 'claim number is 1, and the rule wants "1"'],
    [pin('text', 1), 'claim text is "1", and the rule wants 1'],
    [pin('nothing', 'null'), 'claim nothing is null, and the rule wants "null"'],
    [glob('number', '1*'), 'claim number is 1, and the rule wants "1*"'],
    [glob('sub', 'j*b'), null],
    [glob('sub', 'jo*ob'), 'claim sub is "job", and the rule wants "jo*ob"'],
  ] as const) {
    it(`of ${given.claim} as ${JSON.stringify(given.value)}: ${fault ?? 'holds'}`, () => {
      assert.equal(pinFault(given, claims), fault)
    })
  }
})

describe('the verdict', () => {
  const rule: MachineRule = {
    ...{ id: 'm-1', name: 'deploy', issuer, audience: 'lanyard', otherAudiences: false },
    pins: [pin('sub', 'job')],
    ...{ username: 'machine:x', groups: [], clusters: [{ id: 'c-1' as ClusterId, name: 'prod' }] },
    ...{ lifetime: 600, enabled: true, createdAt: 0, lastUsedAt: null },
  }
  const faultsOf = (change: object, more: Partial<MachineRule> = {}) =>
    judgeRules({ ...claims, ...change }, [{ ...rule, ...more }], 'c-1')[0]?.faults

  it('says every reason against a rule, and none where it matches', () => {
    assert.deepEqual(faultsOf({}), [])
    assert.deepEqual(faultsOf({ aud: 'x', sub: 'y' }, { enabled: false, clusters: [] }), [
      'the rule is disabled',
      'aud is "x", and the rule wants "lanyard"',
      'the rule is not for this cluster',
      'claim sub is "y", and the rule wants "job"',
    ])
  })

  it('takes other audiences where the rule says so alone', () => {
    const both = { aud: ['lanyard', 'vault'] }
    assert.deepEqual(faultsOf(both), [
      'aud names others beside "lanyard", and the rule does not allow it',
    ])
    assert.deepEqual(faultsOf(both, { otherAudiences: true }), [])
    assert.deepEqual(faultsOf({ aud: ['vault'] }, { otherAudiences: true }), [
      'aud is "vault", and the rule wants "lanyard"',
    ])
  })

  it('lets clocks differ by a minute, and an end be an end', () => {
    const reasons = (change: object, from = issuer) =>
      tokenFaults({ header: { alg: 'ES256' }, claims: { ...claims, ...change } }, from, now).map(
        ({ reason }) => reason,
      )
    assert.deepEqual(reasons({}), [])
    assert.deepEqual(reasons({ iat: at + 60, nbf: at + 60 }), [])
    assert.deepEqual(reasons({ iat: at + 61 }), ['not_yet'])
    assert.deepEqual(reasons({ exp: at }), ['expired'])
    assert.deepEqual(reasons({ exp: Number.NaN }), ['malformed'])
    assert.deepEqual(reasons({ iat: at - 3_601 }), ['too_old'])
    const reused = { ...issuer, singleUse: false }
    assert.deepEqual(reasons({ iat: at - 3_601 }, reused), [])
    assert.deepEqual(reasons({ iat: at - 86_300, exp: at + 200 }, reused), ['too_old'])
  })
})

describe('Lanyard’s own issuer', () => {
  const own = 'https://id.example.com/lanyard'
  for (const [candidate, expected] of [
    [own, true],
    [`${own}/`, true],
    [`${own}/live`, true],
    ['HTTPS://ID.EXAMPLE.COM:443/Lanyard', true],
    ['http://id.example.com/lanyard', true],
    ['https://id.example.com./lanyard', true],
    ['https://id.example.com/%6canyard', true],
    ['https://id.example.com/x/../lanyard', true],
    [` ${own}`, true],
    ['https://id.example.com/lanyard-2', false],
    ['https://id.example.com/', false],
    ['https://id.example.com.evil.example/lanyard', false],
  ] as const) {
    it(`${expected ? 'is' : 'is not'} ${candidate}`, () => {
      assert.equal(isOwnIssuer(candidate, own), expected)
    })
  }
})

describe('a signature', () => {
  for (const alg of ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512']) {
    it(`by ${alg} is taken, and its key for no other algorithm`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg }
      const keys = createIssuerKeys({
        outbound: { ask: () => Promise.reject(new TypeError('nobody is asked')) },
        clock: () => now,
      })
      const token = async (header: object) =>
        parseToken(
          await new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(privateKey),
        ) ?? assert.fail()
      const faultWith = async (set: object[], header: object = {}) =>
        (
          await keys.signatureFault(await token(header), {
            ...issuer,
            jwks: JSON.stringify({ keys: set }),
          })
        )?.reason ?? null
      assert.equal(await faultWith([jwk], { kid: 'a' }), null)
      assert.equal(await faultWith([jwk]), null)
      assert.equal(await faultWith([{ ...jwk, alg: 'RS384' }], { kid: 'a' }), 'signature')
      assert.equal(await faultWith([jwk, jwk], { kid: 'a' }), 'signature')
      const other = await exportJWK((await generateKeyPair(alg, { extractable: true })).publicKey)
      assert.equal(await faultWith([{ ...other, kid: 'a' }], { kid: 'a' }), 'signature')
    })
  }

  it('counts for nothing in what a token is known again by', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const sign = async () =>
      parseToken(await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)) ??
      assert.fail()
    // ECDSA signs one text in as many ways as one likes.
    const [first, second] = [await sign(), await sign()]
    assert.notEqual(first.compact, second.compact)
    assert.equal(fingerprintOf(first, 'i-1'), fingerprintOf(second, 'i-1'))
    assert.notEqual(fingerprintOf(first, 'i-1'), fingerprintOf(first, 'i-2'))
  })
})
