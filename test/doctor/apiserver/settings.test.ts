import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAuthenticationConfiguration, readOidcFlags } from '../../../src/doctor/index.ts'

const good = `# trusted by the cluster
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://id.example.com
    audiences: [prod]
  claimMappings:
    username:
      claim: sub
      prefix: ""
`

describe('an AuthenticationConfiguration', () => {
  it('becomes authenticators, with the line of everything that is written', () => {
    const { authenticators, faults, refusal, lines } = readAuthenticationConfiguration(good)
    assert.deepEqual([faults, refusal], [[], null])
    assert.deepEqual(authenticators, [
      {
        ...{ issuer: 'https://id.example.com', discoveryUrl: null, audiences: ['prod'] },
        ...{ certificateAuthority: null, certificateAuthorityFile: null },
        signingAlgs: [
          ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
        ],
        username: { kind: 'claim', claim: 'sub', prefix: '' },
        ...{
          groups: null,
          uid: null,
          extra: [],
          requiredClaims: [],
          claimRules: [],
          userRules: [],
        },
      },
    ])
    assert.deepEqual(
      ['jwt[0]', 'jwt[0].issuer.url', 'jwt[0].issuer.audiences[0]', 'jwt[0].claimMappings'].map(
        (path) => lines.get(path),
      ),
      [5, 6, 7, 8],
    )
  })

  it('names the line of a mistake, or of what lacks something', () => {
    const text = good.replace('      prefix: ""\n', '').replace('https:', 'http:')
    const { faults } = readAuthenticationConfiguration(text)
    assert.deepEqual(
      faults.map(({ line, path, exact }) => ({ line, path, exact })),
      [
        { line: 6, path: 'jwt[0].issuer.url', exact: true },
        { line: 9, path: 'jwt[0].claimMappings.username.prefix', exact: true },
      ],
    )
  })

  it('tells what comes after a mistake of the form as well', () => {
    const text = good.replace('https:', 'http:').replace('claimMappings', 'claimMapping')
    const { faults, refusal } = readAuthenticationConfiguration(text, { file: '/f' })
    assert.equal(
      refusal,
      'failed to load authentication configuration from file "/f": strict decoding error: unknown field "jwt[0].claimMapping"',
    )
    assert.deepEqual(
      faults.map(({ line, path }) => [line, path]),
      [
        [8, 'jwt[0].claimMapping'],
        [6, 'jwt[0].issuer.url'],
        [5, 'jwt[0].claimMappings.username'],
      ],
    )
  })

  it('follows anchors, and not without end', () => {
    const aliased = good
      .replace('[prod]', '&a [prod]')
      .replace('""', '""\n    groups: {claim: x, prefix: *a}')
    assert.match(String(readAuthenticationConfiguration(aliased).refusal), /cannot unmarshal array/)
    const bomb = Array.from({ length: 30 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]`)
    const text = `${good}x0: &x0 [1]\n${bomb.join('\n')}\n`
    assert.match(String(readAuthenticationConfiguration(text).refusal), /unknown field "x0"/)
    assert.match(
      String(readAuthenticationConfiguration(`${good}x: *nobody\n`).refusal),
      /yaml: unknown anchor 'nobody' referenced$/,
    )
  })

  it('keeps the service accounts’ issuer apart', () => {
    const options = { serviceAccountIssuers: ['https://id.example.com'] }
    const { faults, refusal } = readAuthenticationConfiguration(good, options)
    const sentence =
      'issuer.url: Invalid value: "https://id.example.com": URL must not overlap with disallowed issuers: [https://id.example.com]'
    assert.equal(refusal, sentence)
    assert.deepEqual(
      faults.map(({ line, message }) => [line, message]),
      [[6, `jwt[0].${sentence}`]],
    )
  })

  for (const text of [
    '\t',
    '}',
    '- a',
    '5',
    'null',
    '%YAML 9',
    'a: !!binary x',
    '\u0000',
    '[[[[',
    '--- ---',
  ]) {
    it(`finds a fault in ${JSON.stringify(text)} and does not throw`, () => {
      const { authenticators, faults, refusal } = readAuthenticationConfiguration(text)
      assert.deepEqual(authenticators, [])
      assert.notEqual(refusal, null)
      assert.notEqual(faults.length, 0)
    })
  }
})

describe('flags', () => {
  const both = ['--oidc-issuer-url=https://id.example.com', '--oidc-client-id=prod']

  it('have the defaults of kube-apiserver', () => {
    const { authenticators, refusal } = readOidcFlags(['kube-apiserver', ...both])
    const [one] = authenticators
    assert.equal(refusal, null)
    assert.deepEqual(one?.signingAlgs, ['RS256'])
    assert.deepEqual(one?.username, {
      ...{ kind: 'claim', claim: 'sub', prefix: 'https://id.example.com#' },
    })
  })

  it('are read with a space, an underscore, a comma and more than once', () => {
    const { authenticators, lines } = readOidcFlags([
      ...[
        '--oidc-issuer-url',
        'https://id.example.com',
        '--oidc-client-id=old',
        '--oidc_groups_claim=roles',
        '--oidc-client-id=prod',
      ],
      ...[
        '--oidc-username-claim=email',
        '--oidc-signing-algs=ES256,RS256',
        '--oidc-signing-algs=PS256',
      ],
      ...['--oidc-required-claim= a = b=c ', '--oidc-required-claim=a=d'],
    ])
    const [one] = authenticators
    assert.deepEqual(one?.audiences, ['prod'])
    assert.deepEqual(one?.signingAlgs, ['ES256', 'RS256', 'PS256'])
    assert.deepEqual(one?.username, { kind: 'claim', claim: 'email', prefix: '' })
    assert.deepEqual(one?.requiredClaims, [{ claim: 'a', value: 'd' }])
    assert.deepEqual(one?.groups, { kind: 'claim', claim: 'roles', prefix: '' })
    assert.equal(lines.get('oidc-client-id'), 5)
  })

  it('exclude a configuration file', () => {
    assert.equal(
      readOidcFlags([...both, '--authentication-config=/f']).refusal,
      'authentication-config file and oidc-* flags are mutually exclusive',
    )
  })

  it('are none where none are given', () => {
    const { authenticators, faults, refusal } = readOidcFlags(['--v=2'])
    assert.deepEqual([authenticators, faults, refusal], [[], [], null])
  })
})
