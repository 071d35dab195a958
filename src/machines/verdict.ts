import type { EpochMs } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { pinFault } from './pins.ts'
import type { UnverifiedToken } from './token.ts'
import type { MachineFault, MachineRule, RuleVerdict, TrustedIssuer } from './types.ts'

/** RFC 8725 §3.1: what is taken, never what is not. `none` and every HMAC are missing. */
export const ALGORITHMS: ReadonlySet<unknown> = new Set([
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
])

/** How far clocks may stand apart, in seconds; an end is an end all the same. */
const SKEW = 60
/** What a CI system's token may be old, and any token may live, in seconds. */
const MAX_AGE_SINGLE_USE = 3_600
const MAX_LIFE = 86_400

/**
 * What is wrong with the token itself, by all that stands in it, whoever signed it: every reason, the worst first. Pure.
 */
export function tokenFaults(
  { header, claims }: Pick<UnverifiedToken, 'header' | 'claims'>,
  issuer: TrustedIssuer,
  now: EpochMs,
): MachineFault[] {
  const faults: MachineFault[] = []
  const say = (reason: MachineFault['reason'], sentence: string) => {
    faults.push({ reason, sentence })
  }
  if (!isPlainType(header['typ'])) {
    say('type', 'the token is of another type than an ID token: its typ is not JWT')
  }
  // RFC 7515 §4.1.11: what is critical and not understood.
  if ('crit' in header) say('type', 'the token demands extensions that are not understood (crit)')
  if (!ALGORITHMS.has(header['alg'])) {
    say('algorithm', 'the token is signed by an algorithm that is not taken')
  }
  // OpenID Connect Back-Channel Logout 1.0 §2.4, RFC 7800 §3: neither is a token that its bearer is known by.
  if ('events' in claims) say('type', 'the token is a logout token')
  if ('cnf' in claims) say('type', 'the token is bound to a key, which nobody has shown')
  if (claims['iss'] !== issuer.issuer) say('issuer_unknown', 'the token is of another issuer')
  if (typeof claims['sub'] !== 'string' || claims['sub'] === '') {
    say('malformed', 'the token names no subject')
  }
  faults.push(...timeFaults(claims, issuer, Math.floor(now / 1000)))
  return faults
}

/** RFC 7515 §4.1.9: `application/` may be left out, and case does not count. Kubernetes' tokens have none. */
function isPlainType(typ: unknown): boolean {
  if (typ === undefined) return true
  return typeof typ === 'string' && /^(application\/)?jwt$/i.test(typ)
}

/** Written so that a time that is no number refuses. */
function timeFaults(
  { exp, nbf, iat }: Readonly<Record<string, unknown>>,
  { singleUse }: TrustedIssuer,
  now: number,
): MachineFault[] {
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) {
    return [{ reason: 'malformed', sentence: 'the token lacks exp or iat, or a time is no number' }]
  }
  const faults: MachineFault[] = []
  if (!(exp > now)) faults.push({ reason: 'expired', sentence: 'the token has expired' })
  if (!(iat <= now + SKEW && (nbf ?? 0) <= now + SKEW)) {
    faults.push({
      reason: 'not_yet',
      sentence: 'the token is not valid yet: are both clocks right?',
    })
  }
  if (!(exp - iat <= MAX_LIFE)) {
    faults.push({ reason: 'too_old', sentence: 'the token lives longer than a day' })
  }
  if (singleUse && !(now - iat <= MAX_AGE_SINGLE_USE)) {
    faults.push({ reason: 'too_old', sentence: 'the token was made more than an hour ago' })
  }
  return faults
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** Every rule of the token's issuer held against its claims. `clusterId` where one cluster is asked for. Pure. */
export function judgeRules(
  claims: Readonly<Record<string, unknown>>,
  rules: readonly MachineRule[],
  clusterId?: string,
): RuleVerdict[] {
  return rules.map((rule) => {
    const faults: string[] = []
    if (!rule.enabled) faults.push('the rule is disabled')
    const audience = audienceFault(claims['aud'], rule)
    if (audience !== null) faults.push(audience)
    if (clusterId !== undefined && !rule.clusters.some(({ id }) => id === clusterId)) {
      faults.push('the rule is not for this cluster')
    }
    for (const pin of rule.pins) {
      const fault = pinFault(pin, claims)
      if (fault !== null) faults.push(fault)
    }
    return { rule, faults }
  })
}

/** Exactly the rule's and, unless the rule says otherwise, nobody else's: RFC 7519 §4.1.3 lets `aud` be a list. */
export function audienceFault(
  aud: unknown,
  { audience, otherAudiences }: Pick<MachineRule, 'audience' | 'otherAudiences'>,
): string | null {
  const named: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!named.includes(audience)) {
    const [first] = named
    const found =
      named.length > 1 ? 'a list' : typeof first === 'string' ? quoteName(first) : 'missing'
    return `aud is ${found}, and the rule wants ${quoteName(audience)}`
  }
  if (named.length > 1 && !otherAudiences) {
    return `aud names others beside ${quoteName(audience)}, and the rule does not allow it`
  }
  return null
}
