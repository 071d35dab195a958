import { html } from '../html.ts'
import type { Site } from '../layout.ts'
import { fullTime } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'

export interface OverviewView extends AdminView {
  readonly issuer: string
}

/** What needs attention first, each with its fix; then the numbers. */
export function overviewPage(site: Site, view: OverviewView): string {
  return adminFrame(
    site,
    view,
    {
      title: 'Overview',
      heading: 'Overview',
      lead: html`${view.issuer} · ${fullTime(view.now)}`,
      current: 'overview',
    },
    html`<section class="panel"><header><h2>Needs your attention</h2></header><p class="pad muted">Nothing.</p></section>`,
  )
}
