import { type Command, Option } from 'commander'
import type { Group } from '../directory/index.ts'
import { LanyardError } from '../errors/index.ts'
import { readDuration, timeText } from './duration.ts'
import { whenItIsInEffect } from './effect.ts'
import { addGroupOwnerCommands } from './group-owner.ts'
import { collect, leaf, nothingToSet, noun } from './leaf.ts'
import { confirmOrThrow } from './passwords.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { groupShape, rfc3339 } from './shapes.ts'
import { policyText, timeOrNone } from './sign-in-policy.ts'
import { type Answer, facts, table } from './tell.ts'

interface DescriptionOptions extends CommonOptions {
  readonly description?: string
}
interface SetOptions extends DescriptionOptions {
  readonly factors?: 'any' | 'two' | 'passkey'
  readonly maxAge?: string
  readonly requestableFor?: string
}
interface MemberOptions extends CommonOptions {
  readonly group?: readonly string[]
  readonly for?: string
}

/** lanyard group … */
export function addGroupCommands(program: Command, session: Session): void {
  const group = noun(program, 'group', 'named sets of users and groups: what RBAC binds')

  leaf(group, 'add <name>', { summary: 'adds a group', json: { shape: 'Group' } })
    .option('--description <text>', 'what it is for')
    .action((name: string, options: DescriptionOptions) =>
      session.answer(options, async (rooms) => {
        const { description } = options
        const added = await rooms.directory.groups.add(
          { name, ...(description === undefined ? {} : { description }) },
          rooms.by,
        )
        return changed('added', added)
      }),
    )

  leaf(group, 'list', { summary: 'lists groups by name', json: { shape: 'Group', list: true } })
    .option('--prefix <text>', 'only names that begin so')
    .action((options: CommonOptions & { prefix?: string }) =>
      session.answer(options, (rooms) => listGroups(rooms, options.prefix)),
    )

  leaf(group, 'show <name>', {
    summary: 'shows a group with its members',
    json: { shape: 'GroupDetails' },
  }).action((name: string, options: CommonOptions) =>
    session.answer(options, (rooms) => showGroup(rooms, name)),
  )

  leaf(group, 'set <name>', { summary: 'changes a group', json: { shape: 'Group' } })
    .option('--description <text>', 'what it is for')
    .addOption(
      new Option(
        '--factors <factors>',
        'what a sign-in must have been before a token carries the group',
      ).choices(['any', 'two', 'passkey']),
    )
    .option('--max-age <time>', 'how old that sign-in may be: 15m, 12h, or none')
    .option('--requestable-for <time>', 'how long somebody may ask to be a member: 1h, or none')
    .action((name: string, options: SetOptions) =>
      session.answer(options, (rooms) => setGroup(rooms, name, options)),
    )

  leaf(group, 'delete <name>', {
    summary: 'deletes a group; nobody can use its name again',
    json: { shape: 'Deleted' },
  })
    .option('-y, --yes', 'do not ask')
    .action((name: string, options: CommonOptions & { yes?: boolean }) =>
      session.answer(options, async (rooms) => {
        const found = await rooms.directory.groups.get(name)
        const question = `Delete group ${found.name}? Nobody can use this name again.`
        await confirmOrThrow(session.terminal, question, options)
        await rooms.directory.groups.delete(found.name, rooms.by)
        return {
          json: { deleted: found.name },
          text: `group ${found.name} deleted`,
          notes: await whenItIsInEffect(rooms),
        }
      }),
    )

  addMemberCommands(group, session)
  addGroupOwnerCommands(group, session)
}

function addMemberCommands(group: Command, session: Session): void {
  const member = noun(group, 'member', 'who is in a group')

  leaf(member, 'add <name> [username...]', {
    summary: 'puts users and groups into a group',
    json: { shape: 'GroupDetails' },
  })
    .option('--group <name>', 'a group to put into it; may be repeated', collect)
    .option('--for <time>', 'how long users are in it: 90m, 8h; without end unless given')
    .action((name: string, usernames: string[], options: MemberOptions) =>
      session.answer(options, (rooms) => {
        const seconds = options.for === undefined ? null : readDuration('--for', options.for)
        const members = { usernames, groups: options.group ?? [], seconds }
        return changeMembers(rooms, name, members, 'addMember')
      }),
    )

  leaf(member, 'remove <name> [username...]', {
    summary: 'takes users and groups out of a group',
    json: { shape: 'GroupDetails' },
  })
    .option('--group <name>', 'a group to take out of it; may be repeated', collect)
    .action((name: string, usernames: string[], options: MemberOptions) =>
      session.answer(options, (rooms) =>
        changeMembers(
          rooms,
          name,
          { usernames, groups: options.group ?? [], seconds: null },
          'removeMember',
        ),
      ),
    )
}

