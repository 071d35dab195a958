import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clusters } from '../clusters/index.ts'
import type { Log } from '../telemetry/index.ts'
import { createProxyReview } from './proxy-review.ts'
import { createReview, type ReviewRooms } from './review.ts'
import { createWebhook } from './webhook.ts'

export interface GatewaysRooms extends ReviewRooms {
  readonly clusters: Pick<Clusters, 'gateways'>
  readonly log: Log
}

export interface Gateways {
  /** `path` is relative to the issuer's path, and without a query. */
  owns(path: string): boolean
  handle(req: IncomingMessage, res: ServerResponse, path: string): void
}

/** Opens the room: every door, over one answer to who a token is. */
export function createGateways(rooms: GatewaysRooms): Gateways {
  const review = createReview(rooms)
  const doors = [createWebhook({ ...rooms, review }), createProxyReview({ ...rooms, review })]
  return {
    owns: (path) => doors.some((door) => door.owns(path)),
    handle(req, res, path) {
      void doors.find((door) => door.owns(path))?.handle(req, res, path)
    },
  }
}
