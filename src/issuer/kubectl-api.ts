import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import type { Store } from '../../db/index.ts'
import { challengeOf, KUBECTL_CLIENT_ID, WeakSignIn } from '../access/index.ts'
import { type Clusters, reachedAt } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import {
  type Clock,
  type DeviceId,
  hasCode,
  LanyardError,
  messageOf,
  type UserId,
} from '../errors/index.ts'
import { byOfRequest, errorStatus, peerOf, sendJson } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { Admissions } from './context.ts'
import type { Devices } from './devices.ts'
import { type DpopVerifier, useProof } from './dpop.ts'
import { readJsonBody } from './json-body.ts'
import type { PluginCaller, PluginResource } from './types.ts'

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
  /** What other rooms answer here. */
  readonly resources: readonly PluginResource[]
}

/** From package.json, which stands as far above src/issuer/ as above the bundle in dist/src/. */
function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** What the plugin reads of the issuer itself. */
function ownResources(rooms: KubectlApiRooms): PluginResource[] {
  const version = readVersion()
  return [
    {
      method: 'GET',
      path: '/kubectl/v1/clusters',
      answer: async ({ subject }) => ({
        version,
        user: {
          username: subject.username,
          displayName: subject.displayName,
          groups: subject.groups,
        },
        clusters: (await rooms.clusters.forSubject(subject.groups)).map((cluster) => ({
          name: cluster.name,
          audience: cluster.audience,
          ...reachedAt(cluster),
        })),
      }),
    },
    {
      method: 'GET',
      path: '/kubectl/v1/devices',
      answer: async ({ subject, deviceId }) => ({
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
    },
  ]
}

/**
 * The plugin's API below `/kubectl/v1/`, each request with a DPoP-bound access token from the exchange (RFC 9449 §7): the
 * issuer's own resources, and those that other rooms answer. `path` is relative to the issuer's path.
 */
export function createKubectlApi(rooms: KubectlApiRooms) {
  const byPath = Map.groupBy([...ownResources(rooms), ...rooms.resources], ({ path }) => path)

  async function identify(
    req: IncomingMessage,
    { method, path }: PluginResource,
  ): Promise<PluginCaller> {
    // RFC 9449 §7.1: the scheme is DPoP; a bound token sent as Bearer is refused.
    const token = /^DPoP ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(req.headers.authorization ?? '')?.[1]
    if (token === undefined) throw refused('send the access token as "Authorization: DPoP …"')
    const { sub, deviceId, thumbprint } = await verifyToken(token)
    const proof = await rooms.dpop.verify(req.headers['dpop'], {
      method,
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
    const { authentication } = decision.admission
    return { subject, deviceId, authentication, by: byOfRequest(req, subject) }
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

  async function answer(req: IncomingMessage, resource: PluginResource): Promise<object> {
    const caller = await identify(req, resource)
    return resource.answer(caller, resource.method === 'POST' ? await readJsonBody(req) : {})
  }

  return async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    const here = byPath.get(path)
    if (here === undefined) {
      sendError(res, 404, 'not_found', 'there is nothing at this address')
      return
    }
    const resource = here.find(({ method }) => method === req.method)
    if (resource === undefined) {
      // RFC 9110 §15.5.6
      const allowed = here.map(({ method }) => method).join(', ')
      res.setHeader('Allow', allowed)
      sendError(res, 405, 'invalid_request', `only ${allowed} is answered here`)
      return
    }
    try {
      sendJson(res, 200, await answer(req, resource))
    } catch (error) {
      if (!(error instanceof LanyardError)) {
        rooms.log.error({ err: error, requestId: peerOf(req).requestId }, 'plugin API failed')
      }
      sendFailure(req, res, error)
    }
  }
}

/** A resource's own refusals have its code and status; those of the door are OAuth's. */
function sendFailure(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  const reference = peerOf(req).requestId
  if (!(error instanceof LanyardError)) {
    const sentence = 'the server failed to answer: see its log'
    sendError(res, 500, 'server_error', sentence, { reference })
    return
  }
  if (error instanceof WeakSignIn) {
    // RFC 9470 §3
    const challenge = challengeOf(error.needs)
    const code = 'insufficient_user_authentication'
    const fields = Object.entries({ error: code, ...challenge, algs: 'ES256' })
    const header = fields.map(([name, value]) => `${name}="${value}"`).join(', ')
    res.setHeader('WWW-Authenticate', `DPoP ${header}`)
    sendError(res, 401, code, error.message, { ...challenge, reference })
    return
  }
  const isProof = hasCode(error, 'ERR_DPOP_PROOF')
  if (isProof || hasCode(error, 'ERR_API_TOKEN')) {
    const code = isProof ? 'invalid_dpop_proof' : 'invalid_token'
    // RFC 9449 §7.1
    res.setHeader('WWW-Authenticate', `DPoP error="${code}", algs="ES256"`)
    sendError(res, 401, code, error.message, { reference })
    return
  }
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  const code = error.code.replace(/^ERR_/, '').toLowerCase()
  sendError(res, errorStatus(error.code), code, error.message, { ...hint, reference })
}

function sendError(
  res: ServerResponse,
  status: number,
  error: string,
  sentence: string,
  more: object = {},
): void {
  sendJson(res, status, { error, error_description: sentence, ...more })
}

function refused(sentence: string): LanyardError {
  return new LanyardError('ERR_API_TOKEN', sentence)
}
