import type { Context } from 'koa'
import { type InvitationView, invitationPage } from '../../views/index.ts'
import { linkGone, type OpenInvitation } from '../directory/index.ts'
import { LanyardError } from '../errors/index.ts'
import { byOfRequest, sentenceOf } from '../http/index.ts'
import { formTarget, goTo, pathParameter, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { PASSWORD_AMR } from './password.ts'

/** An account made by an invitation: the link opens a form, and the form makes the account, once. */
export function invitationRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const { invitation, token } = await invitationOf(ctx, web)
      await showInvitation(ctx, web, invitation, { token, username: '' })
    },

    async submit(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const { invitation, token } = await invitationOf(ctx, web)
      const username = invitation.username ?? (form.get('username') ?? '').trim()
      const password = form.get('password') ?? ''
      const typed = { token, username }
      if (password !== form.get('password_again')) {
        return showInvitation(ctx, web, invitation, typed, { kind: 'different' })
      }
      const displayName = invitation.displayName ?? username
      const faults = web.directory.passwordFaults(password, { username, displayName })
      if (faults.length > 0) {
        return showInvitation(ctx, web, invitation, typed, {
          ...{ kind: 'faults', faults: faults.map(sentenceOf) },
        })
      }
      try {
        await accept(ctx, web, { ...typed, password })
      } catch (error) {
        await showInvitation(ctx, web, invitation, typed, failureOf(error))
      }
    },
  }
}

async function invitationOf(
  ctx: Context,
  web: Web,
): Promise<{ invitation: OpenInvitation; token: string }> {
  const token = pathParameter(ctx, 'token')
  const invitation = await web.directory.invitations.find(token)
  if (invitation === undefined) throw linkGone('invitation')
  return { invitation, token }
}

async function accept(
  ctx: Context,
  web: Web,
  acceptance: { readonly token: string; readonly username: string; readonly password: string },
): Promise<void> {
  const { id } = await web.directory.invitations.accept(acceptance, byOfRequest(ctx.req, null))
  const subject = await web.directory.subject(id)
  if (subject === undefined) return goTo(ctx, web, '/sign-in')
  web.knownBrowsers.remember(ctx, subject)
  await web.issuer.browser.signIn(ctx, { subject, amr: PASSWORD_AMR })
  goTo(ctx, web, '/account/passkeys/new')
}

/** What can be mended on the page; the rest, an invitation that is gone first of all, is an error page. */
function failureOf(error: unknown): NonNullable<InvitationView['failure']> {
  if (!(error instanceof LanyardError)) throw error
  if (error.code.startsWith('ERR_NAME_') || error.code === 'ERR_USER_EXISTS') {
    return { kind: 'username', sentence: sentenceOf(error.message) }
  }
  throw error
}

async function showInvitation(
  ctx: Context,
  web: Web,
  invitation: OpenInvitation,
  typed: { readonly token: string; readonly username: string },
  failure: InvitationView['failure'] = null,
): Promise<void> {
  const clusters = await web.clusters.forSubject(invitation.groups)
  const page = invitationPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, `/invitation/${encodeURIComponent(typed.token)}`),
    invitedBy: invitation.invitedBy,
    name: invitation.displayName ?? invitation.username,
    clusters: clusters.map(({ name }) => name),
    username: invitation.username ?? typed.username,
    choosesUsername: invitation.username === null,
    email: invitation.email,
    expiresAt: invitation.expiresAt,
    failure,
  })
  show(ctx, page, { status: failure === null ? 200 : 400 })
}
