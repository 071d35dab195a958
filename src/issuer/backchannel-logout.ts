import {
  prepare,
  readDirectoryRevision,
  readRevisions,
  type Store,
  type Transaction,
} from '../../db/index.ts'
import type { ClientDefinition } from '../clusters/index.ts'
import type { Clock, DeviceId, UserId } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { DeliverLogout, Listener } from './backchannel-delivery.ts'
import type { Admissions } from './context.ts'

export interface BackchannelLogout {
  /** Looks for logins of applications that ended since, and begins to tell them. Never waits for an application. */
  tick(): Promise<void>
  close(): Promise<void>
}

export interface BackchannelRooms {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly admissions: Pick<Admissions, 'admit'>
  readonly clients: () => readonly ClientDefinition[]
  readonly deliver: DeliverLogout
}

interface Login {
  readonly id: string
  readonly user_id: string
}

interface Decided {
  readonly listener: Listener
  readonly login: Login
  readonly refused: boolean
}

/** One application that does not answer must not keep the others waiting, nor the queue from being the database's. */
const MAX_IN_FLIGHT = 8
/** So that a directory that changes all the time costs a bounded part of it. */
const DECISIONS_PER_TICK = 200
const PAGE = 100

const selectRevoked = prepare<{ clientId: string; now: number; limit: number }>()((db, param) =>
  db
    .selectFrom('devices')
    .select(['id', 'user_id'])
    .where('client_id', '=', param('clientId'))
    .where('revoked_at', 'is not', null)
    .where('logout_told_at', 'is', null)
    .where('expires_at', '>', param('now'))
    .limit(param('limit')),
)

const selectLiving = prepare<{ clientId: string; now: number; after: string }>()((db, param) =>
  db
    .selectFrom('devices')
    .select(['id', 'user_id'])
    .where('client_id', '=', param('clientId'))
    .where('id', '>', param('after'))
    .where('revoked_at', 'is', null)
    .where('logout_told_at', 'is', null)
    .where('expires_at', '>', param('now'))
    .orderBy('id')
    .limit(PAGE),
)

/**
 * OpenID Connect Back-Channel Logout 1.0: applications hear that a login ended, for whatever reason. The reason is not listened
 * for in each place where a login can end: what counts is that the one decision says no about a login that it once let in, so
 * sign-out, revocation, a disabled user and a group that was taken away are one case, whichever process did it.
 */
export function createBackchannelLogout(rooms: BackchannelRooms): BackchannelLogout {
  const { store, clock, log, admissions, deliver } = rooms
  const inFlight = new Map<string, number>()
  const running = new Set<Promise<void>>()
  const closing = new AbortController()
  let walk: AsyncGenerator<Decided, undefined> | undefined
  /** What people and applications were when the last walk began, unless it left somebody out. */
  let walkedAt = ''

  const free = (clientId: string): number => MAX_IN_FLIGHT - (inFlight.get(clientId) ?? 0)

  async function tell(listener: Listener, logins: readonly Login[]): Promise<void> {
    const { clientId } = listener
    for (const login of await store.write((tx) => claim(tx, logins, clock()))) {
      inFlight.set(clientId, (inFlight.get(clientId) ?? 0) + 1)
      const run = deliverOne(listener, login).finally(() => {
        inFlight.set(clientId, (inFlight.get(clientId) ?? 1) - 1)
        running.delete(run)
      })
      running.add(run)
    }
  }

  async function deliverOne(listener: Listener, login: Login): Promise<void> {
    try {
      const ended = { userId: login.user_id as UserId, deviceId: login.id as DeviceId }
      const outcome = await deliver(listener, ended, closing.signal)
      // The next start tells what this one was kept from telling.
      if (outcome === 'interrupted') await store.write((tx) => release(tx, login.id))
    } catch (error) {
      log.error({ err: error, application: listener.name }, 'telling of a logout failed')
    }
  }

  /** Logins that were ended by name: by sign-out, revocation or reuse. */
  async function tellRevoked(listeners: readonly Listener[]): Promise<void> {
    for (const listener of listeners) {
      const { clientId } = listener
      const limit = free(clientId)
      if (limit <= 0) continue
      const revoked = await store.all(selectRevoked, { clientId, now: clock(), limit })
      if (revoked.length > 0) await tell(listener, revoked)
    }
  }

  /** Every living login, decided anew. */
  async function* decideAnew(listeners: readonly Listener[]): AsyncGenerator<Decided, undefined> {
    for (const listener of listeners) {
      const { clientId } = listener
      let after: string | undefined = ''
      while (after !== undefined) {
        const page: Login[] = await store.all(selectLiving, { clientId, after, now: clock() })
        for (const login of page) {
          const [userId, device] = [login.user_id as UserId, login.id as DeviceId]
          const { kind } = await admissions.admit({ userId, clientId, device })
          yield { listener, login, refused: kind === 'refused' }
        }
        after = page.at(-1)?.id
      }
    }
  }

  /** A walk that failed is over: without this, whom it had not come to would never be told. */
  function forgetWalk(error: unknown): never {
    walk = undefined
    walkedAt = ''
    throw error
  }

  /** Logins that live and would be let in no more: the person is disabled or gone, or in no group that may enter. */
  async function tellRefused(listeners: readonly Listener[]): Promise<void> {
    if (walk === undefined) {
      const revision = `${(await readRevisions(store)).clients} ${await readDirectoryRevision(store)}`
      if (revision === walkedAt) return
      walkedAt = revision
      walk = decideAnew(listeners)
    }
    for (let looked = 0; looked < DECISIONS_PER_TICK; looked += 1) {
      const { value } = await walk.next().catch(forgetWalk)
      if (value === undefined) {
        walk = undefined
        return
      }
      if (!value.refused) continue
      if (free(value.listener.clientId) > 0) await tell(value.listener, [value.login])
      else walkedAt = ''
    }
  }

  return {
    async tick() {
      const listeners = rooms.clients().filter(isListener)
      if (listeners.length === 0 || closing.signal.aborted) return
      await tellRevoked(listeners)
      await tellRefused(listeners)
    },
    async close() {
      closing.abort()
      await Promise.allSettled(running)
    },
  }
}

function isListener(client: ClientDefinition): client is Listener {
  return client.backchannelLogoutUri !== null
}

/** Each login is told once, whichever process gets there first. */
async function claim(tx: Transaction, logins: readonly Login[], now: number): Promise<Login[]> {
  const ids = logins.map(({ id }) => id)
  return tx.query
    .updateTable('devices')
    .set({ logout_told_at: now })
    .where('id', 'in', ids)
    .where('logout_told_at', 'is', null)
    .returning(['id', 'user_id'])
    .execute()
}

async function release(tx: Transaction, id: string): Promise<void> {
  await tx.query.updateTable('devices').set({ logout_told_at: null }).where('id', '=', id).execute()
}