async function listGroups({ directory }: Rooms, prefix: string | undefined): Promise<Answer> {
  const groups: Group[] = []
  const limit = 1000
  for (let after: string | undefined; ; after = groups.at(-1)?.name) {
    const page = await directory.groups.list({
      limit,
      ...(after === undefined ? {} : { after }),
      ...(prefix === undefined ? {} : { prefix }),
    })
    groups.push(...page)
    if (page.length < limit) break
  }
  return {
    json: groups.map(groupShape),
    text: table(
      ['NAME', 'DESCRIPTION'],
      groups.map(({ name, description }) => [name, description]),
    ),
    notes: groups.length === 0 ? ['no groups'] : [],
  }
}

async function setGroup(rooms: Rooms, name: string, options: SetOptions): Promise<Answer> {
  const { description, factors, maxAge, requestableFor } = options
  const before = await rooms.directory.groups.get(name)
  const policy = {
    factors: factors ?? before.policy.factors,
    maxAge: maxAge === undefined ? before.policy.maxAge : timeOrNone('--max-age', maxAge),
  }
  const change = {
    ...(description === undefined ? {} : { description }),
    ...(factors === undefined && maxAge === undefined ? {} : { policy }),
    ...(requestableFor === undefined
      ? {}
      : { longestMembership: timeOrNone('--requestable-for', requestableFor) }),
  }
  if (Object.keys(change).length === 0) throw nothingToSet()
  return changed('changed', await rooms.directory.groups.change(name, change, rooms.by))
}

async function showGroup({ directory }: Rooms, name: string): Promise<Answer> {
  const group = await directory.groups.get(name)
  const members = await directory.groups.members(group.name)
  const owners = await directory.owners.list(group.name)
  return {
    json: { ...groupShape(group), members, owners },
    text: facts([
      ['name', group.name],
      ['description', group.description],
      ['id', group.id],
      ['created', rfc3339(group.createdAt)],
      ['sign-in', policyText(group)],
      [
        'requestable',
        group.longestMembership === null ? 'no' : `for ${timeText(group.longestMembership)}`,
      ],
      ['owners', owners],
      ['users', members.users],
      ['groups', members.groups],
    ]),
  }
}

/** All names are looked up before any member is moved, so that a slip of the pen moves nobody. */
async function changeMembers(
  rooms: Rooms,
  name: string,
  {
    usernames,
    groups,
    seconds,
  }: { usernames: readonly string[]; groups: readonly string[]; seconds: number | null },
  change: 'addMember' | 'removeMember',
): Promise<Answer> {
  const { directory, by } = rooms
  if (usernames.length + groups.length === 0) {
    throw new LanyardError('ERR_USAGE', 'no member named', {
      hint: 'name users after the group, and groups with --group',
    })
  }
  const ids: string[] = []
  for (const username of usernames) ids.push((await directory.users.get(username)).id)
  for (const group of groups) await directory.groups.get(group)
  const members = [...usernames.map((user) => ({ user })), ...groups.map((group) => ({ group }))]
  const endsAt = seconds === null ? null : rooms.clock() + seconds * 1000
  for (const member of members) {
    if (change === 'addMember') await directory.groups.addMember(name, member, by, endsAt)
    else await directory.groups.removeMember(name, member, by)
  }
  const { json } = await showGroup(rooms, name)
  const moved = [...usernames, ...groups].join(', ')
  const { name: canonical } = await directory.groups.get(name)
  return {
    json,
    text:
      change === 'addMember'
        ? `${moved} now in ${canonical}`
        : `${moved} not in ${canonical} any more`,
    notes:
      change === 'removeMember'
        ? await whenItIsInEffect(rooms, ({ detail }) => {
            // Who is in a group that is taken out is not looked up: then every certificate is named.
            return groups.length > 0 || ids.includes(String(detail['user']))
          })
        : [],
  }
}

function changed(what: string, group: Group): Answer {
  return { json: groupShape(group), text: `group ${group.name} ${what}` }
}
