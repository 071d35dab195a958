import { note } from '../form.ts'
import { html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import type { AdminPlace } from '../rail.ts'
import { stamp } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'

export interface LinkView extends AdminView {
  readonly current: AdminPlace
  readonly heading: Part
  /** Whom it is for, in their own words or as they are called. */
  readonly whom: string
  /** What it does, in a sentence. */
  readonly purpose: Part
  readonly link: string
  readonly expiresAt: number
  readonly mailed: boolean
  readonly back: { readonly path: string; readonly label: Part }
}

/** A link that lets somebody in, shown to the admin who made it and never again. */
export function linkPage(site: Site, view: LinkView): string {
  const { t } = site.words
  const { heading, back } = view
  const path = `${site.base}${back.path}`
  return adminFrame(
    site,
    view,
    {
      title: heading,
      heading,
      lead: html`${t`For <b><bdi>${view.whom}</bdi></b>, until ${stamp(site.words, view.expiresAt)}.`} ${view.purpose}`,
      current: view.current,
      crumb: html`<a href="${path}">${back.label}</a> / ${t`Link`}`,
    },
    html`${view.mailed ? note('info', t`A mail with a link of its own is on its way.`) : ''}
    ${note('warn', t`It is not shown again, and it works once. Hand it over where nobody else reads it.`)}
    <figure class="code"><figcaption>${t`Link`}</figcaption><pre tabindex="0"><code>${view.link}</code></pre></figure>
    <p><a class="btn primary" href="${path}">${t`I have handed it over`}</a></p>`,
  )
}
