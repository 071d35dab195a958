import { FieldErrors } from './field-errors.ts'
import { goQuote } from './go-json.ts'
import { ALL_SIGNING_ALGS, aggregate, refusalOf } from './settings.ts'
import { type RawAuthenticator, type RawMapping, toAuthenticator } from './settings-model.ts'
import { validateAuthenticators, validateOverlap } from './settings-validate.ts'
import type { AuthenticatorSettings, SettingsFault } from './types.ts'

export interface FlagOptions {
  /** PEM in the file that `--oidc-ca-file` names, when it is at hand. */
  readonly certificateAuthority?: string | null
}

interface Flag {
  readonly value: string
  /** 1-based place among the arguments. */
  readonly line: number
}

class Flags {
  readonly #all = new Map<string, Flag[]>()

  /** Every `--name=value` and `--name value`. pflag reads `_` as `-`. */
  constructor(args: readonly string[]) {
    args.forEach((argument, index) => {
      if (!argument.startsWith('--')) return
      const equals = argument.indexOf('=')
      const end = equals < 0 ? argument.length : equals
      const name = argument.slice(2, end).replaceAll('_', '-')
      const next = args[index + 1]
      const value = equals < 0 ? (next ?? '') : argument.slice(equals + 1)
      this.#all.set(name, [...this.all(name), { value, line: index + 1 }])
    })
  }

  all(name: string): readonly Flag[] {
    return this.#all.get(name) ?? []
  }

  /** The last one counts. */
  text(name: string, absent = ''): string {
    return this.all(name).at(-1)?.value ?? absent
  }

