import type { Context } from 'koa'
import {
  type AccessReviewView,
  accessReviewPage,
  type Html,
  type Words,
} from '../../../views/index.ts'
import {
  type AccessReview,
  bindingsCsv,
  membershipsCsv,
  type Reason,
  type ReviewQuestion,
} from '../../access-review/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { errorStatus, sentenceOf, setPagePolicy } from '../../http/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView, queryText } from './frame.ts'

const USUAL_DAYS = 90
const MOST_EXPORTED = 100_000

/** Who holds what, as a page and as files. */
export function accessReviewRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/access-review', (ctx, person) => showReview(ctx, web, person))
  admin.get('/access-review/memberships.csv', (ctx) =>
    download(ctx, web, 'memberships.csv', 'text/csv', membershipsCsv),
  )
  admin.get('/access-review/bindings.csv', (ctx) =>
    download(ctx, web, 'bindings.csv', 'text/csv', bindingsCsv),
  )
  admin.get('/access-review/review.json', (ctx) =>
    download(ctx, web, 'review.json', 'application/json', (review) =>
      JSON.stringify(review, null, 2),
    ),
  )
}

function questionIn(ctx: Context): ReviewQuestion {
  const group = queryText(ctx, 'group').trim()
  const days = queryText(ctx, 'days').trim()
  return {
    dormantDays: days === '' ? USUAL_DAYS : Number(days),
    ...(group === '' ? {} : { group }),
  }
}

async function download(
  ctx: Context,
  web: Web,
  name: string,
  type: string,
  write: (review: AccessReview) => string,
): Promise<void> {
  const review = await web.accessReviews.review({ ...questionIn(ctx), most: MOST_EXPORTED })
  const day = new Date(review.at).toISOString().slice(0, 10)
  setPagePolicy(ctx)
  ctx.set('Content-Disposition', `attachment; filename="lanyard-${day}-${name}"`)
  ctx.type = `${type}; charset=utf-8`
  ctx.body = write(review)
}

async function showReview(ctx: Context, web: Web, person: Person): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const question = questionIn(ctx)
  const common = {
    ...adminView(ctx, web, person),
    days: String(question.dormantDays),
    group: question.group ?? '',
  }
  try {
    const review = await web.accessReviews.review(question)
    show(ctx, accessReviewPage(site, { ...common, ...viewOf(site.words, review), fault: null }))
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error
    const nothing = { groups: [], hasMore: false, idle: [], clusters: [] }
    const fault = sentenceOf(error.message)
    const page = accessReviewPage(site, { ...common, ...nothing, fault })
    show(ctx, page, { status: errorStatus(error.code) })
  }
}

function viewOf(
  words: Words,
  review: AccessReview,
): Pick<AccessReviewView, 'groups' | 'hasMore' | 'idle' | 'clusters'> {
  return {
    hasMore: review.hasMore,
    idle: review.idle.map(({ kind, ...login }) => ({
      ...login,
      kind: kind === 'device' ? words.t`device` : words.t`access token`,
    })),
    groups: review.groups.map(({ name, reasons, members, hasMore }) => ({
      ...{ name, hasMore, reasons: reasons.map((reason) => reasonIn(words, reason)) },
      members: members.map(({ status, devices, accessTokens, ...member }) => ({
        ...member,
        isLocked: status === 'disabled',
        logins: devices + accessTokens,
      })),
    })),
    clusters: review.clusters.map((cluster) => ({
      name: cluster.cluster,
      ...{ state: cluster.state, unknown: cluster.unknown, unbound: cluster.unbound },
      fault: cluster.fault === null ? '' : sentenceOf(cluster.fault),
      hasMore: cluster.hasMore,
      bound: cluster.bound.map(({ kind, name, roleKind, role, namespace, binding }) => ({
        ...{ kind, name, namespace, binding },
        role: roleKind === 'ClusterRole' ? role : `Role ${role}`,
      })),
    })),
  }
}

/** Why a group matters, in a few words. */
function reasonIn(words: Words, reason: Reason): Html {
  const { t } = words
  switch (reason.kind) {
    case 'admins':
      return t`administers Lanyard`
    case 'cluster-admin':
      return reason.namespace === null
        ? t`cluster-admin in ${reason.cluster}`
        : t`cluster-admin in ${reason.cluster} in namespace ${reason.namespace}`
    case 'policy':
      return policyIn(words, reason)
    case 'requestable':
      return t`may be asked for, for ${words.span(reason.longestSeconds * 1000)} at most`
  }
}

function policyIn(
  words: Words,
  { factors, maxAge }: Extract<Reason, { readonly kind: 'policy' }>,
): Html {
  const { t } = words
  if (maxAge === null) {
    return factors === 'passkey' ? t`asks for a passkey` : t`asks for two factors`
  }
  const age = words.span(maxAge * 1000)
  if (factors === 'any') return t`asks for a sign-in within ${age}`
  return factors === 'passkey'
    ? t`asks for a passkey and a sign-in within ${age}`
    : t`asks for two factors and a sign-in within ${age}`
}
