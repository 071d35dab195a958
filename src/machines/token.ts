import { createHash } from 'node:crypto'
import { parseUniqueObject } from '../kubernetes/index.ts'

/** Beyond what any issuer here makes: Kubernetes' and GitHub's are about 1 and 2 KiB. */
const MAX_TOKEN_BYTES = 8 * 1024

/** A compact JWS (RFC 7515 §7.1) that was read and not believed. */
export interface UnverifiedToken {
  readonly compact: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Undefined for whatever is no signed JWT with two plain objects in it. */
export function parseToken(compact: string): UnverifiedToken | undefined {
  if (compact.length > MAX_TOKEN_BYTES) return undefined
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(compact)
  const header = decodeObject(parts?.[1])
  const claims = decodeObject(parts?.[2])
  return header === undefined || claims === undefined ? undefined : { compact, header, claims }
}

function decodeObject(part: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (part === undefined) return undefined
  try {
    const bytes = Buffer.from(part, 'base64url')
    return parseUniqueObject(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/**
 * By what a token is known again. `jti` where it has one (RFC 7519 §4.1.7); else what was signed, and not the signature: of
 * ECDSA there can be two for one text.
 */
export function fingerprintOf({ compact, claims }: UnverifiedToken, issuerId: string): string {
  const { jti } = claims
  const known =
    typeof jti === 'string' && jti !== ''
      ? `jti ${jti}`
      : `jws ${compact.slice(0, compact.lastIndexOf('.'))}`
  return createHash('sha256').update(`${issuerId} ${known}`).digest('base64url')
}
