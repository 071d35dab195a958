import type { Cluster } from '../../clusters/index.ts'
import { type Clock, type ClusterId, messageOf } from '../../errors/index.ts'
import type { Outbound, OutboundAnswer } from '../../outbound/index.ts'
import type { Signer } from '../signer.ts'
import type { GroupsClaims } from './groups-claim.ts'
import type { GroupsTokens } from './groups-token.ts'
import { makeProbeToken, newProbeId, PROBE_GROUP } from './probe-token.ts'

const MAX_ANSWER_BYTES = 64 * 1024

export type ProbedCluster = Pick<
  Cluster,
  | 'audience'
  | 'certificateAuthority'
  | 'groupsPrefix'
  | 'liveGroups'
  | 'name'
  | 'replicas'
  | 'server'
  | 'signingAlg'
> & { readonly id: ClusterId }

/** What one apiserver made of a live token. */
export interface ProbeResult {
  readonly outcome: 'accepted' | 'refused' | 'unreachable'
  /** Why, for people; empty where it was accepted. */
  readonly detail: string
}

export interface Prober {
  /** One fresh token of a subject without rights, sent to one apiserver of the cluster. */
  probe(
    cluster: ProbedCluster,
    address: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<ProbeResult>
}

/** The addresses that are asked: each replica where they are listed, else the one that kubectl uses. */
export function addressesOf({ server, replicas }: ProbedCluster): readonly string[] {
  return replicas.length > 0 ? replicas : [server]
}

/** Asks an apiserver who it takes a throw-away subject for; it needs no right that it does not give to everyone. */
export function createProber(rooms: {
  signer: Signer
  clock: Clock
  issuer: string
  tokens: GroupsTokens
  claims: GroupsClaims
  outbound: Outbound
  /** True where the groups endpoint was asked in the name of this probe. */
  wasAsked: (probe: string) => boolean
}): Prober {
  return {
    async probe(cluster, address, { timeoutMs, signal }) {
      const id = newProbeId()
      try {
        const answer = await rooms.outbound.ask({
          url: `${address}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
          method: 'POST',
          headers: {
            Authorization: `Bearer ${await makeProbeToken(rooms, cluster, id)}`,
            'Content-Type': 'application/json',
            Accept: 'application/json',
          },
          body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
          certificateAuthority: cluster.certificateAuthority,
          timeoutMs,
          maxBytes: MAX_ANSWER_BYTES,
          ...(signal === undefined ? {} : { signal }),
        })
        return judge(answer, cluster, rooms.wasAsked(id))
      } catch (error) {
        return { outcome: 'unreachable', detail: messageOf(error) }
      }
    },
  }
}

function judge(
  { status, text }: OutboundAnswer,
  { groupsPrefix }: ProbedCluster,
  asked: boolean,
): ProbeResult {
  if (status === 201) {
    if (groupsIn(text).includes(groupsPrefix + PROBE_GROUP)) {
      return { outcome: 'accepted', detail: '' }
    }
    return {
      outcome: 'refused',
      detail: asked
        ? `it asked for groups and does not use them with the prefix "${groupsPrefix}"`
        : 'it lets tokens in and never asks for their groups',
    }
  }
  const told = status === 401 ? '401 Unauthorized' : `status ${status}`
  // A balancer without a server behind it, or an apiserver with too much to do, has not looked at the token.
  if (status === 429 || status >= 500) return { outcome: 'unreachable', detail: told }
  return {
    outcome: 'refused',
    detail: asked
      ? `${told}, though it asked for groups: its log says why`
      : `${told}, and it never asked for groups: its log says why`,
  }
}

function groupsIn(text: string): readonly unknown[] {
  try {
    const review = JSON.parse(text) as { status?: { userInfo?: { groups?: unknown } } }
    const groups = review.status?.userInfo?.groups
    return Array.isArray(groups) ? groups : []
  } catch {
    return []
  }
}
