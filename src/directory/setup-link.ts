import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, LanyardError } from '../errors/index.ts'
import { hasAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { addUserTo, findGroup, insertGroup } from './groups.ts'
import { hashOfCode, randomCode } from './link-code.ts'
import { hashNewPassword, storePassword } from './passwords.ts'
import type { SetupLink, User } from './types.ts'
import { getUserById, insertUser, parseUser, targetOf } from './user-rows.ts'

const LIFETIME_MS = 30 * 60_000

export function createSetupLink(context: Context): SetupLink {
  const { store, adminGroup } = context
  return {
    issue: (by) => issueLink(context, by),
    isOpen: async () => !(await hasAdmin(store.query, adminGroup)),
    complete: (setup, by) => completeSetup(context, setup, by),
  }
}

async function issueLink(
  { store, clock, adminGroup }: Context,
  by: By,
): Promise<{ code: string; expiresAt: EpochMs }> {
  const code = randomCode()
  return store.write(async (tx) => {
    if (await hasAdmin(tx.query, adminGroup)) throw closed()
    const expiresAt = clock() + LIFETIME_MS
    await tx.query.deleteFrom('setup_links').execute()
    await tx.query
      .insertInto('setup_links')
      .values({ code_hash: hashOfCode(code), expires_at: expiresAt, consumed_at: null })
      .execute()
    await recordEvent(tx, clock, { type: 'setup.link_issued', by, target: { kind: 'server' } })
    return { code, expiresAt }
  })
}

async function completeSetup(
  context: Context,
  setup: Parameters<SetupLink['complete']>[0],
  by: By,
): Promise<User> {
  const { store, clock, adminGroup } = context
  // Asked before anything is hashed, and again where it counts.
  await refuseUnlessOpen(context, setup.code)
  const parsed = parseUser(setup)
  const hash = await hashNewPassword(context, setup.password, parsed)
  return store.write(async (tx) => {
    if (await hasAdmin(tx.query, adminGroup)) throw closed()
    const now = clock()
    await consumeCode(tx, setup.code, now)
    const userId = await insertUser(tx, parsed, now)
    await storePassword(tx, { userId, hash, mustChange: false, now })
    const user = await getUserById(tx.query, userId)
    await recordEvent(tx, clock, { type: 'user.added', by, target: targetOf(user) })
    const group =
      (await findGroup(tx.query, adminGroup)) ??
      (await insertGroup(tx, context, adminGroup, 'May administer Lanyard', by))
    await addUserTo(tx, context, group, user, by)
    await recordEvent(tx, clock, { type: 'setup.completed', by, target: targetOf(user) })
    return user
  })
}

async function refuseUnlessOpen(
  { store, clock, adminGroup }: Context,
  code: string,
): Promise<void> {
  if (await hasAdmin(store.query, adminGroup)) throw closed()
  const link = await store.query
    .selectFrom('setup_links')
    .select('expires_at')
    .where('code_hash', '=', hashOfCode(code))
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', clock())
    .executeTakeFirst()
  if (link === undefined) throw wrongCode()
}

/** Single use: one conditional statement. */
async function consumeCode(tx: Transaction, code: string, now: EpochMs): Promise<void> {
  const { numUpdatedRows } = await tx.query
    .updateTable('setup_links')
    .set({ consumed_at: now })
    .where('code_hash', '=', hashOfCode(code))
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw wrongCode()
}

function closed(): LanyardError {
  return new LanyardError('ERR_SETUP_CLOSED', 'Lanyard has an admin already', {
    hint: 'sign in; a lost password is replaced on the server: lanyard user password NAME',
  })
}

function wrongCode(): LanyardError {
  return new LanyardError('ERR_SETUP_CODE', 'set-up code is wrong, used or older than 30 minutes', {
    hint: "run 'lanyard setup-link' on the server for a new one",
  })
}
