import { FACTORS, type SignInPolicy, type StepUp } from '../access/index.ts'
import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

/** No login lasts longer. */
const MAX_AGE_SECONDS = 90 * 86_400
/** kube-apiserver keeps an answer for ten seconds, and a person needs some to type. */
const MIN_AGE_SECONDS = 60

/** Throws ERR_POLICY_INVALID. */
export function parsePolicy({ factors, maxAge }: SignInPolicy): SignInPolicy {
  if (!FACTORS.includes(factors)) {
    throw new LanyardError(
      'ERR_POLICY_INVALID',
      `factors ${quoteName(factors)} must be one of ${FACTORS.join(', ')}`,
    )
  }
  if (maxAge === null) return { factors, maxAge }
  if (Number.isSafeInteger(maxAge) && maxAge >= MIN_AGE_SECONDS && maxAge <= MAX_AGE_SECONDS) {
    return { factors, maxAge }
  }
  throw new LanyardError(
    'ERR_POLICY_INVALID',
    `a sign-in of at most ${maxAge} seconds must be a whole number from ${MIN_AGE_SECONDS} to ${MAX_AGE_SECONDS}`,
  )
}

export function policyColumns({
  policy,
  stepUp,
}: {
  readonly policy: SignInPolicy
  readonly stepUp: StepUp
}) {
  return { factors: policy.factors, max_age: policy.maxAge, step_up: stepUp }
}
