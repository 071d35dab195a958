import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../clusters/index.ts'
import { LanyardError, messageOf } from '../errors/index.ts'
import {
  approveSigningRequest,
  certificateSigningRequest,
  quoteName,
  readSigningState,
  signingRequestsPath,
} from '../kubernetes/index.ts'
import type { Outbound, OutboundRequest } from '../outbound/index.ts'

const ASK_MS = 5_000
const MAX_BYTES = 262_144
/** It takes some tens of milliseconds; a controller that is not there takes for ever. */
const POLL_MS = 50
const POLLS = 100

/** How Lanyard asks one cluster's own signer. */
export interface ClusterSignerDoor {
  readonly cluster: Cluster
  readonly token: string
  readonly outbound: Outbound
}

/**
 * Posts a CertificateSigningRequest, approves it, and resolves with what was signed, in PEM. Nothing of the answer is believed here.
 * @throws LanyardError ERR_CERTIFICATE_SIGNER with the cluster's own words
 */
export async function signAtCluster(
  door: ClusterSignerDoor,
  request: { readonly csr: string; readonly expirationSeconds: number; readonly reason: string },
): Promise<string> {
  // Nobody can lie in wait for a name of 128 random bits.
  const name = `lanyard-${randomBytes(16).toString('hex')}`
  const posted = await ask(door, 'POST', '', certificateSigningRequest({ name, ...request }), 201)
  // With the version that was read: whoever changed it in between makes the approval fail.
  const approved = approveSigningRequest(posted, request.reason)
  await ask(door, 'PUT', `/${name}/approval`, approved, 200)
  for (let poll = 0; poll < POLLS; poll += 1) {
    const state = stateOf(door, await ask(door, 'GET', `/${name}`, undefined, 200))
    if (state.certificate !== null) return state.certificate
    if (state.failure !== null) throw failed(door, `the cluster refused: ${state.failure}`)
    await sleep(POLL_MS)
  }
  throw failed(
    door,
    `nobody signed ${name} within ${(POLL_MS * POLLS) / 1000} s`,
    'does a kube-controller-manager with --cluster-signing-cert-file run there?',
  )
}

/** Shows that the cluster knows the token: one object that cannot be there is not found, and not forbidden. */
export async function tryClusterSigner(door: ClusterSignerDoor): Promise<void> {
  const name = `lanyard-${randomBytes(16).toString('hex')}`
  await ask(door, 'GET', `/${name}`, undefined, 404)
}

async function ask(
  door: ClusterSignerDoor,
  method: OutboundRequest['method'],
  path: string,
  body: object | undefined,
  expected: number,
): Promise<object> {
  const { cluster, token, outbound } = door
  let answer: { readonly status: number; readonly text: string }
  try {
    answer = await outbound.ask({
      url: `${cluster.server.replace(/\/$/, '')}${signingRequestsPath}${path}`,
      method,
      headers: {
        ...{ accept: 'application/json', authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      certificateAuthority: cluster.certificateAuthority,
      ...{ timeoutMs: ASK_MS, maxBytes: MAX_BYTES },
    })
  } catch (error) {
    throw failed(door, messageOf(error), undefined, error)
  }
  const object = readObject(answer.text)
  if (answer.status === expected && object !== undefined) return object
  const { message } = (object ?? {}) as { message?: unknown }
  const said = typeof message === 'string' ? `: ${message.slice(0, 500)}` : ''
  throw failed(
    door,
    `its API answered ${answer.status}${said}`,
    answer.status === 401 || answer.status === 403
      ? `what it needs there: lanyard cluster signer ${cluster.name} --rbac`
      : undefined,
  )
}

function readObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function stateOf(door: ClusterSignerDoor, object: object) {
  try {
    return readSigningState(object)
  } catch (error) {
    throw failed(door, `its API gave something else: ${messageOf(error)}`, undefined, error)
  }
}

function failed(
  { cluster }: ClusterSignerDoor,
  why: string,
  hint?: string,
  cause?: unknown,
): LanyardError {
  return new LanyardError(
    'ERR_CERTIFICATE_SIGNER',
    `the own signer of cluster ${quoteName(cluster.name)} did not sign: ${why}`,
    { ...(hint === undefined ? {} : { hint }), cause },
  )
}
