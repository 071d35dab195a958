import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LanyardError } from '../errors/index.ts'
import type { CachedCertificate } from './cached-certificate.ts'
import type { CachedToken } from './cached-token.ts'
import type { DeviceKey } from './device-key.ts'
import { checkDirectory, type Owner, readGuarded } from './guarded-file.ts'
import { writeGuarded } from './guarded-write.ts'
import {
  CLIENT_ID,
  cacheRoot,
  certificateFile,
  elevatedFileName,
  isElevatedFileName,
  issuerDirectory,
  stateRoot,
  tokenFile,
} from './places.ts'
import type { Surroundings } from './surroundings.ts'

/** Which issuer this person trusts, and by which CA; outlives a logout. */
export interface Trust {
  readonly issuer: string
  readonly client: string
  /** PEM, or null for what the system trusts. */
  readonly certificateAuthority: string | null
}

/** Where an issuer's endpoints are, learned at login and checked to lie under its origin. */
export interface Endpoints {
  readonly issuer: string
  readonly authorization: string
  readonly token: string
  readonly deviceAuthorization: string | null
  readonly revocation: string | null
}

/** One login: what is needed to get a token for a cluster in one round trip. */
export interface Login {
  readonly issuer: string
  readonly client: string
  readonly refreshToken: string
  readonly key: DeviceKey
  readonly endpoints: Endpoints
}

/** A login beside the everyday one: for one cluster, and soon over. */
export interface ElevatedLogin extends Login {
  readonly audience: string
  /** What people call the cluster. */
  readonly cluster: string
}

export interface LoginStore {
  /** Every issuer that was set up on this device. */
  issuers(): string[]
  trust(issuer: string): Trust | undefined
  saveTrust(trust: Trust): Promise<void>
  login(issuer: string): Login | undefined
  /** Saves a new login. Tokens of the one before are dropped first: kubectl would go on using them. */
  saveLogin(login: Login): Promise<void>
  /** All elevated logins to this issuer. */
  elevated(issuer: string): ElevatedLogin[]
  /** Saves it in place of the one before for its cluster, whose tokens are dropped first. */
  saveElevated(login: ElevatedLogin): Promise<void>
  forgetElevated(login: ElevatedLogin): Promise<void>
  saveToken(token: CachedToken): Promise<void>
  saveCertificate(certificate: CachedCertificate): Promise<void>
  dropTokens(issuer: string): Promise<void>
  /** Forgets the login and its tokens; with `trust`, that the issuer was ever known. */
  forget(issuer: string, options?: { trust: boolean }): Promise<void>
  /** Says to those who wait for the same login that it has failed, and with which words. */
  saveFailure(issuer: string, message: string): Promise<void>
  failureSince(issuer: string, since: number): string | undefined
  directory(issuer: string): string
}

/** What lies in an issuer's directory under the state root. */
interface Files {
  'trust.json': Trust
  'login.json': Login
  elevated: ElevatedLogin
  'failure.json': { readonly issuer: string; readonly at: number; readonly message: string }
}

function readState<Name extends keyof Files>(
  directory: string,
  name: Name,
  owner: Owner,
): Files[Name] | undefined {
  const path = join(directory, name)
  const text = readGuarded(path, owner)
  if (text === undefined) {
    return undefined
  }
  try {
    return JSON.parse(text) as Files[Name]
  } catch (cause) {
    throw new LanyardError('ERR_STATE_DAMAGED', `"${path}" is damaged`, {
      cause,
      hint: `remove it and log in again: rm '${path}'`,
    })
  }
}

/** The files under the state and the cache directory. All reads refuse unsafe files with ERR_FILE_UNSAFE. */
export function createLoginStore(around: Surroundings): LoginStore {
  const owner = around.uid
  const directory = (issuer: string) => issuerDirectory(stateRoot(around), issuer)
  const file = (issuer: string, name: string) => join(directory(issuer), name)

  function read<Name extends keyof Files>(issuer: string, name: Name): Files[Name] | undefined {
    const value = readState(directory(issuer), name, owner)
    return value?.issuer === issuer ? value : undefined
  }

  function readElevated(issuer: string): ElevatedLogin[] {
    const at = directory(issuer)
    if (!checkDirectory(at, owner)) {
      return []
    }
    return readdirSync(at)
      .filter(isElevatedFileName)
      .flatMap((name) => readState(at, name as 'elevated', owner) ?? [])
      .filter((login) => login.issuer === issuer && login.client === CLIENT_ID)
  }

  /** What kubectl would go on using. */
  const dropCluster = async ({ issuer, audience, cluster }: ElevatedLogin) => {
    for (const path of [
      tokenFile(around, issuer, audience),
      certificateFile(around, issuer, audience),
      certificateFile(around, issuer, `name ${cluster}`),
    ]) {
      await rm(path, { force: true })
    }
  }

  const dropTokens = async (issuer: string) => {
    await rm(issuerDirectory(cacheRoot(around), issuer), { recursive: true, force: true })
  }

  return {
    directory,
    issuers() {
      const root = stateRoot(around)
      if (!checkDirectory(root, owner)) {
        return []
      }
      return readdirSync(root).flatMap(
        (name) => readState(join(root, name), 'trust.json', owner)?.issuer ?? [],
      )
    },
    trust: (issuer) => read(issuer, 'trust.json'),
    saveTrust: (trust) => writeGuarded(file(trust.issuer, 'trust.json'), trust, owner),
    login(issuer) {
      const login = read(issuer, 'login.json')
      return login?.client === CLIENT_ID ? login : undefined
    },
    async saveLogin(login) {
      await dropTokens(login.issuer)
      await writeGuarded(file(login.issuer, 'login.json'), login, owner)
      await rm(file(login.issuer, 'failure.json'), { force: true })
    },
    elevated: readElevated,
    async saveElevated(login) {
      await dropCluster(login)
      await writeGuarded(file(login.issuer, elevatedFileName(login.audience)), login, owner)
      await rm(file(login.issuer, 'failure.json'), { force: true })
    },
    async forgetElevated(login) {
      await dropCluster(login)
      await rm(file(login.issuer, elevatedFileName(login.audience)), { force: true })
    },
    saveToken: (token) =>
      writeGuarded(tokenFile(around, token.issuer, token.audience), token, owner),
    saveCertificate: (entry) =>
      writeGuarded(certificateFile(around, entry.issuer, entry.cluster), entry, owner),
    dropTokens,
    async forget(issuer, options) {
      await dropTokens(issuer)
      await rm(file(issuer, 'login.json'), { force: true })
      if (options?.trust) {
        await rm(file(issuer, 'trust.json'), { force: true })
      }
    },
    async saveFailure(issuer, message) {
      await writeGuarded(
        file(issuer, 'failure.json'),
        { issuer, at: around.clock(), message },
        owner,
      )
    },
    failureSince(issuer, since) {
      const failure = read(issuer, 'failure.json')
      return failure !== undefined && failure.at >= since ? failure.message : undefined
    },
  }
}
