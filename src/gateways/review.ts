import { machineNameFault } from '../access/index.ts'
import { type AccessTokens, isTokenValue } from '../access-tokens/index.ts'
import type { GatewayCluster } from '../clusters/index.ts'
import type { Clock, EpochMs } from '../errors/index.ts'
import type { Issuer } from '../issuer/index.ts'
import { nameFault, prefixFault, quoteName } from '../kubernetes/index.ts'

/** Who a bearer token is at a cluster now, in the names that the cluster's RBAC knows. */
export type Review =
  | {
      readonly kind: 'authenticated'
      readonly username: string
      readonly uid: string
      readonly groups: readonly string[]
      /** As kube-apiserver's audit log shows it. */
      readonly credentialId: string
      readonly expiresAt: EpochMs
    }
  | { readonly kind: 'refused'; readonly sentence: string }

export interface ReviewRequest {
  readonly cluster: GatewayCluster
  readonly token: string
  /** When the stream was opened that is asked about: an ID token's own end counts for that moment alone. Null for now. */
  readonly openedAt: EpochMs | null
  /** Of whoever asks. */
  readonly address: string | null
}

export interface ReviewRooms {
  readonly accessTokens: Pick<AccessTokens, 'review'>
  readonly issuer: Pick<Issuer, 'reviewIdToken'>
  readonly clock: Clock
}

export type ReviewToken = (request: ReviewRequest) => Promise<Review>

/** A compact JWS (RFC 7515 §7.1), by its form. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** The one answer to who a token is, for every gateway: access tokens, and ID tokens of ours for this cluster. */
export function createReview({ accessTokens, issuer, clock }: ReviewRooms): ReviewToken {
  async function identify(request: ReviewRequest) {
    const { cluster, token, openedAt, address } = request
    const found = await accessTokens.review(token, cluster.audience, address)
    if (found !== undefined) {
      return found.kind === 'refused'
        ? found
        : { ...found, credentialId: `ACCESSTOKEN=${found.tokenId}` }
    }
    if (!JWT.test(token)) {
      return { kind: 'refused', sentence: unknownSentence(token) } as const
    }
    const validAt = openedAt === null ? clock() : Math.min(openedAt, clock())
    const id = await issuer.reviewIdToken({ token, audience: cluster.audience, validAt })
    return id.kind === 'refused' ? id : { ...id, credentialId: `JTI=${id.jti}` }
  }

  return async (request) => {
    const { cluster } = request
    const found = await identify(request)
    if (found.kind === 'refused') return found
    const username = `${cluster.usernamePrefix}${found.username}`
    const groups = found.groups.map((name) => `${cluster.groupsPrefix}${name}`)
    // Kubernetes takes any name from a webhook: nobody else stands guard.
    const fault = prefixesFault(cluster) ?? reservedFault(found.username, username, groups)
    if (fault !== null) return { kind: 'refused', sentence: fault }
    const { uid, credentialId, expiresAt } = found
    return { kind: 'authenticated', username, uid, groups, credentialId, expiresAt }
  }
}

/** What was never stored, or was cut or mistyped on its way: its checksum tells. */
function unknownSentence(token: string): string {
  if (!token.startsWith('lanyard_at_')) return 'this token is none of ours'
  return isTokenValue(token)
    ? 'this access token is unknown here'
    : 'this access token was cut or mistyped: its checksum is wrong'
}

/** A prefix `machine:` would make a machine of a person. */
function prefixesFault({ usernamePrefix, groupsPrefix }: GatewayCluster): string | null {
  return (prefixFault(usernamePrefix) ?? prefixFault(groupsPrefix))?.message ?? null
}

function reservedFault(name: string, username: string, groups: readonly string[]): string | null {
  const reserved = [username, ...groups].find((each) => /^system:/i.test(each.normalize('NFKC')))
  if (reserved !== undefined) return `the name ${quoteName(reserved)} is reserved for Kubernetes`
  const isMachine = name.startsWith('machine:')
  return (isMachine ? machineNameFault(name) : nameFault('user', name))?.message ?? null
}
