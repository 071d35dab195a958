import { type Html, html, type Part } from './html.ts'
import { applicationIcon, clusterIcon, terminalIcon } from './icons.ts'

/** What somebody signs in to, as the registry knows it; never as the request describes it. */
export type TargetView =
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'application'; readonly name: string; readonly host: string }
  /** The plugin's own login, good for every cluster that this person may enter. */
  | { readonly kind: 'kubectl' }
  /** The pages of this server. */
  | { readonly kind: 'account' }

/** The name of a target as it stands in a page's title. */
export function targetTitle(target: TargetView): string {
  if (target.kind === 'kubectl') return 'kubectl'
  return target.kind === 'account' ? 'your account' : target.name
}

/** Kind and name, in one box. */
export function targetBox(target: TargetView): Html {
  switch (target.kind) {
    case 'cluster':
      return html`<div class="to">${clusterIcon()}<p><b>Cluster ${target.name}</b></p></div>`
    case 'application':
      return html`<div class="to">${applicationIcon()}<p><b>Application ${target.name}</b>${returnsTo(target.host)}</p></div>`
    case 'kubectl':
      return html`<div class="to">${terminalIcon(24)}<p><b>kubectl</b> <span>all your clusters</span></p></div>`
    case 'account':
      return html``
  }
}

function returnsTo(host: string): Part {
  return host === '' ? '' : html` <span>returns to ${host}</span>`
}

/** The same as two cells of a list of facts. */
export function targetFact(target: Exclude<TargetView, { kind: 'account' }>): Html {
  switch (target.kind) {
    case 'cluster':
      return html`<dt>Cluster</dt><dd><b>${target.name}</b></dd>`
    case 'application':
      return html`<dt>Application</dt><dd><b>${target.name}</b></dd>`
    case 'kubectl':
      return html`<dt>Clusters</dt><dd><b>all your clusters</b></dd>`
  }
}
