import type { Context } from 'koa'
import { type ClusterRow, clustersPage, type Words } from '../../../views/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { doctorCount } from './cluster-doctor.ts'
import { DAY_MS, healthOf } from './cluster-view.ts'
import { type AdminRouter, adminView } from './frame.ts'

const MOST = 1_000
const notes = ({ t }: Words) => ({ deleted: t`The cluster is deleted.` })

export function clustersRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/clusters', (ctx, person) => showClusters(ctx, web, person))
}

async function showClusters(ctx: Context, web: Web, person: Person): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const [clusters, traffic] = await Promise.all([
    web.clusters.list(),
    web.clusters.traffic(web.clock() - DAY_MS),
  ])
  const rows = clusters.slice(0, MOST).map((cluster): ClusterRow => {
    const { name, server, liveGroups, signingAlg, everyone, groups } = cluster
    const own = traffic.get(cluster.id)
    return {
      ...{ name, server, liveGroups, signingAlg, everyone, groups },
      health: healthOf(web, site.words, cluster, own),
      doctor: doctorCount(web, cluster),
      entered: own?.entered ?? 0,
    }
  })
  const hasMore = clusters.length > MOST
  show(
    ctx,
    clustersPage(site, {
      ...adminView(ctx, web, person, notes),
      rows,
      hasMore,
    }),
  )
}
