import { lookup as resolve } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { LRUCache } from 'lru-cache'
import { Agent, request } from 'undici'
import { LanyardError, messageOf } from '../errors/index.ts'

export interface OutboundRequest {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM that alone is trusted; null for what the system trusts, Node's own list and NODE_EXTRA_CA_CERTS. */
  readonly certificateAuthority: string | null
  /** Plain http too, where it goes to this very machine; else https alone. */
  readonly loopbackHttp?: boolean
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

/** Link-local addresses hold the metadata services of clouds; others have them elsewhere: Alibaba Cloud, Azure, Oracle Cloud. */
const FORBIDDEN_IPV4 = [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
] as const
/** Link-local, Amazon (instances and containers), Google Cloud. */
const FORBIDDEN_IPV6 = [
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['fd00:ec2::23', 128],
  ['fd20:ce::254', 128],
] as const
/** How an IPv4 address is written as IPv6 for a translator: RFC 6052 §2.1, RFC 8215, RFC 2765 §2.1, RFC 4291 §2.5.5.1. */
const TRANSLATED = ['64:ff9b::', '64:ff9b:1::', '::ffff:0:', '::']
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
const forbidden = new BlockList()
for (const [net, bits] of FORBIDDEN_IPV6) forbidden.addSubnet(net, bits, 'ipv6')
for (const [net, bits] of FORBIDDEN_IPV4) {
  forbidden.addSubnet(net, bits, 'ipv4')
  for (const prefix of TRANSLATED) forbidden.addSubnet(`${prefix}${net}`, 96 + bits, 'ipv6')
  const [first = 0, second = 0, third = 0, fourth = 0] = net.split('.').map(Number)
  const [high, low] = [first * 256 + second, third * 256 + fourth]
  // RFC 3056 §2
  forbidden.addSubnet(`2002:${high.toString(16)}:${low.toString(16)}::`, 16 + bits, 'ipv6')
}

/** True for an address that holds credentials for whoever asks, and never an apiserver or an application. */
export function isForbiddenAddress(address: string): boolean {
  return isIP(address) === 0 || forbidden.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** Why this address may not be connected to; null where it may. */
function addressFault(address: string, { url }: OutboundRequest): string | null {
  if (isForbiddenAddress(address)) return ADDRESS_REFUSED
  const isPlain = new URL(url).protocol === 'http:'
  return isPlain && !loopback.check(address, familyOf(address)) ? PLAIN_REFUSED : null
}

export function createOutbound(): Outbound {
  return {
    async ask(asked) {
      const { url, timeoutMs } = asked
      const { hostname, protocol } = new URL(url)
      const isAllowed = protocol === 'https:' || (protocol === 'http:' && asked.loopbackHttp)
      if (!isAllowed) throw failed(url, 'only https is asked')
      const literal = hostname.replace(/^\[|\]$/g, '')
      // No name is looked up for a literal, so the agent's own check would not see it.
      const fault = isIP(literal) === 0 ? null : addressFault(literal, asked)
      if (fault !== null) throw failed(url, fault)
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

const PLAIN_REFUSED = 'plain http goes to this very machine alone'

/** To read the system's hundreds of certificates takes longer than a handshake: each trust is made once. */
const MAX_TRUSTS = 256
const SYSTEM = 'system'
const trusts = new LRUCache<string, SecureContext>({ max: MAX_TRUSTS })

function trustIn(certificateAuthority: string | null): SecureContext {
  const key = certificateAuthority ?? SYSTEM
  const known = trusts.get(key)
  if (known !== undefined) return known
  const made = createSecureContext({ ca: certificateAuthority ?? systemTrust() })
  trusts.set(key, made)
  return made
}

/** Node trusts a list of its own, and what NODE_EXTRA_CA_CERTS names; an admin expects the system's besides. */
function systemTrust(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

function agentFor(asked: OutboundRequest): Agent {
  const { certificateAuthority, timeoutMs } = asked
  return new Agent({
    connect: {
      secureContext: trustIn(certificateAuthority),
      rejectUnauthorized: true,
      timeout: timeoutMs,
      // The address that is checked is the one that is connected to: a name cannot change in between.
      lookup(hostname, options, callback) {
        resolve(hostname, { ...options, all: true }, (error, addresses) => {
          if (error !== null) return callback(error, [])
          const [fault] = addresses.flatMap(({ address }) => addressFault(address, asked) ?? [])
          if (fault === undefined) callback(null, addresses)
          else callback(new Error(fault), [])
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
