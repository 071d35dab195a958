import type { Context } from 'koa'
import { type ApplicationRow, applicationsPage, type Words } from '../../../views/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView } from './frame.ts'

const MOST = 1_000
const notes = ({ t }: Words) => ({ deleted: t`The application is deleted.` })

export function applicationsRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/applications', (ctx, person) => showApplications(ctx, web, person))
}

async function showApplications(ctx: Context, web: Web, person: Person): Promise<void> {
  const { applications } = web.clusters
  const [list, signIns] = await Promise.all([applications.list(), applications.lastSignIns()])
  const rows = list.slice(0, MOST).map(
    ({ name, clientId, public: isPublic, redirectUris, everyone, groups }): ApplicationRow => ({
      ...{ name, clientId, isPublic, redirectUris, everyone, groups },
      lastSignInAt: signIns.get(clientId) ?? null,
    }),
  )
  const hasMore = list.length > MOST
  show(
    ctx,
    applicationsPage(web.languages.siteFor(ctx), {
      ...adminView(ctx, web, person, notes),
      rows,
      hasMore,
    }),
  )
}
