/** The tokens of the corpus: what is wrong, odd or just as it should be. */

import {
  type Case,
  type Claims,
  liveCases,
  type Make,
  mappingCases,
  now,
  ruleCases,
} from './corpus-mappings.ts'
import { strangeKeySetNames } from './corpus-settings.ts'
import { byHand, signToken, type TokenParts } from './test-issuer.ts'

export interface Corpus {
  readonly file: readonly Case[]
  readonly defaults: readonly Case[]
  readonly full: readonly Case[]
}

/** All of it, for issuers below this origin. */
export function corpusOf(origin: string): Corpus {
  const claims = (issuer: string, over: Claims = {}): Claims => ({
    ...{ iss: `${origin}/${issuer}`, aud: 'kube', sub: 'ada', iat: now(), exp: now() + 3600 },
    ...over,
  })
  const json = (issuer: string, over: Claims = {}) => JSON.stringify(claims(issuer, over))
  const make = (name: string, issuer: string, over: Claims = {}, parts: TokenParts = {}): Case => ({
    name: `${issuer}: ${name}`,
    token: () => signToken(json(issuer, over), parts),
  })
  /** Members written as text behind the usual ones: twice, nested, not as JSON.stringify would. */
  const written = (name: string, issuer: string, members: string): Case => ({
    name: `${issuer}: ${name}`,
    token: () => signToken(`${json(issuer).slice(0, -1)},${members}}`),
  })
  const header = (name: string, headerText: string): Case => ({
    name: `header ${name}`,
    token: () => signToken(json('plain'), { headerText }),
  })
  const changed = (name: string, change: (token: string) => string, over: Claims = {}): Case => ({
    name,
    token: async () => change(await signToken(json('plain', over))),
  })
  return {
    file: [
      ...tokenCases(make),
      ...claimCases(make, written),
      ...headerCases(header),
      ...textCases(changed, origin),
      ...issuerCases(make, origin),
      ...mappingCases(make),
      ...ruleCases(make),
      ...liveCases(make, origin),
      ...strangeKeySetNames.map((name) => make('a good token', name)),
    ],
    defaults: [
      make('prefixed by the issuer', 'plain', { groups: ['x'] }),
      make('ES256 is not RS256', 'plain', {}, { key: 'p256', alg: 'ES256' }),
      make('another audience', 'plain', { aud: ['a', 'b'] }),
      make('no sub', 'plain', { sub: undefined }),
    ],
    full: [
      make('good', 'plain', mail, es),
      make('RS256', 'plain', mail),
      make('PS256', 'plain', mail, { alg: 'PS256' }),
      make('no hd', 'plain', { ...mail, hd: undefined }, es),
      make('another hd', 'plain', { ...mail, hd: 'A=b' }, es),
      make('hd as a list', 'plain', { ...mail, hd: ['a=b'] }, es),
      make('hd null', 'plain', { ...mail, hd: null }, es),
      make('no email', 'plain', { ...mail, email: undefined }, es),
      make('email unverified', 'plain', { ...mail, email_verified: false }, es),
      make('one group', 'plain', { ...mail, groups: 'dev' }, es),
      make('system:masters', 'plain', { ...mail, groups: ['system:masters'] }, es),
    ],
  }
}

const es: TokenParts = { key: 'p256', alg: 'ES256' }
const mail = { email: 'ada@example.com', hd: 'a=b' }

function tokenCases(make: Make): Case[] {
  return [
    make('good', 'plain', { groups: ['dev'], jti: 'one' }),
    make('no kid', 'plain', {}, { header: { kid: undefined } }),
    make('an unknown kid', 'plain', {}, { header: { kid: 'gone' } }),
    make('the kid of another key', 'plain', {}, { header: { kid: 'p256' } }),
    make('a key of somebody else', 'plain', {}, { key: 'stranger', header: { kid: 'rsa' } }),
    make('expired and forged', 'plain', { exp: 1 }, { key: 'stranger', header: { kid: 'rsa' } }),
    make('RSA of 1024 bits', 'plain', {}, { key: 'small' }),
    make('RS512', 'plain', {}, { alg: 'RS512' }),
    make('PS256', 'plain', {}, { alg: 'PS256' }),
    make('ES384', 'plain', {}, { key: 'p384', alg: 'ES384' }),
    make('ES512', 'plain', {}, { key: 'p521', alg: 'ES512' }),
    make('EdDSA', 'plain', {}, { key: 'ed25519', alg: 'EdDSA' }),
    make('typ at+jwt', 'plain', {}, { header: { typ: 'at+jwt' } }),
    make('another audience', 'plain', { aud: 'other' }),
    make('an audience that looks like it', 'plain', { aud: 'kubе' }),
    make('an audience in capitals', 'plain', { aud: 'KUBE' }),
    make('no audience', 'plain', { aud: undefined }),
    make('one of several audiences', 'many', { aud: ['x', 'kube-2'] }),
    make('none of several audiences', 'many', { aud: ['x'] }),
    make('none of several audiences, and expired', 'many', { aud: ['x'], exp: 1 }),
    make('expired', 'plain', { exp: now() - 1 }),
    make('expired, and another audience', 'plain', { exp: now() - 1, aud: 'other' }),
    make('not yet', 'plain', { nbf: now() + 3600 }),
    make('not yet, by less than a minute', 'plain', { nbf: now() + 30 }),
    make('issued in the future', 'plain', { iat: now() + 99_999 }),
    make('a long token', 'plain', { padding: 'x'.repeat(100_000) }),
    make('a token longer than a header may be', 'plain', { padding: 'x'.repeat(1_000_000) }),
    make('many groups', 'plain', { groups: Array.from({ length: 500 }, (_, i) => `group-${i}`) }),
  ]
}

