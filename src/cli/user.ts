import type { Command } from 'commander'
import { canonicalName, type User } from '../directory/index.ts'
import { LanyardError } from '../errors/index.ts'
import { livingTokens, whenItIsInEffect } from './effect.ts'
import { collect, leaf, nothingToSet, noun } from './leaf.ts'
import { confirmOrThrow, readNewPassword } from './passwords.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { deviceShape, rfc3339, userShape } from './shapes.ts'
import { type Answer, facts, table } from './tell.ts'
import { addResetLinkCommand } from './user-reset.ts'

interface AddOptions extends CommonOptions {
  readonly displayName?: string
  readonly email?: string
  readonly group?: readonly string[]
  /** False with `--no-password`. */
  readonly password: boolean
  readonly passwordStdin?: boolean
  /** False with `--no-must-change`. */
  readonly mustChange: boolean
}

interface SetOptions extends CommonOptions {
  readonly displayName?: string
  /** False with `--no-email`. */
  readonly email?: string | false
  readonly emailVerified?: boolean
}

/** lanyard user … */
export function addUserCommands(program: Command, session: Session): void {
  const user = noun(program, 'user', 'people: who they are and how they sign in')

  leaf(user, 'add <username>', { summary: 'adds a user', json: { shape: 'User' } })
    .option('--display-name <name>', 'what people read; the username unless given')
    .option('--email <address>', 'unverified until it is proved')
    .option('--group <name>', 'a group to put the user in; may be repeated', collect)
    .option('--password-stdin', 'read the password from stdin instead of asking for it')
    .option('--no-password', 'the user cannot sign in until a password is set')
    .option('--no-must-change', 'the password need not be changed at the first sign-in')
    .action((username: string, options: AddOptions) =>
      session.answer(options, (rooms) => addUser(rooms, session, username, options)),
    )

  leaf(user, 'list', { summary: 'lists users by name', json: { shape: 'User', list: true } })
    .option('--prefix <text>', 'only usernames that begin so')
    .action((options: CommonOptions & { prefix?: string }) =>
      session.answer(options, (rooms) => listUsers(rooms, options.prefix)),
    )

  leaf(user, 'show <username>', {
    summary: 'shows a user with groups, clusters and devices',
    json: { shape: 'UserDetails' },
  }).action((username: string, options: CommonOptions) =>
    session.answer(options, (rooms) => showUser(rooms, username)),
  )

  leaf(user, 'set <username>', { summary: 'changes a user', json: { shape: 'User' } })
    .option('--display-name <name>', 'what people read')
    .option('--email <address>', 'a new address is unverified until it is proved')
    .option('--no-email', 'removes the address')
    .option('--email-verified', 'the address was proved by other means')
    .option('--no-email-verified', 'the address is not proved')
    .action((username: string, options: SetOptions) =>
      session.answer(options, (rooms) => setUser(rooms, username, options)),
    )

  leaf(user, 'password <username>', {
    summary: 'sets a password and ends every session and login of the user',
    json: { shape: 'User' },
  })
    .option('--password-stdin', 'read the password from stdin instead of asking for it')
    .option('--no-must-change', 'the password need not be changed at the first sign-in')
    .action((username: string, options: AddOptions) =>
      session.answer(options, (rooms) => setPassword(rooms, session, username, options)),
    )

  addResetLinkCommand(user, session)
  addStateCommands(user, session)
}

function addStateCommands(user: Command, session: Session): void {
  leaf(user, 'disable <username>', {
    summary: 'keeps a user out',
    json: { shape: 'User' },
  }).action((username: string, options: CommonOptions) =>
    session.answer(options, async (rooms) => {
      const disabled = await rooms.directory.users.disable(username, rooms.by)
      return {
        ...changed('disabled', disabled),
        notes: [
          ...(await whenItIsInEffect(rooms, ({ detail }) => detail['user'] === disabled.id)),
          ...(await livingTokens(rooms, disabled.username, true)),
        ],
      }
    }),
  )

  leaf(user, 'enable <username>', {
    summary: 'lets a disabled user in again',
    json: { shape: 'User' },
  }).action((username: string, options: CommonOptions) =>
    session.answer(options, async (rooms) =>
      changed('enabled', await rooms.directory.users.enable(username, rooms.by)),
    ),
  )

  leaf(user, 'delete <username>', {
    summary: 'deletes a user; nobody can have the username again',
    json: { shape: 'Deleted' },
  })
    .option('-y, --yes', 'do not ask')
    .action((username: string, options: CommonOptions & { yes?: boolean }) =>
      session.answer(options, async (rooms) => {
        const { id, username: name } = await rooms.directory.users.get(username)
        const question = `Delete user ${name}? Nobody can have this username again.`
        await confirmOrThrow(session.terminal, question, options)
        await rooms.directory.users.delete(name, rooms.by)
        return {
          json: { deleted: name },
          text: `user ${name} deleted`,
          notes: await whenItIsInEffect(rooms, ({ detail }) => detail['user'] === id),
        }
      }),
    )
}

