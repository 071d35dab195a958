import { english } from '../english.ts'
import { note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { code } from './controls.ts'

export interface ConfigView {
  readonly chosen: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  /** Null where this distribution cannot be told, with the reason as a sentence. */
  readonly shown: {
    readonly kubernetesVersion: string
    readonly files: readonly {
      readonly machine: string
      readonly path: string
      readonly content: string
      readonly append: boolean
    }[]
    readonly flags: string
    readonly commands: readonly { readonly machine: string; readonly run: string }[]
    readonly restarts: string
    readonly undo: string
    readonly notes: readonly { readonly kind: 'info' | 'warn'; readonly text: Part }[]
  } | null
  readonly fault: string
}

/** What the admin pastes, for one distribution. */
export function configPanel(site: Site, path: string, view: ConfigView): Html {
  const { t } = site.words
  return html`<section class="panel" id="config">
      <header><h2>${t`API server configuration`}</h2><p>${t`What makes its kube-apiserver accept people, for each way of running one.`}</p></header>
      <div class="pad stack">
        <nav class="row" aria-label="${t`Distribution`}">${view.choices.map(
          ({ value, label }) =>
            html`<a class="tag" href="${path}?for=${value}#config"${value === view.chosen ? html` aria-current="true"` : ''}>${label}</a> `,
        )}</nav>
        ${view.shown === null ? note('warn', english(site.words, view.fault)) : shown(site, path, view.chosen, view.shown)}
      </div>
    </section>`
}

function shown(
  site: Site,
  path: string,
  chosen: string,
  config: NonNullable<ConfigView['shown']>,
): Html {
  const { t } = site.words
  const { files, flags, commands, restarts, undo, notes } = config
  return html`${notes.map(({ kind, text }) => note(kind, english(site.words, text)))}
    ${files.map((file, index) =>
      code(site.words, {
        caption: html`<span class="mono">${file.path}</span> ${file.append ? t`${file.machine}, added to what it has` : file.machine}`,
        text: file.content,
        downloadPath: `${path}/config?for=${chosen}&file=${index}`,
      }),
    )}
    ${commands.map(({ machine, run }) => code(site.words, { caption: machine, text: run }))}
    ${flags === '' ? '' : code(site.words, { caption: t`What kube-apiserver is started with in the end`, text: flags })}
    <p class="small">${english(site.words, restarts)}</p>
    ${undo === '' ? '' : html`<details class="more"><summary>${t`Undo`}</summary>${code(site.words, { caption: t`To take it back`, text: undo })}</details>`}`
}
