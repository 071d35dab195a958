import type { Selectable } from 'kysely'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { LanyardError, type UserId } from '../errors/index.ts'
import { canonicaliseName, quoteName } from '../kubernetes/index.ts'
import {
  canonicalName,
  parseDisplayName,
  parseEmail,
  randomId,
  refuseRetiredName,
} from './names.ts'
import type { NewUser, User } from './types.ts'

type UserRow = Selectable<Schema['users']> & { readonly must_change: number | null }

/** Users with the state of their passwords, never the hash. */
export function selectUsers(query: Queries) {
  return query
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .selectAll('users')
    .select('passwords.must_change')
}

export function toUser(row: UserRow): User {
  return {
    id: row.id as UserId,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    emailVerified: row.email_verified === 1,
    status: row.status,
    createdAt: row.created_at,
    sessionsValidFrom: row.sessions_valid_from,
    hasPassword: row.must_change !== null,
    mustChangePassword: row.must_change === 1,
  }
}

export async function findUser(query: Queries, username: string): Promise<User | undefined> {
  const row = await selectUsers(query)
    .where('users.username', '=', canonicaliseName(username))
    .executeTakeFirst()
  return row === undefined ? undefined : toUser(row)
}

/** @throws LanyardError ERR_USER_UNKNOWN */
export async function getUser(query: Queries, username: string): Promise<User> {
  const user = await findUser(query, username)
  if (user !== undefined) return user
  throw new LanyardError('ERR_USER_UNKNOWN', `no user is named ${quoteName(username)}`, {
    hint: 'lanyard user list shows them all',
  })
}

/** @throws LanyardError ERR_USER_UNKNOWN */
export async function getUserById(query: Queries, id: UserId): Promise<User> {
  const row = await selectUsers(query).where('users.id', '=', id).executeTakeFirst()
  if (row !== undefined) return toUser(row)
  throw new LanyardError('ERR_USER_UNKNOWN', `no user has the id ${quoteName(id)}`)
}

/** A new user whose every field has been looked at; nothing is stored yet. */
export interface ParsedUser {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
}

export function parseUser({ username: input, displayName, email }: NewUser): ParsedUser {
  const username = canonicalName('user', input)
  return {
    username,
    displayName: displayName === undefined ? username : parseDisplayName(displayName),
    email: email === undefined ? null : parseEmail(email),
  }
}

/** @throws LanyardError ERR_USER_EXISTS, ERR_NAME_RETIRED */
export async function insertUser(
  tx: Transaction,
  { username, displayName, email }: ParsedUser,
  now: number,
): Promise<UserId> {
  await refuseRetiredName(tx, 'user', username)
  const id = randomId() as UserId
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('users')
    .values({
      id,
      username,
      display_name: displayName,
      email,
      email_verified: 0,
      status: 'active',
      created_at: now,
      sessions_valid_from: 0,
    })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) {
    throw new LanyardError('ERR_USER_EXISTS', `user ${quoteName(username)} exists already`)
  }
  return id
}

/** The user as an audit target. */
export function targetOf({ id, username }: Pick<User, 'id' | 'username'>) {
  return { kind: 'user', id, name: username } as const
}
