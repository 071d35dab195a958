import type { Context } from 'koa'
import { editUserPage, type Html, linkPage, type Words } from '../../../views/index.ts'
import type { User } from '../../directory/index.ts'
import { type DeviceId, LanyardError } from '../../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../../http/index.ts'
import { goTo, pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { type Act, requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { consequencesOf } from './consequences.ts'
import { type AdminRouter, adminView, pathOfUser } from './frame.ts'

interface Deed {
  readonly ctx: Context
  /** In the reader's language. */
  readonly words: Words
  readonly person: Person
  readonly form: Form
  readonly user: User
}

/** What an admin does to one person. Each repeats itself in words before it is done by somebody whose sign-in is old. */
export function userActRoutes(web: Web, admin: AdminRouter): void {
  const deed = (run: (deed: Deed) => Promise<void>) => {
    return async (ctx: Context, person: Person, form: Form) => {
      const user = await web.directory.users.get(pathParameter(ctx, 'user'))
      await run({ ctx, words: web.languages.siteFor(ctx).words, person, form, user })
    }
  }
  const confirm = ({ ctx, person, form, user }: Deed, act: Omit<Act, 'cancel'>, always = false) =>
    requireFresh(ctx, web, person, form, { ...act, cancel: pathOfUser(user.username) }, { always })
  const done = ({ ctx, user }: Deed, what: string) =>
    goTo(ctx, web, `${pathOfUser(user.username)}?done=${what}`)

  stateRoutes(web, admin, { deed, confirm, done })
  deviceRoutes(web, admin, { deed, confirm, done })
  signInRoutes(web, admin, { deed, confirm, done })
  groupRoutes(web, admin, { deed, confirm, done })
  profileRoutes(web, admin, { deed, confirm, done })

  admin.post(
    '/users/:user/delete',
    deed(async (here) => {
      const { ctx, words, person, user } = here
      const sentence = deletes(words, user.username, await devicesOf(web, user))
      if (!(await confirm(here, { sentence }, true))) return
      await web.issuer.devices.revokeAll(user.id, { by: person.by })
      await web.directory.users.delete(user.username, person.by)
      goTo(ctx, web, '/admin/users?done=deleted')
    }),
  )
}

interface Steps {
  deed(
    run: (deed: Deed) => Promise<void>,
  ): (ctx: Context, person: Person, form: Form) => Promise<void>
  confirm(deed: Deed, act: Omit<Act, 'cancel'>, always?: boolean): Promise<boolean>
  done(deed: Deed, what: string): void
}

async function devicesOf({ issuer }: Web, { id }: User): Promise<number> {
  const { length } = await issuer.devices.list(id)
  return length
}

function deletes({ t }: Words, name: string, devices: number): Html {
  return devices === 1
    ? t`You are about to <b>delete <bdi>${name}</bdi></b> and revoke 1 device; nobody can have the username again.`
    : t`You are about to <b>delete <bdi>${name}</bdi></b> and revoke ${devices} devices; nobody can have the username again.`
}

function locks({ t }: Words, name: string, devices: number): Html {
  return devices === 1
    ? t`You are about to <b>lock <bdi>${name}</bdi></b> and revoke 1 device.`
    : t`You are about to <b>lock <bdi>${name}</bdi></b> and revoke ${devices} devices.`
}

function endsSessions({ t }: Words, name: string, devices: number): Html {
  return devices === 1
    ? t`You are about to <b>end all sessions of <bdi>${name}</bdi></b> in every browser and on 1 device.`
    : t`You are about to <b>end all sessions of <bdi>${name}</bdi></b> in every browser and on ${devices} devices.`
}

function revokes({ t }: Words, name: string, devices: number): Html {
  return devices === 1
    ? t`You are about to <b>revoke 1 device of <bdi>${name}</bdi></b>.`
    : t`You are about to <b>revoke ${devices} devices of <bdi>${name}</bdi></b>.`
}

function stateRoutes(web: Web, admin: AdminRouter, { deed, confirm, done }: Steps): void {
  const { directory, issuer } = web
  const lock = deed(async (here) => {
    const { words, user, person } = here
    const sentence = locks(words, user.username, await devicesOf(web, user))
    if (!(await confirm(here, { sentence }))) return
    await directory.users.disable(user.username, person.by)
    await issuer.devices.revokeAll(user.id, { by: person.by })
    done(here, 'locked')
  })
  const unlock = deed(async (here) => {
    const { words, user, person } = here
    const { t } = words
    const sentence = t`You are about to <b>unlock <bdi>${user.username}</bdi></b>.`
    if (!(await confirm(here, { sentence }))) return
    await directory.users.enable(user.username, person.by)
    done(here, 'unlocked')
  })
  admin.post('/users/:user/lock', lock)
  admin.post('/users/:user/unlock', unlock)
}

function deviceRoutes(web: Web, admin: AdminRouter, { deed, confirm, done }: Steps): void {
  const { directory, issuer } = web
  const endSessions = deed(async (here) => {
    const { words, user, person } = here
    const sentence = endsSessions(words, user.username, await devicesOf(web, user))
    if (!(await confirm(here, { sentence }))) return
    await directory.users.endSessions(user.username, person.by)
    await issuer.devices.revokeAll(user.id, { by: person.by })
    done(here, 'ended')
  })
  const revokeDevices = deed(async (here) => {
    const { words, user, person } = here
    const sentence = revokes(words, user.username, await devicesOf(web, user))
    if (!(await confirm(here, { sentence }))) return
    await issuer.devices.revokeAll(user.id, { by: person.by })
    done(here, 'revoked-all')
  })
  const revokeDevice = deed(async (here) => {
    const { ctx, words, user, person } = here
    const { t } = words
    const deviceId = pathParameter(ctx, 'deviceId') as DeviceId
    const device = (await issuer.devices.list(user.id)).find(({ id }) => id === deviceId)
    if (device === undefined) {
      throw new LanyardError('ERR_DEVICE_UNKNOWN', 'this user has no such device')
    }
    const sentence = t`You are about to <b>revoke a device of <bdi>${user.username}</bdi></b>.`
    if (!(await confirm(here, { sentence }))) return
    await issuer.devices.revoke(deviceId, person.by)
    done(here, 'revoked')
  })
  admin.post('/users/:user/end-sessions', endSessions)
  admin.post('/users/:user/revoke-devices', revokeDevices)
  admin.post('/users/:user/devices/:deviceId/revoke', revokeDevice)
}

function signInRoutes(web: Web, admin: AdminRouter, { deed, confirm, done }: Steps): void {
  const { directory } = web
  const resetLink = deed(async (here) => {
    const { ctx, words, user, person } = here
    const { t } = words
    const { username } = user
    const sentence = t`You are about to <b>make a link for <bdi>${username}</bdi></b> which lets whoever has it choose a new password.`
    if (!(await confirm(here, { sentence }))) return
    const { link, expiresAt } = await directory.resetLinks.make(username, person.by)
    const page = linkPage(web.languages.siteFor(ctx), {
      ...adminView(ctx, web, person),
      ...{ current: 'users', heading: t`The link is made`, whom: username, link, expiresAt },
      purpose: t`Whoever opens it chooses a new password, and every session of theirs ends.`,
      mailed: false,
      back: { path: pathOfUser(username), label: username },
    })
    show(ctx, page)
  })
  const clearLimit = deed(async (here) => {
    const { words, user, person } = here
    const { t } = words
    const sentence = t`You are about to <b>forget the failed sign-ins of <bdi>${user.username}</bdi></b>.`
    if (!(await confirm(here, { sentence }))) return
    await directory.limits.clear(user.id, person.by)
    done(here, 'cleared')
  })
  const resetFactors = deed(async (here) => {
    const { words, user, person } = here
    const { t } = words
    const sentence = t`You are about to <b>remove every passkey and code of <bdi>${user.username}</bdi></b> so that the password alone signs in.`
    if (!(await confirm(here, { sentence }, true))) return
    await directory.factors.removeAll(user.id, person.by)
    done(here, 'factors-gone')
  })
  admin.post('/users/:user/reset-link', resetLink)
  admin.post('/users/:user/clear-limit', clearLimit)
  admin.post('/users/:user/reset-factors', resetFactors)
}

function groupRoutes(web: Web, admin: AdminRouter, { deed, confirm, done }: Steps): void {
  const { directory } = web
  const change = (kind: 'add-users' | 'remove-users') =>
    deed(async (here) => {
      const { words, form, user, person } = here
      const { t } = words
      const { name: group } = await directory.groups.get((form.get('group') ?? '').trim())
      const wanted = { kind, group, users: [user.username] } as const
      const adds = kind === 'add-users'
      const act = {
        sentence: adds
          ? t`You are about to <b>add ${user.username} to <bdi>${group}</bdi></b>.`
          : t`You are about to <b>remove ${user.username} from <bdi>${group}</bdi></b>.`,
        consequences: await consequencesOf(web, words, wanted),
      }
      if (!(await confirm(here, act))) return
      await directory.people.changeMembers(wanted, person.by)
      done(here, adds ? 'added' : 'removed')
    })
  admin.post('/users/:user/groups', change('add-users'))
  admin.post('/users/:user/groups/remove', change('remove-users'))
}

function profileRoutes(web: Web, admin: AdminRouter, { deed, confirm, done }: Steps): void {
  admin.get('/users/:user/edit', async (ctx, person) => {
    const user = await web.directory.users.get(pathParameter(ctx, 'user'))
    const typed = { displayName: user.displayName, email: user.email ?? '' }
    show(
      ctx,
      editUserPage(web.languages.siteFor(ctx), {
        ...adminView(ctx, web, person),
        user,
        typed,
        failure: null,
      }),
    )
  })
  const edit = deed(async (here) => {
    const { ctx, words, user, person, form } = here
    const { t } = words
    const text = (name: string) => (form.get(name) ?? '').trim()
    const typed = { displayName: text('display_name'), email: text('email') }
    const sentence = t`You are about to <b>change name and address of <bdi>${user.username}</bdi></b>.`
    if (!(await confirm(here, { sentence }))) return
    try {
      const email = typed.email === '' ? null : typed.email
      await web.directory.users.change(user.username, { ...typed, email }, person.by)
    } catch (error) {
      const field = { ERR_DISPLAY_NAME: 'display_name', ERR_EMAIL: 'email' } as const
      if (!(error instanceof LanyardError) || !Object.hasOwn(field, error.code)) throw error
      const failure = {
        field: field[error.code as keyof typeof field],
        sentence: sentenceOf(error.message),
      }
      const view = { ...adminView(ctx, web, person), user, typed, failure }
      show(ctx, editUserPage(web.languages.siteFor(ctx), view), { status: errorStatus(error.code) })
      return
    }
    done(here, 'saved')
  })
  admin.post('/users/:user/edit', edit)
}
