import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { type CsvPlanView, csvPage, csvPlanPage, type Words } from '../../../views/index.ts'
import type { CsvKind, CsvPlan, GroupStep, UserStep } from '../../directory/index.ts'
import { hasCode, LanyardError } from '../../errors/index.ts'
import { type Form, sentenceOf, setPagePolicy } from '../../http/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView } from './frame.ts'

const notes = ({ t }: Words) => ({ done: t`Imported.` })

/** Three bytes of a form for each that is not plain: a mebibyte of text and what else there is. */
const LIMIT_BYTES = 4 * 1_048_576
/** Beyond these a page helps nobody. */
const SHOWN = 200

/** People and groups as files. */
export function csvRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/csv', async (ctx, person) => {
    const typed = { kind: 'users', text: '', exact: false } as const
    show(
      ctx,
      csvPage(web.languages.siteFor(ctx), {
        ...adminView(ctx, web, person, notes),
        typed,
        failure: null,
      }),
    )
  })
  admin.get('/csv/users.csv', async (ctx) => download(ctx, web, 'users'))
  admin.get('/csv/groups.csv', async (ctx) => download(ctx, web, 'groups'))

  const limit = { limitBytes: LIMIT_BYTES }
  admin.post('/csv', (ctx, person, form) => showPlan(ctx, web, person, form), limit)

  const apply = async (ctx: Context, person: Person, form: Form) => {
    const { kind, text, exact } = typedOf(form)
    const { t } = web.languages.siteFor(ctx).words
    const sentence =
      kind === 'users'
        ? t`You are about to <b>import users from a file</b>.`
        : t`You are about to <b>import groups from a file</b>.`
    const act = { sentence, cancel: '/admin/csv' } as const
    if (!(await requireFresh(ctx, web, person, form, act))) return
    const options = { exact, fingerprint: form.get('fingerprint') ?? '' }
    try {
      await web.directory.people.csv.apply(kind, text, options, person.by)
    } catch (error) {
      if (!hasCode(error, 'ERR_CSV_CHANGED')) throw error
      return showPlan(ctx, web, person, form, true)
    }
    goTo(ctx, web, '/admin/csv?done=done')
  }
  admin.post('/csv/apply', apply, limit)
}

function download(ctx: Context, { directory }: Web, kind: CsvKind): void {
  setPagePolicy(ctx)
  ctx.set('Content-Disposition', `attachment; filename="lanyard-${kind}.csv"`)
  ctx.type = 'text/csv; charset=utf-8'
  ctx.body = Readable.from(directory.people.csv.export(kind))
}

function typedOf(form: Form): CsvPlanView['typed'] {
  return {
    kind: form.get('kind') === 'groups' ? 'groups' : 'users',
    text: form.get('text') ?? '',
    exact: form.has('exact'),
  }
}

async function showPlan(
  ctx: Context,
  web: Web,
  person: Person,
  form: Form,
  stale = false,
): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const { words } = site
  const typed = typedOf(form)
  let plan: CsvPlan
  try {
    plan = await web.directory.people.csv.plan(typed.kind, typed.text, { exact: typed.exact })
  } catch (error) {
    if (!(error instanceof LanyardError) || error.code !== 'ERR_CSV') throw error
    const failure = [error.message, error.hint ?? ''].filter(Boolean).map(sentenceOf).join(' ')
    const page = csvPage(web.languages.siteFor(ctx), {
      ...adminView(ctx, web, person),
      typed,
      failure,
    })
    return show(ctx, page, { status: 400 })
  }
  const page = csvPlanPage(site, {
    ...adminView(ctx, web, person),
    ...{ typed, stale, fingerprint: plan.fingerprint, unchanged: plan.unchanged },
    steps: plan.steps.slice(0, SHOWN).map((step) => rowOf(words, step)),
    more: Math.max(0, plan.steps.length - SHOWN),
    faults: plan.faults.slice(0, SHOWN),
    moreFaults: Math.max(0, plan.faults.length - SHOWN),
  })
  const isWrong = plan.faults.length > 0
  show(ctx, page, { status: stale ? 409 : isWrong ? 400 : 200 })
}

function rowOf({ t }: Words, step: UserStep | GroupStep): CsvPlanView['steps'][number] {
  const { line, name, isNew } = step
  const isUser = step.kind === 'user'
  const what = [
    ...(isUser && step.displayName !== undefined ? [t`name: ${step.displayName}`] : []),
    ...(isUser && step.email !== undefined ? [t`e-mail: ${step.email}`] : []),
    ...(isUser && step.status !== undefined
      ? [step.status === 'disabled' ? t`is locked` : t`is unlocked`]
      : []),
    ...(!isUser && step.description !== undefined ? [t`description: ${step.description}`] : []),
    ...step.into.map((group) => (isUser ? t`into group ${group}` : t`contains ${group}`)),
    ...step.outOf.map((group) =>
      isUser ? t`out of group ${group}` : t`no longer contains ${group}`,
    ),
  ]
  return { line, name, isNew, what }
}
