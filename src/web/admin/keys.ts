import type { Context } from 'koa'
import { type KeysView, keysPage } from '../../../views/index.ts'
import type { Cluster, ClusterTraffic } from '../../clusters/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Key, SigningAlg } from '../../issuer/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView } from './frame.ts'

const MOST = 1_000
const MOST_KEYS = 100
const notes = {
  rotated:
    'New keys are published. They sign by themselves when every verifier has had time to see them.',
  'rotated-now': 'New keys sign from now on.',
} as const

export function keysRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/keys', (ctx, person) => showKeys(ctx, web, person))

  admin.post('/keys/rotate', async (ctx, person, form) => {
    const algs = algsIn(form.get('alg') ?? '')
    const now = form.has('now')
    const act = {
      verb: algs.length === 1 ? `publish a new ${algs.join()} key` : 'publish new keys',
      more: now ? 'to sign at once, before every verifier has seen it' : 'to sign later',
      cancel: '/admin/keys',
    } as const
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    for (const alg of algs) await web.issuer.keys.rotate(alg, { now }, person.by)
    await web.issuer.refresh()
    goTo(ctx, web, `/admin/keys?done=${now ? 'rotated-now' : 'rotated'}`)
  })
}

function algsIn(alg: string): readonly SigningAlg[] {
  if (alg === '') return ['RS256', 'ES256']
  if (alg === 'RS256' || alg === 'ES256') return [alg]
  throw new LanyardError('ERR_SIGNING_ALG', 'the form names neither RS256 nor ES256')
}

async function showKeys(ctx: Context, web: Web, person: Person): Promise<void> {
  const [keys, clusters, traffic] = await Promise.all([
    web.issuer.keys.list(),
    web.clusters.list(),
    web.clusters.traffic(web.clock()),
  ])
  const page = keysPage(web.languages.siteFor(ctx), {
    ...adminView(ctx, web, person, notes),
    keys: keys.slice(0, MOST_KEYS).map((key) => ({
      ...{ kid: key.kid, alg: key.alg, state: key.state, publishedAt: key.publishedAt },
      ...{ signsFrom: key.activatesAt, signsUntil: key.retiredAt, removedAt: key.removesAt },
    })),
    jwksPath: `${web.site.base}/jwks`,
    publishAhead: web.languages.siteFor(ctx).words.span(web.config.lifetimes.publishAhead * 1000),
    clusters: clusters.slice(0, MOST).map((cluster) => ({
      name: cluster.name,
      ...knowledgeOf(web, cluster, traffic.get(cluster.id), keys),
    })),
    hasMore: clusters.length > MOST,
  })
  show(ctx, page)
}

type Knowledge = Pick<KeysView['clusters'][number], 'state' | 'said'>

/** Whether its apiserver took a token of the key that signs for it now: by the warm-up, or when the doctor looked. */
function knowledgeOf(
  web: Web,
  cluster: Cluster,
  traffic: ClusterTraffic | undefined,
  keys: readonly Key[],
): Knowledge {
  const active = keys.find(({ alg, state }) => alg === cluster.signingAlg && state === 'active')
  if (active === undefined) {
    return { state: 'bad', said: `no ${cluster.signingAlg} key signs: rotate` }
  }
  const probes = cluster.liveGroups ? (traffic?.probes ?? []) : []
  const refused = probes.find(({ outcome }) => outcome === 'refused')
  if (refused !== undefined) {
    return { state: 'bad', said: `${refused.address} refuses tokens: ${refused.detail}` }
  }
  const away = probes.find(({ outcome }) => outcome === 'unreachable')
  if (away !== undefined) {
    return { state: 'warn', said: `${away.address} cannot be reached from here: ${away.detail}` }
  }
  const times = probes.map(({ probedAt }) => probedAt)
  const examined = examinedAt(web, cluster)
  if (examined !== null) times.push(examined)
  const seenAt = Math.max(0, ...times)
  if (seenAt === 0) return { state: 'info', said: 'not looked at: run its doctor' }
  const ago = `${web.site.words.span(web.clock() - seenAt)} ago`
  return seenAt >= active.activatesAt
    ? { state: 'ok', said: `took a token of ${active.kid} ${ago}` }
    : { state: 'warn', said: `took a token ${ago}, before ${active.kid} began to sign` }
}

function examinedAt({ diagnosis }: Web, { id }: Cluster): number | null {
  const last = diagnosis.last(id)
  const isTaken = last?.findings.some(
    ({ check, status }) => check === 'cluster.token' && status === 'ok',
  )
  return last !== undefined && isTaken === true ? last.at : null
}