async function addUser(
  rooms: Rooms,
  { terminal }: Session,
  username: string,
  options: AddOptions,
): Promise<Answer> {
  const { users, groups } = rooms.directory
  // Before a password is asked for and before anything is written.
  for (const name of options.group ?? []) await groups.get(name)
  const present = await users.find(canonicalName('user', username))
  if (present !== undefined) {
    throw new LanyardError('ERR_USER_EXISTS', `user "${present.username}" exists already`)
  }
  if (!options.password && options.passwordStdin === true) {
    throw new LanyardError('ERR_USAGE', '--no-password and --password-stdin exclude each other')
  }
  const password = options.password
    ? await readNewPassword(terminal, rooms, {
        username,
        fromStdin: options.passwordStdin === true,
      })
    : undefined
  const { displayName, email, mustChange } = options
  const added = await users.add(
    {
      username,
      mustChange,
      ...(displayName === undefined ? {} : { displayName }),
      ...(email === undefined ? {} : { email }),
      ...(password === undefined ? {} : { password }),
    },
    rooms.by,
  )
  for (const name of options.group ?? []) {
    await groups.addMember(name, { user: added.username }, rooms.by)
  }
  return changed('added', added)
}

async function listUsers({ directory }: Rooms, prefix: string | undefined): Promise<Answer> {
  const users: User[] = []
  const limit = 1000
  for (let after: string | undefined; ; after = users.at(-1)?.username) {
    const page = await directory.users.list({
      limit,
      ...(after === undefined ? {} : { after }),
      ...(prefix === undefined ? {} : { prefix }),
    })
    users.push(...page)
    if (page.length < limit) break
  }
  return {
    json: users.map(userShape),
    text: table(
      ['USERNAME', 'NAME', 'EMAIL', 'STATUS'],
      users.map(({ username, displayName, email, status }) => [
        username,
        displayName,
        email,
        status,
      ]),
    ),
    notes: users.length === 0 ? ['no users'] : [],
  }
}

async function showUser(rooms: Rooms, username: string): Promise<Answer> {
  const user = await rooms.directory.users.get(username)
  const groups = await rooms.directory.groups.of(user.id)
  const names = groups.map(({ name }) => name)
  const clusters = (await rooms.clusters.forSubject(names)).map(({ name }) => name)
  const devices = await (await rooms.issuer()).devices.list(user.id)
  const shown = groups.map(({ name, via }) => (via === null ? name : `${name} (by ${via})`))
  return {
    json: { ...userShape(user), groups, clusters, devices: devices.map(deviceShape) },
    text: facts([
      ['username', user.username],
      ['name', user.displayName],
      [
        'email',
        user.email === null ? null : `${user.email}${user.emailVerified ? '' : ' (not verified)'}`,
      ],
      ['status', user.status],
      ['password', user.hasPassword ? (user.mustChangePassword ? 'to be changed' : 'set') : 'none'],
      ['id', user.id],
      ['created', rfc3339(user.createdAt)],
      ['groups', shown],
      ['may enter', user.status === 'active' ? clusters : []],
      ['devices', devices.map(({ id, name }) => `${name} (${id})`)],
    ]),
  }
}

async function setUser(rooms: Rooms, username: string, options: SetOptions): Promise<Answer> {
  const { displayName, email, emailVerified } = options
  const change = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(email === undefined ? {} : { email: email === false ? null : email }),
    ...(emailVerified === undefined ? {} : { emailVerified }),
  }
  if (Object.keys(change).length === 0) throw nothingToSet()
  return changed('changed', await rooms.directory.users.change(username, change, rooms.by))
}

async function setPassword(
  rooms: Rooms,
  { terminal }: Session,
  username: string,
  { passwordStdin, mustChange }: AddOptions,
): Promise<Answer> {
  const user = await rooms.directory.users.get(username)
  const password = await readNewPassword(terminal, rooms, {
    username: user.username,
    fromStdin: passwordStdin === true,
  })
  await rooms.directory.users.setPassword(user.username, password, { mustChange }, rooms.by)
  return {
    ...changed('has a new password', await rooms.directory.users.get(user.username)),
    notes: [
      `hint: every login of ${user.username} has ended`,
      ...(await whenItIsInEffect(rooms, ({ detail }) => detail['user'] === user.id)),
    ],
  }
}

function changed(what: string, user: User): Answer {
  return { json: userShape(user), text: `user ${user.username} ${what}` }
}
