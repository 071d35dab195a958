/** The settings of the corpus: many issuers in one AuthenticationConfiguration, sets of flags, and what is refused at the start. */
import { jwkOf, privateJwkOf, signToken, type TestIssuer } from './test-issuer.ts'

type Json = Readonly<Record<string, unknown>>

const everyKey = () => [
  ...(['rsa', 'small', 'p256', 'p384', 'p521'] as const).map(jwkOf),
  // Harmless: kube-apiserver can read it and never uses it.
  jwkOf('ed25519'),
]

const good = () => ({ keys: everyKey() })

/** Key sets that kube-apiserver chokes on, or finds nothing in, by the issuer's name. */
const strangeKeySets: Readonly<Record<string, () => unknown>> = {
  x25519: () => ({ keys: [...everyKey(), { kty: 'OKP', crv: 'X25519', x: 'AAAA', kid: 'x' }] }),
  secp256k1: () => ({
    keys: [...everyKey(), { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid: 'x' }],
  }),
  akp: () => ({ keys: [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'x' }, ...everyKey()] }),
  'no-kty': () => ({ keys: [{ kid: 'x' }, ...everyKey()] }),
  'kid-number': () => ({ keys: [{ ...jwkOf('rsa'), kid: 5 }] }),
  'off-curve': () => ({ keys: [{ ...jwkOf('p256'), y: jwkOf('p256')['x'] }] }),
  'short-x': () => ({ keys: [{ ...jwkOf('p256'), x: 'AAAA' }] }),
  'padded-n': () => ({ keys: [{ ...jwkOf('rsa'), n: `${String(jwkOf('rsa')['n'])}==` }] }),
  'no-n': () => ({ keys: [{ kty: 'RSA', e: 'AQAB', kid: 'rsa' }] }),
  empty: () => ({ keys: [] }),
  'keys-null': () => ({ keys: null }),
  'keys-object': () => ({ keys: {} }),
  list: () => [],
  html: () => '<html>',
  'use-enc': () => ({ keys: [{ ...jwkOf('rsa'), use: 'enc', alg: 'RSA-OAEP' }] }),
  private: () => ({ keys: [privateJwkOf('rsa')] }),
  'no-kid': () => ({ keys: [{ ...jwkOf('rsa'), kid: undefined }] }),
  'KEYS-upper': () => ({ KEYS: everyKey() }),
}
export const strangeKeySetNames: readonly string[] = Object.keys(strangeKeySets)

const withGoodKeys = [
  ...['plain', 'many', 'mail', 'mail-cel', 'cel', 'rules', 'bare', 'slash/', 'live', 'prefixed'],
  ...['split', 'chain', 'groups-cel', 'uid-cel', 'quarrel', 'overload'],
]

/** Everything that the issuers answer. */
export function fillIssuer(issuer: TestIssuer): void {
  for (const name of withGoodKeys) issuer.add(name, good())
  for (const [name, keySet] of Object.entries(strangeKeySets)) issuer.add(name, keySet())
  issuer.add('keys-404', good())
  issuer.pages.delete('/keys-404/jwks')
  issuer.add('other-issuer', good())
  issuer.pages.set('/other-issuer/.well-known/openid-configuration', {
    body: JSON.stringify({ issuer: `${issuer.origin}/else`, jwks_uri: `${issuer.origin}/x` }),
  })
  issuer.pages.set('/slash/.well-known/openid-configuration', {
    body: JSON.stringify({
      issuer: `${issuer.origin}/slash/`,
      jwks_uri: `${issuer.origin}/plain/jwks`,
    }),
  })
  issuer.add('discovered', good())
  const found = issuer.pages.get('/discovered/.well-known/openid-configuration')
  issuer.pages.delete('/discovered/.well-known/openid-configuration')
  if (found !== undefined) issuer.pages.set('/elsewhere', found)
  fillEndpoints(issuer)
}

const HOUR = 3600

