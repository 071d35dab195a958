import {
  ACR,
  ANY_SIGN_IN,
  type Authentication,
  FACTORS,
  type Factors,
  KUBECTL_CLIENT_ID,
  refuseLack,
  type SignInPolicy,
  strictest,
  WeakSignIn,
} from '../access/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Clock, EpochMs, UserId } from '../errors/index.ts'
import type { Admissions, Decision } from './context.ts'

/** An elevated login is for what one is about to do. */
const ELEVATED_MS = 3_600_000

type Params = Readonly<Record<string, unknown>>

/** What one request asks of the sign-in, beside what decides about its target anyway. */
export interface Demands {
  /** The strictest of its target's policy, the policy of the cluster that it names, `acr_values` and `max_age`. */
  of(clientId: string, params: Params): Promise<SignInPolicy>
  /** When the login of a request for elevation ends at the latest; null for every other login. */
  elevatedUntil(request: {
    readonly clientId: string
    readonly params: Params
    readonly userId: UserId
    readonly authentication: Authentication
  }): Promise<EpochMs | null>
}

export function createDemands(rooms: {
  clusters: Pick<Clusters, 'find' | 'target'>
  admissions: Admissions
  clock: Clock
}): Demands {
  const { clusters, admissions, clock } = rooms

  /** What the plugin's `cluster` stands for: the name that a person typed, or the audience that a kubeconfig says. */
  async function clustersOf(
    clientId: string,
    { cluster }: Params,
  ): Promise<{ readonly audience: string; readonly policy: SignInPolicy }[]> {
    if (clientId !== KUBECTL_CLIENT_ID || typeof cluster !== 'string') return []
    const [named, target] = await Promise.all([clusters.find(cluster), clusters.target(cluster)])
    return [...(named ? [named] : []), ...(target?.kind === 'cluster' ? [target] : [])]
  }

  return {
    async of(clientId, params) {
      const [target, wanted] = await Promise.all([
        clusters.target(clientId),
        clustersOf(clientId, params),
      ])
      const own = target === undefined || target.kind === 'kubectl' ? ANY_SIGN_IN : target.policy
      return [own, ...wanted.map(({ policy }) => policy)].reduce(strictest, asked(params))
    },

    async elevatedUntil({ clientId, params, userId, authentication }) {
      if (clientId !== KUBECTL_CLIENT_ID || asked(params).factors === 'any') return null
      let end = clock() + ELEVATED_MS
      for (const { audience } of await clustersOf(clientId, params)) {
        const request = { userId, clientId: audience, device: 'new', authentication } as const
        const decision = await admissions.admit(request)
        if (decision.kind === 'admitted') end = Math.min(end, decision.admission.until ?? end)
      }
      return end
    },
  }
}

/** What a sign-in must be instead, with why; null where it will do, or no other would. */
export function weaknessOf(
  decision: Decision,
  demand: SignInPolicy,
  signIn: {
    readonly authentication: Authentication
    /** Made for this very request: there can be no newer one, whatever `max_age` says. */
    readonly isNew: boolean
    readonly now: EpochMs
  },
): WeakSignIn | null {
  if (decision.kind === 'refused') {
    const { sentence, needs } = decision
    return needs === undefined ? null : new WeakSignIn(sentence, strictest(demand, needs))
  }
  const policy = signIn.isNew ? { ...demand, maxAge: null } : demand
  const lack = refuseLack(decision.admission.username, 'this request', policy, signIn)
  return lack === null ? null : new WeakSignIn(lack.sentence, demand)
}

function asked({ acr_values: acrValues, max_age: maxAge }: Params): SignInPolicy {
  const age = typeof maxAge === 'number' || typeof maxAge === 'string' ? Number(maxAge) : Number.NaN
  return { factors: askedFactors(acrValues), maxAge: Number.isSafeInteger(age) ? age : null }
}

/** OpenID Connect Core §3.1.2.1: any of the listed will do; those that are not ours are wishes that nobody can grant. */
function askedFactors(acrValues: unknown): Factors {
  if (typeof acrValues !== 'string') return 'any'
  const values = acrValues.split(' ')
  return FACTORS.find((factors) => values.includes(ACR[factors])) ?? 'any'
}
