import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { KeyPairFiles } from './certificates.ts'

export interface HttpsServer extends AsyncDisposable {
  /** `https://<host>:<port>`, without a trailing slash. */
  readonly origin: string
}

/** Listens on 127.0.0.1, on a free port unless one is given. `host` is the name in the origin: one that the certificate holds. */
export async function startHttpsServer(
  { certificate, key }: KeyPairFiles,
  host: string,
  listener: RequestListener,
  port = 0,
): Promise<HttpsServer> {
  const server = createServer({ cert: certificate, key }, listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    origin: `https://${host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
