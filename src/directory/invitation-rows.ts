import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, type Clock, type EpochMs, LanyardError, type UserId } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { isAdminForGood } from './admins.ts'
import type { Invitation } from './invitation-types.ts'
import { hashOfCode, linkGone } from './link-code.ts'

export type InvitationRow = Selectable<Schema['invitations']>

/** Between the code of an invitation and what proves that it came by mail. */
const SEPARATOR = '~'

/** The end of the link that goes to the address, and to nobody else: whoever made the invitation cannot say it. */
export function mailedToken(secret: Uint8Array, code: string, email: string): string {
  return `${code}${SEPARATOR}${proofOf(secret, hashOfCode(code), email).toString('base64url')}`
}

function proofOf(secret: Uint8Array, codeHash: string, email: string): Buffer {
  return createHmac('sha256', secret).update(`mailed-invitation:${codeHash}:${email}`).digest()
}

/** The hash of a token's code, and its proof. */
export function readToken(token: string): { codeHash: string; proof: string } {
  const [code = '', proof = ''] = token.slice(0, 200).split(SEPARATOR)
  return { codeHash: hashOfCode(code), proof }
}

/** Whether the token was read in the mailbox of the invitation's address. */
export function cameByMail(secret: Uint8Array, row: InvitationRow, proof: string): boolean {
  if (row.email === null) return false
  const expected = proofOf(secret, row.code_hash, row.email)
  const given = Buffer.from(proof, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export async function findOpenRow(
  query: Queries,
  codeHash: string,
  now: EpochMs,
): Promise<InvitationRow | undefined> {
  return query
    .selectFrom('invitations')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

/** Single use: one conditional statement. @throws LanyardError ERR_INVITATION_CODE */
export async function consumeInvitation(
  tx: Transaction,
  codeHash: string,
  now: EpochMs,
): Promise<InvitationRow> {
  const row = await tx.query
    .updateTable('invitations')
    .set({ consumed_at: now })
    .where('code_hash', '=', codeHash)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw linkGone('invitation')
  return row
}

/** Whoever is put out comes back by no invitation of their own, not even once they are let in again. */
export async function revokeInvitationsBy(
  tx: Transaction,
  clock: Clock,
  maker: UserId,
  by: By,
): Promise<void> {
  const now = clock()
  const rows = await tx.query
    .updateTable('invitations')
    .set({ revoked_at: now })
    .where('invited_by_id', '=', maker)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .execute()
  for (const row of rows) {
    const target = targetOfInvitation(row)
    await recordEvent(tx, clock, { type: 'invitation.revoked', by, target })
  }
}

/** A name that an open invitation promises is chosen by nobody else: bindings may wait for it. @throws LanyardError ERR_USER_EXISTS */
export async function refusePromisedName(
  tx: Transaction,
  username: string,
  now: EpochMs,
): Promise<void> {
  const promised = await tx.query
    .selectFrom('invitations')
    .select('id')
    .where('username', '=', username)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (promised === undefined) return
  // The same words as of a user: who else is invited is nobody's to learn.
  throw new LanyardError('ERR_USER_EXISTS', `user ${quoteName(username)} exists already`)
}

export function unknownInvitation(id: string): LanyardError {
  return new LanyardError(
    'ERR_INVITATION_UNKNOWN',
    `no open invitation has the id ${quoteName(id)}`,
    {
      hint: 'lanyard invitation list shows them all',
    },
  )
}

/** The groups of an invitation that still exist, in the order of names. */
export async function groupsOfInvitation(
  query: Queries,
  id: string,
): Promise<{ id: string; name: string }[]> {
  return query
    .selectFrom('invitation_groups')
    .innerJoin('groups', 'groups.id', 'invitation_groups.group_id')
    .select(['groups.id', 'groups.name'])
    .where('invitation_groups.invitation_id', '=', id)
    .orderBy('groups.name')
    .execute()
}

export function toInvitation(
  row: InvitationRow,
  groups: readonly string[],
  now: EpochMs,
): Invitation {
  const state =
    row.consumed_at !== null
      ? 'accepted'
      : row.revoked_at !== null
        ? 'revoked'
        : row.expires_at <= now
          ? 'expired'
          : 'open'
  return {
    ...{ id: row.id, username: row.username, email: row.email, displayName: row.display_name },
    ...{ groups, state, invitedBy: row.invited_by_name },
    ...{ createdAt: row.created_at, expiresAt: row.expires_at },
    userId: row.user_id as UserId | null,
  }
}

/** The invitation as an audit target. */
export function targetOfInvitation(row: Pick<InvitationRow, 'id' | 'username' | 'email'>) {
  return { kind: 'invitation', id: row.id, name: row.username ?? row.email ?? row.id } as const
}

/** Whether whoever invited may, now: a command on the server's machine, or an active admin who stays one. */
export async function mayMakeAdmins(
  query: Queries,
  adminGroup: string,
  { invited_by_id: id }: Pick<InvitationRow, 'invited_by_id'>,
): Promise<boolean> {
  if (id === null) return true
  const user = await query
    .selectFrom('users')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirst()
  if (user?.status !== 'active') return false
  return isAdminForGood(query, adminGroup, id as UserId)
}