/** Endpoints for groups asked live: what each answers. */
function fillEndpoints(issuer: TestIssuer): void {
  const groupsIssuer = issuer.add('groups-issuer', good())
  const jwt =
    (over: Json, key: 'rsa' | 'stranger' = 'rsa') =>
    async () => {
      const exp = Math.floor(Date.now() / 1000) + HOUR
      const claims = { iss: groupsIssuer, aud: 'kube', exp, groups: ['live-dev'], ...over }
      return signToken(JSON.stringify(claims), { key, header: { kid: 'rsa' } })
    }
  const pages: Readonly<
    Record<string, { status?: number; body: string | (() => Promise<string>) }>
  > = {
    good: { body: jwt({}) },
    newline: { body: async () => `${await jwt({})()}\n` },
    'one-string': { body: jwt({ groups: 'live-dev' }) },
    none: { body: jwt({ groups: null }) },
    status226: { status: 226, body: jwt({}) },
    missing: { body: jwt({ groups: undefined }) },
    audience: { body: jwt({ aud: ['other'] }) },
    expired: { body: jwt({ exp: 1 }) },
    endless: { body: jwt({ exp: undefined }) },
    signature: { body: jwt({}, 'stranger') },
    wrong: { body: jwt({ groups: 5 }) },
    forbidden: { status: 403, body: 'no' },
    json: { body: '{"groups":["x"]}' },
    junk: { body: 'junk' },
    unknown: { body: jwt({ iss: `${issuer.origin}/nowhere` }) },
  }
  for (const [name, page] of Object.entries(pages)) issuer.pages.set(`/endpoint/${name}`, page)
}

const sub = { username: { claim: 'sub', prefix: '' } }

/** One entry of `jwt`. */
function entry(origin: string, authority: string, name: string, over: Json = {}): Json {
  const { issuer = {}, ...rest } = over
  return {
    issuer: {
      ...{ url: `${origin}/${name}`, audiences: ['kube'], certificateAuthority: authority },
      ...(issuer as Json),
    },
    claimMappings: { ...sub, groups: { claim: 'groups', prefix: '' } },
    ...rest,
  }
}

/** The AuthenticationConfiguration that all tokens of the corpus are sent to. */
export function configuration(origin: string, authority: string): Json {
  const make = (name: string, over?: Json) => entry(origin, authority, name, over)
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      make('plain'),
      make('many', {
        issuer: { audiences: ['kube', 'kube-2', 'a'], audienceMatchPolicy: 'MatchAny' },
      }),
      make('mail', { claimMappings: { username: { claim: 'email', prefix: 'm:' } } }),
      make('mail-cel', {
        claimMappings: { username: { expression: 'claims.email' } },
        claimValidationRules: [
          { expression: 'claims.?email_verified.orValue(true) == true', message: 'unverified' },
        ],
      }),
      make('cel', {
        claimMappings: {
          username: { expression: '"oidc:" + claims.preferred_username' },
          groups: { expression: 'dyn(claims.roles).map(role, "oidc:" + role)' },
          uid: { claim: 'sub' },
          extra: [
            { key: 'corpus.dev/device', valueExpression: 'claims.?sid.orValue([])' },
            { key: 'corpus.dev/team', valueExpression: 'claims.team' },
          ],
        },
      }),
      make('rules', {
        claimValidationRules: [
          { claim: 'token_use', requiredValue: 'kube' },
          { expression: 'claims.exp - claims.iat <= 86400', message: 'lives too long' },
          { expression: 'claims.hd == "example.com"' },
        ],
        userValidationRules: [
          { expression: '!user.username.startsWith("system:")', message: 'reserved name' },
          { expression: 'user.groups.all(g, !g.startsWith("system:"))', message: 'reserved group' },
        ],
      }),
      make('bare', { claimMappings: { ...sub, uid: { claim: 'oid' } } }),
      make('slash/'),
      make('live'),
      make('prefixed', {
        claimMappings: {
          username: { claim: 'sub', prefix: 'u:' },
          groups: { claim: 'groups', prefix: 'g:' },
        },
      }),
      make('split', {
        claimMappings: { ...sub, groups: { expression: 'claims.groups.split(",")' } },
      }),
      make('chain', {
        claimMappings: { username: { expression: 'claims.profile.names[0]' } },
      }),
      make('groups-cel', { claimMappings: { ...sub, groups: { expression: 'claims.groups' } } }),
      make('uid-cel', { claimMappings: { ...sub, uid: { expression: 'claims.oid' } } }),
      make('quarrel', {
        claimMappings: { username: { expression: 'claims.a__dot__b' } },
        userValidationRules: [{ expression: 'user.extra["x"] == ["y"]' }],
      }),
      make('overload', {
        claimValidationRules: [{ expression: 'claims.sub.startsWith(claims.start)' }],
      }),
      make('discovered', { issuer: { discoveryURL: `${origin}/elsewhere` } }),
      make('other-issuer'),
      make('keys-404'),
      ...strangeKeySetNames.map((name) => make(name)),
    ],
  }
}

