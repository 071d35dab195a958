import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, UserId } from '../errors/index.ts'
import type { Context } from './context.ts'
import { addUserTo, findGroup, insertGroup } from './groups.ts'
import { storePassword } from './passwords.ts'
import type { ImportedPerson, Imports, PersonToImport } from './types.ts'
import { findUser, getUserById, insertUser, parseUser, targetOf } from './user-rows.ts'

/** People who come from another list, in one write with whatever comes with them. */
export function createImports(context: Context): Imports {
  return {
    async hashPassword(password) {
      using place = context.hashing.reserve()
      return await place.hash(password)
    },
    put: (tx, person, by) => putPerson(tx, context, person, by),
  }
}

async function putPerson(
  tx: Transaction,
  context: Context,
  person: PersonToImport,
  by: By,
): Promise<ImportedPerson> {
  const known = await findUser(tx.query, person.username)
  const userId = known?.id ?? (await addPerson(tx, context, person.username, by))
  const user = await getUserById(tx.query, userId)
  for (const name of person.groups) {
    const group =
      (await findGroup(tx.query, name)) ?? (await insertGroup(tx, context, name, '', by))
    await addUserTo(tx, context, group, user, by)
  }
  const hasPassword = person.password !== null && (await isWithoutPassword(tx, userId))
  if (hasPassword) {
    const { hash, mustChange } = person.password
    await storePassword(tx, { userId, hash, mustChange, now: context.clock() })
    await recordEvent(tx, context.clock, {
      ...{ type: 'user.password_set', by, target: targetOf(user) },
      detail: { mustChange, imported: true },
    })
  }
  return { userId, isNew: known === undefined, hasPassword }
}

async function addPerson(
  tx: Transaction,
  { clock }: Context,
  username: string,
  by: By,
): Promise<UserId> {
  const id = await insertUser(tx, parseUser({ username }), clock())
  const target = targetOf({ id, username })
  await recordEvent(tx, clock, { type: 'user.added', by, target, detail: { imported: true } })
  return id
}

/** Nobody's own password is replaced by one from an old file. */
async function isWithoutPassword(tx: Transaction, userId: UserId): Promise<boolean> {
  const row = await tx.query
    .selectFrom('passwords')
    .select('user_id')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row === undefined
}
