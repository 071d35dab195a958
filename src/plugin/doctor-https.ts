import { request } from 'node:https'
import { isIP } from 'node:net'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { CertificateChain, HttpsOutcome, HttpsRequest } from '../doctor/index.ts'
import { messageOf } from '../errors/index.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 1_048_576
const LONGEST_CHAIN = 8

type Stage = Extract<HttpsOutcome, { kind: 'failed' }>['stage']

/** PEM of what the server showed, its own certificate first. */
function chainOf(socket: TLSSocket): CertificateChain {
  const chain: string[] = []
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (at?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    const body = at.raw.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
    chain.push(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`)
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate
  }
  return chain
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0])
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

/**
 * One request, straight to who was named. The handshake is finished whoever answers, so that its certificates can be shown, and nothing
 * is sent before they are verified.
 */
export function askByHttps(asked: HttpsRequest, trust: readonly string[]): Promise<HttpsOutcome> {
  const { url, method, headers = {}, body, timeoutMs = TIMEOUT_MS } = asked
  return new Promise((resolve) => {
    // An address has no look-up.
    let stage: Stage =
      isIP(new URL(url).hostname.replace(/^\[|\]$/g, '')) === 0 ? 'name' : 'connect'
    let chain: CertificateChain = []
    const fail = (error: unknown, code = codeOf(error)): void => {
      const at = code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'name' : stage
      resolve({ kind: 'failed', stage: at, code, reason: messageOf(error) || code, chain })
    }
    const sent = request(url, {
      ...{ method, headers: { ...headers }, ca: [...trust], agent: false },
      // Judged by hand below: a refused handshake would not show what was refused.
      rejectUnauthorized: false,
    })
    const timer = setTimeout(
      () => sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    )
    sent.once('error', fail)
    sent.once('close', () => clearTimeout(timer))
    sent.once('socket', (socket) => {
      const secure = socket as TLSSocket
      secure.once('lookup', (error: Error | null) => (stage = error === null ? 'connect' : 'name'))
      secure.once('connect', () => (stage = 'tls'))
      secure.once('secureConnect', () => {
        chain = chainOf(secure)
        const { authorized, authorizationError } = secure as {
          authorized: boolean
          authorizationError?: unknown
        }
        if (!authorized) {
          const code =
            authorizationError instanceof Error
              ? codeOf(authorizationError)
              : String(authorizationError)
          const reason = authorizationError instanceof Error ? authorizationError : new Error(code)
          fail(reason, code)
          sent.destroy()
          return
        }
        stage = 'answer'
        sent.end(body)
      })
    })
    sent.once('response', (response) => {
      const parts: Buffer[] = []
      let bytes = 0
      response.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > MAX_BYTES) sent.destroy(new Error('the answer is longer than 1 MiB'))
        else parts.push(part)
      })
      response.once('end', () => {
        const named = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          Array.isArray(value) ? value.join(', ') : (value ?? ''),
        ])
        resolve({
          ...{ kind: 'answer', status: response.statusCode ?? 0 },
          ...{ statusText: response.statusMessage ?? '', headers: Object.fromEntries(named) },
          ...{ body: Buffer.concat(parts).toString('utf8'), chain },
        })
      })
    })
  })
}
