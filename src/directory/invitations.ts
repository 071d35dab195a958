import type { Queries, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { invitationLetter } from '../mail/index.ts'
import { acceptInvitation } from './accept-invitation.ts'
import type { Context } from './context.ts'
import { getGroup } from './groups.ts'
import { groupsAbove } from './groups-above.ts'
import {
  findOpenRow,
  groupsOfInvitation,
  type InvitationRow,
  mailedToken,
  mayMakeAdmins,
  readToken,
  targetOfInvitation,
  toInvitation,
  unknownInvitation,
} from './invitation-rows.ts'
import type { Invitation, Invitations, MadeInvitation, NewInvitation } from './invitation-types.ts'
import { hashOfCode, randomCode } from './link-code.ts'
import {
  canonicalName,
  parseDisplayName,
  parseEmail,
  randomId,
  refuseRetiredName,
} from './names.ts'
import { findUser } from './user-rows.ts'

const SHORTEST_SECONDS = 60
const LONGEST_SECONDS = 30 * 86_400
const MAX_ROWS = 1_000
const DEFAULT_ROWS = 100

export function createInvitations(context: Context): Invitations {
  const { store, clock } = context
  return {
    create: (invitation, by) => createInvitation(context, invitation, by),
    list: (page = {}) => listInvitations(context, page),
    revoke: (id, by) => store.write((tx) => revokeInvitation(tx, context, id, by)),
    async find(token) {
      const row = await findOpenRow(store.query, readToken(token).codeHash, clock())
      if (row === undefined) return undefined
      const groups = await groupsOfInvitation(store.query, row.id)
      return {
        ...{ invitedBy: row.invited_by_name, username: row.username, email: row.email },
        ...{ displayName: row.display_name, expiresAt: row.expires_at },
        groups: await groupsAbove(
          store.query,
          groups.map(({ id }) => id),
        ),
      }
    },
    accept: (acceptance, by) => acceptInvitation(context, acceptance, by),
  }
}

async function createInvitation(
  context: Context,
  input: NewInvitation,
  by: By,
): Promise<MadeInvitation> {
  const { store, clock, mail, secret } = context
  const parsed = parseInvitation(input)
  const code = randomCode()
  const expiresAt = clock() + input.lifetimeSeconds * 1000
  const linkTo = (token: string) => `${mail.site.issuer}/invitation/${token}`
  const sealed =
    parsed.email === null || !mail.enabled || input.byMail === false
      ? null
      : await mail.seal(
          invitationLetter(mail.site, {
            ...{ to: parsed.email, link: linkTo(mailedToken(secret, code, parsed.email)) },
            ...{ invitedBy: nameOf(by), expiresAt },
          }),
        )
  return store.write(async (tx) => {
    const row: InvitationRow = {
      ...{ id: randomId(), code_hash: hashOfCode(code), username: parsed.username },
      ...{ email: parsed.email, display_name: parsed.displayName },
      invited_by_id: by.actor.kind === 'user' ? by.actor.userId : null,
      invited_by_name: nameOf(by),
      ...{ created_at: clock(), expires_at: expiresAt },
      ...{ consumed_at: null, revoked_at: null, user_id: null },
    }
    const groups = await insertInvitation(tx, context, row, input.groups)
    const mailed = sealed !== null && (await mail.queue(tx, sealed))
    await recordEvent(tx, clock, {
      ...{ type: 'invitation.created', by, target: targetOfInvitation(row) },
      detail: { groups, mailed },
    })
    return { invitation: toInvitation(row, groups, clock()), code, link: linkTo(code), mailed }
  })
}

function parseInvitation({ username, email, displayName, lifetimeSeconds }: NewInvitation) {
  if (username === undefined && email === undefined) {
    throw new LanyardError('ERR_INVITATION_FOR', 'an invitation names a username or an address')
  }
  if (!(lifetimeSeconds >= SHORTEST_SECONDS && lifetimeSeconds <= LONGEST_SECONDS)) {
    throw new LanyardError(
      'ERR_INVITATION_LIFETIME',
      'an invitation lasts from one minute to 30 days',
    )
  }
  return {
    username: username === undefined ? null : canonicalName('user', username),
    email: email === undefined ? null : parseEmail(email),
    displayName: displayName === undefined ? null : parseDisplayName(displayName),
  }
}

/** @returns the names of its groups */
async function insertInvitation(
  tx: Transaction,
  { adminGroup }: Context,
  row: InvitationRow,
  names: readonly string[],
): Promise<string[]> {
  if (row.username !== null) {
    await refuseRetiredName(tx, 'user', row.username)
    if ((await findUser(tx.query, row.username)) !== undefined) {
      throw new LanyardError('ERR_USER_EXISTS', `user ${quoteName(row.username)} exists already`)
    }
  }
  await tx.query.insertInto('invitations').values(row).execute()
  const groups = new Map<string, string>()
  for (const name of names) {
    const group = await getGroup(tx.query, name)
    if (groups.has(group.id)) continue
    groups.set(group.id, group.name)
    await tx.query
      .insertInto('invitation_groups')
      .values({ invitation_id: row.id, group_id: group.id })
      .execute()
  }
  const leadsTo = await groupsAbove(tx.query, [...groups.keys()])
  if (leadsTo.includes(adminGroup) && !(await mayMakeAdmins(tx.query, adminGroup, row))) {
    throw new LanyardError('ERR_INVITATION_ADMIN', 'only an admin invites somebody to be one')
  }
  return [...groups.values()].sort()
}

function nameOf({ actor }: By): string {
  if (actor.kind === 'user') return actor.username
  if (actor.kind === 'command') return actor.name
  throw new TypeError('nobody invites who is nobody')
}

async function listInvitations(
  { store, clock }: Context,
  {
    beforeId,
    limit = DEFAULT_ROWS,
    openOnly = false,
  }: NonNullable<Parameters<Invitations['list']>[0]>,
): Promise<Invitation[]> {
  const now = clock()
  const before =
    beforeId === undefined
      ? undefined
      : await store.query
          .selectFrom('invitations')
          .select(['created_at', 'id'])
          .where('id', '=', beforeId)
          .executeTakeFirst()
  if (beforeId !== undefined && before === undefined) throw unknownInvitation(beforeId)
  let query = store.query.selectFrom('invitations').selectAll()
  if (before !== undefined) {
    query = query.where((row) =>
      row(row.refTuple('created_at', 'id'), '<', row.tuple(before.created_at, before.id)),
    )
  }
  if (openOnly) {
    query = query
      .where('consumed_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(Math.min(Math.max(1, Math.trunc(limit)), MAX_ROWS))
    .execute()
  const groups = await namesOf(store.query, rows)
  return rows.map((row) => toInvitation(row, groups.get(row.id) ?? [], now))
}

async function namesOf(query: Queries, rows: readonly InvitationRow[]) {
  const names = new Map<string, string[]>()
  if (rows.length === 0) return names
  const found = await query
    .selectFrom('invitation_groups')
    .innerJoin('groups', 'groups.id', 'invitation_groups.group_id')
    .select(['invitation_groups.invitation_id', 'groups.name'])
    .where(
      'invitation_groups.invitation_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('groups.name')
    .execute()
  for (const { invitation_id: id, name } of found) names.set(id, [...(names.get(id) ?? []), name])
  return names
}

async function revokeInvitation(
  tx: Transaction,
  { clock }: Context,
  id: string,
  by: By,
): Promise<Invitation> {
  const now = clock()
  const row = await tx.query
    .updateTable('invitations')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw unknownInvitation(id)
  await recordEvent(tx, clock, { type: 'invitation.revoked', by, target: targetOfInvitation(row) })
  const groups = await groupsOfInvitation(tx.query, id)
  return toInvitation(
    row,
    groups.map(({ name }) => name),
    now,
  )
}
