import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LanyardError } from '../errors/index.ts'

const CALLBACK = '/callback'

/** What the listener tells the tab in front of it. */
type Page = { readonly status: number; readonly title: string; readonly sentence: string }

const DONE: Page = {
  status: 200,
  title: 'Back to your terminal',
  sentence: 'You can close this tab. The rest happens in your terminal.',
}
const REFUSED: Page = {
  status: 200,
  title: 'You are not logged in',
  sentence: 'You can close this tab. Your terminal says why.',
}
const FOREIGN: Page = {
  status: 400,
  title: 'Not the answer to this login',
  sentence:
    'This address belongs to a login that did not begin in this terminal. Nothing was changed.',
}

function page({ title, sentence }: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<h1>${title}</h1>
<p>${sentence}</p>
</html>
`
}

function answerWith(response: ServerResponse, content: Page): void {
  response.writeHead(content.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  })
  response.end(page(content))
}

export interface Loopback extends AsyncDisposable {
  /** Where the issuer sends the browser back to. */
  readonly redirectUri: string
  /** The one answer that has this state and names this issuer. Throws ERR_LOGIN_TIMEOUT. */
  answer(expected: { state: string; issuer: string; withinMs: number }): Promise<URLSearchParams>
}

/** Only a GET of the callback, at the very address that was listened on: a rebound name (DNS) brings another Host. */
function addressed(request: IncomingMessage, port: number): URLSearchParams | number {
  if (request.headers.host !== `127.0.0.1:${port}`) {
    return 421
  }
  const [path, query] = (request.url ?? '').split('?', 2)
  if (path !== CALLBACK) {
    return 404
  }
  return request.method === 'GET' ? new URLSearchParams(query) : 405
}

function isExpected(answer: URLSearchParams, state: string, issuer: string): boolean {
  // RFC 9207 §2.4: another issuer's answer (mix-up) is not this login's, whatever its state.
  const only = (name: string, value: string) => {
    const all = answer.getAll(name)
    return all.length === 1 && all[0] === value
  }
  return only('state', state) && only('iss', issuer)
}

/** Listens on 127.0.0.1 at a port of the system's choice, for one answer (RFC 8252 §7.3, §8.3). */
export async function listenOnLoopback(): Promise<Loopback> {
  let accept: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    answerWith(response, FOREIGN)
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => accept(request, response),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    redirectUri: `http://127.0.0.1:${port}${CALLBACK}`,
    answer({ state, issuer, withinMs }) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const minutes = Math.round(withinMs / 60_000)
          reject(
            new LanyardError(
              'ERR_LOGIN_TIMEOUT',
              `no login came back from the browser in ${minutes} minutes`,
              {
                hint: 'try again, or use a code on another device with --device',
              },
            ),
          )
        }, withinMs)
        accept = (request, response) => {
          const answer = addressed(request, port)
          if (typeof answer === 'number') {
            response.writeHead(answer, { connection: 'close' }).end()
          } else if (isExpected(answer, state, issuer)) {
            clearTimeout(timer)
            // Later requests meet a closed door even before the socket is gone.
            accept = (_, late) => late.writeHead(410, { connection: 'close' }).end()
            response.once('close', () => resolve(answer))
            answerWith(response, answer.has('error') ? REFUSED : DONE)
          } else {
            answerWith(response, FOREIGN)
          }
        }
      })
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}
