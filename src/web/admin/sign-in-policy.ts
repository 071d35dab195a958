import type { PolicyView } from '../../../views/index.ts'
import type { SignInPolicy, StepUp } from '../../access/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Seconds that forms offer. */
export const AGES = [
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
]

/** What holds now, and the ages that the form offers. */
export function policyView({
  policy,
  stepUp,
}: {
  readonly policy: SignInPolicy
  readonly stepUp: StepUp
}): PolicyView {
  const { maxAge } = policy
  const isOffered = maxAge === null || AGES.includes(maxAge)
  const ages = isOffered ? AGES : [...AGES, maxAge].sort((a, b) => a - b)
  return { ...policy, stepUp, ages }
}

/** The policy as the form has it. Its values are for the room to check. Throws ERR_POLICY_INVALID for what no form of ours sends. */
export function policyIn(form: Form): { readonly policy: SignInPolicy; readonly stepUp: StepUp } {
  const factors = form.get('factors')
  const stepUp = form.get('step_up')
  const age = form.get('max_age') ?? ''
  if (factors !== 'any' && factors !== 'two' && factors !== 'passkey') throw invalid('factors')
  if (stepUp !== 'refuse' && stepUp !== 'withhold') throw invalid('step_up')
  if (!/^\d{0,9}$/.test(age)) throw invalid('max_age')
  return { policy: { factors, maxAge: age === '' ? null : Number(age) }, stepUp }
}

function invalid(field: string): LanyardError {
  return new LanyardError('ERR_POLICY_INVALID', `the form has no choice in its field ${field}`)
}
