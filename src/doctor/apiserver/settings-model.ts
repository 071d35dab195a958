import type { JwtAuthenticator, Mapping } from './types.ts'

export interface RawMapping {
  readonly claim: string
  /** Null where it is not written, which is not the same as empty. */
  readonly prefix: string | null
  readonly expression: string
}

/** One entry of `jwt` as it is written: what is missing is empty. */
export interface RawAuthenticator {
  readonly issuer: {
    readonly url: string
    readonly discoveryURL: string
    readonly certificateAuthority: string
    readonly audiences: readonly string[]
    readonly audienceMatchPolicy: string
    readonly egressSelectorType: string
  }
  readonly claimValidationRules: readonly {
    readonly claim: string
    readonly requiredValue: string
    readonly expression: string
    readonly message: string
  }[]
  readonly claimMappings: {
    readonly username: RawMapping
    readonly groups: RawMapping
    readonly uid: RawMapping
    readonly extra: readonly { readonly key: string; readonly valueExpression: string }[]
  }
  readonly userValidationRules: readonly { readonly expression: string; readonly message: string }[]
}

/** Anything that was decoded: members of the wrong type are missing. */
type Data = Readonly<Record<string, unknown>>

const textIn = (data: Data, name: string): string =>
  typeof data[name] === 'string' ? data[name] : ''
const objectIn = (data: Data, name: string): Data => asObject(data[name])
const listIn = (data: Data, name: string): readonly unknown[] =>
  Array.isArray(data[name]) ? data[name] : []

function asObject(value: unknown): Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The entries of `jwt`, with all that is missing made empty. */
export function rawAuthenticatorsIn(configuration: Data): RawAuthenticator[] {
  return listIn(configuration, 'jwt').map((entry) => rawAuthenticator(asObject(entry)))
}

function rawAuthenticator(entry: Data): RawAuthenticator {
  const issuer = objectIn(entry, 'issuer')
  const mappings = objectIn(entry, 'claimMappings')
  return {
    issuer: {
      url: textIn(issuer, 'url'),
      discoveryURL: textIn(issuer, 'discoveryURL'),
      certificateAuthority: textIn(issuer, 'certificateAuthority'),
      audiences: listIn(issuer, 'audiences').map((each) => (typeof each === 'string' ? each : '')),
      audienceMatchPolicy: textIn(issuer, 'audienceMatchPolicy'),
      egressSelectorType: textIn(issuer, 'egressSelectorType'),
    },
    claimValidationRules: listIn(entry, 'claimValidationRules').map((each) => {
      const rule = asObject(each)
      const [claim, requiredValue] = [textIn(rule, 'claim'), textIn(rule, 'requiredValue')]
      return { claim, requiredValue, ...ruleOf(rule) }
    }),
    claimMappings: {
      username: mappingOf(objectIn(mappings, 'username')),
      groups: mappingOf(objectIn(mappings, 'groups')),
      uid: mappingOf(objectIn(mappings, 'uid')),
      extra: listIn(mappings, 'extra').map((each) => {
        const extra = asObject(each)
        return { key: textIn(extra, 'key'), valueExpression: textIn(extra, 'valueExpression') }
      }),
    },
    userValidationRules: listIn(entry, 'userValidationRules').map((each) => ruleOf(asObject(each))),
  }
}

function ruleOf(rule: Data): { readonly expression: string; readonly message: string } {
  return { expression: textIn(rule, 'expression'), message: textIn(rule, 'message') }
}

function mappingOf(mapping: Data): RawMapping {
  const prefix = mapping['prefix']
  return {
    claim: textIn(mapping, 'claim'),
    prefix: typeof prefix === 'string' ? prefix : null,
    expression: textIn(mapping, 'expression'),
  }
}

function toMapping({ claim, prefix, expression }: RawMapping): Mapping | null {
  if (expression !== '') return { kind: 'expression', expression }
  return claim === '' ? null : { kind: 'claim', claim, prefix: prefix ?? '' }
}

/** The model that the replay runs on. */
export function toAuthenticator(
  raw: RawAuthenticator,
  signingAlgs: readonly string[],
  certificateAuthorityFile: string | null = null,
): JwtAuthenticator {
  const { issuer, claimMappings } = raw
  const orNull = (text: string) => (text === '' ? null : text)
  return {
    issuer: issuer.url,
    discoveryUrl: orNull(issuer.discoveryURL),
    certificateAuthority: orNull(issuer.certificateAuthority),
    ...{ certificateAuthorityFile, signingAlgs, audiences: issuer.audiences },
    username: toMapping(claimMappings.username) ?? { kind: 'claim', claim: '', prefix: '' },
    groups: toMapping(claimMappings.groups),
    uid: toMapping(claimMappings.uid),
    extra: claimMappings.extra,
    requiredClaims: raw.claimValidationRules
      .filter(({ claim }) => claim !== '')
      .map(({ claim, requiredValue: value }) => ({ claim, value })),
    claimRules: raw.claimValidationRules
      .filter(({ expression }) => expression !== '')
      .map(({ expression, message }) => ({ expression, message })),
    userRules: raw.userValidationRules,
  }
}
