import type { Context } from 'koa'
import { signInPage } from '../../views/index.ts'
import type { Subject } from '../directory/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import {
  checkPassword,
  finishForcedChange,
  PASSWORD_AMR,
  type SignInFailure,
  showForcedChange,
} from './password.ts'
import { type Place, pathOf, placeOf, targetOf } from './places.ts'
import { personHere } from './visitor.ts'

/** Signing in to this server's own pages. */
export function signInRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const place = placeOf(ctx.query['next'])
      if ((await personHere(ctx, web)) !== null) goTo(ctx, web, pathOf(place))
      else showSignIn(ctx, web, place)
    },

    async submit(ctx: Context): Promise<void> {
      const place = placeOf(ctx.query['next'])
      const form = await readOwnForm(ctx, web)
      const username = form.get('username') ?? ''
      const password = form.get('password') ?? ''
      const check = await checkPassword(ctx, web, { username, password })
      if (check.kind === 'failed') return showSignIn(ctx, web, place, { username, ...check })
      if (check.subject.mustChangePassword) {
        return showForcedChange(ctx, web, passwordPath(place), check.subject.username)
      }
      await signInHere(ctx, web, place, check.subject)
    },

    async changePassword(ctx: Context): Promise<void> {
      const place = placeOf(ctx.query['next'])
      const form = await readOwnForm(ctx, web)
      const result = await finishForcedChange(ctx, web, passwordPath(place), form)
      if (result.kind === 'signed-in') await signInHere(ctx, web, place, result.subject)
    },
  }
}

const passwordPath = (place: Place) => `/sign-in/password?next=${place}` as const

async function signInHere(ctx: Context, web: Web, place: Place, subject: Subject): Promise<void> {
  web.knownBrowsers.remember(ctx, subject)
  await web.issuer.browser.signIn(ctx, { subject, amr: PASSWORD_AMR })
  goTo(ctx, web, pathOf(place))
}

function showSignIn(
  ctx: Context,
  web: Web,
  place: Place,
  failed?: { readonly username: string; readonly failure: SignInFailure; readonly status: number },
): void {
  const page = signInPage(web.site, {
    ...formTarget(ctx, web, `/sign-in?next=${place}`),
    target: targetOf(place),
    username: failed?.username ?? '',
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
}
