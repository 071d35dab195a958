import { hasCode, LanyardError, messageOf } from '../errors/index.ts'
import { parseClusters } from './api-documents.ts'
import type { CachedCertificate } from './cached-certificate.ts'
import type { CachedToken } from './cached-token.ts'
import { freshToken } from './cached-token.ts'
import type { Conversation } from './conversation.ts'
import {
  type ApiCall,
  asksForPasskey,
  exchangeForCluster,
  openApi,
  readApi,
  revoke,
} from './issuer-client.ts'
import { withLock } from './lock.ts'
import { LOGIN_MS, type LoginPurpose, type LoginWay, performLogin } from './login.ts'
import type { ElevatedLogin, Login, LoginStore, Trust } from './login-store.ts'
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
  /** Logs in anew, so that the cluster, if any, is satisfied; the login before it is ended. */
  logIn(way: LoginWay, cluster?: string): Promise<void>
  /** Does what a login of just now is asked for: where this one is older, after logging in anew. */
  withFreshLogin<T>(work: () => Promise<T>): Promise<T>
  /** Logs in by a passkey for one cluster, apart from the everyday login; the one before it for that cluster is ended. */
  elevate(way: LoginWay, cluster: string): Promise<void>
  /** A document of the read-only API, after a login where there is none and `way` is given. */
  api(name: string, way: LoginWay | null): Promise<unknown>
  /** Several questions to the API with one access token, under the lock; what they are for may be saved there. */
  withApi<T>(
    way: LoginWay | null,
    work: (call: ApiCall, save: (certificate: CachedCertificate) => Promise<void>) => Promise<T>,
    /** The cluster that it is about, by name or audience: its elevated login is tried first. */
    cluster?: string,
  ): Promise<T>
  /** Ends the login, and every elevated one, at the issuer and forgets them. False when there was none. */
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

  async function newLogin(way: LoginWay, purpose: LoginPurpose): Promise<Login> {
    try {
      return await performLogin(issuer, way, { around, conversation, fetch }, purpose)
    } catch (error) {
      await store.saveFailure(issuer, messageOf(error))
      throw error
    }
  }

  async function replaceLogin(way: LoginWay, purpose: LoginPurpose): Promise<Login> {
    const known = store.trust(issuer)
    const before = store.login(issuer)
    const login = await newLogin(way, purpose)
    await store.saveTrust(trust)
    await store.saveLogin(login)
    conversation.tell(`logged in to ${issuer}`)
    // A login made by way of another CA is not shown to whoever answers now.
    if (before !== undefined && known?.certificateAuthority === trust.certificateAuthority) {
      await endAtIssuer(before)
    }
    return login
  }

  async function replaceElevated(way: LoginWay, cluster: string): Promise<void> {
    const known = store.trust(issuer)
    const login = await newLogin(way, { cluster, elevate: true })
    await store.saveTrust(trust)
    const { clusters } = parseClusters(await readApi(login, 'clusters', fetch))
    const found = clusters.find(({ name, audience }) => name === cluster || audience === cluster)
    if (found === undefined) {
      await endAtIssuer(login)
      throw new LanyardError('ERR_CLUSTER_UNKNOWN', `you may not enter a cluster "${cluster}"`, {
        hint: 'see those that you may: kubectl lanyard whoami',
      })
    }
    const { name, audience } = found
    const before = elevatedFor(audience)
    await store.saveElevated({ ...login, audience, cluster: name })
    conversation.tell(`logged in to ${issuer} for ${name} by a passkey, beside the everyday login`)
    if (before !== undefined && known?.certificateAuthority === trust.certificateAuthority) {
      await endAtIssuer(before)
    }
  }

  function elevatedFor(cluster: string): ElevatedLogin | undefined {
    return store
      .elevated(issuer)
      .find((login) => login.audience === cluster || login.cluster === cluster)
  }

  /** Undefined where no elevated login lives and will do for this cluster; then it is the everyday one's turn. */
  async function withElevated<T>(
    cluster: string,
    use: (login: Login) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const login = elevatedFor(cluster)
    if (login === undefined) {
      return undefined
    }
    try {
      return { value: await use(login) }
    } catch (error) {
      if (!hasCode(error, 'ERR_LOGIN_GONE') && !hasCode(error, 'ERR_SIGN_IN_WEAK')) {
        throw error
      }
      conversation.tell(`the elevated login for ${login.cluster} has ended`)
      await store.forgetElevated(login)
      return undefined
    }
  }

  /** With the command to run where a stronger or newer login would get what this one does not. */
  function withCommand(error: unknown, cluster: string): unknown {
    if (!(error instanceof LanyardError && error.code === 'ERR_SIGN_IN_WEAK')) {
      return error
    }
    const which = store.issuers().length > 1 ? ` --issuer ${issuer}` : ''
    const elevate = asksForPasskey(error) ? ' --elevate' : ''
    const hint = `run: kubectl lanyard login --cluster ${cluster}${elevate}${which}`
    return new LanyardError(error.code, error.message, { cause: error, hint })
  }

  /** For one cluster: by its elevated login, else by the everyday one. */
  async function forCluster<T>(
    way: LoginWay | null,
    cluster: string,
    use: (login: Login) => Promise<T>,
  ): Promise<T> {
    const elevated = await withElevated(cluster, use)
    if (elevated !== undefined) {
      return elevated.value
    }
    try {
      return await withLogin(way, use, { cluster })
    } catch (error) {
      throw withCommand(error, cluster)
    }
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
  async function withLogin<T>(
    way: LoginWay | null,
    use: (login: Login) => Promise<T>,
    purpose: LoginPurpose = {},
  ): Promise<T> {
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
    return use(await replaceLogin(way, purpose))
  }

  return {
    clusterToken(audience, mayAsk) {
      return locked(mayAsk, async () => {
        const fresh = freshToken(around, issuer, audience)
        if (fresh !== undefined) {
          conversation.detail('another command has just fetched the token')
          return fresh
        }
        return forCluster(mayAsk ? 'choose' : null, audience, async (login) => {
          const token = await exchangeForCluster(login, audience, fetch, around.clock())
          await store.saveToken(token)
          return token
        })
      })
    },
    logIn: (way, cluster) =>
      locked(true, async () => {
        await replaceLogin(way, cluster === undefined ? {} : { cluster })
      }),
    async withFreshLogin(work) {
      try {
        return await work()
      } catch (error) {
        if (!hasCode(error, 'ERR_SIGN_IN_WEAK')) {
          throw error
        }
        conversation.tell(messageOf(error))
        await locked(true, () => replaceLogin('choose', { fresh: true }))
        return work()
      }
    },
    elevate: (way, cluster) => locked(true, () => replaceElevated(way, cluster)),
    api: (name, way) =>
      locked(way !== null, () => withLogin(way, (login) => readApi(login, name, fetch))),
    withApi: (way, work, cluster) =>
      locked(way !== null, () => {
        const use = (login: Login) => {
          // Opened with the first question: whoever finds what they want saved asks nothing.
          let opened: Promise<ApiCall> | undefined
          const call: ApiCall = async (name, body) => {
            opened ??= openApi(login, fetch)
            return (await opened)(name, body)
          }
          return work(call, store.saveCertificate)
        }
        return cluster === undefined ? withLogin(way, use) : forCluster(way, cluster, use)
      }),
    logOut({ forgetTrust }) {
      return locked(false, async () => {
        const login = store.login(issuer)
        const elevated = store.elevated(issuer)
        const all = [...(login === undefined ? [] : [login]), ...elevated]
        const ended: boolean[] = []
        for (const each of all) {
          ended.push(await endAtIssuer(each))
        }
        await Promise.all(elevated.map(store.forgetElevated))
        await store.forget(issuer, { trust: forgetTrust })
        if (ended.includes(false)) {
          throw new LanyardError(
            'ERR_NOT_REVOKED',
            `deleted from this device, but ${issuer} was not told`,
            {
              hint: 'end this device on your account page',
            },
          )
        }
        return all.length > 0
      })
    },
  }
}
