import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { z } from 'zod'
import { LanyardError, messageOf } from '../errors/index.ts'
import type { ClusterConfig } from './config.ts'
import { personFault } from './identity.ts'
import type { Person } from './types.ts'

/** One question to Lanyard. */
export interface Ask {
  readonly token: string
  /** Epoch milliseconds: when the token's own end was last looked at, for a request that was open then; else it is looked at now. */
  readonly openedAt: number | null
}

export type Answer =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'refused'; readonly reason: string }

/** Lanyard's server, as it answers for one cluster. */
export interface Lanyard extends Disposable {
  /**
   * Answers in the order of the questions.
   * @throws LanyardError ERR_REVIEW where there is no answer, which is no answer for anybody.
   */
  ask(asks: readonly Ask[]): Promise<readonly Answer[]>
}

/** More are asked in several requests. */
export const MAX_ASKS = 50
const TIMEOUT_MS = 4_000
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** Kubernetes binds pods, nodes and service accounts to identities by extras of its own: only a credential's id is ours to say. */
const KUBERNETES_EXTRA = /(?:^|\.)k(?:ubernetes|8s)\.io\//i
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

const person = z.object({
  username: z.string().min(1).max(1_024),
  uid: z.string().max(1_024).nullish(),
  groups: z.array(z.string().max(1_024)).max(10_000),
  extra: z.record(z.string().max(256), z.array(z.string().max(4_096)).max(64)).nullish(),
})
const answers = z.object({
  reviews: z.array(
    z.union([z.object({ user: person }), z.object({ refused: z.string().max(1_024) })]),
  ),
})

/**
 * Asks over a connection that is kept: a person's every request may wait for it. The one address is the configuration's, so the
 * door outwards of the server, which makes a connection for each request to addresses that others chose, is not gone through.
 */
export function createLanyard(cluster: ClusterConfig): Lanyard {
  const ca = cluster.issuerCertificateAuthority
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    ...(ca === null ? {} : { ca: readFileSync(ca) }),
  })
  const url = new URL(`${cluster.issuer}/gateways/v1/proxy/${cluster.name}/review`)
  const headers = { authorization: `Bearer ${cluster.credential}` }
  return {
    async ask(asks) {
      const reviews = asks.map(({ token, openedAt }) =>
        openedAt === null ? { token } : { token, openedAt },
      )
      const { status, text } = await post(agent, url, headers, JSON.stringify({ reviews }))
      if (status !== 200) throw unanswered(url, statusFault(status))
      return read(url, text, asks.length)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function read(url: URL, text: string, count: number): Answer[] {
  const parsed = answers.safeParse(jsonOf(text))
  if (!parsed.success || parsed.data.reviews.length !== count) {
    throw unanswered(url, 'its answer is none that this proxy understands')
  }
  return parsed.data.reviews.map((review) => {
    if (!('user' in review)) return { kind: 'refused', reason: review.refused }
    const { username, uid, groups, extra } = review.user
    const entries = Object.entries(extra ?? {}).filter(
      ([key]) => key === CREDENTIAL_ID || !KUBERNETES_EXTRA.test(key),
    )
    const known = { username, uid: uid ?? null, groups, extra: Object.fromEntries(entries) }
    const fault = personFault(known)
    return fault === null ? { kind: 'person', person: known } : { kind: 'refused', reason: fault }
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function statusFault(status: number): string {
  if (status === 401 || status === 403) {
    return "it does not know this proxy's credential: make a new one with `lanyard cluster proxy-config`"
  }
  if (status === 404) return 'it knows no such cluster'
  return `it answered ${status}`
}

function unanswered(url: URL, why: string, cause?: unknown): LanyardError {
  return new LanyardError('ERR_REVIEW', `cannot ask Lanyard at ${url.origin}: ${why}`, { cause })
}

function post(
  agent: Agent,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(unanswered(url, messageOf(error), error))
    const asked = request(
      url,
      {
        ...{ agent, method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) },
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_ANSWER_BYTES) asked.destroy(new Error('its answer is too long'))
          else chunks.push(chunk)
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
        answer.on('error', fail)
      },
    )
    asked.on('error', fail)
    asked.end(body)
  })
}
