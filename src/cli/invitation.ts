import type { Command } from 'commander'
import type { Invitation } from '../directory/index.ts'
import { readDuration } from './duration.ts'
import { invitationShape } from './invitation-shapes.ts'
import { collect, leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { type Answer, facts, table } from './tell.ts'

interface CreateOptions extends CommonOptions {
  readonly username?: string
  readonly email?: string
  readonly displayName?: string
  readonly group?: readonly string[]
  readonly expiresIn: string
  /** False with `--no-mail`. */
  readonly mail: boolean
}

/** lanyard invitation … */
export function addInvitationCommands(program: Command, session: Session): void {
  const invitation = noun(program, 'invitation', 'links by which people make their own account')

  leaf(invitation, 'create', {
    summary: 'invites somebody, and prints the link',
    json: { shape: 'MadeInvitation' },
  })
    .option('--username <name>', 'the username they will have; else they choose')
    .option('--email <address>', 'their address; the link goes there where mail is set up')
    .option('--display-name <name>', 'what people read')
    .option('--group <name>', 'a group that they will be in; may be repeated', collect)
    .option('--expires-in <time>', 'how long it may be accepted, 30 days at most', '7d')
    .option('--no-mail', 'the link is not sent, only printed')
    .action((options: CreateOptions) =>
      session.answer(options, (rooms) => createInvitation(rooms, options)),
    )

  leaf(invitation, 'list', {
    summary: 'lists invitations, the newest first',
    json: { shape: 'Invitation', list: true },
  })
    .option('--all', 'those that were accepted or revoked, or are over, too')
    .action((options: CommonOptions & { all?: boolean }) =>
      session.answer(options, (rooms) => listInvitations(rooms, options.all === true)),
    )

  leaf(invitation, 'revoke <id>', {
    summary: 'ends an invitation',
    json: { shape: 'Invitation' },
  }).action((id: string, options: CommonOptions) =>
    session.answer(options, async ({ directory, by }) => {
      const revoked = await directory.invitations.revoke(id, by)
      return { json: invitationShape(revoked), text: `invitation ${revoked.id} revoked` }
    }),
  )
}

async function createInvitation(rooms: Rooms, options: CreateOptions): Promise<Answer> {
  const { username, email, displayName, group = [] } = options
  const { invitation, link, mailed } = await rooms.directory.invitations.create(
    {
      ...{ groups: group, byMail: options.mail },
      lifetimeSeconds: readDuration('--expires-in', options.expiresIn),
      ...(username === undefined ? {} : { username }),
      ...(email === undefined ? {} : { email }),
      ...(displayName === undefined ? {} : { displayName }),
    },
    rooms.by,
  )
  return {
    json: { ...invitationShape(invitation), link, mailed },
    text: facts([
      ['invitation', invitation.id],
      ['for', nameOf(invitation)],
      ['groups', invitation.groups],
      ['expires', rfc3339(invitation.expiresAt)],
      ['link', link],
    ]),
    notes: [
      ...(mailed
        ? [`hint: a link that proves the address goes to ${email ?? ''} by mail as well`]
        : email === undefined
          ? []
          : ['hint: no mail was sent: whoever accepts by this link has not proved the address']),
      'hint: the link works once; hand it over so that nobody else reads it',
    ],
  }
}

async function listInvitations({ directory }: Rooms, all: boolean): Promise<Answer> {
  const found: Invitation[] = []
  const limit = 1_000
  for (let beforeId: string | undefined; ; beforeId = found.at(-1)?.id) {
    const page = await directory.invitations.list({
      ...{ limit, openOnly: !all },
      ...(beforeId === undefined ? {} : { beforeId }),
    })
    found.push(...page)
    if (page.length < limit) break
  }
  return {
    json: found.map(invitationShape),
    text: table(
      ['INVITATION', 'FOR', 'GROUPS', 'STATE', 'BY', 'EXPIRES'],
      found.map((each) => [
        ...[each.id, nameOf(each), each.groups, each.state, each.invitedBy],
        rfc3339(each.expiresAt),
      ]),
    ),
    notes: found.length === 0 ? [all ? 'no invitations' : 'no open invitations'] : [],
  }
}

function nameOf({ username, email }: Invitation): string {
  return [username, email].filter((part) => part !== null).join(', ')
}
