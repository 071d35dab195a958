import type { Context } from 'koa'
import {
  type NewUserView,
  newUserPage,
  type UserRow,
  type UserState,
  usersPage,
  type Words,
} from '../../../views/index.ts'
import { canonicalName, type FoundUser } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../../http/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView, pathOfUser, queryText } from './frame.ts'
import { namesIn } from './names.ts'

const notes = ({ t }: Words) => ({
  deleted: t`The user is deleted.`,
  added: t`The selected users are in the group.`,
  removed: t`The selected users are out of the group.`,
})

/** Everybody, and one more. */
export function usersRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/users', (ctx, person) => showUsers(ctx, web, person))

  admin.get('/new-user', async (ctx, person) => {
    showNewUser(ctx, web, person, null)
  })

  admin.post('/users', async (ctx, person, form) => {
    const username = (form.get('username') ?? '').trim()
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>add <bdi>${username}</bdi></b>.`
    const act = { sentence, cancel: '/admin/users' } as const
    if (!(await requireFresh(ctx, web, person, form, act))) return
    try {
      await addUser(web, person, form)
    } catch (error) {
      return showNewUser(ctx, web, person, { form, error })
    }
    goTo(ctx, web, `${pathOfUser(canonicalName('user', username))}?done=made`)
  })
}

async function showUsers(ctx: Context, web: Web, person: Person): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const { words } = site
  const text = queryText(ctx, 'q')
  const wished = queryText(ctx, 'status')
  const status = wished === 'active' || wished === 'disabled' ? wished : ''
  const after = queryText(ctx, 'after')
  const [page, counts] = await Promise.all([
    web.directory.people.search({
      ...{ text, ...(status === '' ? {} : { status }) },
      ...(after === '' ? {} : { after }),
    }),
    web.directory.people.counts(),
  ])
  const body = usersPage(site, {
    ...adminView(ctx, web, person, notes),
    counts: { users: counts.users, locked: counts.disabled },
    ...{ text: [...text].slice(0, 128).join(''), status, after },
    rows: page.users.map((user) => rowOf(words, user)),
    next: page.next ?? '',
  })
  show(ctx, body)
}

function rowOf({ t }: Words, user: FoundUser): UserRow {
  const { username, displayName, email, groups } = user
  const factors = [
    ...(user.hasPassword ? [t`password`] : []),
    ...(user.passkeys === 0
      ? []
      : [user.passkeys === 1 ? t`passkey` : t`${user.passkeys} passkeys`]),
    ...(user.oneTimeCode ? [t`codes`] : []),
  ]
  return {
    ...{ username, displayName, email, groups, state: stateOf(user) },
    factors:
      factors.length === 0
        ? t`nothing yet`
        : factors.flatMap((factor, at) => (at === 0 ? [factor] : [', ', factor])),
  }
}

export function stateOf(
  user: Pick<FoundUser, 'status' | 'hasPassword' | 'mustChangePassword'>,
): UserState {
  if (user.status === 'disabled') return 'locked'
  if (user.mustChangePassword) return 'password to be changed'
  return user.hasPassword ? 'active' : 'no password'
}

async function addUser({ directory }: Web, { by }: Person, form: Form): Promise<void> {
  const typed = typedOf(form)
  const groups = namesIn(typed.groups)
  // Before anything is written: a user without their groups would have to be looked for.
  for (const name of groups) await directory.groups.get(name)
  const { username } = await directory.users.add(
    {
      username: typed.username,
      ...(typed.displayName === '' ? {} : { displayName: typed.displayName }),
      ...(typed.email === '' ? {} : { email: typed.email }),
    },
    by,
  )
  for (const name of groups) await directory.groups.addMember(name, { user: username }, by)
}

function typedOf(form: Form): NewUserView['typed'] {
  const text = (name: string) => (form.get(name) ?? '').trim()
  return {
    username: text('username'),
    displayName: text('display_name'),
    email: text('email'),
    groups: text('groups'),
  }
}

/** Which field a fault is about; what is about none is an error page. */
const fieldsOfFaults: Readonly<Record<string, NonNullable<NewUserView['failure']>['field']>> = {
  ERR_NAME_RESERVED: 'username',
  ERR_NAME_INVALID: 'username',
  ERR_NAME_RETIRED: 'username',
  ERR_USER_EXISTS: 'username',
  ERR_DISPLAY_NAME: 'display_name',
  ERR_EMAIL: 'email',
  ERR_GROUP_UNKNOWN: 'groups',
}

function showNewUser(
  ctx: Context,
  web: Web,
  person: Person,
  failed: { readonly form: Form; readonly error: unknown } | null,
): void {
  const view = adminView(ctx, web, person)
  if (failed === null) {
    const typed = { username: '', displayName: '', email: '', groups: '' }
    show(ctx, newUserPage(web.languages.siteFor(ctx), { ...view, typed, failure: null }))
    return
  }
  const { form, error } = failed
  const field = error instanceof LanyardError ? fieldsOfFaults[error.code] : undefined
  if (!(error instanceof LanyardError) || field === undefined) throw error
  const failure = { field, sentence: sentenceOf(error.message) }
  const page = newUserPage(web.languages.siteFor(ctx), { ...view, typed: typedOf(form), failure })
  show(ctx, page, { status: errorStatus(error.code) === 404 ? 400 : errorStatus(error.code) })
}