function claimCases(make: Make, written: (n: string, i: string, members: string) => Case): Case[] {
  return [
    make('aud a number', 'plain', { aud: 5 }),
    make('aud with a number', 'plain', { aud: ['kube', 5] }),
    make('aud null', 'plain', { aud: null }),
    make('exp a word', 'plain', { exp: 'tomorrow' }),
    make('exp a number in quotes', 'plain', { exp: String(now() + 3600) }),
    make('exp true', 'plain', { exp: true }),
    make('exp null', 'plain', { exp: null }),
    make('no exp', 'plain', { exp: undefined }),
    make('exp with a fraction', 'plain', { exp: now() + 3600.5 }),
    written('exp beyond time', 'plain', '"exp":1e300'),
    written('exp beyond numbers', 'plain', '"exp":1e999'),
    written('exp at the end of time', 'plain', '"exp":9223372036854775807'),
    make('exp in milliseconds', 'plain', { exp: Date.now() }),
    make('nbf a word', 'plain', { nbf: 'now' }),
    make('nbf null', 'plain', { nbf: null }),
    make('iat a list', 'plain', { iat: [] }),
    make('nonce a number', 'plain', { nonce: 5 }),
    make('sub a number', 'plain', { sub: 5 }),
    make('sub empty', 'plain', { sub: '' }),
    make('sub null', 'plain', { sub: null }),
    make('sub missing', 'plain', { sub: undefined }),
    make('a name in unicode', 'plain', { sub: 'ädä \u{1f600}' }),
    make('a name with a line break', 'plain', { sub: 'a\nb' }),
    written('half a surrogate pair', 'plain', '"sub":"\\ud800"'),
    written('sub twice', 'plain', '"sub":"eve"'),
    written('aud again in capitals', 'plain', '"AUD":"other"'),
    written('iss again in capitals', 'plain', '"ISS":"https://other.example.com"'),
    written('groups in capitals', 'plain', '"GROUPS":["x"]'),
    written('the long s', 'plain', '"iſs":"https://other.example.com"'),
    written('deeply nested', 'plain', `"x":${'['.repeat(3000)}${']'.repeat(3000)}`),
    written('nested too deeply', 'plain', `"x":${'['.repeat(10_001)}${']'.repeat(10_001)}`),
    make('groups a string', 'plain', { groups: 'dev' }),
    make('groups a number', 'plain', { groups: 5 }),
    make('groups with a number', 'plain', { groups: ['dev', 5] }),
    make('groups an object', 'plain', { groups: { dev: true } }),
    make('groups null', 'plain', { groups: null }),
    make('groups with null', 'plain', { groups: ['dev', null] }),
    make('groups with an empty one, and twice', 'plain', { groups: ['', 'dev', 'dev'] }),
    make('system:masters', 'plain', { groups: ['system:masters'] }),
    make('system:authenticated', 'plain', { groups: ['system:authenticated', 'dev'] }),
    make('jti a number', 'plain', { jti: 5 }),
    make('jti empty', 'plain', { jti: '' }),
  ]
}

