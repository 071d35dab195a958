import { Agent, request } from 'undici'

export interface Answer {
  readonly status: number
  /** Parsed JSON, or the text of an answer that is none. */
  readonly body: unknown
}

export interface Ask {
  readonly method?: 'GET' | 'POST'
  /** A bearer token; without one the client's certificate speaks. */
  readonly token?: string
  readonly body?: object
}

export interface ApiClient extends AsyncDisposable {
  ask(path: string, options?: Ask): Promise<Answer>
}

export interface ApiClientOptions {
  readonly url: string
  /** PEM of the one authority that is trusted. */
  readonly authority: string
  readonly certificate?: string
  readonly key?: string
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A client of one Kubernetes API that verifies it against one authority. 10 s per request. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { url, authority: ca, certificate: cert, key } = options
  const dispatcher = new Agent({ connect: { ca, cert, key }, headersTimeout: 10_000 })
  return {
    async ask(path, { method = 'GET', token, body } = {}) {
      const answer = await request(new URL(path, url), {
        dispatcher,
        method,
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      return { status: answer.statusCode, body: parse(await answer.body.text()) }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}
