import { FieldErrors } from './field-errors.ts'
import { decodeConfiguration } from './settings-decode.ts'
import { rawAuthenticatorsIn, toAuthenticator } from './settings-model.ts'
import { validateAuthenticators, validateOverlap } from './settings-validate.ts'
import type { AuthenticatorSettings, SettingsFault } from './types.ts'

export interface ConfigurationOptions {
  /** The file's path on the apiserver's machine, for the sentence. */
  readonly file?: string
  /** `--service-account-issuer`: no JWT authenticator may have one of them. */
  readonly serviceAccountIssuers?: readonly string[]
}

/** What an AuthenticationConfiguration accepts. Flags accept RS256 alone unless they are told. */
export const ALL_SIGNING_ALGS: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
]

/**
 * Reads an AuthenticationConfiguration (v1alpha1, v1beta1 or v1; YAML or JSON) as kube-apiserver does at its start, and finds
 * every mistake for which it would refuse the file. Throws nothing: what cannot be read is a fault.
 */
export function readAuthenticationConfiguration(
  text: string,
  { file = '/etc/kubernetes/authentication.yaml', ...options }: ConfigurationOptions = {},
): AuthenticatorSettings {
  const decoded = decodeConfiguration(text)
  const raw = rawAuthenticatorsIn(decoded.value)
  const errors = new FieldErrors((path) => lineOf(decoded.lines, path))
  validateAuthenticators(raw, errors)
  validateAnonymous(decoded.value, errors)
  const validity = refusalOf(errors.faults)
  const overlap = validateOverlap(raw, options.serviceAccountIssuers ?? [], errors)
  const authenticators = raw.map((each) => toAuthenticator(each, ALL_SIGNING_ALGS))
  const common = { source: 'configuration', authenticators, lines: decoded.lines } as const
  if (text === '' || decoded.error !== null) {
    const empty: SettingsFault = { line: null, path: '', message: 'empty config data', exact: true }
    const faults = text === '' ? [empty] : decoded.faults
    const error = text === '' ? empty.message : decoded.error
    const refusal = `failed to load authentication configuration from file "${file}": ${error}`
    // kube-apiserver tells these first; the rest would come once they are mended.
    return { ...common, faults: text === '' ? faults : [...faults, ...errors.faults], refusal }
  }
  return { ...common, faults: errors.faults, refusal: validity ?? overlap }
}

/** The line of a path, or of the nearest thing around it that is written. */
function lineOf(lines: ReadonlyMap<string, number>, path: string): number | null {
  for (
    let place = path;
    place !== '';
    place = place.replace(/(?:\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, '')
  ) {
    const line = lines.get(place)
    if (line !== undefined) return line
  }
  return null
}

/** Several errors as Kubernetes' aggregate writes them. */
export function aggregate(messages: readonly string[]): string {
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
}

export function refusalOf(faults: readonly SettingsFault[]): string | null {
  if (faults.length === 0) return null
  return `invalid authentication configuration: ${aggregate(faults.map(({ message }) => message))}`
}

function validateAnonymous(
  { anonymous }: Readonly<Record<string, unknown>>,
  errors: FieldErrors,
): void {
  if (typeof anonymous !== 'object' || anonymous === null) return
  const { enabled, conditions } = anonymous as { enabled?: unknown; conditions?: unknown }
  if (enabled === true || !Array.isArray(conditions) || conditions.length === 0) return
  const shown = conditions.map((each: { path?: unknown } | undefined) => ({
    Path: typeof each?.path === 'string' ? each.path : '',
  }))
  errors.add(
    'anonymous.conditions',
    `Invalid value: ${JSON.stringify(shown)}: enabled should be set to true when conditions are defined`,
  )
}
