import { LanyardError } from '../errors/index.ts'
import { ACR, FACTORS, type SignInPolicy } from './sign-in-policy.ts'

/** Somebody is who they say, and another sign-in of theirs would do: whoever shows this can ask for exactly that. */
export class WeakSignIn extends LanyardError {
  readonly needs: SignInPolicy

  constructor(sentence: string, needs: SignInPolicy) {
    super('ERR_SIGN_IN_WEAK', sentence, { hint: hintOf(needs) })
    this.needs = needs
  }
}

function hintOf({ factors }: SignInPolicy): string {
  if (factors === 'any') return 'sign in again'
  return factors === 'two' ? 'sign in with two factors' : 'sign in with a passkey'
}

/** RFC 9470 §3: what the next request should ask for, the preferred first. */
export function challengeOf({ factors, maxAge }: SignInPolicy): {
  readonly acr_values?: string
  readonly max_age?: number
} {
  const good = FACTORS.slice(FACTORS.indexOf(factors)).map((each) => ACR[each])
  return {
    ...(factors === 'any' ? {} : { acr_values: good.join(' ') }),
    ...(maxAge === null ? {} : { max_age: maxAge }),
  }
}
