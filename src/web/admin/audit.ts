import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { type AuditView, auditPage, type Words } from '../../../views/index.ts'
import { type AuditQuery, type AuditVerification, auditTypes } from '../../audit/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { sentenceOf, setPagePolicy } from '../../http/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { behindCredential } from './audit-credential.ts'
import { eventRow } from './audit-event.ts'
import { type AuditAsk, askIn, queryOf } from './audit-query.ts'
import { type AdminRouter, adminView } from './frame.ts'

const PAGE = 50
const MOST = 1_000

export function auditRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/audit', (ctx, person) => showAudit(ctx, web, person, null))
  admin.get('/audit/export.jsonl', async (ctx) => exportLines(ctx, web))
  // It changes nothing, and reads everything: no link and no image may begin it.
  admin.post('/audit/verify', async (ctx, person) => {
    await showAudit(ctx, web, person, await web.audit.verify())
  })
}

async function showAudit(
  ctx: Context,
  web: Web,
  person: Person,
  verification: AuditVerification | null,
): Promise<void> {
  const ask = askIn(ctx)
  const site = web.languages.siteFor(ctx)
  const clusters = await web.clusters.list()
  const common = {
    ...adminView(ctx, web, person),
    fields: ask.fields,
    types: typeChoices(site.words),
    clusters: clusters.slice(0, MOST).map(({ name }) => name),
    isFirst: ask.before === '',
    verified: verification === null ? null : verifiedView(site.words, verification),
  }
  const found = await readEvents(web, site.words, ask)
  const status = found.fault === null ? 200 : found.status
  show(ctx, auditPage(site, { ...common, ...found.view, fault: found.fault }), { status })
}

type Found = Pick<AuditView, 'events' | 'behind' | 'isMonth' | 'next'>
const nothing: Found = { events: [], behind: null, isMonth: false, next: '' }

async function readEvents(
  web: Web,
  words: Words,
  ask: AuditAsk,
): Promise<{ readonly view: Found; readonly fault: string | null; readonly status: number }> {
  try {
    const { credential } = ask.fields
    const behind = credential === '' ? null : await behindCredential(web, words, credential)
    const { query, isMonth } = await queryOf(web, ask, behind)
    const entries = await web.audit.list({ ...query, limit: PAGE + 1 } satisfies AuditQuery)
    const events = entries.slice(0, PAGE).map((entry) => eventRow(words, entry))
    const next = entries.length > PAGE ? (events.at(-1)?.id ?? '') : ''
    const view = { events, next, isMonth, behind: behind?.view ?? null }
    return { view, fault: null, status: 200 }
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error
    return { view: nothing, fault: sentenceOf(error.message), status: 400 }
  }
}

/** All of one noun, then each by itself. */
function typeChoices({ t }: Words): AuditView['types'] {
  const nouns = [...new Set(auditTypes.map((type) => type.split('.')[0] ?? ''))]
  return [
    ...nouns.map((noun) => ({ value: noun, label: t`${noun.replaceAll('_', ' ')}, all` })),
    ...auditTypes.map((type) => ({ value: type, label: type })),
  ]
}

function verifiedView(words: Words, found: AuditVerification): NonNullable<AuditView['verified']> {
  const { faultCount, faults, events, head, deletedUpTo, olderUpTo } = found
  const { t } = words
  const shown = events.toLocaleString(words.language)
  return {
    isSound: faultCount === 0,
    sentence:
      faultCount === 0
        ? events === 1
          ? t`Nothing was changed: 1 event, as recorded.`
          : t`Nothing was changed: ${shown} events, as recorded.`
        : faultCount === 1
          ? t`The record was tampered with: 1 fault in ${shown} events.`
          : t`The record was tampered with: ${faultCount} faults in ${shown} events.`,
    lines: [
      ...faults.map(({ sentence }) => sentenceOf(sentence)),
      ...(olderUpTo === null
        ? []
        : [t`Events up to ${olderUpTo} are from before the chain: proved since then alone.`]),
      ...(deletedUpTo === null ? [] : [t`Events up to ${deletedUpTo} were deleted by retention.`]),
      ...(head === null ? [] : [t`Head ${head.id}:${head.hash}. Note it elsewhere.`]),
    ],
  }
}

/** Every event of the time, as it is read: nothing is gathered first. */
async function exportLines(ctx: Context, web: Web): Promise<void> {
  const { sinceMs, untilMs } = askIn(ctx)
  setPagePolicy(ctx)
  ctx.set('Content-Disposition', 'attachment; filename="lanyard-audit.jsonl"')
  ctx.type = 'application/jsonl; charset=utf-8'
  ctx.body = Readable.from(
    web.audit.exportLines({
      ...(sinceMs === null ? {} : { sinceMs }),
      ...(untilMs === null ? {} : { untilMs }),
    }),
  )
}
