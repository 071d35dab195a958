import { type CompiledCel, compileCel } from './cel.ts'
import type { FieldErrors } from './field-errors.ts'
import type { RawAuthenticator, RawMapping } from './settings-model.ts'
import type { CelUse } from './types.ts'

interface Seen {
  email: boolean
  emailVerified: boolean
}

/** Mappings and rules, with every CEL expression compiled. */
export function validateExpressions(
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
