import type { Context } from 'koa'
import type { Subject } from '../directory/index.ts'
import type { By } from '../errors/index.ts'
import { byOfRequest } from '../http/index.ts'
import type { BrowserSession } from '../issuer/index.ts'
import type { Web } from './options.ts'

/** Somebody with a living session in this browser, as the directory knows them now. */
export interface Person {
  readonly session: BrowserSession
  readonly subject: Subject
  readonly by: By
}

/** Who is signed in here, or null. A session whose owner is gone, disabled or owes a new password counts for nothing. */
export async function personHere(ctx: Context, web: Web): Promise<Person | null> {
  const session = await web.issuer.browser.current(ctx)
  return session === null ? null : personOf(ctx, web, session)
}

/** The owner of a session. */
export async function personOf(
  ctx: Context,
  web: Web,
  session: BrowserSession,
): Promise<Person | null> {
  const subject = await web.directory.subject(session.userId)
  if (subject === undefined || subject.status !== 'active' || subject.mustChangePassword)
    return null
  return { session, subject, by: byOfRequest(ctx.req, subject) }
}