/** Sets of `--oidc-*` flags. */
export function flagSets(origin: string): Readonly<Record<'defaults' | 'full', readonly string[]>> {
  return {
    defaults: [`--oidc-issuer-url=${origin}/plain`, '--oidc-client-id=kube'],
    full: [
      `--oidc-issuer-url=${origin}/plain`,
      '--oidc-client-id=kube',
      '--oidc-username-claim=email',
      '--oidc-groups-claim=groups',
      '--oidc-groups-prefix=oidc:',
      '--oidc-required-claim=hd=a=b',
      '--oidc-signing-algs=ES256,PS256',
    ],
  }
}

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n'
const one = `jwt:
- issuer:
    url: https://i.example.com
    audiences: [a]
  claimMappings:
    username: {claim: sub, prefix: ''}
`

/** Files with which kube-apiserver does not start. */
export const refusedFiles: Readonly<Record<string, string>> = {
  'nothing in it': '',
  'an unknown field': `${head}${one}  bogus: 1\n`,
  'two unknown fields': `${head}${one}  bogus: 1\nalso: 2\n`,
  'a field in the wrong case': head + one.replace('url:', 'URL:'),
  'a key twice':
    head + one.replace('    audiences', '    url: https://j.example.com\n    audiences'),
  'a string for a list': head + one.replace('[a]', 'a'),
  'a YAML boolean for a prefix': head + one.replace("prefix: ''", 'prefix: no'),
  'an unknown version': head.replace('/v1', '/v2') + one,
  'another kind': head.replace('AuthenticationConfiguration', 'AuthenticationConfig') + one,
  'no prefix': head + one.replace(", prefix: ''", ''),
  'an issuer twice': head + one + one.replace('jwt:\n', ''),
  'http and a query': head + one.replace('https://i.example.com', 'http://i.example.com?x=1'),
  'a password in the URL': head + one.replace('https://', 'https://u:p@'),
  'a bad port': head + one.replace('example.com', 'example.com:port'),
  'two audiences without a policy': head + one.replace('[a]', '[a, b]'),
  'no audience': head + one.replace('[a]', '[]'),
  'claim and expression': head + one.replace("prefix: ''", 'expression: claims.sub'),
  'a reserved extra key': `${head}${one}    extra:\n    - {key: x.k8s.io/y, valueExpression: claims.sub}\n`,
  'a bare extra key': `${head}${one}    extra:\n    - {key: Foo, valueExpression: claims.sub}\n`,
  'email without email_verified':
    head + one.replace("claim: sub, prefix: ''", 'expression: claims.email'),
  'a PEM that is none':
    head + one.replace('audiences', 'certificateAuthority: none\n    audiences'),
  'a rule that is no bool': `${head}${one}  claimValidationRules:\n  - expression: claims.email_verified\n`,
  'a map over a claim': `${head}${one}    groups: {expression: 'claims.groups.map(g, "x:" + g)'}\n`,
  'a misspelt function': `${head}${one}  userValidationRules:\n  - expression: user.username.startWith("x")\n`,
  'a field that users lack': `${head}${one}  userValidationRules:\n  - expression: user.name == "x"\n`,
  'claims in a user rule': `${head}${one}  userValidationRules:\n  - expression: claims.sub == "x"\n`,
  'a field that users lack, behind has': `${head}${one}  userValidationRules:\n  - expression: has(user.name)\n`,
  'startsWith of a number': `${head}${one}  userValidationRules:\n  - expression: user.username.startsWith(1)\n`,
  'a pattern that is none': `${head}${one}  userValidationRules:\n  - expression: user.username.matches("(a")\n`,
  'a name that is not there': `${head}${one}  claimValidationRules:\n  - expression: claims.a.all(x, x == "ü") && foo\n`,
  'conditions without anonymous': `${head}jwt: []\nanonymous: {enabled: false, conditions: [{path: /livez}]}\n`,
  'JSON with a member twice':
    '{"apiVersion":"apiserver.config.k8s.io/v1beta1","kind":"AuthenticationConfiguration","jwt":[],"jwt":[]}',
  'a wrong type in v1alpha1': `${head.replace('/v1', '/v1alpha1')}jwt: {}\n`,
}

/** Flags with which kube-apiserver does not start. */
export const refusedFlags: Readonly<Record<string, readonly string[]>> = {
  'no client id': ['--oidc-issuer-url=https://i.example.com'],
  'no issuer': ['--oidc-groups-claim=groups'],
  'an http issuer': ['--oidc-issuer-url=http://i.example.com', '--oidc-client-id=a'],
  'an unknown algorithm': [
    ...['--oidc-issuer-url=https://i.example.com', '--oidc-client-id=a'],
    '--oidc-signing-algs=EdDSA',
  ],
  'no username claim': [
    ...['--oidc-issuer-url=https://i.example.com', '--oidc-client-id=a'],
    '--oidc-username-claim=',
  ],
  'the issuer of service accounts': [
    ...['--oidc-issuer-url=https://sa.example.com', '--oidc-client-id=a'],
  ],
}