function headerCases(header: (name: string, text: string) => Case): Case[] {
  return [
    header('with crit', '{"alg":"RS256","kid":"rsa","crit":["exp"]}'),
    header('with crit b64', '{"alg":"RS256","kid":"rsa","crit":["b64"],"b64":true}'),
    header('with b64 false', '{"alg":"RS256","kid":"rsa","crit":["b64"],"b64":false}'),
    header('with crit a string', '{"alg":"RS256","kid":"rsa","crit":"exp"}'),
    header('with crit empty', '{"alg":"RS256","kid":"rsa","crit":[]}'),
    header('with alg twice', '{"alg":"RS256","alg":"RS256","kid":"rsa"}'),
    header('with ALG', '{"ALG":"RS256","kid":"rsa"}'),
    header('with alg a number', '{"alg":5,"kid":"rsa"}'),
    header('with alg null', '{"alg":null,"kid":"rsa"}'),
    header('with kid a number', '{"alg":"RS256","kid":5}'),
    header('without alg', '{"kid":"rsa"}'),
    header('with alg none', '{"alg":"none"}'),
    header('with alg in lower case', '{"alg":"rs256","kid":"rsa"}'),
    header('with HS256', '{"alg":"HS256","kid":"rsa"}'),
    header('that is a list', '[]'),
    header('that is null', 'null'),
    header('that is nothing', ''),
    header('that is cut off', '{"alg":"RS256"'),
    header('with a comma too many', '{"alg":"RS256",}'),
    header('with a byte order mark', '\ufeff{"alg":"RS256","kid":"rsa"}'),
    header('with a jku', '{"alg":"RS256","kid":"rsa","jku":"https://evil.example.com/"}'),
    header('with zip', '{"alg":"RS256","kid":"rsa","zip":"DEF"}'),
  ]
}

function textCases(
  changed: (name: string, change: (token: string) => string, over?: Claims) => Case,
  origin: string,
): Case[] {
  const part = (token: string, index: number, change: (part: string) => string) =>
    token
      .split('.')
      .map((each, at) => (at === index ? change(each) : each))
      .join('.')
  return [
    changed('nothing', () => ''),
    changed('white space alone', () => '   '),
    changed('white space around', (token) => `${token}  `),
    changed('a space and more', (token) => `${token} more`),
    changed('Bearer twice', (token) => `Bearer ${token}`),
    changed('a tab in the header', (token) => `${token.slice(0, 5)}\t${token.slice(5)}`),
    changed('a tab in the payload', (token) => token.replace('.', '.\t')),
    changed('a zero-width space at the end', (token) => `${token}\u200b`),
    changed(
      'a no-break space in the header',
      (token) => `${token.slice(0, 5)}\u00a0${token.slice(5)}`,
    ),
    changed('in quotes', (token) => `"${token}"`),
    changed('two parts', (token) => token.split('.').slice(0, 2).join('.')),
    changed('four parts', (token) => `${token}.x`),
    changed('a JWE', () => `eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA`),
    changed('opaque', () => 'a-token-of-somebody-else'),
    changed('JSON', (token) => `{"payload":"${token.split('.')[1]}","signature":"AA"}`),
    changed('no signature', (token) => part(token, 2, () => '')),
    changed('a signature cut off', (token) => token.slice(0, -10)),
    changed('one character left over in the signature', (token) =>
      part(token, 2, (p) => p.slice(0, 341)),
    ),
    changed('a padded header', (token) => part(token, 0, (p) => `${p}=`)),
    changed('a padded payload', (token) => part(token, 1, (p) => `${p}==`)),
    changed('a padded signature', (token) => part(token, 2, (p) => `${p}==`)),
    changed('standard base64 in the signature', (token) =>
      part(token, 2, (p) => `${p.slice(0, -4)}+/AA`),
    ),
    changed('a payload that was changed', (token) =>
      part(token, 1, (p) => {
        const claims = JSON.parse(Buffer.from(p, 'base64url').toString()) as Claims
        return Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')
      }),
    ),
    {
      name: 'a payload that is no JSON',
      token: () => byHand('{"alg":"RS256","kid":"rsa"}', 'junk', 'rsa', 'RS256'),
    },
    {
      name: 'a payload that is a list',
      token: () => byHand('{"alg":"RS256","kid":"rsa"}', '[]', 'rsa', 'RS256'),
    },
    {
      name: 'a payload with an iss that is a number',
      token: () => byHand('{"alg":"RS256","kid":"rsa"}', '{"iss":5}', 'rsa', 'RS256'),
    },
    {
      name: 'a payload with more behind it',
      token: () =>
        byHand('{"alg":"RS256","kid":"rsa"}', `{"iss":"${origin}/plain"} x`, 'rsa', 'RS256'),
    },
  ]
}

function issuerCases(make: Make, origin: string): Case[] {
  return [
    make('a slash too many', 'plain/'),
    make('a slash too few', 'slash'),
    make('the slash as configured', 'slash/'),
    make('in capitals', 'PLAIN'),
    make('http', 'plain', { iss: `${origin.replace('https', 'http')}/plain` }),
    make('an address instead of a name', 'plain', {
      iss: `${origin.replace('localhost', '127.0.0.1')}/plain`,
    }),
    make('nobody', 'nobody'),
    make('no iss', 'plain', { iss: undefined }),
    make('discovered elsewhere', 'discovered'),
    make('a discovery document of another issuer', 'other-issuer'),
    make('keys that are not there', 'keys-404'),
  ]
}
