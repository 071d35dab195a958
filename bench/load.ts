import { connect, type TLSSocket } from 'node:tls'

/** One HTTP/1.1 request, whole; and what to make of its answer's body. */
export interface Shot {
  readonly request: string
  readonly onBody?: (body: string) => void
}

export interface LoadOptions {
  readonly port: number
  /** PEM of the CA; absent for plain HTTP, which is not measured here. */
  readonly ca: string
  readonly connections: number
  readonly seconds: number
  /** The next request of a connection; awaited. */
  readonly next: (connection: number) => Shot | Promise<Shot>
  /** The only status that counts. */
  readonly status?: number
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answered: number
  readonly failed: number
  readonly firstFailure: string | null
}

/** Keep-alive load over raw TLS sockets: one request in flight a connection, answers read by their Content-Length. */
export async function applyLoad(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = []
  let failed = 0
  let firstFailure: string | null = null
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, () => open(options.port, options.ca)),
  )
  const began = performance.now()
  const end = began + options.seconds * 1000
  await Promise.all(
    sockets.map(async (socket, connection) => {
      while (performance.now() < end) {
        const shot = await options.next(connection)
        const sent = performance.now()
        const answer = await ask(socket, shot.request)
        latencies.push(performance.now() - sent)
        if (answer.status === (options.status ?? 200)) {
          shot.onBody?.(answer.body)
        } else {
          failed += 1
          firstFailure ??= `${answer.status} ${answer.body.slice(0, 300)}`
        }
      }
      socket.destroy()
    }),
  )
  const seconds = (performance.now() - began) / 1000
  latencies.sort((a, b) => a - b)
  return {
    perSecond: Math.round((latencies.length - failed) / seconds),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    answered: latencies.length,
    failed,
    firstFailure,
  }
}

function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 100) / 100
}

function open(port: number, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () =>
      resolve(socket),
    )
    socket.setNoDelay(true)
    socket.on('error', reject)
  })
}

function ask(socket: TLSSocket, request: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let received = ''
    let total = -1
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1')
      if (total < 0) {
        const head = received.indexOf('\r\n\r\n')
        if (head < 0) return
        const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head + 2))?.[1]
        if (length === undefined) {
          finish(new Error(`no Content-Length: ${received}`))
          return
        }
        total = head + 4 + Number(length)
      }
      if (received.length >= total) finish()
    }
    const onClose = (): void => finish(new Error('the server closed the connection'))
    const finish = (error?: Error): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
      if (error !== undefined) {
        reject(error)
        return
      }
      resolve({
        status: Number(received.slice(9, 12)),
        body: received.slice(received.indexOf('\r\n\r\n') + 4),
      })
    }
    socket.on('data', onData)
    socket.on('close', onClose)
    socket.write(request)
  })
}
