import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AuthenticatorSettings,
  type FetchDocument,
  readAuthenticationConfiguration,
  readOidcFlags,
  replayFinding,
  replayToken,
} from '../../../src/doctor/index.ts'
import { jwkOf, signToken, type TokenParts } from './test-issuer.ts'

const now = Date.UTC(2026, 0, 31, 8)
const seconds = now / 1000
const issuer = 'https://id.example.com'
const accessToken = 'secret-access-token'
const path = '/etc/kubernetes/authentication.yaml'

const file = (
  url = issuer,
  audience = 'kube',
  more = '',
): string => `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: ${url}
    audiences:
    - ${audience}
  claimMappings:
    username: {claim: sub, prefix: ''}
    groups: {claim: groups, prefix: ''}
${more}`

/** Answers without a network: discovery and keys of one issuer, and an endpoint that says no. */
const fetchDocument: FetchDocument = async (url) => {
  const documents: Record<string, unknown> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: { keys: [jwkOf('rsa')] },
  }
  const document = documents[url]
  const [status, statusText] = document === undefined ? [403, 'Forbidden'] : [200, 'OK']
  const body = JSON.stringify(document ?? {})
  return { kind: 'answer', status, statusText, contentType: 'application/json', body }
}

async function makeToken(over: object = {}, parts?: TokenParts): Promise<string> {
  const claims = { iss: issuer, aud: 'kube', sub: 'ada', exp: seconds + 600, groups: ['dev'] }
  return signToken(JSON.stringify({ ...claims, ...over }), parts)
}

const live = {
  groups: undefined,
  _claim_names: { groups: 'l' },
  _claim_sources: { l: { endpoint: `${issuer}/live/groups`, access_token: accessToken } },
}

async function findingFor(token: string, text = file(), settings?: AuthenticatorSettings) {
  const read = settings ?? readAuthenticationConfiguration(text)
  const input = { token, settings: read, fetchDocument, now, askClaimsEndpoint: true }
  const replay = await replayToken(input)
  const context = { cluster: 'prod', issuer, audience: 'kube', settings: read }
  return { replay, finding: replayFinding(replay, { ...context, file: { path, text } }) }
}

describe('the replay', () => {
  it('goes through every step, in order', async () => {
    const { replay } = await findingFor(await makeToken())
    assert.deepEqual(
      replay.steps.map(({ step, status }) => `${step} ${status}`),
      [
        ...['header ok', 'issuer ok', 'discovery ok', 'parse ok', 'algorithm ok', 'keys ok'],
        ...['signature ok', 'claims ok', 'audience ok', 'expiry ok', 'not-before skipped'],
        ...['distributed-claims skipped', 'username ok', 'groups ok', 'uid skipped', 'extra ok'],
        ...['required-claims skipped', 'claim-rules skipped', 'user-rules skipped'],
      ],
    )
    assert.deepEqual(replay.verdict, {
      kind: 'authenticated',
      user: { username: 'ada', uid: '', groups: ['dev', 'system:authenticated'], extra: {} },
    })
  })

  it('stops at the first step that fails, with the sentence', async () => {
    const { replay } = await findingFor(await makeToken({ exp: seconds - 1, aud: 'kube' }))
    assert.deepEqual(replay.steps.at(-1), {
      step: 'expiry',
      status: 'failed',
      detail: 'exp was 2026-01-31 07:59:59 +0000 UTC',
      logSentence:
        'oidc: verify token: oidc: token is expired (Token Expiry: 2026-01-31 07:59:59 +0000 UTC)',
    })
  })

  it('takes a token in the second of its exp, and 60 s before its nbf', async () => {
    for (const over of [{ exp: seconds }, { nbf: seconds + 60 }]) {
      const { replay } = await findingFor(await makeToken(over))
      assert.equal(replay.verdict.kind, 'authenticated')
    }
    const { replay } = await findingFor(await makeToken({ nbf: seconds + 61 }))
    assert.equal(replay.steps.at(-1)?.step, 'not-before')
  })

  it('leaves system:anonymous without groups, as the real one does', async () => {
    const { replay } = await findingFor(await makeToken({ sub: 'system:anonymous', groups: [] }))
    assert.ok(replay.verdict.kind === 'authenticated')
    assert.deepEqual(replay.verdict.user.groups, [])
  })

  it('only names the claims endpoint when it may not ask', async () => {
    const settings = readAuthenticationConfiguration(file())
    const token = await makeToken(live)
    const { verdict } = await replayToken({
      ...{ token, settings, fetchDocument, now, askClaimsEndpoint: false },
    })
    assert.deepEqual(verdict, {
      kind: 'undecided',
      reason: `kube-apiserver would ask ${issuer}/live/groups for the claim "groups"`,
    })
  })

  it('does not run on settings that kube-apiserver refuses', async () => {
    const { replay } = await findingFor(await makeToken(), file('http://id.example.com'))
    assert.deepEqual(replay.verdict, {
      kind: 'undecided',
      reason:
        'kube-apiserver does not start with this configuration: invalid authentication configuration: jwt[0].issuer.url: Invalid value: "http://id.example.com": URL scheme must be https',
    })
  })

  it('says that it cannot run what only Kubernetes can', async () => {
    const rule = "  userValidationRules:\n  - expression: 'ip(user.username).family() == 4'\n"
    const { replay } = await findingFor(await makeToken(), file(issuer, 'kube', rule))
    assert.deepEqual(replay.verdict, {
      kind: 'undecided',
      reason: 'the function "family" can only be run by kube-apiserver',
    })
  })

  it('has no line break of a token sent', async () => {
    const { replay } = await findingFor(`${await makeToken()}\nx`)
    assert.deepEqual(replay.verdict, {
      kind: 'undecided',
      reason: 'a token with a line break in it cannot be sent',
    })
  })
})

