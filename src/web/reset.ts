import type { Context } from 'koa'
import {
  forgottenPage,
  linkSentPage,
  type NewPasswordFailure,
  resetDonePage,
  resetPage,
} from '../../views/index.ts'
import { linkGone, type User } from '../directory/index.ts'
import { byOfRequest, peerOf, sentenceOf } from '../http/index.ts'
import {
  formTarget,
  goTo,
  pathParameter,
  readOwnForm,
  setRetryAfter,
  show,
  waitMinutes,
} from './answer.ts'
import type { Web } from './options.ts'

/** A forgotten password: asked for by name, sent by mail, set by the link. The person signs in afterwards as ever. */
export function resetRoutes(web: Web) {
  return {
    openForgotten(ctx: Context): void {
      if (web.directory.sendsMail) showForgotten(ctx, web, '', null)
    },

    async submitForgotten(ctx: Context): Promise<void> {
      if (!web.directory.sendsMail) return
      const form = await readOwnForm(ctx, web)
      const username = form.get('username') ?? ''
      const { address } = peerOf(ctx.req)
      const by = byOfRequest(ctx.req, null)
      const result = await web.directory.resetLinks.request({ username, address }, by)
      if (result.kind === 'taken') return goTo(ctx, web, '/forgotten/sent')
      setRetryAfter(ctx, result.retryAfterMs)
      showForgotten(ctx, web, username, { waitMinutes: waitMinutes(result.retryAfterMs) })
    },

    openSent(ctx: Context): void {
      show(ctx, linkSentPage(web.languages.siteFor(ctx)))
    },

    async open(ctx: Context): Promise<void> {
      const { code, person } = await personOf(ctx, web)
      showReset(ctx, web, { code, person }, null)
    },

    async submit(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const { code, person } = await personOf(ctx, web)
      const password = form.get('password') ?? ''
      if (password !== form.get('password_again')) {
        return showReset(ctx, web, { code, person }, { kind: 'different' })
      }
      const faults = web.directory.passwordFaults(password, person).map(sentenceOf)
      if (faults.length > 0) {
        return showReset(ctx, web, { code, person }, { kind: 'faults', faults })
      }
      const by = byOfRequest(ctx.req, null)
      const user = await web.directory.resetLinks.complete({ code, password }, by)
      const revokes = form.get('devices') === 'all'
      if (revokes) await revokeAll(ctx, web, user)
      goTo(ctx, web, revokes ? '/reset-done?revoked=all' : '/reset-done')
    },

    openDone(ctx: Context): void {
      show(
        ctx,
        resetDonePage(web.languages.siteFor(ctx), { revoked: ctx.query['revoked'] === 'all' }),
      )
    },
  }
}

interface Holder {
  readonly code: string
  readonly person: { readonly username: string; readonly displayName: string }
}

async function personOf(ctx: Context, web: Web): Promise<Holder> {
  const code = pathParameter(ctx, 'code')
  const person = await web.directory.resetLinks.find(code)
  if (person === undefined) throw linkGone('reset')
  return { code, person }
}

/** Whoever held the link is the person now, as far as a password says. */
async function revokeAll(ctx: Context, web: Web, { id, username }: User): Promise<void> {
  const by = byOfRequest(ctx.req, { userId: id, username })
  await web.issuer.devices.revokeAll(id, { by })
  for (const token of await web.accessTokens.list({ userId: id })) {
    await web.accessTokens.revoke(token.id, by)
  }
}

function showForgotten(
  ctx: Context,
  web: Web,
  username: string,
  failure: null | { readonly waitMinutes: number },
): void {
  const page = forgottenPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/forgotten'),
    username,
    failure,
  })
  show(ctx, page, { status: failure === null ? 200 : 429 })
}

function showReset(
  ctx: Context,
  web: Web,
  { code, person }: Holder,
  failure: NewPasswordFailure | null,
): void {
  const page = resetPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, `/reset/${encodeURIComponent(code)}`),
    username: person.username,
    failure,
  })
  show(ctx, page, { status: failure === null ? 200 : 400 })
}
