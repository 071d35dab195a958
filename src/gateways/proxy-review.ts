import { z } from 'zod'
import type { Clusters, GatewayCluster } from '../clusters/index.ts'
import { LanyardError } from '../errors/index.ts'
import { readJsonText, sendJson } from '../http/index.ts'
import { parseUniqueObject } from '../kubernetes/index.ts'
import type { Log } from '../telemetry/index.ts'
import { type Door, findCluster, isPost, sendFailure } from './door.ts'
import type { ReviewToken } from './review.ts'

export interface ProxyReviewRooms {
  readonly clusters: Pick<Clusters, 'gateways'>
  readonly review: ReviewToken
  readonly log: Log
}

const PREFIX = '/gateways/v1/proxy/'
const PATH = /^\/gateways\/v1\/proxy\/([a-z\d][a-z\d.-]{0,127})\/review$/
const MAX_REVIEWS = 50
/** Fifty tokens, each as long as a header may be. */
const MAX_BYTES = 2 * 1024 * 1024

const question = z.strictObject({
  reviews: z
    .array(
      z.strictObject({
        token: z.string().min(1).max(32_768),
        /** When the request that is still open was let in: its token's own end was looked at then. */
        openedAt: z.int().min(0).optional(),
      }),
    )
    .max(MAX_REVIEWS),
})

/**
 * What `lanyard proxy` asks: `POST <issuer>/gateways/v1/proxy/<cluster>/review` with that proxy's credential. It answers `{reviews}`
 * in the order of the questions, each `{user}` or `{refused}` with the reason. Nothing that it says is kept: everything is
 * decided anew.
 */
export function createProxyReview({ clusters, review, log }: ProxyReviewRooms): Door {
  async function answer(
    cluster: GatewayCluster,
    { token, openedAt }: z.output<typeof question>['reviews'][number],
  ): Promise<object> {
    const found = await review({ cluster, token, openedAt: openedAt ?? null, address: null })
    if (found.kind === 'refused') return { refused: found.sentence }
    const { username, uid, groups, credentialId } = found
    const extra = { 'authentication.kubernetes.io/credential-id': [credentialId] }
    return { user: { username, uid, groups, extra } }
  }

  return {
    owns: (path) => path.startsWith(PREFIX),
    async handle(req, res, path) {
      try {
        if (!isPost(req, res)) return
        const cluster = await findCluster(clusters, 'proxy', req, PATH.exec(path)?.[1])
        const { reviews } = parseQuestion(await readJsonText(req, MAX_BYTES))
        const answers = await Promise.all(reviews.map((asked) => answer(cluster, asked)))
        sendJson(res, 200, { reviews: answers })
      } catch (error) {
        sendFailure(req, res, log, error)
      }
    },
  }
}

function parseQuestion(text: string): z.output<typeof question> {
  const parsed = question.safeParse(parseUniqueObject(text))
  if (parsed.success) return parsed.data
  throw new LanyardError('ERR_REVIEW_INVALID', 'the body is none that a proxy sends')
}
