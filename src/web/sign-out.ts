import type { Context } from 'koa'
import { signedOutPage, signOutPage } from '../../views/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { personHere } from './visitor.ts'

/** Signing out of this browser, and of every device if so wished. The engine's own sign-out, for applications, is elsewhere. */
export function signOutRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in')
      const devices = await web.issuer.devices.list(person.subject.userId)
      const page = signOutPage(web.languages.siteFor(ctx), {
        username: person.subject.username,
        devices: devices.length,
        askedBy: null,
        target: { kind: 'ours', ...formTarget(ctx, web, '/sign-out') },
      })
      show(ctx, page)
    },

    async submit(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      const devicesRevoked =
        person !== null && form.get('devices') === 'all'
          ? await web.issuer.devices.revokeAll(person.subject.userId, { by: person.by })
          : 0
      await web.issuer.browser.signOut(ctx)
      show(ctx, signedOutPage(web.languages.siteFor(ctx), { devicesRevoked }))
    },
  }
}
