import type { IncomingMessage, ServerResponse } from 'node:http'
import { TOKEN_EXCHANGE } from './exchange.ts'
import { sendJson } from './send-json.ts'

const LONGEST_BODY = 16 * 1024

type Handler = (req: IncomingMessage, res: ServerResponse) => void

export interface TokenEndpointHandlers {
  readonly engine: Handler
  readonly exchange: (
    req: IncomingMessage,
    res: ServerResponse,
    body: URLSearchParams,
  ) => Promise<void>
}

/**
 * Reads a token request's body to see its grant type, then hands it to the exchange or, with the body put back, to the engine.
 * Bodies are bounded and must announce their length (RFC 9110 §15.5.12).
 */
export function createTokenEndpoint({ engine, exchange }: TokenEndpointHandlers): Handler {
  return (req, res) => {
    if (req.method !== 'POST') return engine(req, res)
    const length = Number(req.headers['content-length'] ?? Number.NaN)
    if (!Number.isInteger(length)) {
      return refuse(res, 411, 'the request must say its length in Content-Length')
    }
    if (length > LONGEST_BODY) {
      return refuse(res, 413, `the request is longer than ${LONGEST_BODY} bytes`)
    }
    if (length === 0) return engine(req, res)
    whenRead(req, length, (body) => {
      const form = exchangeForm(req, body)
      if (form !== undefined) return void exchange(req, res, form)
      // Put back before the stream says that it has ended: the engine reads it as if nobody had.
      req.unshift(body)
      engine(req, res)
    })
  }
}

function whenRead(req: IncomingMessage, length: number, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  let received = 0
  const read = (): void => {
    for (let chunk = req.read(); chunk !== null; chunk = req.read()) {
      chunks.push(chunk)
      received += chunk.length
      if (received >= length) {
        req.off('readable', read)
        then(chunks.length === 1 ? chunk : Buffer.concat(chunks, received))
        return
      }
    }
  }
  req.on('readable', read)
}

function exchangeForm(req: IncomingMessage, body: Buffer): URLSearchParams | undefined {
  if (!body.includes('token-exchange')) return undefined
  const type = req.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return undefined
  const form = new URLSearchParams(body.toString())
  return form.get('grant_type') === TOKEN_EXCHANGE ? form : undefined
}

function refuse(res: ServerResponse, status: number, sentence: string): void {
  res.setHeader('Connection', 'close')
  sendJson(res, status, { error: 'invalid_request', error_description: sentence })
}
