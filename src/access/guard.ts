import type { EpochMs } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { type Authentication, endOf, lackOf, type SignInPolicy } from './sign-in-policy.ts'
import type { DecisionSubject, Refusal, Target } from './types.ts'

type Guarded = Exclude<Target, { kind: 'kubectl' }>

/** The groups that a token carries, and until when they stand as they are. */
export interface GrantedGroups {
  readonly kind: 'granted'
  readonly groups: readonly string[]
  readonly withheld: readonly string[]
  readonly until: EpochMs | null
}

/** The group policy alone, for lists of what a user may enter. Never enough to mint. */
export function mayEnter(groups: readonly string[], target: Target): boolean {
  if (target.kind === 'kubectl') return true
  return target.everyone || target.groups.some((name) => groups.includes(name))
}

/** What the cluster or application itself asks of a sign-in. */
export function refusePolicy(
  { username }: Pick<DecisionSubject, 'username'>,
  target: Guarded,
  authentication: Authentication,
  now: EpochMs,
): Refusal | null {
  const asker = `${target.kind} ${quoteName(target.name)}`
  return refuseLack(username, asker, target.policy, { authentication, now })
}

/**
 * Threat 16: a group with a policy of its own is in no token of a sign-in that does not satisfy it, and opens nothing to it either.
 * The target says whether such a token is issued without it or not at all.
 */
export function grantGroups(
  subject: DecisionSubject,
  target: Guarded,
  authentication: Authentication,
  now: EpochMs,
): GrantedGroups | Refusal {
  const { groups, lacking } = groupsOfSignIn(subject, authentication, now)
  const [first] = lacking
  const withheld = subject.groups.filter((name) => !groups.includes(name))
  if (first !== undefined && (target.stepUp === 'refuse' || !mayEnter(groups, target))) {
    const opens =
      lacking.find(({ name }) => !mayEnter(groupsWithout(subject, new Set([name])), target)) ??
      lacking.find(({ name }) => target.groups.includes(name)) ??
      first
    return (target.stepUp === 'refuse' ? first : opens).refusal
  }
  const satisfied = subject.guarded.filter(({ name }) => !withheld.includes(name))
  const ends = satisfied.map(({ policy }) => endOf(policy, authentication))
  const known = [subject.groupsEndAt, ...ends].filter((end) => end !== null)
  return {
    kind: 'granted',
    groups,
    withheld,
    until: known.length === 0 ? null : Math.min(...known),
  }
}

/** The groups that somebody has by this sign-in, and why it is not good enough for which others. */
export function groupsOfSignIn(
  subject: Pick<DecisionSubject, 'username' | 'groups' | 'guarded' | 'ways'>,
  authentication: Authentication,
  now: EpochMs,
): {
  readonly groups: readonly string[]
  readonly lacking: readonly { readonly name: string; readonly refusal: Refusal }[]
} {
  const lacking = subject.guarded.flatMap(({ name, policy }) => {
    const asker = `group ${quoteName(name)}`
    const refusal = refuseLack(subject.username, asker, policy, { authentication, now })
    return refusal === null ? [] : [{ name, refusal }]
  })
  return { groups: groupsWithout(subject, new Set(lacking.map(({ name }) => name))), lacking }
}

/** What is left of somebody's groups where some are closed: whatever those alone lead to is closed with them. */
export function groupsWithout(
  { groups, ways }: Pick<DecisionSubject, 'groups' | 'ways'>,
  closed: ReadonlySet<string>,
): string[] {
  if (closed.size === 0) return [...groups]
  const nested = new Set(ways.map(({ name }) => name))
  const open = new Set(groups.filter((name) => !closed.has(name) && !nested.has(name)))
  const left = new Set(groups.filter((name) => !closed.has(name)))
  for (let before = -1; before < open.size; ) {
    before = open.size
    for (const { name, via } of ways) {
      if (left.has(name) && (via === null || open.has(via))) open.add(name)
    }
  }
  return groups.filter((name) => open.has(name))
}

/** Why a sign-in is not what somebody asks for, in one sentence; null where it is. */
export function refuseLack(
  username: string,
  asker: string,
  policy: SignInPolicy,
  { authentication, now }: { readonly authentication: Authentication; readonly now: EpochMs },
): Refusal | null {
  const lack = lackOf(policy, authentication, now)
  if (lack === null) return null
  const kind = 'refused'
  if (lack === 'age') {
    const sentence = `${username} signed in more than ${policy.maxAge} seconds ago, and ${asker} asks for a newer sign-in`
    return { kind, reason: 'sign_in_too_old', sentence, needs: policy }
  }
  if (policy.factors === 'passkey') {
    const sentence = `${username} did not sign in with a passkey, and ${asker} asks for one`
    return { kind, reason: 'passkey_required', sentence, needs: policy }
  }
  const sentence = `${username} signed in with one factor, and ${asker} asks for two`
  return { kind, reason: 'second_factor_required', sentence, needs: policy }
}
