import type { webcrypto } from 'node:crypto'
import { LanyardError } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { SigningAlg } from './types.ts'

/** A key that signs now. */
export interface ActiveKey {
  readonly kid: string
  readonly alg: SigningAlg
  readonly privateKey: webcrypto.CryptoKey
}

export interface Signer {
  /**
   * A compact JWS (RFC 7515 §7.1) by the active key.
   * @throws LanyardError ERR_TOKEN_TOO_LARGE
   */
  sign(
    alg: SigningAlg,
    claims: Readonly<Record<string, unknown>>,
    options?: {
      readonly typ?: string
      /** Instead of the configured limit, for what travels in no header. */
      readonly maxBytes?: number
    },
  ): Promise<string>
  active(alg: SigningAlg): { readonly kid: string }
  /** Swaps in the keys that are active now. */
  use(keys: readonly ActiveKey[]): void
}

/** Request headers of many servers end at 8 KiB, and a token is not alone in them. */
const WARN_BYTES = 6 * 1024

const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
} as const

export function createSigner(options: { maxTokenBytes: number; log: Log }): Signer {
  const { maxTokenBytes, log } = options
  const remarkable = Math.min(WARN_BYTES, maxTokenBytes)
  const byAlg = new Map<SigningAlg, ActiveKey>()
  const headers = new Map<string, string>()

  function active(alg: SigningAlg): ActiveKey {
    const key = byAlg.get(alg)
    if (key === undefined) throw new TypeError(`no active ${alg} key was loaded`)
    return key
  }

  return {
    active,
    use(keys) {
      headers.clear()
      for (const key of keys) byAlg.set(key.alg, key)
    },
    async sign(alg, claims, { typ = 'JWT', maxBytes } = {}) {
      const { kid, privateKey } = active(alg)
      let header = headers.get(`${alg} ${typ}`)
      if (header === undefined) {
        header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString('base64url')
        headers.set(`${alg} ${typ}`, header)
      }
      const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
      // RFC 7518 §3.4: WebCrypto's ECDSA signature is r || s already, as JWS wants it.
      const signature = await crypto.subtle.sign(ALGORITHMS[alg], privateKey, Buffer.from(input))
      const token = `${input}.${Buffer.from(signature).toString('base64url')}`
      if (token.length > (maxBytes ?? remarkable)) {
        judgeSize(token.length, claims, maxBytes ?? maxTokenBytes)
      }
      return token
    },
  }

  function judgeSize(
    bytes: number,
    claims: Readonly<Record<string, unknown>>,
    limit: number,
  ): void {
    const user = String(claims['preferred_username'] ?? claims['sub'])
    const groups = Array.isArray(claims['groups']) ? claims['groups'].length : 0
    const audience = String(claims['aud'])
    if (bytes > limit) {
      log.error({ user, groups, audience, bytes, limit }, 'token refused: too large')
      throw new LanyardError(
        'ERR_TOKEN_TOO_LARGE',
        `the token of "${user}" with ${groups} groups would be ${bytes} bytes, over the limit of ${limit}`,
        { hint: 'take the user out of groups that no cluster needs, or raise maxTokenBytes' },
      )
    }
    log.warn({ user, groups, audience, bytes }, 'token is large: proxies may refuse it')
  }
}
