import type { webcrypto } from 'node:crypto'
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, exportJWK, type JWK } from 'jose'
import { bumpRevision, type Schema, type Store, type Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { deriveKey } from '../config/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import type { ActiveKey } from './signer.ts'
import type { IssuerConfig, Key, SigningAlg } from './types.ts'

const SIGNING_ALGS: readonly SigningAlg[] = ['RS256', 'ES256']

/** Beyond the last token's `exp`: clocks that differ, and the 10 s for which an apiserver trusts a token longer. */
const REMOVAL_MARGIN_MS = 5 * 60_000

const SYSTEM: By = { actor: { kind: 'system' }, address: null, requestId: null }

export interface LoadedKeys {
  /** Private JWKs of everything published; those that sign now come first of their algorithm. */
  readonly engine: readonly JWK[]
  /** What the JWKS shows. */
  readonly published: readonly JWK[]
  readonly active: readonly ActiveKey[]
  /** Public keys of every state: what they once signed was ours. */
  readonly ever: readonly JWK[]
}

export interface Keys {
  /** Makes an active key of each algorithm where there is none. */
  ensure(): Promise<void>
  load(): Promise<LoadedKeys>
  list(): Promise<Key[]>
  /**
   * Publishes a new key. It signs after `publishAhead`; with `now` at once, which every apiserver that caches the JWKS refuses
   * until it asks again.
   * @throws LanyardError ERR_KEY_PENDING while another waits.
   */
  rotate(alg: SigningAlg, options: { readonly now?: boolean }, by: By): Promise<Key>
  /** Moves every state that is due, in one write; resolves with whether anything moved. */
  tick(): Promise<boolean>
}

type KeyRow = Schema['signing_keys']

export function createKeys(rooms: {
  store: Store
  clock: Clock
  config: IssuerConfig
  keySecret: Uint8Array
}): Keys {
  const { store, clock, config } = rooms
  const wrapping = deriveKey(rooms.keySecret, 'signing-keys')
  const unwrapped = new Map<string, { jwk: JWK; privateKey: webcrypto.CryptoKey }>()

  async function makeRow(alg: SigningAlg, times: { activatesAt: number }): Promise<KeyRow> {
    const { publicKey, privateKey } = await generate(alg)
    const publicJwk = await exportJWK(publicKey)
    const kid = await calculateJwkThumbprint(publicJwk)
    const secret = Buffer.from(JSON.stringify(await exportJWK(privateKey)))
    const private_jwe = await new CompactEncrypt(secret)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
      .encrypt(wrapping)
    return {
      kid,
      alg,
      state: 'next',
      public_jwk: JSON.stringify({ ...publicJwk, kid, alg, use: 'sig' }),
      private_jwe,
      published_at: clock(),
      activates_at: times.activatesAt,
      retired_at: null,
      removes_at: null,
    }
  }

  async function unwrap(row: KeyRow): Promise<{ jwk: JWK; privateKey: webcrypto.CryptoKey }> {
    const known = unwrapped.get(row.kid)
    if (known !== undefined) return known
    const { plaintext } = await compactDecrypt(row.private_jwe, wrapping).catch(
      (cause: unknown) => {
        throw new LanyardError('ERR_KEY_SECRET', `signing key ${row.kid} cannot be decrypted`, {
          hint: 'start with the key file or LANYARD_KEY_SECRET that this data directory was made with',
          cause,
        })
      },
    )
    const secret = JSON.parse(Buffer.from(plaintext).toString()) as webcrypto.JsonWebKey
    const found = {
      jwk: { ...secret, kid: row.kid, alg: row.alg, use: 'sig' } as JWK,
      privateKey: await crypto.subtle.importKey('jwk', secret, ALGORITHMS[row.alg], false, [
        'sign',
      ]),
    }
    unwrapped.set(row.kid, found)
    return found
  }

  /** The active key steps down: what it signed last is dead after one lifetime. */
  async function activate(tx: Transaction, row: KeyRow, by: By): Promise<void> {
    const now = clock()
    const old = await tx.query
      .updateTable('signing_keys')
      .set({
        state: 'retired',
        retired_at: now,
        removes_at: now + config.lifetimes.idToken * 1000 + REMOVAL_MARGIN_MS,
      })
      .where('alg', '=', row.alg)
      .where('state', '=', 'active')
      .returning('kid')
      .executeTakeFirst()
    await tx.query
      .updateTable('signing_keys')
      .set({ state: 'active', activates_at: now })
      .where('kid', '=', row.kid)
      .execute()
    if (old !== undefined) await record(tx, 'key.retired', { ...row, kid: old.kid }, by)
    await record(tx, 'key.activated', row, by)
  }

  function record(
    tx: Transaction,
    type: 'key.published' | 'key.activated' | 'key.retired' | 'key.removed',
    { kid, alg }: KeyRow,
    by: By,
  ): Promise<void> {
    return recordEvent(tx, clock, { type, by, target: { kind: 'key', id: kid }, detail: { alg } })
  }

  return {
    async ensure() {
      const active = await store.query
        .selectFrom('signing_keys')
        .select('alg')
        .where('state', '=', 'active')
        .execute()
      const missing = SIGNING_ALGS.filter((alg) => !active.some((row) => row.alg === alg))
      if (missing.length === 0) return
      const made = await Promise.all(missing.map((alg) => makeRow(alg, { activatesAt: clock() })))
      await store.write(async (tx) => {
        for (const row of made) {
          const inserted = await tx.query
            .insertInto('signing_keys')
            .values({ ...row, state: 'active' })
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirst()
          if (inserted.numInsertedOrUpdatedRows !== 1n) continue
          await record(tx, 'key.published', row, SYSTEM)
          await record(tx, 'key.activated', row, SYSTEM)
        }
        await bumpRevision(tx, 'keys')
      })
    },

    async load() {
      const all = await store.query
        .selectFrom('signing_keys')
        .selectAll()
        .orderBy('published_at', 'desc')
        .execute()
      const ever = all.map((row) => JSON.parse(row.public_jwk) as JWK)
      const rows = all.filter(({ state }) => state !== 'removed')
      rows.sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active'))
      // Whichever process removed a key, every one that reads the change forgets its private half.
      for (const kid of unwrapped.keys()) {
        if (!rows.some((row) => row.kid === kid)) unwrapped.delete(kid)
      }
      const keys = await Promise.all(rows.map(async (row) => ({ row, ...(await unwrap(row)) })))
      return {
        ever,
        engine: keys.map(({ jwk }) => jwk),
        published: rows.map((row) => JSON.parse(row.public_jwk) as JWK),
        active: keys
          .filter(({ row }) => row.state === 'active')
          .map(({ row: { kid, alg }, privateKey }) => ({ kid, alg, privateKey })),
      }
    },

    async list() {
      const rows = await store.query
        .selectFrom('signing_keys')
        .selectAll()
        .orderBy('alg')
        .orderBy('published_at', 'desc')
        .execute()
      return rows.map(toKey)
    },

    async rotate(alg, { now = false }, by) {
      const row = await makeRow(alg, {
        activatesAt: clock() + (now ? 0 : config.lifetimes.publishAhead * 1000),
      })
      return store.write(async (tx) => {
        const waiting = await tx.query
          .selectFrom('signing_keys')
          .selectAll()
          .where('alg', '=', alg)
          .where('state', '=', 'next')
          .executeTakeFirst()
        if (waiting !== undefined && !now) throw pending(waiting)
        const chosen = waiting ?? row
        if (waiting === undefined) {
          await tx.query.insertInto('signing_keys').values(row).execute()
          await record(tx, 'key.published', row, by)
        }
        if (now) await activate(tx, chosen, by)
        await bumpRevision(tx, 'keys')
        return toKey(now ? { ...chosen, state: 'active', activates_at: clock() } : chosen)
      })
    },

    async tick() {
      const now = clock()
      const due = await store.query
        .selectFrom('signing_keys')
        .select('kid')
        .where(({ or, and, eb }) =>
          or([
            and([eb('state', '=', 'next'), eb('activates_at', '<=', now)]),
            and([eb('state', '=', 'retired'), eb('removes_at', '<=', now)]),
          ]),
        )
        .execute()
      if (due.length === 0) return false
      return store.write(async (tx) => {
        const removed = await tx.query
          .updateTable('signing_keys')
          .set({ state: 'removed', private_jwe: '' })
          .where('state', '=', 'retired')
          .where('removes_at', '<=', now)
          .returningAll()
          .execute()
        for (const row of removed) await record(tx, 'key.removed', row, SYSTEM)
        const ready = await tx.query
          .selectFrom('signing_keys')
          .selectAll()
          .where('state', '=', 'next')
          .where('activates_at', '<=', now)
          .execute()
        for (const row of ready) await activate(tx, row, SYSTEM)
        if (removed.length + ready.length > 0) await bumpRevision(tx, 'keys')
        return removed.length + ready.length > 0
      })
    },
  }
}

const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
} as const

function generate(alg: SigningAlg): Promise<webcrypto.CryptoKeyPair> {
  if (alg === 'ES256') {
    return crypto.subtle.generateKey(ALGORITHMS.ES256, true, ['sign', 'verify'])
  }
  const rsa = {
    ...ALGORITHMS.RS256,
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
  return crypto.subtle.generateKey(rsa, true, ['sign', 'verify'])
}

function pending({ alg, activates_at }: KeyRow): LanyardError {
  const when = new Date(activates_at).toISOString()
  return new LanyardError(
    'ERR_KEY_PENDING',
    `the next ${alg} key is published already and begins to sign at ${when}`,
    { hint: 'wait for it, or let it sign at once with --now' },
  )
}

function toKey(row: KeyRow): Key {
  return {
    kid: row.kid,
    alg: row.alg,
    state: row.state,
    publishedAt: row.published_at,
    activatesAt: row.activates_at,
    retiredAt: row.retired_at,
    removesAt: row.removes_at,
  }
}
