import type { Context } from 'koa'
import { emailConfirmedPage, emailConfirmPage } from '../../views/index.ts'
import { linkGone } from '../directory/index.ts'
import { byOfRequest } from '../http/index.ts'
import { formTarget, pathParameter, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'

/** The links of a change of address. What reads mail opens links by itself, so opening one confirms nothing. */
export function emailRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const code = pathParameter(ctx, 'code')
      const proof = await web.directory.emailChanges.find(code)
      if (proof === undefined) throw linkGone('email')
      const target = formTarget(ctx, web, `/email/${encodeURIComponent(code)}`)
      show(ctx, emailConfirmPage(web.languages.siteFor(ctx), { ...target, ...proof }))
    },

    async submit(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const by = byOfRequest(ctx.req, null)
      const { changed } = await web.directory.emailChanges.prove(pathParameter(ctx, 'code'), by)
      show(ctx, emailConfirmedPage(web.languages.siteFor(ctx), { changed }))
    },
  }
}
