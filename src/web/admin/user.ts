import type { Context } from 'koa'
import { type DoorRow, userPage, type Words } from '../../../views/index.ts'
import { ACR, AMR, decide } from '../../access/index.ts'
import type { Subject, User } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { activityOf } from '../activity.ts'
import { pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { type Door, doorsOf } from './consequences.ts'
import { type AdminRouter, adminView } from './frame.ts'
import { userActRoutes } from './user-acts.ts'
import { stateOf } from './users.ts'

const notes = ({ t }: Words) => ({
  made: t`The user is added. They have no password yet.`,
  saved: t`Saved.`,
  locked: t`Locked. Every sign-in of theirs is void, and their devices are revoked.`,
  unlocked: t`Unlocked. They may sign in again.`,
  ended: t`Every sign-in of theirs is void, in browsers and on devices.`,
  'revoked-all': t`All their devices are revoked.`,
  revoked: t`The device is revoked.`,
  cleared: t`Their failed sign-ins are forgotten.`,
  'factors-gone': t`Passkeys, one-time codes and recovery codes are gone.`,
  added: t`Added to the group.`,
  removed: t`Removed from the group.`,
})

/** More than these are not read. */
const MOST_DOORS = 100

/** One person, and what is done to them. */
export function userRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/users/:user', async (ctx, person) => {
    await showUser(ctx, web, person, await userOf(ctx, web))
  })
  userActRoutes(web, admin)
}

/** @throws LanyardError ERR_USER_UNKNOWN */
export function userOf(ctx: Context, { directory }: Web): Promise<User> {
  return directory.users.get(pathParameter(ctx, 'user'))
}

async function showUser(ctx: Context, web: Web, person: Person, user: User): Promise<void> {
  const { directory, issuer, clusters } = web
  const site = web.languages.siteFor(ctx)
  const { words } = site
  const subject = await directory.subject(user.id)
  if (subject === undefined) throw new LanyardError('ERR_USER_UNKNOWN', 'this user is gone')
  const [devices, groups, ends, clients, activity, tokens, factors, limit, doors] =
    await Promise.all([
      issuer.devices.list(user.id),
      directory.groups.of(user.id),
      directory.groups.ends(user.id),
      clusters.clients(),
      activityOf(web, words, subject),
      web.accessTokens.list({ userId: user.id }),
      directory.factors.of(user.id),
      directory.limits.of(user.id),
      doorsOf(web),
    ])
  const nameOf = (clientId: string) =>
    clients.find((client) => client.clientId === clientId)?.name ?? words.t`a client that is gone`
  const { id, username, displayName, createdAt, email } = user
  const page = userPage(site, {
    ...adminView(ctx, web, person, notes),
    user: {
      ...{ id, username, displayName, createdAt, state: stateOf(user) },
      email: email === null ? null : { address: email, verified: user.emailVerified },
    },
    limitedUntil: limit?.until ?? null,
    devices: devices.map((device) => ({
      ...{ id: device.id, name: device.name, client: nameOf(device.clientId) },
      ...{ lastUsedAt: device.lastUsedAt, expiresAt: device.expiresAt },
      address: device.lastAddress,
    })),
    tokens: tokens.length,
    groups: groups.map((group) => ({ ...group, endsAt: ends.get(group.name) ?? null })),
    doors: doors.slice(0, MOST_DOORS).map((door) => doorRow(web, words, subject, door)),
    factors: { ...factors, passkeys: factors.passkeys.map(({ name }) => name) },
    activity,
    links: user.status === 'active',
  })
  show(ctx, page)
}

/** The one decision, asked as if they signed in now as well as anybody can, and again as if with no more than a password. */
function doorRow(web: Web, { t }: Words, subject: Subject, door: Door): DoorRow {
  const now = web.clock()
  const ask = (acr: string, amr: readonly string[]) =>
    decide({ subject, target: door, device: 'new', authentication: { at: now, amr, acr }, now })
  const best = ask(ACR.passkey, AMR.passwordAndPasskey)
  const plain = ask(ACR.any, AMR.password)
  const { kind, name } = door
  if (best.kind === 'refused') {
    return { kind, name, opens: false, through: [], why: best.sentence }
  }
  return {
    ...{ kind, name, opens: true },
    through: door.everyone ? [] : door.groups.filter((group) => subject.groups.includes(group)),
    why:
      plain.kind === 'refused'
        ? plain.sentence
        : door.everyone
          ? t`everybody who is active may enter`
          : null,
  }
}
