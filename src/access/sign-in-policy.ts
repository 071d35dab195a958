import type { EpochMs } from '../errors/index.ts'

/** How somebody proves who they are, the weakest first: whatever they have, two factors, or a passkey with user verification. */
export const FACTORS = ['any', 'two', 'passkey'] as const
export type Factors = (typeof FACTORS)[number]

/** What tokens say as `acr` (OpenID Connect Core §2). */
export const ACR: Readonly<Record<Factors, string>> = {
  any: 'urn:lanyard:acr:one-factor',
  two: 'urn:lanyard:acr:two-factors',
  passkey: 'urn:lanyard:acr:passkey',
}

/** What a sign-in must have been. */
export interface SignInPolicy {
  readonly factors: Factors
  /** Seconds since the sign-in, at most; null for as long as the login lasts. */
  readonly maxAge: number | null
}

export const ANY_SIGN_IN: SignInPolicy = { factors: 'any', maxAge: null }

/** How and when the person proved who they are. */
export interface Authentication {
  readonly at: EpochMs
  /** RFC 8176 names. */
  readonly amr: readonly string[]
  readonly acr: string
}

/** RFC 8176 §2 of each way in. A passkey is a key that the person unlocked: two factors in one act. */
export const AMR = {
  password: ['pwd'],
  passwordAndCode: ['pwd', 'otp', 'mfa'],
  passkey: ['pop', 'user', 'mfa'],
  passwordAndPasskey: ['pwd', 'pop', 'user', 'mfa'],
} as const satisfies Record<string, readonly string[]>

/** The `acr` of a sign-in with these methods. */
export function acrOf(amr: readonly string[]): string {
  if (amr.includes('pop')) return ACR.passkey
  return amr.includes('mfa') ? ACR.two : ACR.any
}

/** What an `acr` stands for; one that is unknown stands for the least. */
export function factorsOf(acr: string): Factors {
  return FACTORS.find((factors) => ACR[factors] === acr) ?? 'any'
}

/** True when the policy asks for more than somebody's being signed in. */
export function asksMore({ factors, maxAge }: SignInPolicy): boolean {
  return factors !== 'any' || maxAge !== null
}

/** What a sign-in lacks: the first of factors and age; null when it will do. */
export function lackOf(
  { factors, maxAge }: SignInPolicy,
  { acr, at }: Authentication,
  now: EpochMs,
): 'factors' | 'age' | null {
  if (FACTORS.indexOf(factorsOf(acr)) < FACTORS.indexOf(factors)) return 'factors'
  // Written so that a time that is no number lacks.
  return maxAge === null || now - at < maxAge * 1000 ? null : 'age'
}

/** What satisfies both. */
export function strictest(a: SignInPolicy, b: SignInPolicy): SignInPolicy {
  const ages = [a.maxAge, b.maxAge].filter((age) => age !== null)
  return {
    factors: FACTORS.indexOf(a.factors) > FACTORS.indexOf(b.factors) ? a.factors : b.factors,
    maxAge: ages.length === 0 ? null : Math.min(...ages),
  }
}

/** When a sign-in ceases to satisfy; null for never. */
export function endOf({ maxAge }: SignInPolicy, { at }: Authentication): EpochMs | null {
  return maxAge === null ? null : at + maxAge * 1000
}
