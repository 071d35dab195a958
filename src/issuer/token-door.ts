import type { IncomingMessage, ServerResponse } from 'node:http'
import { CLIENT_CREDENTIALS } from './client-credentials.ts'
import { TOKEN_EXCHANGE } from './exchange-request.ts'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** Beyond what any exchange needs; the engine limits its own bodies. */
const MAX_BYTES = 16 * 1024

const BESIDE_THE_ENGINE: ReadonlySet<string> = new Set([TOKEN_EXCHANGE, CLIENT_CREDENTIALS])

/**
 * Two stand behind the token endpoint: the exchange and the engine. Which one is meant stands in the body, so a body that is no
 * longer than an exchange's is read here and put back for the engine if it is the engine's.
 */
export function createTokenDoor(handlers: {
  exchange: (req: IncomingMessage, res: ServerResponse, body: URLSearchParams) => Promise<void>
  engine: Handler
}): Handler {
  const { exchange, engine } = handlers

  return (req, res) => {
    const length = Number(req.headers['content-length'])
    const isForm = req.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    if (!isForm || !(length > 0 && length <= MAX_BYTES)) {
      engine(req, res)
      return
    }
    const chunks: Buffer[] = []
    let received = 0
    const onReadable = () => {
      for (let chunk = readChunk(req); chunk !== null; chunk = readChunk(req)) {
        chunks.push(chunk)
        received += chunk.length
        if (received < length) continue
        req.off('readable', onReadable)
        const body = Buffer.concat(chunks)
        const form = new URLSearchParams(body.toString())
        if (form.getAll('grant_type').some((type) => BESIDE_THE_ENGINE.has(type))) {
          void exchange(req, res, form)
        } else {
          req.unshift(body)
          engine(req, res)
        }
        return
      }
    }
    req.on('readable', onReadable)
  }
}

function readChunk(req: IncomingMessage): Buffer | null {
  return req.read() as Buffer | null
}
