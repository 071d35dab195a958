import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { hasCode, LanyardError, messageOf } from '../errors/index.ts'

/**
 * Resolves with the port. `setting` is what an admin sets the address with.
 * @throws LanyardError ERR_PORT_IN_USE, ERR_LISTEN
 */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, setting)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function listenError(error: Error, host: string, port: number, setting: string): LanyardError {
  if (hasCode(error, 'EADDRINUSE')) {
    return new LanyardError('ERR_PORT_IN_USE', `port ${port} on ${host} is already in use`, {
      hint: `stop what uses it, or set another with ${setting}`,
      cause: error,
    })
  }
  return new LanyardError('ERR_LISTEN', `cannot listen on ${host}:${port}: ${messageOf(error)}`, {
    hint: `set an address of this machine with ${setting}`,
    cause: error,
  })
}

/** No request is cut before its time is over, and no idle connection keeps the process. */
export async function drain(server: HttpServer, drainMs: number, onCut: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => {
    onCut()
    server.closeAllConnections()
  }, drainMs)
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearTimeout(cut)
  clearInterval(idle)
}
