import { compactVerify } from 'jose'
import { type Clock, type EpochMs, LanyardError, messageOf } from '../errors/index.ts'
import { parseUniqueObject } from '../kubernetes/index.ts'
import type { Outbound } from '../outbound/index.ts'
import { importKey, type KeySet, keysFor, parseKeySet } from './key-set.ts'
import type { UnverifiedToken } from './token.ts'
import type { MachineFault, TrustedIssuer } from './types.ts'

/** Keys that were fetched are taken for so long without a question: a key taken back is good for as long, at most. */
const FRESH_MS = 10 * 60_000
/** … and for so long while the issuer cannot be reached. */
const STALE_MS = 60 * 60_000
/** Between two questions for a key that is not there; less after a failure without any keys. */
const COOLDOWN_MS = 30_000
const RETRY_MS = 5_000
const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024

interface Entry {
  /** What it was asked by: an issuer that was changed is another. */
  readonly source: string
  readonly keys: KeySet | null
  readonly fetchedAt: EpochMs
  readonly triedAt: EpochMs
  readonly fault: string
}

export interface IssuerKeys {
  /** Null where the issuer's own key signed the token. */
  signatureFault(token: UnverifiedToken, issuer: TrustedIssuer): Promise<MachineFault | null>
  /** Asks now. Throws ERR_KEYS_UNAVAILABLE. */
  count(issuer: TrustedIssuer): Promise<number>
}

export function createIssuerKeys({
  outbound,
  clock,
}: {
  readonly outbound: Outbound
  readonly clock: Clock
}): IssuerKeys {
  const entries = new Map<string, Entry>()
  const asking = new Map<string, Promise<Entry>>()

  async function fetchEntry(issuer: TrustedIssuer): Promise<Entry> {
    const before = entries.get(issuer.id)
    const now = clock()
    const source = sourceOf(issuer)
    const entry = await fetchKeys(outbound, issuer).then(
      (keys) => ({ source, keys, fetchedAt: now, triedAt: now, fault: '' }),
      (error: unknown) => {
        const isOurs = before?.source === source && now - before.fetchedAt < STALE_MS
        return {
          source,
          keys: isOurs ? before.keys : null,
          fetchedAt: isOurs ? before.fetchedAt : 0,
          triedAt: now,
          fault: messageOf(error),
        }
      },
    )
    entries.set(issuer.id, entry)
    return entry
  }

  /** Whoever asks at once shares one request. */
  function ask(issuer: TrustedIssuer): Promise<Entry> {
    const key = `${issuer.id} ${sourceOf(issuer)}`
    const running = asking.get(key)
    if (running !== undefined) return running
    const started = fetchEntry(issuer).finally(() => asking.delete(key))
    asking.set(key, started)
    return started
  }

  async function keysOf(issuer: TrustedIssuer, kid: unknown): Promise<Entry> {
    const now = clock()
    if (issuer.jwks !== null) {
      const keys = parseKeySet(issuer.jwks)
      return { source: '', keys, fetchedAt: now, triedAt: now, fault: '' }
    }
    const known = entries.get(issuer.id)
    if (known === undefined || known.source !== sourceOf(issuer)) return ask(issuer)
    const isThere = kid === undefined || known.keys?.some((key) => key.kid === kid) === true
    if (isThere && known.keys !== null && now - known.fetchedAt < FRESH_MS) return known
    const wait = known.keys === null ? RETRY_MS : COOLDOWN_MS
    if (now - known.triedAt >= wait) return ask(issuer)
    const isGone = now - known.fetchedAt >= STALE_MS
    return isGone ? { ...known, keys: null } : known
  }

  return {
    async signatureFault({ compact, header }, issuer) {
      const { kid } = header
      const alg = String(header['alg'])
      const { keys, fault } = await keysOf(issuer, kid)
      if (keys === null) {
        return {
          reason: 'keys_unavailable',
          sentence: `the keys of issuer ${issuer.name} cannot be had now: ${fault}`,
        }
      }
      const [key, ...more] = keysFor(keys, { kid, alg })
      // Without a kid, or with one that stands twice, nobody can say which key is meant.
      if (key === undefined || more.length > 0) {
        return { reason: 'signature', sentence: 'no one key of its issuer could have signed it' }
      }
      try {
        await compactVerify(compact, await importKey(key, alg), { algorithms: [alg] })
        return null
      } catch {
        return { reason: 'signature', sentence: 'its signature is not by its issuer' }
      }
    },
    async count(issuer) {
      if (issuer.jwks !== null) return parseKeySet(issuer.jwks).length
      const { keys, fault } = await ask(issuer)
      if (keys !== null && fault === '') return keys.length
      throw new LanyardError('ERR_KEYS_UNAVAILABLE', fault)
    },
  }
}

function sourceOf({ issuer, jwksUri, certificateAuthority }: TrustedIssuer): string {
  return [issuer, jwksUri ?? '', certificateAuthority ?? ''].join(' ')
}

async function fetchKeys(outbound: Outbound, issuer: TrustedIssuer): Promise<KeySet> {
  const url = issuer.jwksUri ?? (await discoverKeys(outbound, issuer))
  return parseKeySet(await read(outbound, issuer, url))
}

/**
 * Threat 21: a discovery document is a stranger's text, and may name keys at its own issuer's address alone. An admin who
 * wants them from elsewhere says so.
 */
async function discoverKeys(outbound: Outbound, issuer: TrustedIssuer): Promise<string> {
  const base = issuer.issuer.replace(/\/$/, '')
  const text = await read(outbound, issuer, `${base}/.well-known/openid-configuration`)
  const document = parseUniqueObject(text)
  // OpenID Connect Discovery 1.0 §4.3
  if (document?.['issuer'] !== issuer.issuer) {
    throw unusable('its discovery document is not of this issuer')
  }
  const { jwks_uri: uri } = document
  if (typeof uri !== 'string' || !URL.canParse(uri)) {
    throw unusable('its discovery document names no address of keys')
  }
  if (new URL(uri).origin !== new URL(issuer.issuer).origin) {
    throw unusable(
      `its discovery document names keys at another address, ${new URL(uri).origin}: if that is right, add the issuer with --jwks-uri or --jwks-file`,
    )
  }
  return uri
}

async function read(outbound: Outbound, issuer: TrustedIssuer, url: string): Promise<string> {
  const { certificateAuthority } = issuer
  const { status, text } = await outbound.ask({
    ...{ url, method: 'GET', certificateAuthority, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
    // Some send a key set under its own type alone (RFC 7517 §8.5.2): kube-apiserver answers 406 else.
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (status === 200) return text
  throw unusable(`${new URL(url).origin} answered ${status} instead of 200`)
}

function unusable(sentence: string): LanyardError {
  return new LanyardError('ERR_KEYS_UNAVAILABLE', sentence)
}
