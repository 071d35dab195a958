import type { Store } from '../../../db/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Clusters } from '../../clusters/index.ts'
import type { Clock } from '../../errors/index.ts'
import type { Outbound } from '../../outbound/index.ts'
import type { Log } from '../../telemetry/index.ts'
import type { Admissions } from '../context.ts'
import type { Signer } from '../signer.ts'
import type { SigningAlg } from '../types.ts'
import { createGroupsAnswers } from './groups-answers.ts'
import { createGroupsClaims, type GroupsClaims } from './groups-claim.ts'
import { createGroupsEndpoint } from './groups-endpoint.ts'
import { createGroupsTokens } from './groups-token.ts'
import { createProber, type Prober } from './probe.ts'
import { createProbeRecord } from './probe-record.ts'
import { createWarmUp, type WarmUp } from './warm-up.ts'

export interface LiveRooms {
  readonly store: Store
  readonly clock: Clock
  readonly clusters: Pick<Clusters, 'list'>
  readonly admissions: Admissions
  readonly audit: Audit
  readonly log: Log
  readonly signer: Signer
  readonly outbound: Outbound
  readonly keySecret: Uint8Array
  readonly issuer: string
  /** Undefined for an audience that is no cluster's. */
  readonly signingAlgOf: (audience: string) => SigningAlg | undefined
}

/** Groups that kube-apiserver asks for: the claim that sends it here, the answer, and the warm-up without which the first is refused. */
export interface Live {
  readonly claims: GroupsClaims
  readonly endpoint: ReturnType<typeof createGroupsEndpoint>
  readonly warmUp: Pick<WarmUp, 'discoverySeen' | 'close'>
  /** Reads which clusters have live groups now. */
  refresh(): Promise<void>
}

export function createLive(rooms: LiveRooms): Live {
  const { store, clock, log, signer, issuer } = rooms
  const tokens = createGroupsTokens(rooms)
  const warmUp: WarmUp = createWarmUp({
    log,
    now: () => performance.now(),
    prober: (): Prober => prober,
    ...createProbeRecord({ store, clock }),
  })
  const claims = createGroupsClaims({ tokens, issuer, fallsBack: warmUp.fallsBack })
  const { wasAsked } = warmUp
  const prober = createProber({ ...rooms, tokens, claims, wasAsked })
  const endpoint = createGroupsEndpoint({
    ...rooms,
    tokens,
    answers: createGroupsAnswers({ signer, clock, issuer }),
    onAsked: warmUp.asked,
    untilWarm: warmUp.untilWarm,
  })
  return {
    claims,
    endpoint,
    warmUp,
    async refresh() {
      warmUp.use((await rooms.clusters.list()).filter(({ liveGroups }) => liveGroups))
    },
  }
}
