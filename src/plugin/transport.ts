import type { CustomFetchOptions, ProtectedResourceRequestBody } from 'oauth4webapi'
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici'
import { LanyardError, messageOf } from '../errors/index.ts'
import type { Conversation } from './conversation.ts'
import type { Surroundings } from './surroundings.ts'
import { systemTrust } from './trust.ts'

const CONNECT_MS = 10_000
const ANSWER_MS = 20_000

/** Asks one issuer, and nobody else. */
export type IssuerFetch = (url: string, init: IssuerRequest) => Promise<Response>

export interface IssuerRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: CustomFetchOptions<string, ProtectedResourceRequestBody>['body']
}

const CERTIFICATE_FAULTS = /CERT|SELF_SIGNED|ISSUER|ALTNAME|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/

function causeCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') {
      return at.code
    }
    if (at instanceof AggregateError && at.errors.length > 0) {
      return causeCode(at.errors[0])
    }
  }
  return ''
}

function deepestMessage(error: unknown): string {
  return error instanceof Error && error.cause !== undefined
    ? deepestMessage(error.cause)
    : messageOf(error)
}

function explain(error: unknown, url: URL, proxied: boolean): LanyardError {
  const code = causeCode(error)
  const place = `cannot reach ${url.origin}: `
  if (CERTIFICATE_FAULTS.test(code)) {
    return new LanyardError('ERR_TLS', `${place}${deepestMessage(error)} (${code})`, {
      cause: error,
      hint: "is the issuer's CA passed to setup or login with --certificate-authority?",
    })
  }
  const reason =
    error instanceof Error && error.name === 'TimeoutError'
      ? 'no answer in time'
      : deepestMessage(error)
  return new LanyardError('ERR_NETWORK', `${place}${reason}${code === '' ? '' : ` (${code})`}`, {
    cause: error,
    hint: proxied
      ? 'does the proxy in HTTPS_PROXY let this host through, or does NO_PROXY need it?'
      : 'is Lanyard running, is the address right, and is HTTPS_PROXY needed here?',
  })
}

/** Refuses what is no proxy's address; never repeats it, for there may be a password in it. */
function readProxy(value: string): string {
  if (value !== '' && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) {
    throw new LanyardError('ERR_PROXY_INVALID', 'HTTPS_PROXY is not the address of a proxy', {
      hint: 'write it as http://HOST:PORT',
    })
  }
  return value
}

/**
 * A fetch that trusts the private CA alone where there is one, else what the system trusts; that goes through HTTPS_PROXY; that
 * follows no redirect; and that no NODE_TLS_REJECT_UNAUTHORIZED can talk out of checking certificates.
 */
export function createIssuerFetch(
  around: Surroundings,
  issuer: string,
  certificateAuthority: string | null,
  conversation: Conversation,
): IssuerFetch {
  const { env } = around
  const httpsProxy = readProxy(env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '')
  const noProxy = env['no_proxy'] ?? env['NO_PROXY'] ?? ''
  const proxied = httpsProxy !== ''
  const system = certificateAuthority === null || proxied ? systemTrust(around) : []
  const ca = certificateAuthority === null ? system : [certificateAuthority]
  const tls = { ca, rejectUnauthorized: true, timeout: CONNECT_MS }
  const dispatcher = new EnvHttpProxyAgent({
    connect: tls,
    requestTls: tls,
    proxyTls: { ca: system, rejectUnauthorized: true, timeout: CONNECT_MS },
    httpProxy: '',
    httpsProxy,
    noProxy,
    // The last answer must not keep a finished command alive.
    keepAliveTimeout: 1,
    keepAliveMaxTimeout: 1,
  })
  const origin = new URL(issuer).origin
  return async (address, init) => {
    const url = new URL(address)
    if (url.origin !== origin) {
      throw new TypeError(`a request for ${url.origin} was built with the trust of ${origin}`)
    }
    const started = around.clock()
    try {
      const answer = await undiciFetch(url, {
        ...(init as object),
        dispatcher,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      const took = around.clock() - started
      conversation.detail(
        `${init.method ?? 'GET'} ${url.origin}${url.pathname}: ${answer.status} in ${took} ms`,
      )
      return answer
    } catch (error) {
      throw explain(error, url, proxied)
    }
  }
}
