import {
  type Attention,
  adminPath,
  type Html,
  overviewPage,
  type Words,
} from '../../../views/index.ts'
import { factorsOf } from '../../access/index.ts'
import type { Counts } from '../../directory/index.ts'
import type { EpochMs } from '../../errors/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { healthOf } from './cluster-view.ts'
import { type AdminRouter, adminView } from './frame.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Failed sign-ins in an hour that people do not make by mistake. */
const MANY_REFUSALS = 30
const SHOWN_INVITATIONS = 5
/** Beyond these, the list of clusters says more. */
const SHOWN_CLUSTERS = 10

/** What needs an admin's attention, then the numbers. */
export function overviewRoutes(web: Web, admin: AdminRouter): void {
  admin.get('', async (ctx, person) => {
    const now = web.clock()
    const site = web.languages.siteFor(ctx)
    const { words } = site
    const { t } = words
    const [counts, clusters, invitations, keys, refusals] = await Promise.all([
      web.directory.people.counts(),
      clustersNow(web, words, now),
      web.directory.invitations.list({ openOnly: true, limit: SHOWN_INVITATIONS }),
      web.issuer.keys.list(),
      web.audit.refusalsSince('signin.refused', now - HOUR_MS),
    ])
    const waiting = await web.directory.requests.waiting('all')
    const page = overviewPage(site, {
      ...adminView(ctx, web, person),
      issuer: web.config.issuer,
      attention: [
        ...clusters.attention,
        ...adminAttention(words, person, counts),
        ...refusalAttention(words, refusals),
        ...requestAttention(words, waiting.length),
      ],
      counts: [
        counted(counts.users, t`person`, t`people`),
        counted(counts.disabled, t`of them is locked`, t`of them are locked`),
        counted(counts.groups, t`group`, t`groups`),
        counted(clusters.count, t`cluster`, t`clusters`),
        counted(clusters.entered, t`device came to a cluster`, t`devices came to a cluster`),
      ],
      invitations: invitations.map(({ username, email, expiresAt }) => ({
        whom: username ?? email ?? t`somebody`,
        expiresAt,
      })),
      keys: keys
        .filter(({ state }) => state === 'active' || state === 'next')
        .map(({ kid, alg, state, publishedAt }) => ({ kid, alg, state, since: publishedAt })),
    })
    show(ctx, page)
  })
}

function counted(count: number, one: Html, many: Html) {
  return { count, label: count === 1 ? one : many }
}

async function clustersNow(web: Web, words: Words, now: EpochMs) {
  const { t } = words
  const [clusters, traffic] = await Promise.all([
    web.clusters.list(),
    web.clusters.traffic(now - DAY_MS),
  ])
  const attention: Attention[] = []
  for (const cluster of clusters) {
    const { state, words: health } = healthOf(web, words, cluster, traffic.get(cluster.id))
    if (state !== 'bad' && state !== 'warn') continue
    const { name } = cluster
    const fix = { path: adminPath.cluster(name), label: t`Look at it` }
    const what = t`<bdi>${name}</bdi>: ${health}`
    const why = t`Its page says what, and how to mend it.`
    attention.push({ kind: state, what, why, fix })
  }
  attention.sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))
  const entered = clusters.reduce((sum, { id }) => sum + (traffic.get(id)?.entered ?? 0), 0)
  return { attention: attention.slice(0, SHOWN_CLUSTERS), count: clusters.length, entered }
}

/** An admin's password alone opens every cluster. */
function adminAttention({ t }: Words, { subject, session }: Person, counts: Counts): Attention[] {
  const others = counts.adminsWithOneFactor.filter((name) => name !== subject.username)
  const found: Attention[] = []
  if (counts.adminsWithOneFactor.includes(subject.username) && factorsOf(session.acr) === 'any') {
    found.push({
      kind: 'warn',
      what: t`You have no second factor`,
      why: t`Whoever learns your password is an admin. A passkey ends that.`,
      fix: { path: '/account/passkeys/new', label: t`Add a passkey` },
    })
  }
  for (const name of others) {
    found.push({
      kind: 'warn',
      what: t`<bdi>${name}</bdi> is an admin without a second factor`,
      why: t`Ask them to add a passkey, or require it with admin.secondFactor.`,
      fix: { path: adminPath.user(name), label: t`Their page` },
    })
  }
  if (counts.admins === 1) {
    found.push({
      kind: 'warn',
      what: t`You are the only admin`,
      why: t`If you lose your way in, only a command on the server helps.`,
      fix: { path: '/admin/users', label: t`Choose another` },
    })
  }
  return found
}

function refusalAttention({ t }: Words, count: number): Attention[] {
  if (count < MANY_REFUSALS) return []
  return [
    {
      kind: 'warn',
      what: t`${count} sign-ins were refused in the last hour`,
      why: t`Somebody may be guessing. Accounts and networks are slowed by themselves.`,
      fix: { path: '/admin/audit?type=signin.refused', label: t`Audit log` },
    },
  ]
}

function requestAttention({ t }: Words, count: number): Attention[] {
  if (count === 0) return []
  return [
    {
      kind: 'warn',
      what:
        count === 1
          ? t`1 request waits for the owner of a group`
          : t`${count} requests wait for the owner of a group`,
      why: t`An owner of the group answers, or an admin.`,
      fix: { path: '/account/requests', label: t`Requests` },
    },
  ]
}
