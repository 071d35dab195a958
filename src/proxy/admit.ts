import type { EpochMs } from '../errors/index.ts'
import type { ClusterConfig } from './config.ts'
import { type ClientHeaders, readClientHeaders } from './headers.ts'
import { impersonationHeaders, personHeaders } from './identity.ts'
import { checkImpersonation } from './impersonation.ts'
import type { Budgets } from './limits.ts'
import type { OpenRequests } from './open-requests.ts'
import { type RequestInfo, requestInfoOf } from './request-info.ts'
import { type Reviewed, type Reviewer, tokenKey } from './reviewer.ts'
import { type Direction, type Route, targetFault } from './route.ts'
import { type Headers, type Person, type Refusal, refusal } from './types.ts'
import type { Upstream } from './upstream.ts'

/** One cluster and everything that the proxy keeps for it. */
export interface ClusterRoom {
  readonly name: string
  readonly hosts: readonly string[]
  readonly config: ClusterConfig
  readonly reviewer: Reviewer
  readonly upstream: Upstream
  readonly open: OpenRequests
}

/** What admission looks at. */
export interface Incoming extends Direction {
  readonly method: string
  readonly rawHeaders: readonly string[]
  readonly address: string
}

/** Leave to be passed on, and as what. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly cluster: ClusterRoom
  readonly target: string
  readonly headers: Headers
  readonly person: Person
  readonly token: string
  readonly key: string
  /** When Lanyard was asked about the token; seconds before it was let in, where the answer was kept. */
  readonly askedAt: EpochMs
  readonly info: RequestInfo
  /** The user of `kubectl --as`; null without. */
  readonly as: string | null
}

export type Admit = (incoming: Incoming) => Promise<Admitted | Refusal>

export interface AdmitOptions {
  readonly route: (direction: Direction) => Route<ClusterRoom> | Refusal
  readonly budgets: Budgets
  readonly openPerUser: number
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Decides of one request whether it goes on and as whom, in the order: where, what, who, how much, as whom. */
export function createAdmit({ route, budgets, openPerUser }: AdmitOptions): Admit {
  return async (incoming) => {
    const routed = route(incoming)
    if (routed.kind === 'refused') return routed
    const { cluster, target } = routed
    if (!METHODS.has(incoming.method)) {
      return refusal(405, 'MethodNotAllowed', 'no Kubernetes API knows this method')
    }
    const fault = target === incoming.target ? null : targetFault(target)
    if (fault !== null) return refusal(400, 'BadRequest', fault)
    const client = readClientHeaders(incoming.rawHeaders)
    if (client.fault !== null) return refusal(400, 'BadRequest', client.fault)
    const { token } = client
    if (token === null) return refusal(401, 'Unauthorized', 'a bearer token of Lanyard is needed')
    const key = tokenKey(token)
    const reviewed = await ask(cluster.reviewer, budgets, { token, key, address: incoming.address })
    if ('kind' in reviewed) return reviewed
    const { answer, askedAt } = reviewed
    if (answer.kind === 'refused') {
      await budgets.refused(incoming.address)
      return refusal(401, 'Unauthorized', answer.reason)
    }
    const { person } = answer
    const limit = await limitOf(cluster, person, budgets, openPerUser)
    if (limit !== null) return limit
    const denied = await impersonationFault(cluster, person, client)
    if (denied !== null) return denied
    return {
      ...{ kind: 'admitted', cluster, target, person, token, key, askedAt },
      headers: outgoing(cluster, person, client),
      info: requestInfoOf(incoming.method, target),
      as: client.impersonation?.user ?? null,
    }
  }
}

async function ask(
  reviewer: Reviewer,
  budgets: Budgets,
  { token, key, address }: { token: string; key: string; address: string },
): Promise<Reviewed | Refusal> {
  if (!reviewer.knows(key) && !(await budgets.mayAsk(address))) {
    return refusal(429, 'TooManyRequests', 'too many tokens from this address were refused', 30)
  }
  try {
    return await reviewer.review(token, key)
  } catch {
    // The reviewer keeps why, for the log and /readyz; it names inner addresses, which are not the client's business.
    return refusal(503, 'ServiceUnavailable', 'Lanyard cannot be asked who you are', 1)
  }
}

async function limitOf(
  { name, open }: ClusterRoom,
  { username }: Person,
  budgets: Budgets,
  openPerUser: number,
): Promise<Refusal | null> {
  const wait = await budgets.request(`${name}/${username}`)
  if (wait !== null) return refusal(429, 'TooManyRequests', 'too many requests of yours', wait)
  return open.countOf(username) < openPerUser
    ? null
    : refusal(429, 'TooManyRequests', `you have ${openPerUser} requests open already`, 1)
}

async function impersonationFault(
  { upstream }: ClusterRoom,
  person: Person,
  { impersonation }: ClientHeaders,
): Promise<Refusal | null> {
  // Behind a front proxy the apiserver itself sees the person and asks RBAC about them.
  if (impersonation === null || upstream.mode === 'front-proxy') return null
  return checkImpersonation(upstream, person, impersonation)
}

function outgoing(
  { upstream }: ClusterRoom,
  person: Person,
  { headers, impersonation }: ClientHeaders,
): Headers {
  const { mode, authorization, url } = upstream
  const as = impersonation === null ? null : impersonationHeaders(impersonation)
  if (mode === 'front-proxy' || as === null) Object.assign(headers, personHeaders(mode, person))
  if (as !== null) Object.assign(headers, as)
  if (authorization !== null) headers['authorization'] = authorization
  headers['host'] = url.host
  return headers
}
