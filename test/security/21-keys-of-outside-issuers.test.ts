/** Threat 21: what an outside issuer says about its keys sends Lanyard nowhere that an admin did not name, and holds it up for nobody. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { freezeTime } from './attack.ts'

const PATIENCE_MS = 31_000

describe('the keys of an outside issuer', () => {
  const owned = new AsyncDisposableStack()
  const time = owned.use(freezeTime())
  let lanyard: Lanyard
  let made = 0

  before(async () => {
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod')
  })
  after(() => owned.disposeAsync())

  let issuer: StandInIssuer
  beforeEach(async () => {
    issuer = owned.use(await startStandInIssuer())
  })

  /** Trusts the issuer and writes a rule for it. */
  async function trust(more: { readonly jwksUri?: string; readonly jwks?: string } = {}) {
    made += 1
    const name = `ci-${made}`
    const { machines } = lanyard.server.rooms
    await machines.issuers.add(
      { name, issuer: issuer.url, certificateAuthority: issuer.ca, singleUse: true, ...more },
      byTest,
    )
    await addRule(lanyard, {
      ...{ name, issuer: name, username: `machine:${name}`, clusters: ['prod'] },
      pins: [pin('repository', 'octo-org/octo-repo')],
    })
  }
  const token = (change = {}, header = {}) =>
    issuer.sign(githubClaims({ iss: issuer.url, aud: lanyard.issuer }, change), header)
  const answerOf = async (subject: string) => {
    const { status, body } = await machineExchange(lanyard, subject, 'prod')
    return { status, error: body['error'], sentence: String(body['error_description']) }
  }
  const json = (body: object) => (res: ServerResponse) =>
    void res.writeHead(200).end(JSON.stringify(body))

  for (const [name, uri, why] of [
    [
      'another address',
      'https://localhost:1/jwks',
      /names keys at another address, https:\/\/localhost:1:/,
    ],
    [
      'the metadata service',
      'https://169.254.169.254/latest',
      /names keys at another address, https:\/\/169\.254\.169\.254:/,
    ],
    ['plain http', 'http://localhost/jwks', /names keys at another address, http:\/\/localhost:/],
    ['a file', 'file:///etc/passwd', /names keys at another address/],
    ['nothing', undefined, /names no address of keys/],
    ['no address', 'jwks', /names no address of keys/],
  ] as const) {
    it(`are not looked for at ${name}, where its discovery document says so`, async () => {
      await trust()
      issuer.answer(
        '/.well-known/openid-configuration',
        json({ issuer: issuer.url, jwks_uri: uri }),
      )
      const { status, error, sentence } = await answerOf(await token())
      assert.deepEqual([status, error], [503, 'temporarily_unavailable'])
      assert.match(sentence, why)
      assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration'])
    })
  }

  it('are not read of a discovery document of somebody else', async () => {
    await trust()
    issuer.answer(
      '/.well-known/openid-configuration',
      json({ issuer: 'https://x', jwks_uri: `${issuer.url}/jwks` }),
    )
    assert.match(
      (await answerOf(await token())).sentence,
      /its discovery document is not of this issuer$/,
    )
  })

  it('are not fetched by way of a redirect, wherever it leads', async () => {
    await trust()
    issuer.answer(
      '/jwks',
      (res) => void res.writeHead(302, { location: `${issuer.url}/elsewhere` }).end(),
    )
    assert.match((await answerOf(await token())).sentence, /answered 302 instead of 200$/)
    assert.ok(!issuer.asked.includes('/elsewhere'))
  })

  it('are refused at a metadata service, even where an admin names it', async () => {
    await trust({ jwksUri: 'https://169.254.169.254/keys' })
    assert.match(
      (await answerOf(await token())).sentence,
      /its address is one that Lanyard never asks/,
    )
  })

  it('are refused of a server that its own CA does not know', async () => {
    made += 1
    const { machines } = lanyard.server.rooms
    await machines.issuers.add({ name: `ci-${made}`, issuer: issuer.url }, byTest)
    await addRule(lanyard, {
      ...{ name: `ci-${made}`, issuer: `ci-${made}`, username: 'machine:x', clusters: ['prod'] },
      pins: [pin('repository', 'octo-org/octo-repo')],
    })
    assert.equal((await answerOf(await token())).status, 503)
    assert.deepEqual(issuer.asked, [])
  })

  it('are refused where their set is too long, no set, or says a thing twice', async () => {
    await trust()
    for (const [body, why] of [
      ['x'.repeat(300 * 1024), /its answer is longer than 262144 bytes$/],
      ['<html>', /it is no JSON Web Key Set$/],
      ['{"keys":[],"keys":[]}', /it is no JSON Web Key Set$/],
      [
        JSON.stringify({ keys: new Array(101).fill(issuer.publicJwk) }),
        /it holds more than 100 keys$/,
      ],
      [
        JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: issuer.kid }] }),
        /no key in it could sign a token$/,
      ],
      [
        JSON.stringify({ keys: [{ ...issuer.publicJwk, use: 'enc' }] }),
        /no key in it could sign a token$/,
      ],
    ] as const) {
      issuer.answer('/jwks', (res) => void res.writeHead(200).end(body))
      assert.match((await answerOf(await token())).sentence, why)
      time.advance(6_000)
    }
  })

  it('are asked for by no token that could not be good, whatever its kid', async () => {
    await trust()
    for (const change of [{ aud: 'x' }, { exp: 1 }, { iat: 1 }]) await answerOf(await token(change))
    await answerOf(await token({}, { typ: 'at+jwt' }))
    assert.deepEqual(issuer.asked, [])
  })

  it('are asked for once by fifty that come at once, and not again for each unknown kid', async () => {
    await trust()
    const many = await Promise.all(Array.from({ length: 50 }, () => token()))
    const answers = await Promise.all(many.map(answerOf))
    assert.ok(answers.every(({ status }) => status === 200))
    assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/jwks'])
    for (let i = 0; i < 20; i += 1) await answerOf(await token({}, { kid: `made-up-${i}` }))
    assert.equal(issuer.asked.length, 2)
    time.advance(PATIENCE_MS)
    for (let i = 0; i < 20; i += 1) await answerOf(await token({}, { kid: `made-up-${i}` }))
    assert.equal(issuer.asked.length, 4)
  })

  it('are read anew when a new one signs, and go on when the issuer is gone, for an hour', async () => {
    await trust()
    assert.equal((await answerOf(await token())).status, 200)
    await issuer.rotate()
    time.advance(PATIENCE_MS)
    assert.equal((await answerOf(await token())).status, 200)
    issuer.answer('/jwks', (res) => void res.writeHead(500).end())
    time.advance(30 * 60_000)
    assert.equal((await answerOf(await token())).status, 200)
    time.advance(31 * 60_000)
    const { status, sentence } = await answerOf(await token())
    assert.equal(status, 503)
    assert.match(sentence, /answered 500 instead of 200$/)
  })

  it('are no longer good ten minutes after they were taken back', async () => {
    await trust()
    assert.equal((await answerOf(await token())).status, 200)
    const old = await token({ exp: Math.floor(Date.now() / 1000) + 3_600 })
    await issuer.rotate()
    issuer.answer('/jwks', json({ keys: issuer.keys().slice(-1) }))
    time.advance(10 * 60_000)
    assert.equal((await answerOf(old)).error, 'invalid_grant')
  })

  it('are never asked for where they were given', async () => {
    await trust({ jwks: JSON.stringify({ keys: issuer.keys() }) })
    assert.equal((await answerOf(await token())).status, 200)
    await answerOf(await token({}, { kid: 'made-up' }))
    assert.deepEqual(issuer.asked, [])
  })
})
