import type { Context } from 'koa'
import {
  type Html,
  type InvitationRow,
  invitationsPage,
  linkPage,
  type NewInvitationView,
  newInvitationPage,
  type Words,
} from '../../../views/index.ts'
import type { Invitation } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../../http/index.ts'
import { goTo, pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView, queryText } from './frame.ts'
import { namesIn } from './names.ts'

const notes = ({ t }: Words) => ({ revoked: t`The invitation is revoked.` })

const PAGE = 50
const DAY = 86_400
const LIFETIMES = [DAY, 3 * DAY, 7 * DAY, 30 * DAY]
const USUAL = 3 * DAY

/** Who is asked to come. */
export function invitationsRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/invitations', (ctx, person) => showList(ctx, web, person))

  admin.get('/new-invitation', async (ctx, person) => {
    showNew(ctx, web, person, null)
  })

  admin.post('/invitations', async (ctx, person, form) => {
    const { username, email } = typedOf(form)
    const name = email === '' ? username : email
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>invite <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: '/admin/invitations' } as const
    if (!(await requireFresh(ctx, web, person, form, act))) return
    await invite(ctx, web, person, form)
  })

  admin.post('/invitations/:invitation/revoke', async (ctx, person) => {
    await web.directory.invitations.revoke(pathParameter(ctx, 'invitation'), person.by)
    goTo(ctx, web, '/admin/invitations?done=revoked')
  })
}

async function showList(ctx: Context, web: Web, person: Person): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const all = queryText(ctx, 'show') === 'all'
  const before = queryText(ctx, 'before')
  const found = await web.directory.invitations.list({
    ...{ limit: PAGE + 1, openOnly: !all },
    ...(before === '' ? {} : { beforeId: before }),
  })
  const rows = found.slice(0, PAGE)
  const page = invitationsPage(site, {
    ...adminView(ctx, web, person, notes),
    ...{ rows: rows.map((row) => rowOf(site.words, row)), show: all ? 'all' : '', before },
    next: found.length > PAGE ? (rows.at(-1)?.id ?? '') : '',
  })
  show(ctx, page)
}

function rowOf(
  { t }: Words,
  { id, groups, state, invitedBy, expiresAt, ...to }: Invitation,
): InvitationRow {
  return { id, groups, state, invitedBy, expiresAt, whom: to.username ?? to.email ?? t`somebody` }
}

function daysOf({ t }: Words, days: number): Html {
  return days === 1 ? t`1 day` : t`${days} days`
}

async function invite(ctx: Context, web: Web, person: Person, form: Form): Promise<void> {
  const { t } = web.languages.siteFor(ctx).words
  const { username, email, displayName, groups, seconds } = typedOf(form)
  try {
    const made = await web.directory.invitations.create(
      {
        ...(username === '' ? {} : { username }),
        ...(email === '' ? {} : { email }),
        ...(displayName === '' ? {} : { displayName }),
        ...{ groups: namesIn(groups), lifetimeSeconds: seconds },
      },
      person.by,
    )
    const page = linkPage(web.languages.siteFor(ctx), {
      ...adminView(ctx, web, person),
      ...{ current: 'invitations', heading: t`The invitation is made` },
      whom: email === '' ? username : email,
      purpose: t`Whoever opens it becomes a user.`,
      ...{ link: made.link, mailed: made.mailed, expiresAt: made.invitation.expiresAt },
      back: { path: '/admin/invitations', label: t`Invitations` },
    })
    show(ctx, page)
  } catch (error) {
    showNew(ctx, web, person, { form, error })
  }
}

function typedOf(form: Form): NewInvitationView['typed'] {
  const text = (name: string) => (form.get(name) ?? '').trim()
  const wished = Number(form.get('lifetime'))
  return {
    username: text('username'),
    email: text('email'),
    displayName: text('display_name'),
    groups: text('groups'),
    seconds: LIFETIMES.includes(wished) ? wished : USUAL,
  }
}

/** Which field a fault is about; what is about none is an error page. */
const fieldsOfFaults: Readonly<Record<string, NonNullable<NewInvitationView['failure']>['field']>> =
  {
    ERR_INVITATION_FOR: 'email',
    ERR_EMAIL: 'email',
    ERR_MAIL_ADDRESS: 'email',
    ERR_NAME_RESERVED: 'username',
    ERR_NAME_INVALID: 'username',
    ERR_NAME_RETIRED: 'username',
    ERR_USER_EXISTS: 'username',
    ERR_DISPLAY_NAME: 'display_name',
    ERR_GROUP_UNKNOWN: 'groups',
    ERR_INVITATION_ADMIN: 'groups',
  }

function showNew(
  ctx: Context,
  web: Web,
  person: Person,
  failed: { readonly form: Form; readonly error: unknown } | null,
): void {
  const view = { ...adminView(ctx, web, person), mails: web.directory.sendsMail }
  const typed = typedOf(failed?.form ?? new Map())
  const { words } = web.languages.siteFor(ctx)
  const lifetimes = LIFETIMES.map((seconds) => ({ seconds, label: daysOf(words, seconds / DAY) }))
  if (failed === null) {
    show(
      ctx,
      newInvitationPage(web.languages.siteFor(ctx), {
        ...view,
        typed,
        lifetimes,
        failure: null,
      }),
    )
    return
  }
  const { error } = failed
  const field = error instanceof LanyardError ? fieldsOfFaults[error.code] : undefined
  if (!(error instanceof LanyardError) || field === undefined) throw error
  const failure = { field, sentence: sentenceOf(error.message) }
  const status = errorStatus(error.code)
  const page = newInvitationPage(web.languages.siteFor(ctx), {
    ...view,
    typed,
    lifetimes,
    failure,
  })
  show(ctx, page, { status: status === 404 ? 400 : status })
}
