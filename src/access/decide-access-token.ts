import type { AccessTokenId, ClusterId, EpochMs, UserId } from '../errors/index.ts'
import { type Admission, decide } from './decide.ts'
import { groupsWithout } from './guard.ts'
import { asksMore } from './sign-in-policy.ts'
import type { DecisionSubject, Refusal, Target } from './types.ts'

/** An access token as it is stored now. */
export interface AccessTokenState {
  readonly id: AccessTokenId
  readonly userId: UserId
  readonly name: string
  readonly everyCluster: boolean
  readonly clusters: readonly ClusterId[]
  /** The most that it may carry; null for all of its owner's. */
  readonly groups: readonly string[] | null
  readonly expiresAt: EpochMs
  readonly revokedAt: EpochMs | null
}

export interface AccessTokenQuestion {
  readonly token: AccessTokenState
  readonly subject: DecisionSubject | undefined
  readonly target: Target | undefined
  readonly now: EpochMs
}

export type AccessTokenDecision =
  | {
      readonly kind: 'admitted'
      readonly admission: Admission
      /** What the token carries: never more than its owner's groups now. */
      readonly groups: readonly string[]
    }
  | Refusal
  | {
      readonly kind: 'refused'
      readonly reason: 'token_revoked' | 'token_expired' | 'token_for_another_cluster'
      readonly sentence: string
    }

/**
 * May the owner of this access token enter this cluster with it now? Its own bounds first, then the same decision as at every
 * other door.
 */
export function decideAccessToken(question: AccessTokenQuestion): AccessTokenDecision {
  const { token, subject, target, now } = question
  const of = `access token ${token.name}`
  if (token.revokedAt !== null) {
    return { kind: 'refused', reason: 'token_revoked', sentence: `${of} was revoked` }
  }
  if (!(token.expiresAt > now)) {
    return { kind: 'refused', reason: 'token_expired', sentence: `${of} has expired` }
  }
  const policyRefusal = refuseWhatAsksForSignIn(of, subject, target)
  if (policyRefusal !== null) return policyRefusal
  const decision = decide({
    subject: subject === undefined ? undefined : withoutSignIn(subject),
    target,
    device: 'new',
    // A token is not of a session: it ends by itself, by its owner or with them.
    authentication: { at: now, amr: [], acr: '' },
    now,
  })
  if (decision.kind === 'refused') return decision
  if (!isInScope(token, decision.admission.target)) {
    const sentence = `${of} is not for this cluster`
    return { kind: 'refused', reason: 'token_for_another_cluster', sentence }
  }
  const { groups: allowed } = token
  const { groups } = decision.admission
  return {
    kind: 'admitted',
    admission: decision.admission,
    groups: allowed === null ? groups : groups.filter((name) => allowed.includes(name)),
  }
}

/** Threat 16: a token is no sign-in, of any strength or age. */
function refuseWhatAsksForSignIn(
  of: string,
  subject: DecisionSubject | undefined,
  target: Target | undefined,
): Refusal | null {
  if (target === undefined || target.kind === 'kubectl') return null
  const guarded = target.stepUp === 'refuse' ? subject?.guarded[0] : undefined
  const asker = asksMore(target.policy)
    ? `${target.kind} "${target.name}"`
    : guarded && `group "${guarded.name}"`
  if (!asker) return null
  return {
    kind: 'refused',
    reason: 'second_factor_required',
    sentence: `${asker} asks for a sign-in by a person, and ${of} is none`,
  }
}

/** A program that holds a token knows no password, nobody types one for it, and it carries no group that asks for a sign-in. */
function withoutSignIn(subject: DecisionSubject): DecisionSubject {
  const guarded = new Set(subject.guarded.map(({ name }) => name))
  return {
    ...subject,
    mustChangePassword: false,
    groups: groupsWithout(subject, guarded),
    guarded: [],
  }
}

function isInScope(token: AccessTokenState, target: Target): boolean {
  if (target.kind !== 'cluster') return false
  return token.everyCluster || token.clusters.includes(target.id)
}
