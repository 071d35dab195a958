import { randomBytes } from 'node:crypto'
import type { Cluster } from '../../clusters/index.ts'
import { type Clock, type ClusterId, messageOf } from '../../errors/index.ts'
import type { Outbound, OutboundAnswer } from '../../outbound/index.ts'
import type { Signer } from '../signer.ts'
import type { GroupsClaims } from './groups-claim.ts'
import type { GroupsTokens } from './groups-token.ts'

/** Prefixed with a reserved name: no person can have it and nothing should ever be bound to it. */
export const PROBE_NAME = 'lanyard:probe'
export const PROBE_GROUP = 'lanyard:probe'

/** Long enough for clocks that differ a little; it is sent to the apiserver it is for and to nobody else. */
const PROBE_SECONDS = 60
const MAX_ANSWER_BYTES = 64 * 1024

export type ProbedCluster = Pick<
  Cluster,
  | 'audience'
  | 'certificateAuthority'
  | 'groupsPrefix'
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
  const { signer, clock, issuer, tokens, claims, outbound } = rooms

  async function token(cluster: ProbedCluster, probe: string): Promise<string> {
    const { audience } = cluster
    const iat = Math.floor(clock() / 1000)
    const exp = iat + PROBE_SECONDS
    return signer.sign(cluster.signingAlg, {
      iss: issuer,
      sub: PROBE_NAME,
      aud: audience,
      exp,
      iat,
      jti: probe,
      token_use: 'kube',
      preferred_username: PROBE_NAME,
      ...claims.distributed(await tokens.issue({ probe, audience }, exp)),
    })
  }

  return {
    async probe(cluster, address, { timeoutMs, signal }) {
      const id = `probe.${randomBytes(9).toString('base64url')}`
      try {
        const answer = await outbound.ask({
          url: `${address}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
          method: 'POST',
          headers: {
            Authorization: `Bearer ${await token(cluster, id)}`,
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
