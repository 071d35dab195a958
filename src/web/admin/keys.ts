import type { Context } from 'koa'
import { type Html, type KeysView, keysPage, type Words } from '../../../views/index.ts'
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
const notes = ({ t }: Words) => ({
  rotated: t`New keys are published. They sign by themselves when every verifier has had time to see them.`,
  'rotated-now': t`New keys sign from now on.`,
})

export function keysRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/keys', (ctx, person) => showKeys(ctx, web, person))

  admin.post('/keys/rotate', async (ctx, person, form) => {
    const algs = algsIn(form.get('alg') ?? '')
    const now = form.has('now')
    const act = {
      sentence: rotates(web.languages.siteFor(ctx).words, algs, now),
      cancel: '/admin/keys',
    } as const
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    for (const alg of algs) await web.issuer.keys.rotate(alg, { now }, person.by)
    await web.issuer.refresh()
    goTo(ctx, web, `/admin/keys?done=${now ? 'rotated-now' : 'rotated'}`)
  })
}

function rotates({ t }: Words, algs: readonly SigningAlg[], now: boolean): Html {
  const [alg = ''] = algs
  if (algs.length === 1) {
    return now
      ? t`You are about to <b>publish a new ${alg} key</b> to sign at once, before every verifier has seen it.`
      : t`You are about to <b>publish a new ${alg} key</b> to sign later.`
  }
  return now
    ? t`You are about to <b>publish new keys</b> to sign at once, before every verifier has seen it.`
    : t`You are about to <b>publish new keys</b> to sign later.`
}

function algsIn(alg: string): readonly SigningAlg[] {
  if (alg === '') return ['RS256', 'ES256']
  if (alg === 'RS256' || alg === 'ES256') return [alg]
  throw new LanyardError('ERR_SIGNING_ALG', 'the form names neither RS256 nor ES256')
}

async function showKeys(ctx: Context, web: Web, person: Person): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const [keys, clusters, traffic] = await Promise.all([
    web.issuer.keys.list(),
    web.clusters.list(),
    web.clusters.traffic(web.clock()),
  ])
  const page = keysPage(site, {
    ...adminView(ctx, web, person, notes),
    keys: keys.slice(0, MOST_KEYS).map((key) => ({
      ...{ kid: key.kid, alg: key.alg, state: key.state, publishedAt: key.publishedAt },
      ...{ signsFrom: key.activatesAt, signsUntil: key.retiredAt, removedAt: key.removesAt },
    })),
    jwksPath: `${web.site.base}/jwks`,
    publishAhead: site.words.span(web.config.lifetimes.publishAhead * 1000),
    clusters: clusters.slice(0, MOST).map((cluster) => ({
      name: cluster.name,
      ...knowledgeOf(web, site.words, cluster, traffic.get(cluster.id), keys),
    })),
    hasMore: clusters.length > MOST,
  })
  show(ctx, page)
}

type Knowledge = Pick<KeysView['clusters'][number], 'state' | 'said'>

/** Whether its apiserver took a token of the key that signs for it now: by the warm-up, or when the doctor looked. */
function knowledgeOf(
  web: Web,
  words: Words,
  cluster: Cluster,
  traffic: ClusterTraffic | undefined,
  keys: readonly Key[],
): Knowledge {
  const { t } = words
  const active = keys.find(({ alg, state }) => alg === cluster.signingAlg && state === 'active')
  if (active === undefined) {
    return { state: 'bad', said: t`no ${cluster.signingAlg} key signs: rotate` }
  }
  const probes = cluster.liveGroups ? (traffic?.probes ?? []) : []
  const refused = probes.find(({ outcome }) => outcome === 'refused')
  if (refused !== undefined) {
    return { state: 'bad', said: t`${refused.address} refuses tokens: ${refused.detail}` }
  }
  const away = probes.find(({ outcome }) => outcome === 'unreachable')
  if (away !== undefined) {
    return { state: 'warn', said: t`${away.address} cannot be reached from here: ${away.detail}` }
  }
  const times = probes.map(({ probedAt }) => probedAt)
  const examined = examinedAt(web, cluster)
  if (examined !== null) times.push(examined)
  const seenAt = Math.max(0, ...times)
  if (seenAt === 0) return { state: 'info', said: t`not looked at: run its doctor` }
  const ago = words.ago(web.clock() - seenAt)
  return seenAt >= active.activatesAt
    ? { state: 'ok', said: t`took a token of ${active.kid} ${ago}` }
    : { state: 'warn', said: t`took a token ${ago}, before ${active.kid} began to sign` }
}

function examinedAt({ diagnosis }: Web, { id }: Cluster): number | null {
  const last = diagnosis.last(id)
  const isTaken = last?.findings.some(
    ({ check, status }) => check === 'cluster.token' && status === 'ok',
  )
  return last !== undefined && isTaken === true ? last.at : null
}
