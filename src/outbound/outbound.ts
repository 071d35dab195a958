import { lookup as resolve } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { Agent, request } from 'undici'
import { LanyardError, messageOf } from '../errors/index.ts'

export interface OutboundRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM that alone is trusted; null for what the system trusts. */
  readonly certificateAuthority: string | null
  /** Until the whole answer is there, in milliseconds. */
  readonly timeoutMs: number
  /** An answer that is longer is cut off and refused. */
  readonly maxBytes: number
  /** Ends the request before its time. */
  readonly signal?: AbortSignal
}

export interface OutboundAnswer {
  readonly status: number
  readonly text: string
}

export interface Outbound {
  /**
   * One request on a connection of its own, so that a balancer in front of several servers can spread them.
   * @throws LanyardError ERR_OUTBOUND with the reason, for everything but an answer.
   */
  ask(request: OutboundRequest): Promise<OutboundAnswer>
}

/** Link-local addresses hold the metadata services of clouds; these two lie elsewhere. */
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addAddress('100.100.100.200', 'ipv4')
forbidden.addAddress('fd00:ec2::254', 'ipv6')

/** True for an address that holds credentials for whoever asks, and never an apiserver or an application. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return true
  return forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

export function createOutbound(): Outbound {
  return {
    async ask(asked) {
      const { url, timeoutMs } = asked
      const { hostname, protocol } = new URL(url)
      if (protocol !== 'https:') throw failed(url, 'only https is asked')
      const literal = hostname.replace(/^\[|\]$/g, '')
      if (isIP(literal) !== 0 && isForbiddenAddress(literal)) throw failed(url, ADDRESS_REFUSED)
      const dispatcher = agentFor(asked)
      const late = AbortSignal.timeout(timeoutMs)
      const signal = asked.signal === undefined ? late : AbortSignal.any([late, asked.signal])
      try {
        const { statusCode, body } = await request(url, {
          dispatcher,
          method: asked.method,
          headers: { ...asked.headers },
          body: asked.body ?? null,
          signal,
        })
        return { status: statusCode, text: await readLimited(body, asked) }
      } catch (error) {
        if (error instanceof LanyardError) throw error
        if (late.aborted) throw failed(url, `no answer within ${timeoutMs} ms`, error)
        throw failed(url, reasonOf(error), error)
      } finally {
        await dispatcher.destroy()
      }
    },
  }
}

const ADDRESS_REFUSED =
  'its address is one that Lanyard never asks: link-local or a metadata service'

function agentFor({ certificateAuthority, timeoutMs }: OutboundRequest): Agent {
  return new Agent({
    connect: {
      ...(certificateAuthority === null ? {} : { ca: certificateAuthority }),
      rejectUnauthorized: true,
      timeout: timeoutMs,
      // The address that is checked is the one that is connected to: a name cannot change in between.
      lookup(hostname, options, callback) {
        resolve(hostname, { ...options, all: true }, (error, addresses) => {
          if (error !== null) return callback(error, [])
          if (addresses.some(({ address }) => isForbiddenAddress(address))) {
            return callback(new Error(ADDRESS_REFUSED), [])
          }
          callback(null, addresses)
        })
      },
    },
  })
}

async function readLimited(
  body: AsyncIterable<Buffer>,
  { url, maxBytes }: OutboundRequest,
): Promise<string> {
  const chunks: Buffer[] = []
  let received = 0
  for await (const chunk of body) {
    received += chunk.length
    if (received > maxBytes) throw failed(url, `its answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The innermost message, which names the certificate or the address; the outer ones say `fetch failed`. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (error instanceof Error && error.cause !== undefined) return reasonOf(error.cause)
  return messageOf(error)
}

function failed(url: string, reason: string, cause?: unknown): LanyardError {
  return new LanyardError('ERR_OUTBOUND', `cannot ask ${new URL(url).origin}: ${reason}`, {
    cause,
  })
}
