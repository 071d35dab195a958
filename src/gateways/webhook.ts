import type { IncomingMessage } from 'node:http'
import type { Clusters, GatewayCluster } from '../clusters/index.ts'
import { peerOf, readJsonText, sendJson } from '../http/index.ts'
import {
  acceptedReview,
  parseTokenReview,
  refusedReview,
  type TokenReview,
} from '../kubernetes/index.ts'
import type { Log } from '../telemetry/index.ts'
import { type Door, findCluster, isPost, sendFailure } from './door.ts'
import type { ReviewToken } from './review.ts'

/** A token and its audiences; a header of HTTP carries less. */
const MAX_BYTES = 65_536
const PATH = /^\/webhook\/([a-z\d][a-z\d.-]{0,127})$/

export interface WebhookRooms {
  readonly clusters: Pick<Clusters, 'gateways'>
  readonly review: ReviewToken
  readonly log: Log
}

/**
 * `POST <issuer>/webhook/<cluster>`: TokenReview, as kube-apiserver asks a webhook token authenticator. The cluster is in the path because
 * an apiserver drops the query of its webhook's address. Whatever is not a clear yes is a refusal with a reason, or an error,
 * and both keep the token's bearer out.
 */
export function createWebhook({ clusters, review, log }: WebhookRooms): Door {
  async function answer(
    cluster: GatewayCluster,
    { apiVersion, token, audiences }: TokenReview,
    req: IncomingMessage,
  ): Promise<object> {
    const { address, requestId } = peerOf(req)
    const found = await review({ cluster, token, openedAt: null, address: null })
    if (found.kind === 'refused') {
      log.info(
        { requestId, address, cluster: cluster.name, reason: found.sentence },
        'token refused',
      )
      return refusedReview(apiVersion, found.sentence)
    }
    const { username, uid, groups, credentialId } = found
    const extra = { 'authentication.kubernetes.io/credential-id': [credentialId] }
    const named = audiences.includes(cluster.audience) ? [cluster.audience] : []
    return acceptedReview(apiVersion, { username, uid, groups, extra }, named)
  }

  return {
    owns: (path) => path.startsWith('/webhook/'),
    async handle(req, res, path) {
      try {
        if (!isPost(req, res)) return
        const cluster = await findCluster(clusters, 'webhook', req, PATH.exec(path)?.[1])
        const asked = parseTokenReview(await readJsonText(req, MAX_BYTES))
        sendJson(res, 200, await answer(cluster, asked, req))
      } catch (error) {
        sendFailure(req, res, log, error)
      }
    },
  }
}
