import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import type { Stage } from './stage.ts'

export interface Asked {
  readonly path: string
  readonly method?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly host?: string
  readonly body?: string | Buffer
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request through the proxy by HTTP/1.1, to the cluster alpha unless told. */
export async function ask(stage: Stage, asked: Asked): Promise<Answered> {
  const answer = await open(stage, asked)
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { status: answer.statusCode ?? 0, headers: answer.headers, text }
}

/** The same, given back as soon as it begins to answer. */
export function open({ proxy, authority }: Stage, asked: Asked): Promise<IncomingMessage> {
  const { path, method = 'GET', token, headers = {}, host = 'alpha.test', body } = asked
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: proxy.port, ca: authority.certificate, servername: host },
        ...{ path, method, agent: false },
        headers: {
          host: `${host}:${proxy.port}`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      resolve,
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Raw bytes over TLS, and whatever comes back until the connection ends or `until` is in it. */
export function sendRaw(
  { proxy, authority }: Stage,
  text: string,
  until?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(proxy.port, authority.certificate)
    let received = ''
    socket.on('secureConnect', () => socket.write(text, 'latin1'))
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (until !== undefined && received.includes(until)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

export function connectTo(port: number, ca: string, servername = 'alpha.test'): TLSSocket {
  return connect({ host: '127.0.0.1', port, ca, servername, ALPNProtocols: ['http/1.1'] })
}

export function http2To(
  { proxy, authority }: Stage,
  servername = 'alpha.test',
): ClientHttp2Session {
  return connectHttp2(`https://127.0.0.1:${proxy.port}`, { ca: authority.certificate, servername })
}
