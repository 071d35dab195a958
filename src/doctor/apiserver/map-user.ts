import { type CompiledCel, compileCel, stringsOf } from './cel.ts'
import { stringClaim, stringsClaim } from './claims.ts'
import { type GoJson, memberOf, nativeOf, textOf } from './go-json.ts'
import type { Journal } from './journal.ts'
import type { JwtAuthenticator, StepName, UserInfo } from './types.ts'

/** A user before kube-apiserver adds `system:authenticated`. */
type MappedUser = UserInfo

const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

interface Mapper {
  readonly claims: GoJson
  /** The same for CEL, parsed once. */
  readonly values: Readonly<Record<string, unknown>>
  readonly authenticator: JwtAuthenticator
  readonly journal: Journal
}

/** Username, groups, uid and extra, in kube-apiserver's order. */
export function mapUser(
  claims: GoJson,
  authenticator: JwtAuthenticator,
  journal: Journal,
): MappedUser {
  const mapper: Mapper = { claims, values: valuesOf(claims), authenticator, journal }
  const username = usernameOf(mapper)
  const groups = groupsOf(mapper)
  const uid = uidOf(mapper)
  const extra = extraOf(mapper)
  return { username, groups, uid, extra }
}

/** Claims as CEL has them: JSON numbers are doubles. */
export function valuesOf(claims: GoJson): Readonly<Record<string, unknown>> {
  return nativeOf(claims) as Record<string, unknown>
}

/** Evaluates an expression that the configuration's reader has compiled already. */
export function evaluate(
  compiled: CompiledCel,
  over: Readonly<Record<string, unknown>>,
  fail: (error: string) => never,
): unknown {
  const outcome = compiled.evaluate(over)
  if (outcome.ok) return outcome.value
  return fail(`expression '${compiled.expression}' resulted in error: ${outcome.error}`)
}

/** Compiles, or ends the replay where only Kubernetes could. */
export function compiledFor(
  use: 'mapping' | 'claim-rule' | 'user-rule',
  expression: string,
  step: StepName,
  journal: Journal,
): CompiledCel {
  const compilation = compileCel(use, expression)
  if (compilation.kind === 'compiled') return compilation.compiled
  return journal.undecided(
    step,
    compilation.kind === 'unknown'
      ? `${compilation.what} can only be run by kube-apiserver`
      : `the expression does not compile: ${compilation.detail}`,
  )
}

function usernameOf(mapper: Mapper): string {
  const { authenticator, journal } = mapper
  const { username: mapping } = authenticator
  if (mapping.kind === 'claim') {
    const username = `${mapping.prefix}${usernameClaim(mapper, mapping.claim)}`
    const warning = username === mapping.prefix ? ', which is empty: nothing refuses that' : ''
    journal.ok('username', `"${username}" from the claim "${mapping.claim}"${warning}`)
    return username
  }
  const fail = (error: string): never =>
    journal.refuse(
      'username',
      `username.expression fails`,
      `oidc: error evaluating username claim expression: ${error}`,
    )
  const compiled = compiledFor('mapping', mapping.expression, 'username', journal)
  const value = evaluate(compiled, mapper.values, fail)
  if (typeof value !== 'string') return fail('username claim expression must return a string')
  if (value === '') {
    return journal.refuse(
      'username',
      'username.expression gives an empty name',
      'oidc: empty username via CEL expression is not allowed',
    )
  }
  journal.ok('username', `"${value}" from username.expression`)
  return value
}

function usernameClaim({ claims, journal }: Mapper, claim: string): string {
  const username = stringClaim(claims, claim)
  if (!username.ok) {
    return journal.refuse(
      'username',
      `the claim "${claim}": ${username.error}`,
      `oidc: parse username claims "${claim}": ${username.error}`,
    )
  }
  const verified = memberOf(claims, 'email_verified')
  if (claim !== 'email' || verified === undefined) return username.value
  if (verified.kind !== 'bool' && verified.kind !== 'null') {
    return journal.refuse(
      'username',
      `email_verified is a ${verified.kind}`,
      `oidc: parse 'email_verified' claim: json: cannot unmarshal ${verified.kind} into Go value of type bool`,
    )
  }
  if (textOf(verified) !== 'true') {
    return journal.refuse(
      'username',
      `email_verified is ${textOf(verified)}`,
      'oidc: email not verified',
    )
  }
  return username.value
}

