import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import type { Store } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID } from '../access/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory, Subject } from '../directory/index.ts'
import {
  type Clock,
  type DeviceId,
  hasCode,
  LanyardError,
  messageOf,
  type UserId,
} from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { Admissions } from './context.ts'
import type { Devices } from './devices.ts'
import { type DpopVerifier, useProof } from './dpop.ts'
import { sendJson } from './send-json.ts'

export interface KubectlApiRooms {
  readonly store: Store
  readonly clock: Clock
  readonly admissions: Admissions
  readonly clusters: Pick<Clusters, 'forSubject'>
  readonly directory: Pick<Directory, 'subject'>
  readonly devices: Pick<Devices, 'list'>
  readonly dpop: DpopVerifier
  readonly log: Log
  readonly issuer: string
  /** The published keys, as they are now. */
  readonly publicKeys: () => JSONWebKeySet
}

interface Caller {
  readonly subject: Subject
  readonly deviceId: DeviceId
}

/** From package.json, which stands as far above src/issuer/ as above the bundle in dist/src/. */
function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/**
 * The plugin's read-only API: `GET /kubectl/v1/clusters` and `/kubectl/v1/devices`, each with a DPoP-bound access token
 * from the exchange (RFC 9449 §7). `path` is relative to the issuer's path.
 */
export function createKubectlApi(rooms: KubectlApiRooms) {
  const version = readVersion()
  const answers: Readonly<Record<string, (caller: Caller) => Promise<object>>> = {
    '/kubectl/v1/clusters': async ({ subject }) => ({
      version,
      user: {
        username: subject.username,
        displayName: subject.displayName,
        groups: subject.groups,
      },
      clusters: (await rooms.clusters.forSubject(subject.groups)).map((cluster) => ({
        name: cluster.name,
        audience: cluster.audience,
        server: cluster.server,
        certificateAuthority: cluster.certificateAuthority,
      })),
    }),
    '/kubectl/v1/devices': async ({ subject, deviceId }) => ({
      devices: (await rooms.devices.list(subject.userId)).map((device) => ({
        id: device.id,
        name: device.name,
        client: device.clientId,
        createdAt: new Date(device.createdAt).toISOString(),
        lastUsedAt: new Date(device.lastUsedAt).toISOString(),
        expiresAt: new Date(device.expiresAt).toISOString(),
        current: device.id === deviceId,
      })),
    }),
  }

  async function identify(req: IncomingMessage, path: string): Promise<Caller> {
    // RFC 9449 §7.1: the scheme is DPoP; a bound token sent as Bearer is refused.
    const token = /^DPoP ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(req.headers.authorization ?? '')?.[1]
    if (token === undefined) throw refused('send the access token as "Authorization: DPoP …"')
    const { sub, deviceId, thumbprint } = await verifyToken(token)
    const proof = await rooms.dpop.verify(req.headers['dpop'], {
      method: 'GET',
      url: `${rooms.issuer}${path}`,
      thumbprint,
      accessToken: token,
    })
    await rooms.store.write((tx) => useProof(tx, proof))
    const decision = await rooms.admissions.admit({
      userId: sub,
      clientId: KUBECTL_CLIENT_ID,
      device: deviceId,
    })
    if (decision.kind === 'refused') throw refused(decision.sentence)
    const subject = await rooms.directory.subject(sub)
    if (subject === undefined) throw refused('this user does not exist')
    return { subject, deviceId }
  }

  async function verifyToken(token: string) {
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(rooms.publicKeys()), {
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer: rooms.issuer,
        audience: `${rooms.issuer}/kubectl/v1`,
        currentDate: new Date(rooms.clock()),
        requiredClaims: ['exp', 'sub', 'sid', 'cnf'],
      })
      const { jkt } = payload['cnf'] as { jkt?: unknown }
      if (typeof jkt !== 'string') throw refused('the access token is bound to no key')
      return {
        sub: payload.sub as UserId,
        deviceId: payload['sid'] as DeviceId,
        thumbprint: jkt,
      }
    } catch (error) {
      if (error instanceof LanyardError) throw error
      throw refused(`the access token was refused: ${messageOf(error)}`)
    }
  }

  return async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (answer === undefined) {
      sendJson(res, 404, {
        error: 'not_found',
        error_description: 'there is nothing at this address',
      })
      return
    }
    try {
      if (req.method !== 'GET') {
        // RFC 9110 §15.5.6
        res.setHeader('Allow', 'GET')
        sendJson(res, 405, {
          error: 'invalid_request',
          error_description: 'only GET is answered here',
        })
      } else {
        sendJson(res, 200, await answer(await identify(req, path)))
      }
    } catch (error) {
      const known = error instanceof LanyardError
      const { requestId } = peerOf(req)
      if (!known) rooms.log.error({ err: error, requestId }, 'plugin API failed')
      const code = hasCode(error, 'ERR_DPOP_PROOF') ? 'invalid_dpop_proof' : 'invalid_token'
      // RFC 9449 §7.1
      if (known) res.setHeader('WWW-Authenticate', `DPoP error="${code}", algs="ES256"`)
      sendJson(res, known ? 401 : 500, {
        error: known ? code : 'server_error',
        error_description: known ? error.message : 'the server failed to answer: see its log',
        reference: requestId,
      })
    }
  }
}

function refused(sentence: string): LanyardError {
  return new LanyardError('ERR_API_TOKEN', sentence)
}
