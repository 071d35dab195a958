import { type Html, html, type Part } from '../html.ts'
import { stopIcon, tickIcon, warningIcon } from '../icons.ts'
import type { Site } from '../layout.ts'
import { stamp, until } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { type KeyRow, keyState } from './keys.ts'
import { cut } from './parts.ts'

export interface OverviewView extends AdminView {
  readonly issuer: string
  readonly attention: readonly Attention[]
  readonly counts: readonly { readonly count: number; readonly label: Part }[]
  readonly invitations: readonly { readonly whom: Part; readonly expiresAt: number }[]
  readonly keys: readonly {
    readonly kid: string
    readonly alg: string
    readonly state: KeyRow['state']
    readonly since: number
  }[]
}

/** What is wrong or soon will be, and the way to mend it. */
export interface Attention {
  readonly kind: 'bad' | 'warn'
  readonly what: Part
  readonly why: Part
  readonly fix: { readonly path: string; readonly label: Part }
}

/** What needs attention first, each with its fix; then the numbers. */
export function overviewPage(site: Site, view: OverviewView): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      title: t`Overview`,
      heading: t`Overview`,
      lead: html`${view.issuer} · ${stamp(site.words, view.now)}`,
      current: 'overview',
      aside: html`<span class="end row"><a class="btn primary" href="${site.base}/admin/new-invitation">${t`Invite`}</a></span>`,
    },
    html`<section class="panel" aria-labelledby="attention">
      <header><h2 id="attention">${t`Needs your attention`}</h2></header>
      <ul class="ticks pad">
        ${view.attention.length === 0 ? html`<li class="ok">${tickIcon(18)} <span>${t`Nothing.`}</span></li>` : view.attention.map((item) => attentionRow(site, item))}
      </ul>
    </section>
    <section class="panel">
      <div class="tiles">${view.counts.map(({ count, label }) => html`<div><b>${count.toLocaleString(site.words.language)}</b>${label}</div>`)}</div>
    </section>
    <div class="cols">
      <div>${invitationsPanel(site, view)}</div>
      <div>${keysPanel(site, view)}</div>
    </div>`,
  )
}

function attentionRow(site: Site, { kind, what, why, fix }: Attention): Html {
  const icon = kind === 'bad' ? stopIcon() : warningIcon()
  return html`<li class="${kind}">${icon} <span><b>${what}</b> <small>${why}</small></span> <a class="end nowrap" href="${site.base}${fix.path}">${fix.label}</a></li>`
}

function invitationsPanel(site: Site, view: OverviewView): Html {
  const { t } = site.words
  return html`<section class="panel">
      <header><h2>${t`Pending invitations`}</h2><a class="end small" href="${site.base}/admin/invitations">${t`All invitations`}</a></header>
      ${
        view.invitations.length === 0
          ? html`<p class="pad muted">${t`None.`}</p>`
          : html`<ul class="pad stack small">${view.invitations.map(({ whom, expiresAt }) => html`<li class="row"><b>${typeof whom === 'string' ? cut(whom) : whom}</b> <span class="end muted">${t`ends ${until(site.words, expiresAt, view.now)}`}</span></li>`)}</ul>`
      }
    </section>`
}

function keysPanel(site: Site, view: OverviewView): Html {
  const { t } = site.words
  return html`<section class="panel">
      <header><h2>${t`Signing keys`}</h2><a class="end small" href="${site.base}/admin/keys">${t`All keys`}</a></header>
      <ul class="pad stack small">${view.keys.map(({ kid, alg, state }) => html`<li class="row"><span class="mono">${cut(kid)}</span> <span class="end muted">${alg}, ${keyState(site.words, state)}</span></li>`)}</ul>
    </section>`
}