function groupsOf(mapper: Mapper): readonly string[] {
  const { authenticator, claims, journal } = mapper
  const { groups: mapping } = authenticator
  if (mapping === null) {
    journal.skip('groups', 'no groups are mapped')
    return []
  }
  if (mapping.kind === 'expression') return groupsOfExpression(mapper, mapping.expression)
  const value = memberOf(claims, mapping.claim)
  if (value === undefined) {
    journal.skip('groups', `the token has no claim "${mapping.claim}": no groups, and no error`)
    return []
  }
  const groups = stringsClaim(value)
  if (!groups.ok) {
    return journal.refuse(
      'groups',
      `the claim "${mapping.claim}" is no list of strings`,
      `oidc: parse groups claim "${mapping.claim}": ${groups.error}`,
    )
  }
  const prefixed = groups.value.map((group) => `${mapping.prefix}${group}`)
  journal.ok('groups', `${listed(prefixed)} from the claim "${mapping.claim}"`)
  return prefixed
}

function groupsOfExpression({ values, journal }: Mapper, expression: string): readonly string[] {
  const fail = (error: string): never =>
    journal.refuse(
      'groups',
      'groups.expression fails',
      `oidc: error evaluating group claim expression: ${error}`,
    )
  const compiled = compiledFor('mapping', expression, 'groups', journal)
  const groups = stringsOf(evaluate(compiled, values, fail), compiled)
  if (groups === null) return fail(noStrings)
  journal.ok('groups', `${listed(groups)} from groups.expression`)
  return groups
}

const noStrings = 'expression must return a string or a list of strings'

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ')
}

function uidOf({ authenticator, claims, values, journal }: Mapper): string {
  const { uid: mapping } = authenticator
  if (mapping === null) {
    journal.skip('uid', 'no uid is mapped')
    return ''
  }
  if (mapping.kind === 'claim') {
    const uid = stringClaim(claims, mapping.claim)
    if (!uid.ok) {
      return journal.refuse(
        'uid',
        `the claim "${mapping.claim}": ${uid.error}`,
        `oidc: parse uid claim "${mapping.claim}": ${uid.error}`,
      )
    }
    journal.ok('uid', `"${uid.value}" from the claim "${mapping.claim}"`)
    return uid.value
  }
  const fail = (error: string): never =>
    journal.refuse(
      'uid',
      'uid.expression fails',
      `oidc: error evaluating uid claim expression: ${error}`,
    )
  const value = evaluate(compiledFor('mapping', mapping.expression, 'uid', journal), values, fail)
  if (typeof value !== 'string') return fail('uid claim expression must return a string')
  journal.ok('uid', `"${value}" from uid.expression`)
  return value
}

function extraOf({ authenticator, claims, values, journal }: Mapper): UserInfo['extra'] {
  const extra: Record<string, readonly string[]> = {}
  const jti = memberOf(claims, 'jti')
  if (jti?.kind === 'string' && textOf(jti) !== '') extra[CREDENTIAL_ID] = [`JTI=${textOf(jti)}`]
  // All are evaluated before the first result is looked at, and a failure has no words of its own before it.
  const evaluated = authenticator.extra.map(({ key, valueExpression }) => {
    const compiled = compiledFor('mapping', valueExpression, 'extra', journal)
    const fail = (error: string): never => journal.refuse('extra', `${key} fails`, error)
    return { key, compiled, value: evaluate(compiled, values, fail) }
  })
  for (const { key, compiled, value } of evaluated) {
    const strings = stringsOf(value, compiled)
    if (strings === null) {
      return journal.refuse(
        'extra',
        `${key} is no string and no list of strings`,
        `oidc: error evaluating extra claim expression: ${compiled.expression}: ${noStrings}`,
      )
    }
    if (strings.length > 0) extra[key] = strings
  }
  const keys = Object.keys(extra)
  journal.ok('extra', keys.length === 0 ? 'none' : keys.join(', '))
  return extra
}
