import { X509Certificate } from 'node:crypto'
import type { FieldErrors } from './field-errors.ts'
import { goQuote } from './go-json.ts'
import { parseGoUrl } from './go-url.ts'
import { validateExpressions } from './settings-expressions.ts'
import type { RawAuthenticator } from './settings-model.ts'

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
    if (!isCertificate(block)) return 'x509: malformed certificate'
  }
  return null
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
