import type { Context } from 'koa'
import {
  type EmailChangeView,
  type Part,
  profilePage,
  tooManyAttempts,
  type Words,
} from '../../views/index.ts'
import { lackOf } from '../access/index.ts'
import { LanyardError } from '../errors/index.ts'
import { sentenceOf } from '../http/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import { type DoneNotes, doneNote } from './done.ts'
import type { Web } from './options.ts'
import { checkPassword } from './password.ts'
import { stepUpPath } from './sign-in.ts'
import { type Person, personHere } from './visitor.ts'

const FRESH_SECONDS = 5 * 60

const doneNotes: DoneNotes = {
  name: ({ t }) => t`Your name is changed.`,
  'e-mail': ({ t }) => t`Links are on their way. The address changes when they are confirmed.`,
  withdrawn: ({ t }) => t`The change is withdrawn.`,
}

interface Failed {
  readonly displayName?: { readonly value: string; readonly error: Part }
  readonly email?: {
    readonly value: string
    readonly error: NonNullable<EmailChangeView['error']>
    readonly status: number
  }
}

/** What a person changes of themselves. */
export function profileRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) goTo(ctx, web, '/sign-in?next=account')
      else await showProfile(ctx, web, person)
    },

    async changeName(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      const displayName = form.get('display_name') ?? ''
      try {
        await web.directory.users.change(person.subject.username, { displayName }, person.by)
      } catch (error) {
        if (!isOf(error, ['ERR_DISPLAY_NAME'])) throw error
        const { t } = web.languages.siteFor(ctx).words
        const sentence = t`A name has 1 to 128 visible characters.`
        return showProfile(ctx, web, person, {
          displayName: { value: displayName, error: sentence },
        })
      }
      goTo(ctx, web, '/account/profile?done=name')
    },

    async changeEmail(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      // Without a password it is the sign-in itself that must be of just now.
      if (!(await hasPassword(web, person.subject)) && !isFresh(web, person)) {
        return goTo(ctx, web, stepUpPath('account', 'any'))
      }
      const email = (form.get('email') ?? '').trim()
      const failure =
        (await passwordFailure(ctx, web, person, form.get('current_password') ?? '')) ??
        (await requestFailure(web, web.languages.siteFor(ctx).words, person, email))
      if (failure === null) return goTo(ctx, web, '/account/profile?done=e-mail')
      await showProfile(ctx, web, person, { email: { value: email, ...failure } })
    },

    async withdrawEmail(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      await web.directory.emailChanges.cancel(person.subject.userId)
      goTo(ctx, web, '/account/profile?done=withdrawn')
    },
  }
}

function isFresh(web: Web, { session }: Person): boolean {
  const { authenticatedAt: at, amr, acr } = session
  const policy = { factors: 'any', maxAge: FRESH_SECONDS } as const
  return lackOf(policy, { at, amr, acr }, web.clock()) === null
}

type EmailFailure = Omit<NonNullable<Failed['email']>, 'value'> | null

/** A browser that was left open is not enough to move where links go. */
async function passwordFailure(
  ctx: Context,
  web: Web,
  { subject }: Person,
  password: string,
): Promise<EmailFailure> {
  if (!(await hasPassword(web, subject))) return null
  const check = await checkPassword(ctx, web, { username: subject.username, password })
  if (check.kind !== 'failed') return null
  const { words } = web.languages.siteFor(ctx)
  const { t } = words
  const sentence =
    check.failure === 'wrong'
      ? t`This is not your present password.`
      : tooManyAttempts(words, check.failure.waitMinutes)
  return { error: { field: 'current_password', sentence }, status: check.status }
}

async function requestFailure(
  web: Web,
  words: Words,
  { subject, by }: Person,
  email: string,
): Promise<EmailFailure> {
  try {
    await web.directory.emailChanges.request(subject.userId, email, by)
    return null
  } catch (error) {
    if (isOf(error, ['ERR_EMAIL', 'ERR_MAIL_ADDRESS'])) {
      const { t } = words
      const sentence = t`Mail cannot be sent to this. An address looks like ada@example.com.`
      return { error: { field: 'email', sentence }, status: 400 }
    }
    if (!isOf(error, ['ERR_EMAIL_SAME', 'ERR_EMAIL_LIMITED'])) throw error
    const sentence = [error.message, error.hint]
      .filter((part) => part !== undefined)
      .map(sentenceOf)
      .join(' ')
    const status = error.code === 'ERR_EMAIL_LIMITED' ? 429 : 400
    return { error: { field: 'email', sentence }, status }
  }
}

function isOf(error: unknown, codes: readonly string[]): error is LanyardError {
  return error instanceof LanyardError && codes.includes(error.code)
}

async function hasPassword(web: Web, { userId }: Person['subject']): Promise<boolean> {
  return (await web.directory.users.byId(userId))?.hasPassword ?? false
}

async function showProfile(
  ctx: Context,
  web: Web,
  person: Person,
  failed: Failed = {},
): Promise<void> {
  const { subject } = person
  const page = profilePage(web.languages.siteFor(ctx), {
    username: subject.username,
    displayName: {
      ...formTarget(ctx, web, '/account/profile/name'),
      value: failed.displayName?.value ?? subject.displayName,
      error: failed.displayName?.error ?? null,
    },
    email:
      subject.email === null ? null : { address: subject.email, verified: subject.emailVerified },
    change: web.directory.sendsMail ? await changeView(ctx, web, person, failed.email) : null,
    done: doneNote(ctx, web, doneNotes),
  })
  const status = failed.email?.status ?? (failed.displayName === undefined ? 200 : 400)
  show(ctx, page, { status })
}

async function changeView(
  ctx: Context,
  web: Web,
  { subject }: Person,
  failed: Failed['email'],
): Promise<EmailChangeView> {
  const pending = await web.directory.emailChanges.pending(subject.userId)
  return {
    ...formTarget(ctx, web, '/account/profile/e-mail'),
    value: failed?.value ?? '',
    error: failed?.error ?? null,
    asksPassword: await hasPassword(web, subject),
    pending:
      pending === undefined
        ? null
        : { ...pending, cancel: formTarget(ctx, web, '/account/profile/e-mail/withdraw') },
  }
}