  names(): readonly string[] {
    return [...this.#all.keys()]
  }

  lines(): ReadonlyMap<string, number> {
    return new Map([...this.#all].map(([name, flags]) => [name, flags.at(-1)?.line ?? 0]))
  }
}

const oidcFlags = new Set([
  ...['oidc-issuer-url', 'oidc-client-id', 'oidc-ca-file', 'oidc-username-claim'],
  ...['oidc-username-prefix', 'oidc-groups-claim', 'oidc-groups-prefix', 'oidc-signing-algs'],
  'oidc-required-claim',
])

/** Where in the flags a path of the model was written. */
const places: readonly (readonly [RegExp, string])[] = [
  [/\.issuer\.url$/, 'oidc-issuer-url'],
  [/\.certificateAuthority$/, 'oidc-ca-file'],
  [/\.audiences/, 'oidc-client-id'],
  [/\.claimValidationRules/, 'oidc-required-claim'],
  [/\.username/, 'oidc-username-claim'],
  [/\.groups/, 'oidc-groups-claim'],
]

/**
 * Reads kube-apiserver's arguments (a static pod's `command`, one flag an item) for `--oidc-*`, with their defaults. Other flags
 * are looked at only where they decide: `--authentication-config` and `--service-account-issuer`.
 */
export function readOidcFlags(
  args: readonly string[],
  { certificateAuthority = null }: FlagOptions = {},
): AuthenticatorSettings {
  const flags = new Flags(args)
  const lines = flags.lines()
  const common = { source: 'flags', lines } as const
  const fault = (path: string, message: string): SettingsFault => ({
    ...{ line: lines.get(path) ?? null, path, message, exact: true },
  })
  const syntax = syntaxFaults(flags, fault)
  const isGiven = flags.names().some((name) => oidcFlags.has(name))
  const [url, clientId] = [flags.text('oidc-issuer-url'), flags.text('oidc-client-id')]
  const combination = combinationFaults(flags, isGiven, fault)
  const early = [...syntax, ...combination]
  if (url === '' || clientId === '') {
    return { ...common, authenticators: [], faults: early, refusal: plainRefusal(early) }
  }
  const raw = toRaw(flags, url, clientId, certificateAuthority)
  const algs = signingAlgs(flags)
  const file = flags.text('oidc-ca-file')
  const authenticators = [toAuthenticator(raw, algs, file === '' ? null : file)]
  const errors = new FieldErrors((path) => {
    const flag = places.find(([pattern]) => pattern.test(path))?.[1]
    return flag === undefined ? null : (lines.get(flag) ?? null)
  })
  validateAuthenticators([raw], errors)
  const validity = refusalOf(errors.faults)
  const serviceAccountIssuers = flags.all('service-account-issuer').map(({ value }) => value)
  const overlap = validateOverlap([raw], serviceAccountIssuers, errors)
  const wrongAlgs = algs
    .filter((alg) => !ALL_SIGNING_ALGS.includes(alg))
    .map((alg) => fault('oidc-signing-algs', `oidc: unsupported signing alg: ${goQuote(alg)}`))
  return {
    ...common,
    authenticators,
    faults: [...early, ...errors.faults, ...wrongAlgs],
    refusal: plainRefusal(early) ?? validity ?? overlap ?? wrongAlgs[0]?.message ?? null,
  }
}

function plainRefusal(faults: readonly SettingsFault[]): string | null {
  return faults.length === 0 ? null : aggregate(faults.map(({ message }) => message))
}

type MakeFault = (path: string, message: string) => SettingsFault

function syntaxFaults(flags: Flags, fault: MakeFault): SettingsFault[] {
  return flags
    .all('oidc-required-claim')
    .filter(({ value }) => !value.includes('='))
    .map(({ value }) =>
      fault(
        'oidc-required-claim',
        `invalid argument ${goQuote(value)} for "--oidc-required-claim" flag: malformed pair, expect string=string`,
      ),
    )
}

function combinationFaults(flags: Flags, isGiven: boolean, fault: MakeFault): SettingsFault[] {
  if (!isGiven) return []
  if (flags.text('authentication-config') !== '') {
    const message = 'authentication-config file and oidc-* flags are mutually exclusive'
    return [fault('authentication-config', message)]
  }
  const missing = ['oidc-issuer-url', 'oidc-client-id'].find((name) => flags.text(name) === '')
  if (missing === undefined) return []
  const message =
    'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set'
  return [fault(missing, message)]
}

/** A list by commas, appended to by every further flag. None at all means RS256. */
function signingAlgs(flags: Flags): readonly string[] {
  const given = flags.all('oidc-signing-algs').flatMap(({ value }) => value.split(','))
  const algs = given.filter((alg) => alg !== '')
  return algs.length === 0 ? ['RS256'] : algs
}

function toRaw(
  flags: Flags,
  url: string,
  clientId: string,
  certificateAuthority: string | null,
): RawAuthenticator {
  const username = flags.text('oidc-username-claim', 'sub')
  const groups = flags.text('oidc-groups-claim')
  const none: RawMapping = { claim: '', prefix: null, expression: '' }
  const required = new Map(
    flags.all('oidc-required-claim').map(({ value }) => {
      const equals = value.indexOf('=')
      return [value.slice(0, equals).trim(), value.slice(equals + 1).trim()]
    }),
  )
  return {
    issuer: {
      ...{ url, discoveryURL: '', audiences: [clientId] },
      certificateAuthority: certificateAuthority ?? '',
      ...{ audienceMatchPolicy: '', egressSelectorType: '' },
    },
    claimValidationRules: [...required].map(([claim, requiredValue]) => ({
      ...{ claim, requiredValue, expression: '', message: '' },
    })),
    claimMappings: {
      username: { claim: username, prefix: usernamePrefix(flags, url, username), expression: '' },
      groups:
        groups === ''
          ? none
          : { claim: groups, prefix: flags.text('oidc-groups-prefix'), expression: '' },
      uid: none,
      extra: [],
    },
    userValidationRules: [],
  }
}

/** kube-apiserver puts the issuer before every name but an e-mail address, unless it is told `-`. */
function usernamePrefix(flags: Flags, issuer: string, claim: string): string {
  const prefix = flags.text('oidc-username-prefix')
  if (prefix === '-') return ''
  return prefix === '' && claim !== 'email' ? `${issuer}#` : prefix
}
