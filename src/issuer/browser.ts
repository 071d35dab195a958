import type Koa from 'koa'
import type { Provider } from 'oidc-provider'
import type { Store } from '../../db/index.ts'
import { ACR, acrOf } from '../access/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { ClientDefinition } from '../clusters/index.ts'
import type { Directory, Subject } from '../directory/index.ts'
import type { Clock, DeviceId, UserId } from '../errors/index.ts'
import { byOfRequest } from '../http/index.ts'
import type { Devices } from './devices.ts'
import { sessionSeconds } from './engine-configuration.ts'
import type { RequestWrites } from './request-writes.ts'
import type { BrowserSession, Issuer, IssuerConfig } from './types.ts'

export type EngineSession = InstanceType<Provider['Session']>

/** A session's idle time is moved on at most this often by our own pages. */
const TOUCH_EVERY_SECONDS = 60

export interface Browser {
  readonly api: Issuer['browser']
  /** The session's row, if somebody is signed in and it still holds. */
  find(
    ctx: Koa.Context,
  ): Promise<{ session: EngineSession; seen: BrowserSession; subject: Subject } | undefined>
  /** Ends the session of whoever was signed in here, unless it is this user's; resolves with whether it did. */
  dropOthers(ctx: Koa.Context, userId: UserId): Promise<boolean>
}

/** Sign-in outside of an authorization request, on the engine's own session rows and cookie. */
export function createBrowser(rooms: {
  engine: () => Provider
  store: Store
  clock: Clock
  config: IssuerConfig
  directory: Pick<Directory, 'subject'>
  devices: Devices
  writes: RequestWrites
  clientOf: (clientId: string) => ClientDefinition | undefined
}): Browser {
  const { engine, clock, config, directory, devices, writes } = rooms

  const find: Browser['find'] = async (ctx) => {
    const session = await load(engine(), ctx)
    const { accountId, loginTs } = session
    if (accountId === undefined || loginTs === undefined) return undefined
    const subject = await directory.subject(accountId as UserId)
    const authenticatedAt = Math.round(loginTs * 1000)
    if (subject?.status !== 'active' || authenticatedAt < subject.sessionsValidFrom) {
      return undefined
    }
    const seen: BrowserSession = {
      userId: subject.userId,
      authenticatedAt,
      amr: session.amr ?? [],
      acr: session.acr ?? ACR.any,
    }
    return { session, seen, subject }
  }

  async function save(ctx: Koa.Context, session: EngineSession): Promise<void> {
    const seconds = sessionSeconds(session, clock(), config.lifetimes)
    setCookie(engine(), ctx, session.jti, new Date(clock() + seconds * 1000))
    await session.save(seconds)
  }

  async function drop(ctx: Koa.Context): Promise<void> {
    const session = await load(engine(), ctx)
    const { accountId } = session
    const held = Object.entries(session.authorizations ?? {})
    const found = accountId === undefined ? undefined : await directory.subject(accountId as UserId)
    const by = byOfRequest(ctx.req, found ?? null)
    await writes.run(async () => {
      for (const [clientId, { grantId }] of held) {
        if (grantId === undefined || rooms.clientOf(clientId)?.kind !== 'application') continue
        await writes.add('always', async (tx) => {
          await devices.end(tx, grantId as DeviceId, 'device.revoked', by)
        })
      }
      await session.destroy()
      if (accountId === undefined) return
      await writes.add('always', (tx) =>
        recordEvent(tx, clock, {
          type: 'session.ended',
          by,
          target: { kind: 'user', id: accountId, ...(found ? { name: found.username } : {}) },
        }),
      )
    })
    setCookie(engine(), ctx, null)
  }

  async function dropOthers(ctx: Koa.Context, userId: UserId): Promise<boolean> {
    const { accountId } = await load(engine(), ctx)
    if (accountId === undefined || accountId === userId) return false
    await drop(ctx)
    return true
  }

  return {
    find,
    dropOthers,
    api: {
      async current(ctx) {
        const found = await find(ctx)
        if (found === undefined) return null
        const { session, seen } = found
        const left = session.exp - clock() / 1000
        const full = sessionSeconds(session, clock(), config.lifetimes)
        if (full - left > TOUCH_EVERY_SECONDS) await save(ctx, session)
        return seen
      },

      async signIn(ctx, { subject, amr }) {
        // Threat 18: nothing of whoever was here before is carried over, and the id is new either way.
        const dropped = await dropOthers(ctx, subject.userId)
        const Session = engine().Session
        const session = dropped ? new Session() : await load(engine(), ctx)
        session.loginAccount({
          accountId: subject.userId,
          loginTs: clock() / 1000,
          amr: [...amr],
          acr: acrOf(amr),
        })
        if (!('new' in session)) session.resetIdentifier()
        await writes.run(async () => {
          await writes.add('success', (tx) =>
            recordEvent(tx, clock, {
              type: 'user.signed_in',
              by: byOfRequest(ctx.req, subject),
              target: { kind: 'user', id: subject.userId, name: subject.username },
              detail: { amr },
            }),
          )
          await save(ctx, session)
        })
      },

      signOut: drop,
    },
  }
}

function load(provider: Provider, ctx: Koa.Context): Promise<EngineSession> {
  return provider.Session.get(provider.createContext(ctx.req, ctx.res))
}

/** As lib/shared/session.js of the engine sets it. */
function setCookie(provider: Provider, ctx: Koa.Context, value: string | null, expires?: Date) {
  const { cookies } = provider.createContext(ctx.req, ctx.res)
  cookies.set(provider.cookieName('session'), value, {
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    path: '/',
    overwrite: true,
    ...(expires === undefined ? {} : { expires }),
  })
}
