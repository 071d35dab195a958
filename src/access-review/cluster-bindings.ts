import { LanyardError, messageOf } from '../errors/index.ts'
import {
  type BoundSubject,
  bindingPaths,
  quoteName,
  readRoleBindings,
  selfAccessReview,
  selfAccessReviewPath,
} from '../kubernetes/index.ts'
import type { Outbound } from '../outbound/index.ts'
import type { ReaderDoor } from './types.ts'

const ASK_MS = 10_000
/** All pages of one cluster: somebody waits for the review. */
const READ_MS = 20_000
const PAGE = 500
/** A page of bindings with hundreds of subjects each. */
const MAX_BYTES = 16 * 1024 * 1024
/** Subjects of bindings, of one cluster. */
const MOST = 20_000
/** What is kept of their names, in all: a hundred for each. */
const MOST_CHARACTERS = 4_194_304

interface Door extends ReaderDoor {
  readonly outbound: Outbound
  readonly signal?: AbortSignal
}

/** All users and groups that are bound in a cluster, the first 20,000. Throws ERR_RBAC_READER with the cluster's own words. */
export async function readClusterBindings(
  door: Door,
): Promise<{ bound: BoundSubject[]; hasMore: boolean }> {
  const bound: BoundSubject[] = []
  let characters = 0
  const signal = AbortSignal.timeout(READ_MS)
  for (const path of bindingPaths) {
    let next: string | null = ''
    while (next !== null) {
      if (bound.length >= MOST || characters >= MOST_CHARACTERS) {
        return { bound: bound.slice(0, MOST), hasMore: true }
      }
      const from: string = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
      const page = pageOf(
        door,
        await ask({ ...door, signal }, 'GET', `${path}?limit=${PAGE}${from}`),
      )
      for (const each of page.bound) {
        bound.push(each)
        characters += charactersOf(each)
      }
      next = page.next
    }
  }
  return { bound: bound.slice(0, MOST), hasMore: bound.length > MOST }
}

function charactersOf({ namespace, binding, role, name }: BoundSubject): number {
  return (namespace ?? '').length + binding.length + role.length + name.length
}

/** Shows that the cluster lets it read bindings. Throws ERR_RBAC_READER. */
export async function tryReader(door: Door): Promise<void> {
  for (const path of bindingPaths) pageOf(door, await ask(door, 'GET', `${path}?limit=1`))
}

const FORBIDDEN = [
  { verb: 'get', group: '', resource: 'secrets' },
  { verb: 'create', group: '', resource: 'pods' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
  { verb: 'update', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'impersonate', group: '', resource: 'users' },
] as const

/** Lanyard keeps nobody's power over a cluster for a page that reads. Throws ERR_RBAC_READER_WIDE. */
export async function refuseWideReader(door: Door): Promise<void> {
  for (const attributes of FORBIDDEN) {
    const answer = await ask(door, 'POST', selfAccessReviewPath, selfAccessReview(attributes))
    const { status } = answer as { status?: { allowed?: unknown } }
    if (status?.allowed !== true) continue
    throw new LanyardError(
      'ERR_RBAC_READER_WIDE',
      `this kubeconfig may ${attributes.verb} ${attributes.resource} in cluster ${quoteName(door.cluster)}`,
      {
        hint: `give one that may list role bindings and nothing else: lanyard cluster rbac-reader ${door.cluster} --rbac prints what it needs`,
      },
    )
  }
}

function pageOf(door: Door, answer: object) {
  try {
    return readRoleBindings(answer)
  } catch (error) {
    throw failed(door, `its API gave something else: ${messageOf(error)}`, error)
  }
}

async function ask(
  door: Door,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<object> {
  let answer: { readonly status: number; readonly text: string }
  try {
    answer = await door.outbound.ask({
      url: `${door.server}${path}`,
      method,
      headers: {
        ...{ accept: 'application/json', authorization: `Bearer ${door.token}` },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      certificateAuthority: door.certificateAuthority,
      ...{ timeoutMs: ASK_MS, maxBytes: MAX_BYTES },
      ...(door.signal === undefined ? {} : { signal: door.signal }),
    })
  } catch (error) {
    throw failed(door, messageOf(error), error)
  }
  const object = readObject(answer.text)
  if (answer.status === (method === 'GET' ? 200 : 201) && object !== undefined) return object
  const { message } = (object ?? {}) as { message?: unknown }
  const said =
    typeof message === 'string' ? `: ${message.replaceAll(door.token, '…').slice(0, 300)}` : ''
  throw failed(door, `its API answered ${answer.status}${said}`)
}

function readObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function failed({ cluster }: ReaderDoor, why: string, cause?: unknown): LanyardError {
  return new LanyardError(
    'ERR_RBAC_READER',
    `the role bindings of cluster ${quoteName(cluster)} cannot be read: ${why}`,
    { hint: `what it needs there: lanyard cluster rbac-reader ${cluster} --rbac`, cause },
  )
}
