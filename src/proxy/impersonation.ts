import { request } from 'node:https'
import { messageOf } from '../errors/index.ts'
import { isReservedName, quoteName } from '../kubernetes/index.ts'
import type { Impersonation } from './headers.ts'
import { type Person, type Refusal, refusal } from './types.ts'
import type { Upstream } from './upstream.ts'

/** What RBAC's verb `impersonate` is asked about (k8s.io/apiserver, pkg/endpoints/filters/impersonation). */
interface Attributes {
  readonly verb: 'impersonate'
  readonly group: string
  readonly version: 'v1'
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name: string
}

const AUTHENTICATION = 'authentication.k8s.io'
const SERVICE_ACCOUNT = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9.-]{1,253})$/
const MAX_CHECKS = 64
const TIMEOUT_MS = 10_000

/**
 * Whether this person may act as somebody else, asked of the apiserver name by name: it sees the proxy's own right to impersonate
 * alone, which is everybody's. Null where all is allowed.
 */
export async function checkImpersonation(
  upstream: Upstream,
  person: Person,
  impersonation: Impersonation,
): Promise<Refusal | null> {
  const wanted = attributesOf(impersonation)
  if (wanted.length > MAX_CHECKS) {
    return refusal(400, 'BadRequest', `more than ${MAX_CHECKS} names are impersonated at once`)
  }
  const reserved = reservedFault(impersonation)
  if (reserved !== null) return refusal(403, 'Forbidden', reserved)
  try {
    const verdicts = await Promise.all(wanted.map((one) => isAllowed(upstream, person, one)))
    const denied = wanted.find((_, index) => verdicts[index] !== true)
    return denied === undefined ? null : refusal(403, 'Forbidden', deniedSentence(person, denied))
  } catch (error) {
    return refusal(
      502,
      'InternalError',
      `cannot ask whether you may impersonate: ${messageOf(error)}`,
    )
  }
}

function attributesOf({ user, groups, uid, extra }: Impersonation): Attributes[] {
  const one = (group: string, resource: string, name: string, more: object = {}): Attributes => ({
    ...{ verb: 'impersonate', group, version: 'v1', resource, name },
    ...more,
  })
  const [, namespace, account = ''] = SERVICE_ACCOUNT.exec(user ?? '') ?? []
  return [
    namespace === undefined
      ? one('', 'users', user ?? '')
      : one('', 'serviceaccounts', account, { namespace }),
    ...groups.map((group) => one('', 'groups', group)),
    ...(uid === null ? [] : [one(AUTHENTICATION, 'uids', uid)]),
    ...[...extra].flatMap(([key, values]) =>
      values.map((value) => one(AUTHENTICATION, 'userextras', value, { subresource: key })),
    ),
  ]
}

/**
 * Names of Kubernetes' own components stay out of reach behind a proxy whose rights cannot be limited to some of them, whatever
 * RBAC says of the person. Service accounts, and the groups that follow from one, may be acted as.
 */
function reservedFault({ user, groups }: Impersonation): string | null {
  const name = user ?? ''
  if (isReservedName(name) && name.startsWith('system:') && !SERVICE_ACCOUNT.test(name)) {
    return `through this proxy nobody can be impersonated as ${quoteName(name)}`
  }
  const group = groups.find((entry) => isReservedName(entry) && !isHarmlessGroup(entry))
  return group === undefined
    ? null
    : `through this proxy no group ${quoteName(group)} can be impersonated`
}

function isHarmlessGroup(group: string): boolean {
  return (
    group === 'system:authenticated' ||
    group === 'system:serviceaccounts' ||
    /^system:serviceaccounts:[a-z0-9-]{1,63}$/.test(group) ||
    group.startsWith('machine:')
  )
}

function deniedSentence({ username }: Person, { resource, subresource, name }: Attributes): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`
  return `user ${quoteName(username)} cannot impersonate ${what} ${quoteName(name)}`
}

async function isAllowed(
  upstream: Upstream,
  { username, uid, groups, extra }: Person,
  resourceAttributes: Attributes,
): Promise<boolean> {
  const spec = {
    user: username,
    groups: [...groups, 'system:authenticated'],
    extra,
    ...(uid === null ? {} : { uid }),
    resourceAttributes,
  }
  const answer = await post(upstream, '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
  })
  const status = (answer as { status?: { allowed?: unknown; denied?: unknown } } | null)?.status
  return status?.allowed === true && status.denied !== true
}

function post(upstream: Upstream, path: string, document: object): Promise<unknown> {
  const body = JSON.stringify(document)
  const base = upstream.url.pathname.replace(/\/$/, '')
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(`${base}${path}`, upstream.url),
      {
        ...{ method: 'POST', agent: upstream.agent, signal: AbortSignal.timeout(TIMEOUT_MS) },
        headers: {
          ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          ...(upstream.authorization === null ? {} : { authorization: upstream.authorization }),
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          if (answer.statusCode !== 201) {
            reject(
              new Error(`the apiserver answered ${answer.statusCode} to a SubjectAccessReview`),
            )
            return
          }
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString()))
          } catch (error) {
            reject(asError(error))
          }
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error))
}
