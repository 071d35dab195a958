import type { Context } from 'koa'
import type { TargetView } from '../../views/index.ts'
import { type Factors, type SignInPolicy, strictest, WeakSignIn } from '../access/index.ts'
import type { FactorList, Subject } from '../directory/index.ts'
import type { EpochMs } from '../errors/index.ts'
import { goTo } from './answer.ts'
import type { Web } from './options.ts'
import type { SecondStep } from './second-step-cookie.ts'
import type { Person } from './visitor.ts'

/** The pages of one sign-in, in whichever flow. `other` is the first of them for somebody else than who is here. */
export type Step =
  | 'sign-in'
  | 'other'
  | 'password'
  | 'code'
  | 'passkey'
  | 'enrol'
  | 'enrol/code'
  | 'enrol/code/confirm'
  | 'enrol/passkey'
  | 'continue'

/** What a sign-in is for: one of our own pages, or an authorization request. */
export interface Flow {
  /** What somebody has proved counts in this flow alone. */
  readonly key: string
  readonly target: TargetView
  readonly demand: SignInPolicy
  /** Where the redirects after its forms may lead, beside this server. */
  readonly formAction: readonly string[]
  /** Who is signed in here already. */
  readonly here: Person | null
  at(step: Step): `/${string}`
  /** Signs in and answers. @throws WeakSignIn where another sign-in of the same person would do. */
  finish(ctx: Context, signIn: { subject: Subject; amr: readonly string[] }): Promise<void>
  /** Answers somebody whose best sign-in is not good enough. */
  refuse(ctx: Context, subject: Subject, weak: WeakSignIn): Promise<void>
}

/** Finds, or refuses to find, the flow that a request belongs to. */
export type FlowOf = (ctx: Context) => Promise<Flow>

/** Somebody has proved something in this very request. */
export interface Proof {
  readonly subject: Subject
  /** Everything that they have proved in this sign-in. */
  readonly amr: readonly string[]
  /** The first of it. */
  readonly at: EpochMs
  readonly recovery?: boolean
  /** The step before, which ends with this one. */
  readonly before: HeldStep | null
}

/** What the browser brings from the step before, of somebody who may still sign in. */
export interface HeldStep extends SecondStep {
  readonly id: string
  readonly subject: Subject
  readonly factors: FactorList
}

type Next = 'code' | 'passkey' | 'enrol' | 'finish'

/**
 * Threat 16: what somebody who has proved so much must show next. Codes that are set up are always asked for; the rest is asked for where
 * the demand says so; and only who has no second factor at all may set one up here, with the password alone.
 */
export function nextStep(
  { passkeys, oneTimeCode }: FactorList,
  amr: readonly string[],
  needs: Factors,
): Next {
  if (amr.includes('pop')) return 'finish'
  if (needs === 'passkey' && passkeys.length > 0) return 'passkey'
  if (amr.includes('mfa')) return 'finish'
  if (oneTimeCode) return 'code'
  if (needs === 'any') return 'finish'
  return passkeys.length > 0 ? 'passkey' : 'enrol'
}

/** Whether somebody can come to satisfy it with what they have, or with what they may set up on the way. */
export function mayReach(list: FactorList, needs: Factors): boolean {
  return needs !== 'passkey' || list.passkeys.length > 0 || !list.oneTimeCode
}

/** What this browser has proved in this flow; null where that is nothing, over, used, or void since. */
export async function heldStep(ctx: Context, web: Web, flow: Flow): Promise<HeldStep | null> {
  const step = web.secondSteps.find(ctx, flow.key)
  if (step === null) return null
  const subject = await web.directory.subject(step.userId)
  if (subject?.status !== 'active' || step.at < subject.sessionsValidFrom) return null
  return { ...step, subject, factors: await web.directory.factors.of(step.userId) }
}

/** The strictest of what the flow asks and what was found out on the way. */
export function needsOf(flow: Flow, held: Pick<SecondStep, 'needs'> | null): Factors {
  const found = { factors: held?.needs ?? 'any', maxAge: null } as const
  return strictest(flow.demand, found).factors
}

/** Goes on after a proof: to the next step, or to the end. */
export async function goOn(ctx: Context, web: Web, flow: Flow, proof: Proof): Promise<void> {
  const { subject, amr, before } = proof
  if (before !== null && !web.secondSteps.spend(ctx, before.id)) {
    return goTo(ctx, web, flow.at('sign-in'))
  }
  const factors = await web.directory.factors.of(subject.userId)
  const needs = needsOf(flow, before)
  const next = nextStep(factors, amr, needs)
  if (next !== 'finish') return goToStep(ctx, web, flow, { proof, needs, step: next })
  if (proof.recovery === true) return goToStep(ctx, web, flow, { proof, needs, step: 'continue' })
  if (subject.mustChangePassword) {
    return goToStep(ctx, web, flow, { proof, needs, step: 'password' })
  }
  try {
    await flow.finish(ctx, { subject, amr })
  } catch (error) {
    if (!(error instanceof WeakSignIn)) throw error
    const step = nextStep(factors, amr, error.needs.factors)
    if (step === 'finish') return flow.refuse(ctx, subject, error)
    return goToStep(ctx, web, flow, { proof, needs: error.needs.factors, step })
  }
  const browser = web.knownBrowsers.find(ctx, subject.username)
  await web.directory.factors.completed(subject.userId, browser)
  web.knownBrowsers.remember(ctx, subject)
}

/** Keeps what was proved for the step that the browser is sent to. */
function goToStep(
  ctx: Context,
  web: Web,
  flow: Flow,
  { proof, needs, step }: { readonly proof: Proof; readonly needs: Factors; readonly step: Step },
): void {
  keepProof(ctx, web, flow, proof, needs)
  goTo(ctx, web, flow.at(step))
}

/** Keeps what was proved for whatever comes next. */
export function keepProof(
  ctx: Context,
  web: Web,
  flow: Flow,
  { subject, amr, at, recovery = false }: Proof,
  needs: Factors,
): void {
  web.secondSteps.begin(ctx, flow.key, { userId: subject.userId, at, amr, recovery, needs })
}
