import { english } from '../english.ts'
import type { FormTarget } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { ago } from '../time.ts'
import { actButton, type TickState, tick } from './controls.ts'
import { visible } from './parts.ts'

export interface FindingRow {
  readonly check: string
  readonly state: TickState
  readonly summary: string
  readonly why: string
  readonly seen: readonly string[]
  readonly fixes: readonly {
    /** `on Lanyard's server`; empty for advice. */
    readonly where: Part
    readonly text: string
    readonly isCommand: boolean
  }[]
}

export interface DoctorView {
  /** Null where it did not run since the server started. */
  readonly at: number | null
  readonly findings: readonly FindingRow[]
}

/** Every check, those that passed too: what was looked at is half of the answer. */
export function doctorPanel(site: Site, target: FormTarget, view: DoctorView, now: number): Html {
  const { t } = site.words
  const passed = view.findings.filter(({ state }) => state === 'ok').length
  const label =
    view.at === null
      ? t`Run<span class="sr"> the doctor</span>`
      : t`Run again<span class="sr"> the doctor</span>`
  const run = actButton(target, label)
  return html`<section class="panel" id="doctor">
      <header><h2>${t`Doctor`}</h2><div class="end">${run}</div><p>${
        view.at === null
          ? t`Not run since the server started. It asks the issuer and the API server, and changes nothing.`
          : t`${passed} of ${view.findings.length} checks passed, ${ago(site.words, view.at, now)}.`
      }</p></header>
      ${view.findings.length === 0 ? '' : html`<ul class="ticks pad">${view.findings.map((row) => finding(site, row))}</ul>`}
      <footer>${t`More can be seen on the server: <code>lanyard doctor</code> takes a kubeconfig, and files of the API server.`}</footer>
    </section>`
}

function finding(site: Site, { state, summary, check, why, seen, fixes }: FindingRow): Html {
  const { t } = site.words
  const more: readonly Part[] = [
    html`<span class="mono">${check}</span>`,
    ...(state === 'ok' ? [] : seen.map((line) => html`<bdi>${visible(line)}</bdi>`)),
    ...(why === '' ? [] : [english(site.words, visible(why))]),
    ...fixes.map(({ where, text, isCommand }) =>
      where === ''
        ? t`Fix: ${isCommand ? html`<code>${visible(text)}</code>` : visible(text)}`
        : t`Fix, ${where}: ${isCommand ? html`<code>${visible(text)}</code>` : visible(text)}`,
    ),
  ]
  return tick(site.words, state, html`<bdi>${english(site.words, visible(summary))}</bdi>`, more)
}
