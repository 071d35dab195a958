import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import Koa from 'koa'
import { admitRequest, createProxyMatcher, errorWriter } from '../../src/http/index.ts'

export interface TestApp extends AsyncDisposable {
  readonly url: string
  readonly logged: object[]
  /** Sends raw lines and resolves with the whole response. */
  raw(lines: readonly string[]): Promise<string>
}

export interface TestAppOptions {
  readonly issuer?: string
  readonly trustedProxies?: readonly string[]
}

export const now = Date.UTC(2026, 5, 1, 12)

/** A Koa app behind the door that is under test. */
export async function startApp(
  middleware: Koa.Middleware,
  { issuer = 'https://id.example.com', trustedProxies = [] }: TestAppOptions = {},
): Promise<TestApp> {
  const logged: object[] = []
  const record = (fields: object): void => void logged.push(fields)
  const log = { info: record, error: record }
  const app = new Koa()
  const renderErrorPage = (page: object): string => JSON.stringify(page)
  app.use(errorWriter({ log, clock: () => now, renderErrorPage }))
  app.use(middleware)
  const admit = { issuer: new URL(issuer), trustedProxies: createProxyMatcher(trustedProxies) }
  const handle = app.callback()
  const server = http.createServer((req, res) => {
    admitRequest(req, admit)
    void handle(req, res)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    logged,
    raw: (lines) => exchange(port, lines),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function exchange(port: number, lines: readonly string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  return Buffer.concat(await socket.toArray()).toString()
}
