import { X509Certificate } from 'node:crypto'
import { type CelUse, type CompiledCel, compileCel } from './cel.ts'
import { goQuote } from './go-json.ts'
import { parseGoUrl } from './go-url.ts'
import type { RawAuthenticator, RawMapping } from './settings-model.ts'
import type { SettingsFault } from './types.ts'

/** Collects Kubernetes' field errors: `path: Invalid value: "x": why`. */
export class FieldErrors {
  readonly faults: SettingsFault[] = []
  readonly #lineOf: (path: string) => number | null

  constructor(lineOf: (path: string) => number | null) {
    this.#lineOf = lineOf
  }

  add(path: string, sentence: string, exact = true): void {
    const message = `${path}: ${sentence}`
    // Equal sentences are told once.
    if (this.faults.some((fault) => fault.message === message)) return
    this.faults.push({ line: this.#lineOf(path), path, message, exact })
  }

  required(path: string, detail = ''): void {
    this.add(path, `Required value${detail === '' ? '' : `: ${detail}`}`)
  }

  duplicate(path: string, value: string): void {
    this.add(path, `Duplicate value: ${goQuote(value)}`)
  }

  invalid(path: string, value: string, detail: string, exact = true): void {
    this.add(path, `Invalid value: ${goQuote(value)}: ${detail}`, exact)
  }
}

/** All rules of A/pkg/apis/apiserver/validation/validation.go, in its order. */
export function validateAuthenticators(
  authenticators: readonly RawAuthenticator[],
  errors: FieldErrors,
): void {
  if (authenticators.length > 64) {
    errors.add('jwt', `Too many: ${authenticators.length}: must have at most 64 items`)
    return
  }
  const urls = new Set<string>()
  const discoveryUrls = new Set<string>()
  authenticators.forEach((authenticator, index) => {
    const path = `jwt[${index}]`
    const { url, discoveryURL } = authenticator.issuer
    validateIssuer(authenticator.issuer, `${path}.issuer`, errors)
    validateExpressions(authenticator, path, errors)
    if (urls.has(url)) errors.duplicate(`${path}.issuer.url`, url)
    urls.add(url)
    if (discoveryURL === '') return
    if (discoveryUrls.has(discoveryURL)) {
      errors.duplicate(`${path}.issuer.discoveryURL`, discoveryURL)
    }
    discoveryUrls.add(discoveryURL)
  })
}

function validateIssuer(
  issuer: RawAuthenticator['issuer'],
  path: string,
  errors: FieldErrors,
): void {
  const { url, discoveryURL, certificateAuthority, egressSelectorType } = issuer
  if (url === '') errors.required(`${path}.url`)
  else validateUrl(url, `${path}.url`, errors)
  if (discoveryURL !== '') {
    const place = `${path}.discoveryURL`
    if (url !== '' && url.replace(/\/+$/, '') === discoveryURL.replace(/\/+$/, '')) {
      errors.invalid(place, discoveryURL, 'discoveryURL must be different from URL')
    }
    validateUrl(discoveryURL, place, errors)
  }
  validateAudiences(issuer, path, errors)
  if (certificateAuthority !== '') {
    const fault = certificateFault(certificateAuthority)
    if (fault !== null) {
      const isKnown = fault.startsWith('data does not')
      errors.invalid(`${path}.certificateAuthority`, '<omitted>', fault, isKnown)
    }
  }
  if (!['', 'controlplane', 'cluster'].includes(egressSelectorType)) {
    errors.invalid(
      ...([`${path}.egressSelectorType`, egressSelectorType] as const),
      'egress selector must be either controlplane or cluster',
    )
  }
}

/**
 * The issuer that belongs to service accounts already, in a list of its own: kube-apiserver looks at that last at its start, and
 * leaves `jwt[0]` out of the sentence. Returns that sentence, or null.
 */
export function validateOverlap(
  authenticators: readonly RawAuthenticator[],
  serviceAccountIssuers: readonly string[],
  errors: FieldErrors,
): string | null {
  const listed = serviceAccountIssuers.toSorted().join(' ')
  const why = `URL must not overlap with disallowed issuers: [${listed}]`
  const overlaps = authenticators.flatMap(({ issuer: { url } }, index) =>
    serviceAccountIssuers.includes(url) ? [{ url, path: `jwt[${index}].issuer.url` }] : [],
  )
  for (const { url, path } of overlaps) errors.invalid(path, url, why)
  const [first] = overlaps
  return first === undefined ? null : `issuer.url: Invalid value: ${goQuote(first.url)}: ${why}`
}

function validateUrl(url: string, path: string, errors: FieldErrors): void {
  const parsed = parseGoUrl(url)
  if (!parsed.ok) {
    errors.invalid(path, url, parsed.error)
    return
  }
  const { scheme, hasUser, query, fragment } = parsed.url
  if (scheme !== 'https') errors.invalid(path, url, 'URL scheme must be https')
  if (hasUser) errors.invalid(path, url, 'URL must not contain a username or password')
  if (query !== '') errors.invalid(path, url, 'URL must not contain a query')
  if (fragment !== '') errors.invalid(path, url, 'URL must not contain a fragment')
}

function validateAudiences(
  { audiences, audienceMatchPolicy: policy }: RawAuthenticator['issuer'],
  issuerPath: string,
  errors: FieldErrors,
): void {
  const path = `${issuerPath}.audiences`
  if (audiences.length === 0) {
    errors.required(path, `at least one ${path} is required`)
    return
  }
  audiences.forEach((audience, index) => {
    if (audience === '') errors.required(`${path}[${index}]`)
    if (audiences.indexOf(audience) < index) errors.duplicate(`${path}[${index}]`, audience)
  })
  const place = `${issuerPath}.audienceMatchPolicy`
  if (audiences.length > 1 && policy !== 'MatchAny') {
    errors.invalid(place, policy, 'audienceMatchPolicy must be MatchAny for multiple audiences')
  }
  if (audiences.length === 1 && policy !== '' && policy !== 'MatchAny') {
    errors.invalid(
      ...([place, policy] as const),
      'audienceMatchPolicy must be empty or MatchAny for single audience',
    )
  }
}

/** Why a bundle of PEM certificates cannot be used, in client-go's words; null when it can. */
export function certificateFault(pem: string): string | null {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) return 'data does not contain any valid RSA or ECDSA certificates'
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return null
}

interface Seen {
  email: boolean
  emailVerified: boolean
}

function validateExpressions(
  authenticator: RawAuthenticator,
  path: string,
  errors: FieldErrors,
): void {
  const seen: Seen = { email: false, emailVerified: false }
  validateClaimRules(authenticator, `${path}.claimValidationRules`, seen, errors)
  validateMappings(authenticator, `${path}.claimMappings`, seen, errors)
  const rules = `${path}.userValidationRules`
  authenticator.userValidationRules.forEach(({ expression }, index, all) => {
    const place = `${rules}[${index}].expression`
    if (expression === '') errors.required(place)
    else if (all.findIndex((rule) => rule.expression === expression) < index) {
      errors.duplicate(place, expression)
    } else compile('user-rule', expression, place, errors)
  })
}

function compile(
  use: CelUse,
  expression: string,
  path: string,
  errors: FieldErrors,
): CompiledCel | null {
  const compilation = compileCel(use, expression)
  if (compilation.kind === 'compiled') return compilation.compiled
  if (compilation.kind === 'fault') {
    errors.invalid(path, expression, compilation.detail, compilation.exact)
  }
  return null
}

function validateClaimRules(
  { claimValidationRules }: RawAuthenticator,
  path: string,
  seen: Seen,
  errors: FieldErrors,
): void {
  const claims = new Set<string>()
  const expressions = new Set<string>()
  claimValidationRules.forEach(({ claim, requiredValue, expression, message }, index) => {
    const place = `${path}[${index}]`
    if (claim !== '' && expression !== '') {
      errors.invalid(place, claim, "claim and expression can't both be set")
    } else if (claim === '' && expression === '') {
      errors.required(place, 'claim or expression is required')
    } else if (claim !== '') {
      if (message !== '') {
        errors.invalid(`${place}.message`, message, 'may not be specified when claim is set')
      }
      if (claims.has(claim)) errors.duplicate(`${place}.claim`, claim)
      claims.add(claim)
    } else {
      if (requiredValue !== '') {
        const why = 'may not be specified when expression is set'
        errors.invalid(`${place}.requiredValue`, requiredValue, why)
      }
      if (expressions.has(expression)) {
        errors.duplicate(`${place}.expression`, expression)
        return
      }
      expressions.add(expression)
      const compiled = compile('claim-rule', expression, `${place}.expression`, errors)
      seen.emailVerified ||= compiled?.usesEmailVerified ?? false
    }
  })
}

function validateMappings(
  { claimMappings }: RawAuthenticator,
  path: string,
  seen: Seen,
  errors: FieldErrors,
): void {
  const { username, groups, uid, extra } = claimMappings
  const compiled = validateMapping(username, `${path}.username`, true, errors)
  seen.email ||= compiled?.usesEmail ?? false
  seen.emailVerified ||= compiled?.usesEmailVerified ?? false
  validateMapping(groups, `${path}.groups`, false, errors)
  if (uid.claim !== '' && uid.expression !== '') {
    errors.invalid(`${path}.uid`, '', "claim and expression can't both be set")
  } else if (uid.expression !== '') {
    compile('mapping', uid.expression, `${path}.uid.expression`, errors)
  }
  extra.forEach(({ key, valueExpression }, index) => {
    const place = `${path}.extra[${index}]`
    validateExtraKey(key, `${place}.key`, errors)
    if (extra.findIndex((other) => other.key === key) < index) {
      errors.duplicate(`${place}.key`, key)
    } else if (valueExpression === '') errors.required(`${place}.valueExpression`)
    else {
      const value = compile('mapping', valueExpression, `${place}.valueExpression`, errors)
      seen.emailVerified ||= value?.usesEmailVerified ?? false
    }
  })
  if (seen.email && !seen.emailVerified) {
    errors.invalid(
      ...([`${path}.username.expression`, username.expression] as const),
      'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
    )
  }
}

function validateMapping(
  { claim, prefix, expression }: RawMapping,
  path: string,
  isRequired: boolean,
  errors: FieldErrors,
): CompiledCel | null {
  if (claim !== '' && expression !== '') {
    errors.invalid(path, '', "claim and expression can't both be set")
  } else if (claim === '' && expression === '') {
    if (isRequired) errors.required(path, 'claim or expression is required')
  } else if (expression !== '') {
    if (prefix !== null) {
      errors.invalid(`${path}.prefix`, prefix, 'may not be specified when expression is set')
    }
    const compiled = compile('mapping', expression, `${path}.expression`, errors)
    return prefix === null ? compiled : null
  } else if (prefix === null) {
    errors.required(
      `${path}.prefix`,
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    )
  }
  return null
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"

function validateExtraKey(key: string, path: string, errors: FieldErrors): void {
  const slash = key.indexOf('/')
  const [host, rest] = slash < 0 ? ['', ''] : [key.slice(0, slash), key.slice(slash + 1)]
  if (key === '') errors.required(path)
  else if (host === '' || rest === '') {
    errors.invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')
  } else {
    if (host.length > 253) errors.invalid(path, host, 'must be no more than 253 characters')
    if (!new RegExp(`^${subdomain}$`).test(host)) {
      errors.invalid(
        ...([path, host] as const),
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
      )
    }
    if (!new RegExp(`^${httpPath}$`).test(rest)) {
      errors.invalid(path, rest, `Invalid path (regex used for validation is '${httpPath}')`)
    }
  }
  if (key !== key.toLowerCase()) errors.invalid(path, key, 'must be lowercase')
  const domain = slash < 0 ? '' : host
  if (/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(domain)) {
    const why = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
    errors.invalid(path, key, why)
  }
}
