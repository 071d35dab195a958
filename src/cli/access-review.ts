import type { Command } from 'commander'
import {
  type AccessReview,
  bindingsCsv,
  type ClusterReview,
  type GroupReview,
  membershipsCsv,
  reasonText,
} from '../access-review/index.ts'
import { LanyardError } from '../errors/index.ts'
import { accessReviewShape } from './access-review-shapes.ts'
import { leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { type Answer, table } from './tell.ts'

interface ReviewOptions extends CommonOptions {
  readonly dormantDays: number
  readonly group?: string
  readonly limit: number
  readonly bindings?: boolean
}

const MOST = 100_000

/** lanyard access … */
export function addAccessCommands(program: Command, session: Session): void {
  const access = noun(program, 'access', 'who holds what')
  leaf(access, 'review', {
    summary:
      'lists who is in the groups that matter, by which way, since when unused, and what they may do in clusters whose role bindings can be read',
    json: { shape: 'AccessReview', csv: 'one line for each membership' },
  })
    .option('--dormant-days <days>', 'unused for so long is dormant', Number, 90)
    .option('--group <name>', 'this group alone')
    .option('--limit <memberships>', `how many are read, at most ${MOST}`, Number, MOST)
    .option('--bindings', 'with `-o csv`: one line for each name in a role binding instead')
    .action((options: ReviewOptions) =>
      session.answer(options, (rooms) => reviewAccess(rooms, options)),
    )
}

async function reviewAccess(rooms: Rooms, options: ReviewOptions): Promise<Answer> {
  const { dormantDays, group, limit, bindings = false, output } = options
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST) {
    throw new LanyardError('ERR_USAGE', `--limit must be a whole number from 1 to ${MOST}`)
  }
  if (bindings && output !== 'csv') {
    throw new LanyardError('ERR_USAGE', '--bindings goes with -o csv: the others show them anyway')
  }
  const review = await rooms.accessReviews.review({
    ...{ dormantDays, most: limit },
    ...(group === undefined ? {} : { group }),
  })
  return {
    json: accessReviewShape(review),
    text: [...review.groups.map(groupText), idleText(review), ...review.clusters.map(clusterText)]
      .filter((part) => part !== '')
      .join('\n\n'),
    csv: bindings ? bindingsCsv(review) : membershipsCsv(review),
    notes: notesOf(review),
  }
}

function groupText({ name, reasons, members, hasMore }: GroupReview): string {
  const head = `group ${name}: ${reasons.map(reasonText).join('; ')}`
  const rows = members.map((member) => [
    ...[member.username, member.status === 'active' ? '' : member.status],
    member.through.length === 0 ? 'direct' : member.through.join(' > '),
    ...[timeOf(member.endsAt), timeOf(member.signedInAt), timeOf(member.enteredAt)],
    ...[member.devices + member.accessTokens, member.isDormant ? 'dormant' : ''],
  ])
  const headings = ['USER', 'STATUS', 'THROUGH', 'ENDS', 'SIGNED IN', 'ENTERED', 'LOGINS', '']
  const rest = members.length === 0 && !hasMore ? 'nobody' : table(headings, rows)
  return [head, rest, ...(hasMore ? ['and more'] : [])].filter((line) => line !== '').join('\n')
}

function idleText({ idle, dormantDays }: AccessReview): string {
  if (idle.length === 0) return ''
  const rows = idle.map((each) => [
    ...[each.kind, each.username, each.name, timeOf(each.lastUsedAt), rfc3339(each.expiresAt)],
  ])
  const headings = ['WHAT', 'USER', 'NAME', 'LAST USED', 'ENDS']
  return `good, and not used for ${dormantDays} days\n${table(headings, rows)}`
}

function clusterText({ cluster, state, bound, unknown, unbound, hasMore }: ClusterReview): string {
  if (state !== 'read') return ''
  const rows = bound.map((each) => [
    ...[`${each.kind} ${each.name}`, `${each.roleKind} ${each.role}`],
    ...[each.namespace ?? 'everywhere', each.binding],
  ])
  return [
    `cluster ${cluster}`,
    rows.length === 0
      ? 'nobody of Lanyard is bound to a role'
      : table(['WHO', 'ROLE', 'WHERE', 'BINDING'], rows),
    ...(hasMore ? ['and more'] : []),
    ...unknown.map(
      ({ kind, subject, bindings, near }) =>
        `unknown here: ${kind} ${subject} in ${bindings.join(', ')}${near === null ? '' : `; meant is ${near}, perhaps`}`,
    ),
    ...unbound.map((name) => `bound to nothing: group ${name}, which may enter`),
  ].join('\n')
}

function notesOf({ hasMore, groups, clusters, dormantDays }: AccessReview): string[] {
  const dormant = new Set(
    groups.flatMap(({ members }) =>
      members.flatMap(({ isDormant, username }) => (isDormant ? [username] : [])),
    ),
  )
  const unread = clusters.filter(({ state }) => state === 'none').map(({ cluster }) => cluster)
  return [
    ...(groups.length === 0 ? ['no group is privileged'] : []),
    ...(hasMore ? ['warning: there is more than was read'] : []),
    ...(dormant.size === 0
      ? []
      : [`warning: ${dormant.size} dormant: nothing used for ${dormantDays} days`]),
    ...clusters.flatMap(({ fault }) => (fault === null ? [] : [`warning: ${fault}`])),
    ...(unread.length === 0
      ? []
      : [
          `hint: role bindings are not read in ${unread.join(', ')}: lanyard cluster rbac-reader ${unread[0] ?? 'NAME'} --rbac`,
        ]),
  ]
}

function timeOf(at: number | null): string | null {
  return at === null ? null : rfc3339(at)
}
