import type { Context } from 'koa'
import { type AccessReviewView, accessReviewPage } from '../../../views/index.ts'
import {
  type AccessReview,
  bindingsCsv,
  membershipsCsv,
  type ReviewQuestion,
  reasonText,
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
  const question = questionIn(ctx)
  const common = {
    ...adminView(ctx, web, person),
    days: String(question.dormantDays),
    group: question.group ?? '',
  }
  try {
    const review = await web.accessReviews.review(question)
    show(
      ctx,
      accessReviewPage(web.languages.siteFor(ctx), { ...common, ...viewOf(review), fault: null }),
    )
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error
    const nothing = { groups: [], hasMore: false, idle: [], clusters: [] }
    const fault = sentenceOf(error.message)
    const page = accessReviewPage(web.languages.siteFor(ctx), { ...common, ...nothing, fault })
    show(ctx, page, { status: errorStatus(error.code) })
  }
}

function viewOf(
  review: AccessReview,
): Pick<AccessReviewView, 'groups' | 'hasMore' | 'idle' | 'clusters'> {
  return {
    hasMore: review.hasMore,
    idle: review.idle,
    groups: review.groups.map(({ name, reasons, members, hasMore }) => ({
      ...{ name, hasMore, reasons: reasons.map(reasonText) },
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
