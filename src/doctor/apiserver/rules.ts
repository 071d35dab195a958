import { stringClaim } from './claims.ts'
import { type GoJson, memberOf } from './go-json.ts'
import type { Journal } from './journal.ts'
import { compiledFor, evaluate, valuesOf } from './map-user.ts'
import type { JwtAuthenticator, Rule, UserInfo } from './types.ts'

/** The rules that kube-apiserver applies once the user is known: required claims, rules over claims, rules over the user. */
export function checkRules(
  claims: GoJson,
  user: UserInfo,
  authenticator: JwtAuthenticator,
  journal: Journal,
): void {
  checkRequiredClaims(claims, authenticator, journal)
  checkExpressions(authenticator.claimRules, valuesOf(claims), journal, {
    ...{ step: 'claim-rules', use: 'claim-rule' },
    prefix: 'oidc: error evaluating claim validation expression: ',
  })
  checkExpressions(authenticator.userRules, { ...user }, journal, {
    ...{ step: 'user-rules', use: 'user-rule' },
    prefix: 'oidc: error evaluating user info validation rule: ',
  })
}

function checkRequiredClaims(
  claims: GoJson,
  { requiredClaims }: JwtAuthenticator,
  journal: Journal,
): void {
  const step = 'required-claims'
  if (requiredClaims.length === 0) journal.skip(step, 'none is required')
  for (const { claim, value: wanted } of requiredClaims) {
    if (memberOf(claims, claim) === undefined) {
      journal.refuse(
        step,
        `the token has no claim "${claim}"`,
        `oidc: required claim ${claim} not present in ID token`,
      )
    }
    const got = stringClaim(claims, claim)
    if (!got.ok) {
      journal.refuse(
        step,
        `the claim "${claim}" is no string`,
        `oidc: parse claim ${claim}: ${got.error}`,
      )
    }
    if (got.value !== wanted) {
      journal.refuse(
        step,
        `"${claim}" is "${got.value}" and must be "${wanted}"`,
        `oidc: required claim ${claim} value does not match. Got = ${got.value}, want = ${wanted}`,
      )
    }
    journal.ok(step, `"${claim}" is "${wanted}"`)
  }
}

type Kind =
  | { readonly step: 'claim-rules'; readonly use: 'claim-rule'; readonly prefix: string }
  | { readonly step: 'user-rules'; readonly use: 'user-rule'; readonly prefix: string }

/** Every rule is evaluated before the first answer is looked at. */
function checkExpressions(
  rules: readonly Rule[],
  over: Readonly<Record<string, unknown>>,
  journal: Journal,
  { step, use, prefix }: Kind,
): void {
  if (rules.length === 0) {
    journal.skip(step, 'there are none')
    return
  }
  const fail = (detail: string, error: string): never =>
    journal.refuse(step, detail, `${prefix}${error}`)
  const results = rules.map(({ expression, message }) => {
    const compiled = compiledFor(use, expression, step, journal)
    const result = evaluate(compiled, over, (error) => fail(`${expression} fails`, error))
    return { expression, message, result }
  })
  for (const { expression, message, result } of results) {
    if (typeof result !== 'boolean') fail(expression, 'validation expression must return a boolean')
    if (result === false) {
      fail(
        message === '' ? `not so: ${expression}` : message,
        `validation expression '${expression}' failed: ${message}`,
      )
    }
  }
  journal.ok(step, `${rules.length} hold`)
}
