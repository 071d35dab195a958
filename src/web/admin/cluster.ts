import type { Context } from 'koa'
import type { Html, Words } from '../../../views/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { setPagePolicy } from '../../http/index.ts'
import { goTo, pathParameter } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import { distributionOf, readConfig } from './cluster-config.ts'
import { showCluster } from './cluster-view.ts'
import { entryRoutes } from './entry.ts'
import type { AdminRouter } from './frame.ts'
import { pathOfCluster } from './frame.ts'
import { mendable } from './mendable.ts'

/** One cluster and what is done to it. */
export function clusterRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/clusters/:cluster', (ctx, person) => showCluster(ctx, web, person, nameIn(ctx)))
  admin.get('/clusters/:cluster/config', (ctx) => downloadConfig(ctx, web))
  groupsModeRoute(web, admin)
  entryRoutes(web, admin, {
    route: '/clusters/:cluster',
    nameIn,
    pathOf: pathOfCluster,
    register: web.clusters,
    show: (ctx, person, name, fault) => showCluster(ctx, web, person, name, fault),
  })

  admin.post('/clusters/:cluster/doctor', async (ctx) => {
    const name = nameIn(ctx)
    await web.diagnosis.examine(name)
    goTo(ctx, web, `${pathOfCluster(name)}?done=doctor`)
  })

  admin.post('/clusters/:cluster/delete', async (ctx, person, form) => {
    const name = nameIn(ctx)
    const { id } = await web.clusters.get(name)
    const entered = (await web.clusters.traffic(0, id)).get(id)?.entered ?? 0
    const act = {
      sentence: deletes(web.languages.siteFor(ctx).words, name, entered),
      cancel: pathOfCluster(name),
    }
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await web.clusters.delete(name, person.by)
    await web.issuer.refresh()
    goTo(ctx, web, '/admin/clusters?done=deleted')
  })
}

/** Counted to a thousand: more is read by nobody. */
function deletes({ t }: Words, name: string, logins: number): Html {
  if (logins > 1_000) {
    return t`You are about to <b>delete cluster <bdi>${name}</bdi></b> which more than 1,000 logins entered: nobody gets a token for it any more.`
  }
  return logins === 1
    ? t`You are about to <b>delete cluster <bdi>${name}</bdi></b> which 1 login entered: nobody gets a token for it any more.`
    : t`You are about to <b>delete cluster <bdi>${name}</bdi></b> which ${logins} logins entered: nobody gets a token for it any more.`
}

function groupsModeRoute(web: Web, admin: AdminRouter): void {
  admin.post('/clusters/:cluster/groups-mode', async (ctx, person, form) => {
    const name = nameIn(ctx)
    const mode = form.get('groups_mode')
    try {
      if (mode !== 'live' && mode !== 'embedded') {
        throw new LanyardError('ERR_GROUPS_MODE', 'the form says neither live nor embedded')
      }
      const { t } = web.languages.siteFor(ctx).words
      const sentence =
        mode === 'live'
          ? t`You are about to <b>make groups live in <bdi>${name}</bdi></b>.`
          : t`You are about to <b>make groups embedded in <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: pathOfCluster(name) }
      if (!(await requireFresh(ctx, web, person, form, act))) return
      await web.clusters.change(name, { liveGroups: mode === 'live' }, person.by)
      await web.issuer.refresh()
    } catch (error) {
      return showCluster(ctx, web, person, name, mendable(error))
    }
    goTo(ctx, web, `${pathOfCluster(name)}?done=groups`)
  })
}

/** One file of the configuration, as it stands. */
async function downloadConfig(ctx: Context, web: Web): Promise<void> {
  const cluster = await web.clusters.get(nameIn(ctx))
  const { files } = await readConfig(web, cluster, distributionOf(ctx.query['for']))
  const file = files[Number(ctx.query['file'])]
  if (file === undefined) throw new LanyardError('ERR_NOT_FOUND', 'there is no such file')
  const filename = (file.path.split('/').at(-1) ?? '').replace(/[^\w.-]/g, '_')
  setPagePolicy(ctx)
  ctx.set('Content-Disposition', `attachment; filename="${filename}"`)
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = file.content
}

export function nameIn(ctx: Context): string {
  return pathParameter(ctx, 'cluster')
}
