import { type Html, html, type Part } from './html.ts'
import { applicationIcon, clusterIcon, terminalIcon } from './icons.ts'
import type { Site } from './layout.ts'
import type { Words } from './words/words.ts'

/** What somebody signs in to, as the registry knows it; never as the request describes it. */
export type TargetView =
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'application'; readonly name: string; readonly host: string }
  /** The plugin's own login, good for every cluster that this person may enter. */
  | { readonly kind: 'kubectl' }
  /** The pages of this server. */
  | { readonly kind: 'account' }

/** What a target is called in a sentence. */
export function targetName({ t }: Words, target: TargetView): Part {
  if (target.kind === 'kubectl') return 'kubectl'
  return target.kind === 'account' ? t`Your account` : target.name
}

/** Kind and name, in one box. */
export function targetBox({ words: { t } }: Site, target: TargetView): Html {
  switch (target.kind) {
    case 'cluster':
      return html`<div class="to">${clusterIcon()}<p><b>${t`Cluster ${target.name}`}</b></p></div>`
    case 'application':
      return html`<div class="to">${applicationIcon()}<p><b>${t`Application ${target.name}`}</b>${target.host === '' ? '' : html` <span>${t`returns to ${target.host}`}</span>`}</p></div>`
    case 'kubectl':
      return html`<div class="to">${terminalIcon(24)}<p><b>kubectl</b> <span>${t`all your clusters`}</span></p></div>`
    case 'account':
      return html``
  }
}

/** The same as two cells of a list of facts. */
export function targetFact(
  { words: { t } }: Site,
  target: Exclude<TargetView, { kind: 'account' }>,
): Html {
  switch (target.kind) {
    case 'cluster':
      return html`<dt>${t`Cluster`}</dt><dd><b>${target.name}</b></dd>`
    case 'application':
      return html`<dt>${t`Application`}</dt><dd><b>${target.name}</b></dd>`
    case 'kubectl':
      return html`<dt>${t`Clusters`}</dt><dd><b>${t`all your clusters`}</b></dd>`
  }
}
