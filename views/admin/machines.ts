import { english } from '../english.ts'
import { form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago } from '../time.ts'
import { actButton, area, cutShort, type TickState, tick } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, groupTag, seen, select, some } from './parts.ts'

export interface RuleRow {
  readonly name: string
  readonly issuer: string
  readonly issuerKind: string
  readonly claims: readonly string[]
  readonly username: string
  readonly groups: readonly string[]
  readonly clusters: readonly string[]
  readonly enabled: boolean
  readonly lastUsedAt: number | null
  /** True where it was not used for two months. */
  readonly isIdle: boolean
}

export interface IssuerRow {
  readonly name: string
  readonly kind: string
  readonly issuer: string
  readonly keys: Part
  readonly singleUse: boolean
}

/** What a dry run found, line by line. */
export interface ExplanationView {
  readonly lines: readonly {
    readonly state: TickState
    readonly text: Part
    readonly more: readonly Part[]
  }[]
  readonly verdict: Part
}

export interface MachinesView extends AdminView {
  readonly rules: readonly RuleRow[]
  readonly hasMore: boolean
  readonly issuers: readonly IssuerRow[]
  /** For the dry run. */
  readonly clusters: readonly string[]
  readonly explained: { readonly cluster: string; readonly result: ExplanationView } | null
  readonly fault: { readonly sentence: string; readonly todo: string } | null
}

/** Who comes without a person: outside issuers, the rules over their tokens, and a dry run. */
export function machinesPage(site: Site, view: MachinesView): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: t`Machines`,
      heading: t`Machines`,
      lead: t`Rules that let a CI job or a pod in without a stored secret.`,
      current: 'machines',
      aside: html`<span class="end row"><a class="btn" href="${site.base}/admin/new-issuer">${t`Trust an issuer`}</a> <a class="btn primary" href="${site.base}/admin/new-rule">${t`Add rule`}</a></span>`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    ${rulesPanel(site, view)}
    ${issuersPanel(site, view)}
    <div class="cols">
      ${tryPanel(site, view)}
      ${view.explained === null ? '' : resultPanel(site, view.explained.result)}
    </div>`,
  )
}

function rulesPanel(site: Site, view: MachinesView): Html {
  const { t } = site.words
  return html`<section class="panel" id="rules">
      <header><h2>${t`Rules`}</h2></header>
      ${view.hasMore ? cutShort(t`The first 1,000 by name.`) : ''}
      ${
        view.rules.length === 0
          ? html`<p class="pad muted">${t`There is no rule: no machine gets in.`}</p>`
          : table(
              t`Rules`,
              html`<th scope="col">${t`Rule`}</th><th scope="col">${t`Trusts`}</th><th scope="col" class="lo">${t`When all of these hold`}</th><th scope="col">${t`Becomes`}</th><th scope="col" class="mid nowrap">${t`Last used`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              view.rules.map((row) => ruleRow(site, view, row)),
            )
      }
    </section>`
}

function ruleRow(site: Site, view: MachinesView, row: RuleRow): Html {
  const { t } = site.words
  const to = (verb: string) => ({
    action: `${site.base}/admin/machines/rules/${encodeURIComponent(row.name)}/${verb}`,
    csrf: view.csrf,
  })
  const name = html`<bdi>${row.name}</bdi>`
  const used =
    row.lastUsedAt === null
      ? html`<span class="muted">${t`never`}</span>`
      : row.isIdle
        ? html`<span class="state warn">${ago(site.words, row.lastUsedAt, view.now)}</span>`
        : ago(site.words, row.lastUsedAt, view.now)
  return html`<tr>
            <th scope="row"><bdi>${row.name}</bdi>${row.enabled ? '' : html` <small class="state warn">${t`disabled`}</small>`}</th>
            <td><bdi>${row.issuer}</bdi> <small>${row.issuerKind}</small></td>
            <td class="lo"><ul class="mono">${row.claims.map((claim) => html`<li>${claim}</li>`)}</ul></td>
            <td><span class="mono">${row.username}</span> <small>${row.groups.length === 0 ? t`no groups` : some(site.words, row.groups, 3, (name) => groupTag(site.base, name))} · ${some(site.words, row.clusters, 3, (name) => html`<a href="${site.base}${adminPath.cluster(name)}"><bdi>${name}</bdi></a>`)}</small></td>
            <td class="mid nowrap">${used}</td>
            <td class="act row">${row.enabled ? actButton(to('disable'), t`Disable<span class="sr"> ${name}</span>`) : actButton(to('enable'), t`Enable<span class="sr"> ${name}</span>`)} ${actButton(to('remove'), t`Remove<span class="sr"> ${name}</span>`, { danger: true })}</td>
          </tr>`
}

function issuersPanel(site: Site, view: MachinesView): Html {
  const { t } = site.words
  return html`<section class="panel" id="issuers">
      <header><h2>${t`Trusted issuers`}</h2><p>${t`Whose tokens rules may name. Without a rule, trust lets nobody in.`}</p></header>
      ${
        view.issuers.length === 0
          ? html`<p class="pad muted">${t`No issuer is trusted.`}</p>`
          : table(
              t`Trusted issuers`,
              html`<th scope="col">${t`Issuer`}</th><th scope="col" class="lo">${t`Kind`}</th><th scope="col" class="mid">${t`Keys`}</th><th scope="col">${t`One token is good`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              view.issuers.map(
                (row) => html`<tr>
            <th scope="row"><bdi>${row.name}</bdi> <small class="mono">${row.issuer}</small></th>
            <td class="lo">${row.kind}</td>
            <td class="mid">${row.keys}</td>
            <td data-l="${t`One token is good`}">${row.singleUse ? t`once` : t`until it ends`}</td>
            <td class="act">${actButton({ action: `${site.base}/admin/machines/issuers/${encodeURIComponent(row.name)}/remove`, csrf: view.csrf }, t`Remove<span class="sr"> ${html`<bdi>${row.name}</bdi>`}</span>`, { danger: true })}</td>
          </tr>`,
              ),
            )
      }
    </section>`
}

function tryPanel(site: Site, view: MachinesView): Html {
  const { t } = site.words
  const clusters = view.clusters.map((name) => ({ value: name, label: name }))
  return html`<section class="panel" id="try">
        <header><h2>${t`Try a token`}</h2><p>${t`See which rule would match, and why the others do not. Nothing is issued, spent or kept.`}</p></header>
        <div class="pad">${form(
          { action: `${site.base}/admin/machines/explain`, csrf: view.csrf },
          html`<div class="stack">
          ${area({ name: 'token', label: t`Token of the CI job or pod`, value: '', rows: 3, maxlength: 16_384, required: true })}
          ${select('cluster', t`For cluster`, [{ value: '', label: t`any` }, ...clusters], view.explained?.cluster ?? '')}
          <button class="btn">${t`Explain`}</button>
          </div>`,
        )}</div>
      </section>`
}

function resultPanel(site: Site, { lines, verdict }: ExplanationView): Html {
  const { t } = site.words
  return html`<section class="panel" id="result">
        <header><h2>${t`Result`}</h2><p role="status">${verdict}</p></header>
        <ul class="ticks pad">${lines.map(({ state, text, more }) => tick(site.words, state, html`<bdi>${seen(text)}</bdi>`, more.map(seen)))}</ul>
      </section>`
}
