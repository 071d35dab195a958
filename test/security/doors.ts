/** The doors that say who a token is, asked over real HTTPS as an apiserver and a proxy ask. */
import { compactDecrypt, importJWK, type JWK, SignJWT } from 'jose'
import { Agent, request } from 'undici'
import { deriveKey, loadKeySecret } from '../../src/config/index.ts'
import { byTest, type Lanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'

export type DoorKind = 'webhook' | 'proxy'
export const DOOR_KINDS = ['webhook', 'proxy'] as const

/** A name and its groups, or why nobody is let in. */
export type Seen = { readonly username: string; readonly groups: readonly string[] } | string

interface Asked {
  readonly kind: DoorKind
  readonly cluster: string
  readonly credential: string
  readonly token: string
  /** Told by a proxy alone. */
  readonly openedAt?: number
}

export interface Doors extends AsyncDisposable {
  issue(cluster: string, kind: DoorKind): Promise<string>
  /** Status alone where the credential was not taken. */
  ask(asked: Asked): Promise<Seen | number>
}

export function openDoors(lanyard: Lanyard): Doors {
  const dispatcher = new Agent({ connect: { ca: lanyard.ca } })
  return {
    async issue(cluster, kind) {
      const value = await lanyard.server.rooms.clusters.gateways.issue(cluster, kind, byTest)
      noteSecret(value, `credential of a ${kind}`)
      return value
    },
    async ask({ kind, cluster, credential, token, openedAt }) {
      const isWebhook = kind === 'webhook'
      const path = isWebhook ? `/webhook/${cluster}` : `/gateways/v1/proxy/${cluster}/review`
      const body = isWebhook
        ? { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
        : { reviews: [{ token, ...(openedAt === undefined ? {} : { openedAt }) }] }
      const answer = await request(lanyard.issuer + path, {
        ...{ dispatcher, method: 'POST', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      })
      const said: unknown = await answer.body.json()
      if (answer.statusCode !== 200) return answer.statusCode
      return isWebhook ? seenByWebhook(said) : seenByProxy(said)
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

interface User {
  readonly username: string
  readonly groups: readonly string[]
}

function seenByWebhook(said: unknown): Seen {
  const { status } = said as {
    status: { authenticated: boolean; error?: string; user?: User }
  }
  return status.authenticated && status.user !== undefined
    ? { username: status.user.username, groups: status.user.groups }
    : String(status.error)
}

function seenByProxy(said: unknown): Seen {
  const [answer] = (said as { reviews: { user?: User; refused?: string }[] }).reviews
  return answer?.user === undefined
    ? String(answer?.refused)
    : { username: answer.user.username, groups: answer.user.groups }
}

export interface StolenKey {
  readonly kid: string
  sign(claims: Readonly<Record<string, unknown>>, header?: object): Promise<string>
}

/** Lanyard's own signing key, as a thief of the data directory has it: what is signed by it is wrong in its claims alone. */
export async function stealKey(lanyard: Lanyard, alg: 'RS256' | 'ES256'): Promise<StolenKey> {
  const { kid, private_jwe } = await lanyard.server.rooms.store.query
    .selectFrom('signing_keys')
    .select(['kid', 'private_jwe'])
    .where('alg', '=', alg)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow()
  const secret = loadKeySecret({ data: lanyard.data, keySecret: null })
  const { plaintext } = await compactDecrypt(private_jwe, deriveKey(secret, 'signing-keys'))
  const key = await importJWK(JSON.parse(Buffer.from(plaintext).toString()) as JWK, alg)
  return {
    kid,
    async sign(claims, header = {}) {
      const token = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg, kid, typ: 'JWT', ...header })
        .sign(key)
      noteSecret(token, 'token by a stolen key')
      return token
    },
  }
}
