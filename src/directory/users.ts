import type { Transaction } from '../../db/index.ts'
import { type AuditDetail, type AuditType, recordEvent } from '../audit/index.ts'
import type { By } from '../errors/index.ts'
import { keepAnAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { revokeInvitationsBy } from './invitation-rows.ts'
import { endPendingLinks } from './link-code.ts'
import { buryName, parseDisplayName, parseEmail } from './names.ts'
import { pageBounds } from './page.ts'
import {
  changeOwnPassword,
  endSessions,
  hashNewPassword,
  setPassword,
  storePassword,
} from './passwords.ts'
import type { NewUser, User, UserChange, Users } from './types.ts'
import {
  findUser,
  getUser,
  getUserById,
  insertUser,
  parseUser,
  selectUsers,
  targetOf,
  toUser,
} from './user-rows.ts'

export function createUsers(context: Context): Users {
  const { store, clock } = context
  return {
    add: (user, by) => addUser(context, user, by),
    async list(page = {}) {
      const { after, from, before, limit } = pageBounds(page)
      const rows = await selectUsers(store.query)
        .where('users.username', '>', after)
        .where('users.username', '>=', from)
        .where('users.username', '<', before)
        .orderBy('users.username')
        .limit(limit)
        .execute()
      return rows.map(toUser)
    },
    find: (username) => findUser(store.query, username),
    get: (username) => getUser(store.query, username),
    async byId(id) {
      const row = await selectUsers(store.query).where('users.id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toUser(row)
    },
    change: (username, change, by) => changeUser(context, username, change, by),
    disable: (username, by) =>
      store.write((tx) =>
        keepAnAdmin(tx, context.adminGroup, () => setStatus(tx, context, username, 'disabled', by)),
      ),
    enable: (username, by) => store.write((tx) => setStatus(tx, context, username, 'active', by)),
    endSessions: (username, by) =>
      store.write(async (tx) => {
        const user = await getUser(tx.query, username)
        await endSessions(tx, user.id, clock())
        await record(tx, context, 'session.ended', user, by)
      }),
    delete: (username, by) =>
      store.write((tx) =>
        keepAnAdmin(tx, context.adminGroup, async () => {
          const user = await getUser(tx.query, username)
          await revokeInvitationsBy(tx, clock, user.id, by)
          await tx.query.deleteFrom('users').where('id', '=', user.id).execute()
          await buryName(tx, 'user', user.username, clock())
          await record(tx, context, 'user.deleted', user, by)
        }),
      ),
    setPassword: (username, password, options, by) =>
      setPassword(context, username, password, options, by),
    changePassword: (userId, change, by) => changeOwnPassword(context, userId, change, by),
  }
}

async function addUser(context: Context, user: NewUser, by: By): Promise<User> {
  const parsed = parseUser(user)
  // Hashing waits for other threads, so it comes before the write.
  const hash =
    user.password === undefined ? null : await hashNewPassword(context, user.password, parsed)
  return context.store.write(async (tx) => {
    const now = context.clock()
    const id = await insertUser(tx, parsed, now)
    if (hash !== null) {
      await storePassword(tx, { userId: id, hash, mustChange: user.mustChange ?? true, now })
    }
    const added = await getUserById(tx.query, id)
    await record(tx, context, 'user.added', added, by)
    return added
  })
}

function changeUser(context: Context, username: string, change: UserChange, by: By): Promise<User> {
  return context.store.write((tx) => changeUserIn(tx, context, username, change, by))
}

/** @throws LanyardError ERR_USER_UNKNOWN, ERR_DISPLAY_NAME, ERR_EMAIL */
export async function changeUserIn(
  tx: Transaction,
  context: Context,
  username: string,
  change: UserChange,
  by: By,
): Promise<User> {
  const displayName =
    change.displayName === undefined ? undefined : parseDisplayName(change.displayName)
  const email =
    change.email === undefined || change.email === null ? change.email : parseEmail(change.email)
  const user = await getUser(tx.query, username)
  const next = {
    display_name: displayName ?? user.displayName,
    email: email === undefined ? user.email : email,
  }
  // Whoever proved one address has proved nothing about the next.
  const kept = next.email === user.email && user.emailVerified
  const verified = next.email !== null && (change.emailVerified ?? kept)
  await tx.query
    .updateTable('users')
    .set({ ...next, email_verified: verified ? 1 : 0 })
    .where('id', '=', user.id)
    .execute()
  // Threat 13: a change that began without the old mailbox's word would go round it once that is proved.
  if (next.email !== user.email || verified !== user.emailVerified) {
    await endPendingLinks(tx, user.id)
  }
  const fields = [
    ...(next.display_name === user.displayName ? [] : ['displayName']),
    ...(next.email === user.email ? [] : ['email']),
    ...(verified === user.emailVerified ? [] : ['emailVerified']),
  ]
  if (fields.length > 0) await record(tx, context, 'user.changed', user, by, { fields })
  return getUserById(tx.query, user.id)
}

export async function setStatus(
  tx: Transaction,
  context: Context,
  username: string,
  status: 'active' | 'disabled',
  by: By,
): Promise<User> {
  const user = await getUser(tx.query, username)
  if (user.status === status) return user
  await tx.query
    .updateTable('users')
    // Sessions from before must not come back to life with the user.
    .set(status === 'disabled' ? { status, sessions_valid_from: context.clock() } : { status })
    .where('id', '=', user.id)
    .execute()
  await endPendingLinks(tx, user.id)
  if (status === 'disabled') await revokeInvitationsBy(tx, context.clock, user.id, by)
  await record(tx, context, status === 'active' ? 'user.enabled' : 'user.disabled', user, by)
  return getUserById(tx.query, user.id)
}

function record(
  tx: Transaction,
  { clock }: Context,
  type: AuditType,
  user: User,
  by: By,
  detail: AuditDetail = {},
): Promise<void> {
  return recordEvent(tx, clock, { type, by, target: targetOf(user), detail })
}
