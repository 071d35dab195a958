import type { Context } from 'koa'
import { overviewPage } from '../../../views/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import { type AdminRouter, adminView } from './frame.ts'

/** What needs an admin's attention, then the numbers. */
export function overviewRoutes(web: Web, admin: AdminRouter): void {
  admin.get('', async (ctx: Context, person) => {
    show(ctx, overviewPage(web.site, { ...adminView(ctx, web, person), issuer: web.config.issuer }))
  })
}
