import { lookup as resolveName } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import {
  checkServerIdentity,
  connect,
  getCACertificates,
  rootCertificates,
  type TLSSocket,
} from 'node:tls'
import type { HttpsOutcome, HttpsRequest } from '../doctor/index.ts'
import { messageOf } from '../errors/index.ts'
import { isForbiddenAddress } from '../outbound/index.ts'

type Failed = Extract<HttpsOutcome, { kind: 'failed' }>

const MAX_BYTES = 1024 * 1024
const ADDRESS_REFUSED =
  'its address is one that Lanyard never asks: link-local or a metadata service'

/** Threat 21: the address that is checked is the one that is connected to. */
const lookUp: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const isRefused = addresses.some(({ address }) => isForbiddenAddress(address))
    if (isRefused) callback(new Error(ADDRESS_REFUSED), [])
    else if (options.all === true) callback(null, addresses)
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family)
  })
}

/**
 * One request over a TLS connection of its own. The connection is made without a demand, so that what the server shows can be told
 * even where it is not trusted; nothing is sent over one that is not.
 */
export async function askOverTls(asked: HttpsRequest): Promise<HttpsOutcome> {
  const url = new URL(asked.url)
  if (url.protocol !== 'https:') {
    return failed('connect', '', `${url.protocol}// is not asked`)
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && isForbiddenAddress(literal)) {
    return failed('connect', '', ADDRESS_REFUSED)
  }
  const { timeoutMs = 10_000 } = asked
  const opened = await open(url, asked.certificateAuthority, timeoutMs)
  if (!('socket' in opened)) return opened
  const { socket, chain } = opened
  try {
    return await send(asked, url, socket, chain)
  } finally {
    socket.destroy()
  }
}

function failed(
  stage: Failed['stage'],
  code: string,
  reason: string,
  chain: readonly string[] = [],
): Failed {
  return { kind: 'failed', stage, code, reason, chain }
}

interface Opened {
  readonly socket: TLSSocket
  readonly chain: readonly string[]
}

function open(url: URL, ca: string | null, timeoutMs: number): Promise<Opened | Failed> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    let isConnected = false
    const socket = connect({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      lookup: lookUp,
      ca: ca ?? trustedBySystem(),
      rejectUnauthorized: false,
    })
    const settle = (outcome: Opened | Failed): void => {
      clearTimeout(timer)
      if (!('socket' in outcome)) socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => {
      settle(failed(isConnected ? 'tls' : 'connect', 'ETIMEDOUT', `no answer in ${timeoutMs} ms`))
    }, timeoutMs)
    socket.on('connect', () => (isConnected = true))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? ''
      const stage =
        code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'name' : isConnected ? 'tls' : 'connect'
      settle(failed(stage, code, reasonOf(error)))
    })
    socket.on('secureConnect', () => {
      const chain = chainOf(socket)
      if (socket.authorized) settle({ socket, chain })
      else settle(failed('tls', ...whyUntrusted(socket, host), chain))
    })
  })
}

/** Beside Node's own list what the machine's administrators added, as kube-apiserver and curl see it. */
function trustedBySystem(): string[] {
  return [...rootCertificates, ...getCACertificates('system')]
}

function whyUntrusted(socket: TLSSocket, host: string): [string, string] {
  // Typed as an error, and a code at run time.
  const code = String(socket.authorizationError)
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return [code, code.toLowerCase().replaceAll('_', ' ')]
  }
  return [code, messageOf(checkServerIdentity(host, socket.getPeerCertificate()))]
}

function chainOf(socket: TLSSocket): readonly string[] {
  const chain: string[] = []
  let next = socket.getPeerX509Certificate()
  while (next !== undefined && chain.length < 10) {
    const pem = next.toString()
    if (chain.includes(pem)) break
    chain.push(pem)
    next = next.issuerCertificate
  }
  return chain
}

function send(
  { method, headers, body, timeoutMs = 10_000 }: HttpsRequest,
  url: URL,
  socket: TLSSocket,
  chain: readonly string[],
): Promise<HttpsOutcome> {
  return new Promise((resolve) => {
    const request = httpRequest({
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        connection: 'close',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      createConnection: () => socket,
    })
    const settle = (outcome: HttpsOutcome): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    const timer = setTimeout(() => {
      settle(failed('answer', 'ETIMEDOUT', `no answer in ${timeoutMs} ms`, chain))
    }, timeoutMs)
    request.on('error', (error: NodeJS.ErrnoException) => {
      settle(failed('answer', error.code ?? '', reasonOf(error), chain))
    })
    request.on('response', (response) => {
      read(response).then(
        (text) => settle(answerOf(response, text, chain)),
        (error: unknown) => settle(failed('answer', '', messageOf(error), chain)),
      )
    })
    request.end(body)
  })
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new RangeError(`its answer is longer than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerOf(
  { statusCode = 0, statusMessage = '', headers }: IncomingMessage,
  body: string,
  chain: readonly string[],
): HttpsOutcome {
  const plain = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return {
    ...{ kind: 'answer', status: statusCode, statusText: statusMessage },
    ...{ headers: Object.fromEntries(plain) as Record<string, string>, body, chain },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return messageOf(error)
}
