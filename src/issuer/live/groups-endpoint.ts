import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Audit } from '../../audit/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { peerOf } from '../../http/index.ts'
import type { Log } from '../../telemetry/index.ts'
import type { Admissions } from '../context.ts'
import { countRefusedEntry } from '../refused-entry.ts'
import type { SigningAlg } from '../types.ts'
import type { GroupsAnswers } from './groups-answers.ts'
import type { GroupsGrant, GroupsTokens } from './groups-token.ts'
import { PROBE_GROUP } from './probe-token.ts'

export interface GroupsEndpointRooms {
  readonly tokens: GroupsTokens
  readonly answers: GroupsAnswers
  readonly admissions: Admissions
  readonly audit: Audit
  readonly log: Log
  /** Undefined for an audience that is no cluster's. */
  readonly signingAlgOf: (audience: string) => SigningAlg | undefined
  /** An apiserver of this cluster asked from this address; with a probe's id where it was asked for one. */
  readonly onAsked: (audience: string, address: string, probe: string | null) => void
  /** Holds a person's answer while their apiserver could not use it yet. */
  readonly untilWarm: (audience: string) => Promise<void>
}

/**
 * `GET <issuer>/live/groups`: a person's groups as they are now, for kube-apiserver, which asks at most every ten seconds for each
 * token. Whatever is not a clear yes is an error, and an error is a 401 for the whole token there: it fails closed.
 */
export function createGroupsEndpoint(rooms: GroupsEndpointRooms) {
  const { tokens, answers, admissions, log } = rooms

  async function groupsOf(req: IncomingMessage, grant: GroupsGrant): Promise<readonly string[]> {
    const { userId, audience, deviceId } = grant
    const decision = await admissions.admit({ userId, clientId: audience, device: deviceId })
    if (decision.kind === 'admitted') return decision.admission.groups
    await countRefusedEntry(rooms.audit, req, { ...decision, client: audience })
    throw new Refused(403, decision.sentence)
  }

  async function answer(req: IncomingMessage): Promise<string> {
    const { address } = peerOf(req)
    // RFC 6750 §2.1
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(req.headers.authorization ?? '')?.[1]
    const grant = token === undefined ? undefined : await tokens.verify(token)
    if (grant === undefined) {
      throw new Refused(401, 'the access token is none of the groups endpoint, or has expired')
    }
    const alg = rooms.signingAlgOf(grant.audience)
    if (alg === undefined) throw new Refused(403, 'its cluster is gone')
    rooms.onAsked(grant.audience, address, 'probe' in grant ? grant.probe : null)
    // The decision is made after the wait, and so never older than the answer.
    if (!('probe' in grant)) await rooms.untilWarm(grant.audience)
    const groups = 'probe' in grant ? [PROBE_GROUP] : await groupsOf(req, grant)
    return answers.answer(alg, grant.audience, groups)
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== 'GET') {
      // RFC 9110 §15.5.6
      res.setHeader('Allow', 'GET')
      sendText(res, 405, 'only GET is answered here')
      return
    }
    try {
      sendText(res, 200, await answer(req), 'application/jwt')
    } catch (error) {
      const { requestId } = peerOf(req)
      if (error instanceof Refused) {
        log.info({ requestId, reason: error.message }, 'groups refused')
        // RFC 6750 §3
        if (error.status === 401) {
          res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"')
        }
        sendText(res, error.status, error.message)
      } else {
        log.error({ err: error, requestId }, 'groups could not be told')
        const known = error instanceof LanyardError
        sendText(res, 500, known ? error.message : 'the server failed to answer: see its log')
      }
    }
  }
}

class Refused extends Error {
  readonly status: 401 | 403

  constructor(status: 401 | 403, sentence: string) {
    super(sentence)
    this.status = status
  }
}

function sendText(res: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  res.writeHead(status, {
    'Content-Type': type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(text)
}