describe('the finding of a replay', () => {
  it('edits the one line with the issuer when it differs by a slash', async () => {
    const text = file(`${issuer}/`)
    const { finding } = await findingFor(await makeToken(), text)
    assert.equal(
      finding.summary,
      `refused: the issuer of the settings differs from the token's by a slash at its end: "${issuer}/", and the token has "${issuer}"`,
    )
    assert.deepEqual(finding.fixes, [
      {
        ...{ kind: 'edit', place: 'apiserver', file: path, line: 5 },
        ...{ remove: `    url: ${issuer}/`, insert: `    url: ${issuer}` },
      },
    ])
    const mended = text.replace(`    url: ${issuer}/`, `    url: ${issuer}`)
    const { replay } = await findingFor(await makeToken(), mended)
    assert.equal(replay.verdict.kind, 'authenticated')
  })

  it('edits the one line with the audience', async () => {
    const { finding } = await findingFor(await makeToken(), file(issuer, 'other'))
    assert.equal(
      finding.summary,
      'refused: the token is for ["kube"], and kube-apiserver takes "other"',
    )
    assert.deepEqual(finding.fixes[0], {
      ...{ kind: 'edit', place: 'apiserver', file: path, line: 7 },
      ...{ remove: '    - other', insert: '    - kube' },
    })
  })

  it('advises where there is no file to edit', async () => {
    const settings = readOidcFlags([`--oidc-issuer-url=${issuer}/`, '--oidc-client-id=kube'])
    const { finding } = await findingFor(await makeToken(), '', settings)
    assert.deepEqual(finding.fixes, [
      { kind: 'advice', text: `set the issuer of kube-apiserver to ${issuer}` },
    ])
  })

  for (const [what, over] of [
    ['capital letters', { iss: 'https://ID.example.com' }],
    ['its scheme', { iss: 'http://id.example.com' }],
    ['its port', { iss: 'https://id.example.com:8443' }],
  ] as const) {
    it(`sees an issuer that differs by ${what}`, async () => {
      const { finding } = await findingFor(await makeToken(over))
      assert.ok(finding.summary.includes(`differs from the token's by ${what}:`), finding.summary)
    })
  }

  it('warns of somebody without a name, and of reserved names', async () => {
    const nameless = await findingFor(await makeToken({ sub: '' }))
    assert.deepEqual(
      [nameless.finding.status, nameless.finding.summary],
      ['warning', 'kube-apiserver takes the token, for somebody without a name'],
    )
    const master = await findingFor(await makeToken({ groups: ['system:masters'] }))
    assert.deepEqual(
      [master.finding.status, master.finding.summary],
      ['warning', 'kube-apiserver takes the token, with the reserved "system:masters"'],
    )
  })

  it('holds neither the token nor an access token, whatever becomes of it', async () => {
    const tokens = [
      await makeToken(live),
      await makeToken({ ...live, aud: 'other' }),
      await makeToken({ ...live, iss: 'https://other.example.com' }),
      await makeToken({}, { key: 'stranger', header: { kid: 'rsa' } }),
      await makeToken({}, { headerText: '{"alg":"RS256","kid":5}' }),
    ]
    for (const token of [...tokens, `Bearer ${tokens[0]}`, `${tokens[0]}.x`, `"${tokens[0]}"`]) {
      const { replay, finding } = await findingFor(token)
      const all = JSON.stringify([replay, finding])
      for (const part of [...token.split('.'), accessToken]) {
        assert.ok(part.length < 8 || !all.includes(part), part)
      }
    }
  })
})
