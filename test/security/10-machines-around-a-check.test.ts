/** Threats 10, 11, 12 and 25 for machines: every check on every exchange, whoever signed and however it is written. */
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { SignJWT } from 'jose'
import { addRule, EXCHANGE, glob, JWT_TYPE, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { type Claims, type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { clusterLogin, postForm } from '../support/logins.ts'
import { assertRefused } from './attack.ts'

const now = () => Math.floor(Date.now() / 1000)
const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const NO_RULE = 'no machine rule lets this token into "prod": lanyard machine explain says why'
const NO_AUDIENCE = 'no machine rule takes a token of this audience'
const NOT_JWT = 'the subject token is not a signed JWT'
const NOT_TRUSTED = 'the token is of an issuer that is not trusted here'
const TYPE = 'the token is of another type than an ID token: its typ is not JWT'
const ALGORITHM = 'the token is signed by an algorithm that is not taken'
const SIGNATURE = 'its signature is not by its issuer'
const NO_KEY = 'no one key of its issuer could have signed it'
const OWN = 'the token is one of Lanyard’s own'
const NOT_YET = 'the token is not valid yet: are both clocks right?'
const TIMES = 'the token lacks exp or iat, or a time is no number'

describe('a token that no machine gets in with', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let github: StandInIssuer
  let stranger: StandInIssuer

  before(async () => {
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod')
    await lanyard.addCluster('other')
    github = owned.use(await startStandInIssuer())
    stranger = owned.use(await startStandInIssuer())
    const { machines } = lanyard.server.rooms
    await machines.issuers.add(
      {
        ...{ name: 'github', kind: 'github', issuer: github.url },
        certificateAuthority: github.ca,
      },
      byTest,
    )
    await addRule(lanyard, {
      ...{ name: 'release', issuer: 'github', username: 'machine:release' },
      pins: [
        pin('repository', 'octo-org/octo-repo'),
        pin('environment', 'prod'),
        glob('ref', 'refs/heads/release-*'),
      ],
      clusters: ['prod'],
    })
    await addRule(lanyard, {
      ...{ name: 'off', issuer: 'github', username: 'machine:off', clusters: ['prod'] },
      pins: [pin('repository', 'octo-org/off')],
    })
    await machines.rules.setEnabled('off', false, byTest)
  })
  after(() => owned.disposeAsync())

  /** What the rule `release` matches, but for the change. */
  const claims = (change: Claims = {}) =>
    githubClaims(
      { iss: github.url, aud: lanyard.issuer },
      { ref: 'refs/heads/release-1', ...change },
    )
  const signed = (change: Claims = {}, header = {}) => github.sign(claims(change), header)
  /** Signed by the issuer, with a payload that is written by hand. */
  const byHand = async (payload: string) => {
    const [header = '', body = ''] = (await signed()).split('.')
    return { header, body, payload: encode(payload) }
  }

  it('while the token that none of them is gets in', async () => {
    const { status, body } = await machineExchange(lanyard, await signed(), 'prod')
    assert.equal(status, 200, JSON.stringify(body))
  })

  const table: readonly (readonly [
    string,
    () => Promise<string> | string,
    string,
    string,
    number?,
  ])[] = [
    // Audience
    [
      'for somebody else',
      () => signed({ aud: 'https://github.com/octo-org' }),
      'invalid_grant',
      NO_AUDIENCE,
    ],
    ['for nobody', () => signed({ aud: undefined }), 'invalid_grant', NO_AUDIENCE],
    [
      'for somebody else as well',
      () => signed({ aud: [lanyard.issuer, 'sts.amazonaws.com'] }),
      'invalid_grant',
      NO_AUDIENCE,
    ],
    [
      'for Lanyard with a slash',
      () => signed({ aud: `${lanyard.issuer}/` }),
      'invalid_grant',
      NO_AUDIENCE,
    ],
    [
      'for an audience that begins alike',
      () => signed({ aud: `${lanyard.issuer}.evil.example` }),
      'invalid_grant',
      NO_AUDIENCE,
    ],
    [
      'for an audience inside a list in a list',
      () => signed({ aud: [[lanyard.issuer]] }),
      'invalid_grant',
      NO_AUDIENCE,
    ],
    ['for the cluster itself', () => signed({ aud: 'prod' }), 'invalid_grant', NO_AUDIENCE],
    // Issuer
    [
      'of an issuer that nobody trusts',
      () => stranger.sign(claims({ iss: stranger.url })),
      'invalid_grant',
      NOT_TRUSTED,
    ],
    [
      'of a stranger in the name of the issuer',
      () => stranger.sign(claims(), { kid: github.kid }),
      'invalid_grant',
      SIGNATURE,
    ],
    [
      'of the issuer with a slash',
      () => signed({ iss: `${github.url}/` }),
      'invalid_grant',
      NOT_TRUSTED,
    ],
    [
      'of the issuer in capitals',
      () => signed({ iss: github.url.toUpperCase() }),
      'invalid_grant',
      NOT_TRUSTED,
    ],
    ['of no issuer', () => signed({ iss: undefined }), 'invalid_grant', 'the token lacks iss'],
    ['of Lanyard by name', () => signed({ iss: lanyard.issuer }), 'invalid_grant', OWN],
    ['of Lanyard with a slash', () => signed({ iss: `${lanyard.issuer}/` }), 'invalid_grant', OWN],
    [
      'of Lanyard in capitals',
      () => signed({ iss: lanyard.issuer.toUpperCase() }),
      'invalid_grant',
      OWN,
    ],
    [
      'of Lanyard’s second issuer',
      () => signed({ iss: `${lanyard.issuer}/live` }),
      'invalid_grant',
      OWN,
    ],
    [
      'of Lanyard by another way to write it',
      () => signed({ iss: `${lanyard.issuer}/x/..//` }),
      'invalid_grant',
      OWN,
    ],
    // Times
    [
      'that has expired',
      () => signed({ exp: now() - 1 }),
      'invalid_grant',
      'the token has expired',
    ],
    ['that never ends', () => signed({ exp: undefined }), 'invalid_grant', TIMES],
    ['that ends at a text', () => signed({ exp: String(now() + 300) }), 'invalid_grant', TIMES],
    ['that begins later', () => signed({ nbf: now() + 120 }), 'invalid_grant', NOT_YET],
    ['that was made in the future', () => signed({ iat: now() + 120 }), 'invalid_grant', NOT_YET],
    ['that was made at no time', () => signed({ iat: undefined }), 'invalid_grant', TIMES],
    [
      'that was made two hours ago',
      () => signed({ iat: now() - 7_200 }),
      'invalid_grant',
      'the token was made more than an hour ago',
    ],
    [
      'that lives for a year',
      () => signed({ exp: now() + 31_536_000 }),
      'invalid_grant',
      'the token lives longer than a day',
    ],
    // Signature (RFC 8725 §2.1, §3.1)
    [
      'that nobody signed',
      () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims())}.`,
      'invalid_grant',
      NOT_JWT,
    ],
    [
      'that claims to be signed by nobody',
      () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims())}.AA`,
      'invalid_grant',
      ALGORITHM,
    ],
    [
      'signed with the public key as a password',
      () => {
        const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: github.kid })}.${encode(claims())}`
        const secret = JSON.stringify(github.publicJwk)
        return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
      },
      'invalid_grant',
      ALGORITHM,
    ],
    [
      'signed by EdDSA',
      async () => {
        const { privateKey } = generateKeyPairSync('ed25519')
        return new SignJWT({ ...claims() })
          .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: github.kid })
          .sign(privateKey)
      },
      'invalid_grant',
      ALGORITHM,
    ],
    [
      'by a key that brings itself',
      async () => {
        const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        return new SignJWT({ ...claims() })
          .setProtectedHeader({
            alg: 'RS256',
            typ: 'JWT',
            jwk: publicKey.export({ format: 'jwk' }),
            kid: 'mine',
          })
          .sign(privateKey)
      },
      'invalid_grant',
      NO_KEY,
    ],
    ['by a key of an unknown name', () => signed({}, { kid: 'key-99' }), 'invalid_grant', NO_KEY],
    ['whose key’s name is no text', () => signed({}, { kid: 7 }), 'invalid_grant', NO_KEY],
    [
      'whose payload was changed',
      async () => {
        const [header, , signature] = (await signed()).split('.')
        return [header, encode(claims({ ref: 'refs/heads/release-2' })), signature].join('.')
      },
      'invalid_grant',
      SIGNATURE,
    ],
    [
      'whose signature was cut',
      async () => (await signed()).slice(0, -8),
      'invalid_grant',
      SIGNATURE,
    ],
    [
      'with demands that nobody understands',
      async () => {
        const [, payload] = (await signed()).split('.')
        return `${encode({ alg: 'RS256', typ: 'JWT', kid: github.kid, crit: ['exp'] })}.${payload}.AAAA`
      },
      'invalid_grant',
      'the token demands extensions that are not understood (crit)',
    ],
    // Type
    ['that is an access token', () => signed({}, { typ: 'at+jwt' }), 'invalid_grant', TYPE],
    ['that is a logout token', () => signed({}, { typ: 'logout+jwt' }), 'invalid_grant', TYPE],
    [
      'that is a logout token without a type',
      () => signed({ events: {} }),
      'invalid_grant',
      'the token is a logout token',
    ],
    ['that is a DPoP proof', () => signed({}, { typ: 'dpop+jwt' }), 'invalid_grant', TYPE],
    [
      'that is bound to a key',
      () => signed({ cnf: { jkt: 'x' } }),
      'invalid_grant',
      'the token is bound to a key, which nobody has shown',
    ],
    // Form
    ['that is no token', () => 'not a token', 'invalid_grant', NOT_JWT],
    ['with a fourth part', async () => `${await signed()}.AA`, 'invalid_grant', NOT_JWT],
    ['with padding', async () => `${await signed()}=`, 'invalid_grant', NOT_JWT],
    [
      'with two audiences, one after the other',
      async () => {
        const { header, payload } = await byHand(`{"aud":"x",${JSON.stringify(claims()).slice(1)}`)
        return `${header}.${payload}.AAAA`
      },
      'invalid_grant',
      NOT_JWT,
    ],
    [
      'with one claim twice, one of them spelt otherwise',
      async () => {
        const { header, payload } = await byHand(
          `{"\\u0061ud":"x",${JSON.stringify(claims()).slice(1)}`,
        )
        return `${header}.${payload}.AAAA`
      },
      'invalid_grant',
      NOT_JWT,
    ],
    [
      'with two algorithms',
      async () => {
        const { body } = await byHand('')
        return `${encode('{"alg":"RS256","alg":"none"}')}.${body}.AAAA`
      },
      'invalid_grant',
      NOT_JWT,
    ],
    [
      'that is nested without end',
      async () => {
        const { header } = await byHand('')
        return `${header}.${encode(`{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`)}.AAAA`
      },
      'invalid_grant',
      NOT_JWT,
    ],
    [
      'whose payload is a list',
      async () => `${(await byHand('')).header}.${encode('[]')}.AAAA`,
      'invalid_grant',
      NOT_JWT,
    ],
    ['of 9 KiB', async () => signed({ filler: 'x'.repeat(7_000) }), 'invalid_grant', NOT_JWT],
    ['without a subject', () => signed({ sub: '' }), 'invalid_grant', 'the token names no subject'],
    // Rules
    [
      'of another repository',
      () => signed({ repository: 'octo-org/evil' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a repository that begins alike',
      () => signed({ repository: 'octo-org/octo-repo-2' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a repository in capitals',
      () => signed({ repository: 'Octo-Org/octo-repo' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a list with the repository in it',
      () => signed({ repository: ['octo-org/octo-repo'] }),
      'access_denied',
      NO_RULE,
      403,
    ],
    ['of another environment', () => signed({ environment: 'dev' }), 'access_denied', NO_RULE, 403],
    ['of no environment', () => signed({ environment: undefined }), 'access_denied', NO_RULE, 403],
    ['of another branch', () => signed({ ref: 'refs/heads/main' }), 'access_denied', NO_RULE, 403],
    [
      'of a branch of a branch',
      () => signed({ ref: 'refs/heads/release-1/evil' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a branch that is a wildcard itself',
      () => signed({ ref: 'refs/heads/release-*' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a branch with nothing for the wildcard',
      () => signed({ ref: 'refs/heads/release-' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a tag that looks like the branch',
      () => signed({ ref: 'refs/tags/refs/heads/release-1' }),
      'access_denied',
      NO_RULE,
      403,
    ],
    [
      'of a disabled rule',
      () => signed({ repository: 'octo-org/off' }),
      'access_denied',
      NO_RULE,
      403,
    ],
  ]

  for (const [name, token, error, sentence, status = 400] of table) {
    it(`is one ${name}`, async () => {
      assertRefused(await machineExchange(lanyard, await token(), 'prod'), error, sentence, {
        status,
      })
    })
  }

  it('is one that was exchanged before, also by another way to write it', async () => {
    const token = await signed()
    assert.equal((await machineExchange(lanyard, token, 'prod')).status, 200)
    const sentence = 'the token was exchanged before: ask for another'
    assertRefused(await machineExchange(lanyard, token, 'prod'), 'invalid_grant', sentence)
    // The same jti in another token of the issuer is the same use.
    const { jti } = claims()
    const [first, second] = [await signed({ jti }), await signed({ jti, run_attempt: '3' })]
    assert.equal((await machineExchange(lanyard, first, 'prod')).status, 200)
    assertRefused(await machineExchange(lanyard, second, 'prod'), 'invalid_grant', sentence)
  })

  it('is one for a cluster that its rule does not name, or that is not there', async () => {
    for (const audience of ['other', 'nowhere', 'kubectl-lanyard']) {
      const sentence = `no machine rule lets this token into "${audience}": lanyard machine explain says why`
      const answer = await machineExchange(lanyard, await signed(), audience)
      assertRefused(answer, 'access_denied', sentence, { status: 403 })
    }
  })

  it('is one that two rules match, until the caller says which', async () => {
    const { machines } = lanyard.server.rooms
    await addRule(lanyard, {
      ...{ name: 'second', issuer: 'github', username: 'machine:second', clusters: ['prod'] },
      pins: [pin('repository', 'octo-org/octo-repo')],
    })
    const token = await signed()
    assertRefused(
      await machineExchange(lanyard, token, 'prod'),
      'invalid_request',
      'several machine rules match this token: say which with machine_rule (release, second)',
    )
    const answer = await machineExchange(lanyard, token, 'prod', { machine_rule: 'second' })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    await machines.rules.remove('second', byTest)
    const gone = await machineExchange(lanyard, await signed(), 'prod', { machine_rule: 'second' })
    assertRefused(gone, 'access_denied', NO_RULE, { status: 403 })
  })

  it('is one of Lanyard’s own, really signed by it', async () => {
    const ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('third', { groups: ['viewers'] })
    const { idToken } = await clusterLogin(lanyard, ada, 'third')
    assertRefused(await machineExchange(lanyard, idToken, 'prod'), 'invalid_grant', OWN)
  })

  it('is any, with a parameter that does not belong there', async () => {
    for (const [change, error, sentence, status] of [
      [
        { client_id: 'prod' },
        'invalid_client',
        'a machine is no client: leave client_id out, or say "lanyard-machine"',
        401,
      ],
      [{ actor_token: 'x' }, 'invalid_request', '"actor_token" is not supported', 400],
      [{ client_secret: 'x' }, 'invalid_request', '"client_secret" is not supported', 400],
      [{ scope: 'openid' }, 'invalid_request', '"scope" is not supported', 400],
      [{ resource: 'https://x' }, 'invalid_request', '"resource" is not supported', 400],
      [{ subject_token: '' }, 'invalid_request', 'subject_token is missing', 400],
      [{ audience: '' }, 'invalid_request', 'audience is missing', 400],
      [
        { requested_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
        'invalid_request',
        'requested_token_type must be urn:ietf:params:oauth:token-type:id_token',
        400,
      ],
    ] as const) {
      const answer = await machineExchange(lanyard, await signed(), 'prod', change)
      assertRefused(answer, error, sentence, { status, about: JSON.stringify(change) })
    }
    for (const name of ['subject_token', 'audience', 'subject_token_type', 'machine_rule']) {
      const form = new URLSearchParams({
        ...{ grant_type: EXCHANGE, subject_token: await signed(), subject_token_type: JWT_TYPE },
        ...{ audience: 'prod', machine_rule: 'release' },
      })
      form.append(name, 'x')
      const answer = await postForm(lanyard, `${lanyard.issuer}/token`, form)
      assertRefused(answer, 'invalid_request', `parameter "${name}" stands more than once`)
    }
  })

  it('is one whose rule or issuer was removed a moment ago', async () => {
    const { machines } = lanyard.server.rooms
    const token = await signed()
    await machines.rules.setEnabled('release', false, byTest)
    assertRefused(await machineExchange(lanyard, token, 'prod'), 'access_denied', NO_RULE, {
      status: 403,
    })
    await machines.rules.remove('release', byTest)
    await machines.rules.remove('off', byTest)
    assertRefused(await machineExchange(lanyard, token, 'prod'), 'invalid_grant', NO_AUDIENCE)
    await machines.issuers.remove('github', byTest)
    assertRefused(await machineExchange(lanyard, token, 'prod'), 'invalid_grant', NOT_TRUSTED)
  })

  it('is counted in few rows, by its issuer where that had signed, and never kept', async () => {
    const { audit, store } = lanyard.server.rooms
    const entries = await audit.list({ types: ['machine.refused'], limit: 200 })
    const names = new Set(entries.map(({ target }) => target?.name))
    assert.deepEqual(names, new Set(['github', undefined]))
    assert.ok(entries.length < 10, `${entries.length} rows`)
    const kept = await store.query.selectFrom('machine_tokens_seen').selectAll().execute()
    for (const { hash } of kept) assert.match(hash, /^[\w-]{43}$/)
  })
})
