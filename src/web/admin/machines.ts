import type { Context } from 'koa'
import { type IssuerRow, machinesPage, type RuleRow, type Words } from '../../../views/index.ts'
import type { EpochMs } from '../../errors/index.ts'
import type { MachineRule, Pin, TrustedIssuer } from '../../machines/index.ts'
import { goTo, pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView } from './frame.ts'
import { explanationView } from './machine-explanation.ts'
import { type Mendable, mendable, textIn } from './mendable.ts'

const MOST = 1_000
const IDLE_MS = 60 * 86_400_000
const TOKEN_FORM = { limitBytes: 32_768 } as const
const notes = ({ t }: Words) => ({
  'rule-added': t`The rule is added. Try a token of the job below.`,
  'rule-enabled': t`The rule lets tokens in again.`,
  'rule-disabled': t`The rule lets no token in. What was made by it lives for its minutes.`,
  'rule-removed': t`The rule is removed.`,
  'issuer-added': t`The issuer is trusted. Now say by a rule who may enter.`,
  'issuer-removed': t`The issuer is trusted no more.`,
})

/** Rules, issuers, and what is done to them in one step. */
export function machinesRoutes(web: Web, admin: AdminRouter): void {
  const { rules, issuers } = web.machines
  admin.get('/machines', (ctx, person) => showMachines(ctx, web, person))
  admin.post(
    '/machines/explain',
    (ctx, person, form) => explain(ctx, web, person, form),
    TOKEN_FORM,
  )

  // What lets nobody in asks nothing; what lets in asks who is there.
  admin.post('/machines/rules/:name/disable', async (ctx, person) => {
    await rules.setEnabled(pathParameter(ctx, 'name'), false, person.by)
    goTo(ctx, web, '/admin/machines?done=rule-disabled')
  })
  admin.post('/machines/rules/:name/enable', async (ctx, person, form) => {
    const name = pathParameter(ctx, 'name')
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>let tokens in again by rule <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: '/admin/machines' } as const
    if (!(await requireFresh(ctx, web, person, form, act))) return
    await rules.setEnabled(name, true, person.by)
    goTo(ctx, web, '/admin/machines?done=rule-enabled')
  })
  admin.post('/machines/rules/:name/remove', async (ctx, person, form) => {
    const { name } = await rules.get(pathParameter(ctx, 'name'))
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>remove rule <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: '/admin/machines' } as const
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await rules.remove(name, person.by)
    goTo(ctx, web, '/admin/machines?done=rule-removed')
  })
  admin.post('/machines/issuers/:name/remove', async (ctx, person, form) => {
    const { name } = await issuers.get(pathParameter(ctx, 'name'))
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>trust no more issuer <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: '/admin/machines' } as const
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    try {
      await issuers.remove(name, person.by)
    } catch (error) {
      return showMachines(ctx, web, person, { fault: mendable(error) })
    }
    goTo(ctx, web, '/admin/machines?done=issuer-removed')
  })
}

async function explain(
  ctx: Context,
  web: Web,
  person: Person,
  form: ReadonlyMap<string, string>,
): Promise<void> {
  const cluster = textIn(form, 'cluster')
  try {
    const explanation = await web.machines.explain(textIn(form, 'token'), {
      cluster: cluster === '' ? undefined : cluster,
    })
    const result = explanationView(web.languages.siteFor(ctx).words, explanation, cluster)
    await showMachines(ctx, web, person, { explained: { cluster, result } })
  } catch (error) {
    await showMachines(ctx, web, person, { fault: mendable(error) })
  }
}

async function showMachines(
  ctx: Context,
  web: Web,
  person: Person,
  after: {
    readonly fault?: Mendable
    readonly explained?: Parameters<typeof machinesPage>[1]['explained']
  } = {},
): Promise<void> {
  const [rules, issuers, clusters] = await Promise.all([
    web.machines.rules.list(),
    web.machines.issuers.list(),
    web.clusters.list(),
  ])
  const now = web.clock()
  const site = web.languages.siteFor(ctx)
  const page = machinesPage(site, {
    ...adminView(ctx, web, person, notes),
    rules: rules.slice(0, MOST).map((rule) => ruleRow(rule, now)),
    hasMore: rules.length > MOST,
    issuers: issuers.slice(0, MOST).map((issuer) => issuerRow(site.words, issuer)),
    clusters: clusters.slice(0, MOST).map(({ name }) => name),
    explained: after.explained ?? null,
    fault: after.fault ?? null,
  })
  show(ctx, page, { status: after.fault?.status ?? 200 })
}

function ruleRow(rule: MachineRule, now: EpochMs): RuleRow {
  const { name, username, groups, enabled, lastUsedAt, createdAt } = rule
  return {
    ...{ name, username, groups, enabled, lastUsedAt },
    ...{ issuer: rule.issuer.name, issuerKind: rule.issuer.kind },
    claims: rule.pins.map(claimText),
    clusters: rule.clusters.map((cluster) => cluster.name),
    isIdle: now - (lastUsedAt ?? createdAt) > IDLE_MS,
  }
}

/** As the form takes it. */
function claimText({ kind, claim, value }: Pin): string {
  if (kind === 'glob') return `${claim} ~ ${value}`
  return typeof value === 'string' ? `${claim} = ${value}` : `${claim} := ${String(value)}`
}

function issuerRow(
  { t }: Words,
  { name, kind, issuer, singleUse, jwks, jwksUri }: TrustedIssuer,
): IssuerRow {
  const keys = jwks === null ? (jwksUri ?? t`as it says itself`) : t`given`
  return { name, kind, issuer, singleUse, keys }
}
