import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, UserId } from '../errors/index.ts'
import type { Context } from './context.ts'
import { addUserTo, getGroup } from './groups.ts'
import { groupsAbove } from './groups-above.ts'
import {
  cameByMail,
  consumeInvitation,
  findOpenRow,
  groupsOfInvitation,
  type InvitationRow,
  mayMakeAdmins,
  readToken,
  refusePromisedName,
  targetOfInvitation,
} from './invitation-rows.ts'
import type { Invitations } from './invitation-types.ts'
import { linkGone } from './link-code.ts'
import { hashNewPassword, storePassword } from './passwords.ts'
import type { User } from './types.ts'
import { getUserById, insertUser, parseUser, targetOf } from './user-rows.ts'

export async function acceptInvitation(
  context: Context,
  { token, username, password }: Parameters<Invitations['accept']>[0],
  by: By,
): Promise<User> {
  const { store, clock, secret, audit } = context
  const { codeHash, proof } = readToken(token)
  // Asked before anything is hashed, and again where it counts.
  const open = await findOpenRow(store.query, codeHash, clock())
  if (open === undefined) throw linkGone('invitation')
  const parsed = parseUser({
    username: open.username ?? username,
    ...(open.display_name === null ? {} : { displayName: open.display_name }),
    ...(open.email === null ? {} : { email: open.email }),
  })
  const hash = await hashNewPassword(context, password, parsed)
  const [made] = await audit.list({ types: ['invitation.created'], target: open.id, limit: 1 })
  const promised = [made?.detail['groups'] ?? []].flat().map(String)
  return store.write(async (tx) => {
    const now = clock()
    const invitation = await consumeInvitation(tx, codeHash, now)
    if (invitation.username === null) await refusePromisedName(tx, parsed.username, now)
    const userId = await insertUser(tx, parsed, now)
    await storePassword(tx, { userId, hash, mustChange: false, now })
    const proved = cameByMail(secret, invitation, proof)
    await finishRows(tx, { invitation, userId, proved })
    const user = await getUserById(tx.query, userId)
    await recordEvent(tx, clock, { type: 'user.added', by, target: targetOf(user) })
    const groups = await enterGroups(tx, context, invitation, user, by)
    const gone = promised.filter((name) => !groups.known.has(name))
    const skipped = [...groups.refused, ...gone]
    await recordEvent(tx, clock, {
      ...{ type: 'invitation.accepted', by, target: targetOfInvitation(invitation) },
      detail: {
        ...{ user: user.id, username: user.username, emailProved: proved, groups: groups.entered },
        ...(skipped.length === 0 ? {} : { skipped }),
      },
    })
    return user
  })
}

async function finishRows(
  tx: Transaction,
  { invitation, userId, proved }: { invitation: InvitationRow; userId: UserId; proved: boolean },
): Promise<void> {
  await tx.query
    .updateTable('invitations')
    .set({ user_id: userId })
    .where('id', '=', invitation.id)
    .execute()
  // Threat 13: read in its own mailbox, and nowhere else.
  if (!proved) return
  await tx.query.updateTable('users').set({ email_verified: 1 }).where('id', '=', userId).execute()
}

/** Puts the user where the invitation says, but for what its maker might not give away any more. */
async function enterGroups(
  tx: Transaction,
  context: Context,
  invitation: InvitationRow,
  user: User,
  by: By,
): Promise<{ entered: string[]; refused: string[]; known: ReadonlySet<string> }> {
  const entered: string[] = []
  const refused: string[] = []
  const groups = await groupsOfInvitation(tx.query, invitation.id)
  const mayAll = await mayMakeAdmins(tx.query, context.adminGroup, invitation)
  for (const { id, name } of groups) {
    const leadsTo = await groupsAbove(tx.query, [id])
    if (leadsTo.includes(context.adminGroup) && !mayAll) {
      refused.push(name)
      continue
    }
    await addUserTo(tx, context, await getGroup(tx.query, name), user, by)
    entered.push(name)
  }
  return { entered, refused, known: new Set(groups.map(({ name }) => name)) }
}
