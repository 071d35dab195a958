/** The part of the corpus that is about names, groups, rules and groups asked live. */
import type { TokenParts } from './test-issuer.ts'

export interface Case {
  readonly name: string
  /** What is sent after `Bearer `. Made when it is sent. */
  readonly token: () => string | Promise<string>
  /** Its groups are asked live and it is accepted: it warms the apiserver up. */
  readonly warms?: true
}

export type Claims = Readonly<Record<string, unknown>>
/** Seconds. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** A case whose payload is the usual claims of an issuer with others over them. */
export type Make = (name: string, issuer: string, over?: Claims, parts?: TokenParts) => Case

export function mappingCases(make: Make): Case[] {
  const cel = { preferred_username: 'ada', roles: ['dev'], team: 'red' }
  return [
    make('prefixes', 'prefixed', { groups: ['dev', 'ops'] }),
    make('a prefix before nothing', 'prefixed', { sub: null }),
    make('no email', 'mail'),
    make('an email', 'mail', { email: 'ada@example.com' }),
    make('an email that is verified', 'mail', { email: 'a@b.c', email_verified: true }),
    make('an email that is not verified', 'mail', { email: 'a@b.c', email_verified: false }),
    make('email_verified a string', 'mail', { email: 'a@b.c', email_verified: 'true' }),
    make('email_verified null', 'mail', { email: 'a@b.c', email_verified: null }),
    make('email by CEL', 'mail-cel', { email: 'a@b.c' }),
    make('email by CEL, unverified', 'mail-cel', { email: 'a@b.c', email_verified: false }),
    make('email by CEL, empty', 'mail-cel', { email: '' }),
    make('email by CEL, a number', 'mail-cel', { email: 5 }),
    make('all by CEL', 'cel', { ...cel, sid: 'device-1' }),
    make('an extra that is a list', 'cel', { ...cel, team: ['red', '', 'blue'] }),
    make('an extra that is empty', 'cel', { ...cel, team: '' }),
    make('an extra that is a number', 'cel', { ...cel, team: 5 }),
    make('an extra that is missing', 'cel', { ...cel, team: undefined }),
    make('a username that is missing', 'cel', { ...cel, preferred_username: undefined }),
    make('a username that is a number', 'cel', { ...cel, preferred_username: 5 }),
    make('roles a string', 'cel', { ...cel, roles: 'dev' }),
    make('roles a number', 'cel', { ...cel, roles: 5 }),
    make('roles with a number', 'cel', { ...cel, roles: ['dev', 5] }),
    make('roles missing', 'cel', { ...cel, roles: undefined }),
    make('roles empty', 'cel', { ...cel, roles: [] }),
    make('uid missing', 'cel', { ...cel, sub: undefined }),
    make('a uid claim that is missing', 'bare'),
    make('a uid claim', 'bare', { oid: '42' }),
    make('groups where none are mapped', 'bare', { oid: '42', groups: ['dev'] }),
    make('split', 'split', { groups: 'a,b' }),
    make('a name deep inside', 'chain', { profile: { names: ['ada'] } }),
    make('a name deep inside nothing', 'chain', { profile: 5 }),
    make('a name deep inside an empty list', 'chain', { profile: { names: [] } }),
    make('groups by CEL, a string', 'groups-cel', { groups: 'dev' }),
    make('groups by CEL, null', 'groups-cel', { groups: null }),
    make('groups by CEL, an object', 'groups-cel', { groups: { a: 1 } }),
    make('groups by CEL, nested lists', 'groups-cel', { groups: [['a']] }),
    make('a uid by CEL that is a number', 'uid-cel', { oid: 5 }),
    make('a uid by CEL', 'uid-cel', { oid: 'five' }),
    make('a name with a dot in it', 'quarrel', { 'a.b': 'ada' }),
    make('startsWith of a number', 'overload', { start: 5 }),
    make('startsWith', 'overload', { start: 'a' }),
  ]
}

export function ruleCases(make: Make): Case[] {
  const good = { token_use: 'kube', hd: 'example.com' }
  return [
    make('all hold', 'rules', good),
    make('token_use missing', 'rules', { hd: 'example.com' }),
    make('token_use another', 'rules', { ...good, token_use: 'login' }),
    make('token_use a list', 'rules', { ...good, token_use: ['kube'] }),
    make('lives too long', 'rules', { ...good, exp: now() + 100_000 }),
    make('iat missing', 'rules', { ...good, iat: undefined }),
    make('hd another', 'rules', { ...good, hd: 'example.org' }),
    make('hd missing', 'rules', { token_use: 'kube' }),
    make('a reserved name', 'rules', { ...good, sub: 'system:admin' }),
    make('a reserved group', 'rules', { ...good, groups: ['dev', 'system:masters'] }),
    make('a reserved name that is disguised', 'rules', { ...good, sub: 'System:admin' }),
    make('a failing extra comes before a failing rule', 'cel', {
      preferred_username: 'ada',
      roles: [],
    }),
  ]
}

export function liveCases(make: Make, origin: string): Case[] {
  const from = (endpoint: string) => ({
    _claim_names: { groups: 'lanyard' },
    _claim_sources: {
      lanyard: { endpoint: `${origin}/endpoint/${endpoint}`, access_token: 'secret-access-token' },
    },
  })
  const ask = (endpoint: string): Case =>
    make(`groups asked at ${endpoint}`, 'live', from(endpoint))
  const sources = (names: unknown, claimSources: unknown) => ({
    ...{ _claim_names: names, _claim_sources: claimSources },
  })
  return [
    { ...ask('good'), warms: true },
    ...['newline', 'one-string', 'none', 'status226', 'missing', 'audience', 'expired'].map(ask),
    ...['endless', 'signature', 'wrong', 'forbidden', 'json', 'junk', 'unknown', 'lost'].map(ask),
    make('groups in the token win', 'live', { ...from('forbidden'), groups: ['dev'] }),
    make(
      'nobody listens',
      'live',
      sources({ groups: 'l' }, { l: { endpoint: 'https://localhost:1/x' } }),
    ),
    make('a source that is missing', 'live', sources({ groups: 'l' }, {})),
    make('no sources', 'live', sources({}, undefined)),
    make('another claim without a source', 'live', sources({ email: 'l' }, { x: {} })),
    make('names a number', 'live', sources(5, {})),
    make('names with a number', 'live', sources({ groups: 5 }, {})),
    make('names with nothing', 'live', sources({ groups: '' }, {})),
    make('an endpoint that is a number', 'live', sources({ groups: 'l' }, { l: { endpoint: 5 } })),
    make('an aggregated claim', 'live', sources({ groups: 'l' }, { l: { JWT: 'x.y.z' } })),
    make('an aggregated number', 'live', sources({ groups: 'l' }, { l: { JWT: 5 } })),
    make('ftp', 'live', sources({ groups: 'l' }, { l: { endpoint: 'ftp://x' } })),
    make('never asked by an expression', 'groups-cel', { ...from('forbidden'), groups: ['own'] }),
  ]
}
