import { hasCode, LanyardError, messageOf } from '../errors/index.ts'
import type { CachedCertificate } from './cached-certificate.ts'
import type { CachedToken } from './cached-token.ts'
import { freshToken } from './cached-token.ts'
import type { Conversation } from './conversation.ts'
import { type ApiCall, exchangeForCluster, openApi, readApi, revoke } from './issuer-client.ts'
import { withLock } from './lock.ts'
import { LOGIN_MS, type LoginWay, performLogin } from './login.ts'
import type { Login, LoginStore, Trust } from './login-store.ts'
import type { Surroundings } from './surroundings.ts'
import { createIssuerFetch, type IssuerFetch } from './transport.ts'

const PATIENCE_MS = 30_000

/** The command that a person is told to run. */
export function loginCommand(issuer: string): string {
  return `kubectl lanyard login --issuer ${issuer}`
}

function noLogin(issuer: string): LanyardError {
  return new LanyardError('ERR_LOGIN_REQUIRED', `you are not logged in to ${issuer}`, {
    hint: `run: ${loginCommand(issuer)}`,
  })
}

/** What one command does with one issuer: everything that touches its login happens under its lock. */
export interface Session {
  /** A token for a cluster: from the cache, by exchange, or after a login where `mayAsk` lets it. */
  clusterToken(audience: string, mayAsk: boolean): Promise<CachedToken>
  /** Logs in anew; the login before it, if any, is ended. */
  logIn(way: LoginWay): Promise<void>
  /** A document of the read-only API, after a login where there is none and `way` is given. */
  api(name: string, way: LoginWay | null): Promise<unknown>
  /** Several questions to the API with one access token, under the lock; what they are for may be saved there. */
  withApi<T>(
    way: LoginWay | null,
    work: (call: ApiCall, save: (certificate: CachedCertificate) => Promise<void>) => Promise<T>,
  ): Promise<T>
  /** Ends the login at the issuer and forgets it. False when there was none. */
  logOut(options: { forgetTrust: boolean }): Promise<boolean>
}

export function openSession(
  trust: Trust,
  store: LoginStore,
  around: Surroundings,
  conversation: Conversation,
): Session {
  const { issuer } = trust
  const startedAt = around.clock()
  let made: IssuerFetch | undefined
  const fetch: IssuerFetch = (url, init) => {
    made ??= createIssuerFetch(around, issuer, trust.certificateAuthority, conversation)
    return made(url, init)
  }

  function locked<T>(mayAsk: boolean, work: () => Promise<T>): Promise<T> {
    conversation.detail(`wait for a turn at ${issuer}`)
    // Who may ask a person waits for as long as a person takes.
    const patienceMs = mayAsk ? LOGIN_MS + PATIENCE_MS : PATIENCE_MS
    return withLock(store.directory(issuer), { owner: around.uid, patienceMs, conversation }, work)
  }

  async function replaceLogin(way: LoginWay): Promise<Login> {
    const known = store.trust(issuer)
    const before = store.login(issuer)
    let login: Login
    try {
      login = await performLogin(issuer, way, { around, conversation, fetch })
    } catch (error) {
      await store.saveFailure(issuer, messageOf(error))
      throw error
    }
    await store.saveTrust(trust)
    await store.saveLogin(login)
    conversation.tell(`logged in to ${issuer}`)
    // A login made by way of another CA is not shown to whoever answers now.
    if (before !== undefined && known?.certificateAuthority === trust.certificateAuthority) {
      await endAtIssuer(before)
    }
    return login
  }

  async function endAtIssuer(login: Login): Promise<boolean> {
    if (login.endpoints.revocation === null) {
      return false
    }
    try {
      await revoke(login, fetch)
      return true
    } catch (error) {
      conversation.detail(`the login before could not be ended: ${messageOf(error)}`)
      return false
    }
  }

  /** Runs `use` with the login; with a new one if it is missing or dead and a person may be asked. */
  async function withLogin<T>(way: LoginWay | null, use: (login: Login) => Promise<T>): Promise<T> {
    const login = store.login(issuer)
    if (login !== undefined) {
      try {
        return await use(login)
      } catch (error) {
        if (!hasCode(error, 'ERR_LOGIN_GONE')) {
          throw error
        }
        conversation.tell(`the login has ended: ${messageOf(error)}`)
        await store.forget(issuer)
      }
    }
    // Ten commands that waited for one login which failed must not open ten tabs, one after the other.
    const failure = store.failureSince(issuer, startedAt)
    if (failure !== undefined) {
      throw new LanyardError('ERR_LOGIN_FAILED', failure)
    }
    if (way === null) {
      throw noLogin(issuer)
    }
    return use(await replaceLogin(way))
  }

  return {
    clusterToken(audience, mayAsk) {
      return locked(mayAsk, async () => {
        const fresh = freshToken(around, issuer, audience)
        if (fresh !== undefined) {
          conversation.detail('another command has just fetched the token')
          return fresh
        }
        return withLogin(mayAsk ? 'choose' : null, async (login) => {
          const token = await exchangeForCluster(login, audience, fetch, around.clock())
          await store.saveToken(token)
          return token
        })
      })
    },
    logIn: (way) => locked(true, async () => void (await replaceLogin(way))),
    api: (name, way) =>
      locked(way !== null, () => withLogin(way, (login) => readApi(login, name, fetch))),
    withApi: (way, work) =>
      locked(way !== null, () =>
        withLogin(way, (login) => {
          // Opened with the first question: whoever finds what they want saved asks nothing.
          let opened: Promise<ApiCall> | undefined
          const call: ApiCall = async (name, body) => {
            opened ??= openApi(login, fetch)
            return (await opened)(name, body)
          }
          return work(call, store.saveCertificate)
        }),
      ),
    logOut({ forgetTrust }) {
      return locked(false, async () => {
        const login = store.login(issuer)
        const ended = login !== undefined && (await endAtIssuer(login))
        await store.forget(issuer, { trust: forgetTrust })
        if (login !== undefined && !ended) {
          throw new LanyardError(
            'ERR_NOT_REVOKED',
            `deleted from this device, but ${issuer} was not told`,
            {
              hint: 'end this device on your account page',
            },
          )
        }
        return login !== undefined
      })
    },
  }
}
