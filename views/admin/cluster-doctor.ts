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
    readonly where: string
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
  const passed = view.findings.filter(({ state }) => state === 'ok').length
  const run = actButton(target, view.at === null ? 'Run' : 'Run again', { about: 'the doctor' })
  return html`<section class="panel" id="doctor">
      <header><h2>Doctor</h2><div class="end">${run}</div><p>${
        view.at === null
          ? 'Not run since the server started. It asks the issuer and the API server, and changes nothing.'
          : html`${passed} of ${view.findings.length} checks passed, ${ago(site.words, view.at, now)}.`
      }</p></header>
      ${view.findings.length === 0 ? '' : html`<ul class="ticks pad">${view.findings.map(finding)}</ul>`}
      <footer>More can be seen on the server: <code>lanyard doctor</code> takes a kubeconfig, and files of the API server.</footer>
    </section>`
}

function finding({ state, summary, check, why, seen, fixes }: FindingRow): Html {
  const more: readonly Part[] = [
    html`<span class="mono">${check}</span>`,
    ...(state === 'ok' ? [] : seen.map((line) => html`<bdi>${visible(line)}</bdi>`)),
    ...(why === '' ? [] : [visible(why)]),
    ...fixes.map(
      ({ where, text, isCommand }) =>
        html`Fix${where === '' ? '' : `, ${where}`}: ${isCommand ? html`<code>${visible(text)}</code>` : visible(text)}`,
    ),
  ]
  return tick(state, html`<bdi>${visible(summary)}</bdi>`, more)
}
