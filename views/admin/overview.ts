import { type Html, html } from '../html.ts'
import { stopIcon, tickIcon, warningIcon } from '../icons.ts'
import type { Site } from '../layout.ts'
import { stamp, until } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { cut } from './parts.ts'

export interface OverviewView extends AdminView {
  readonly issuer: string
  readonly attention: readonly Attention[]
  readonly counts: readonly { readonly count: number; readonly label: string }[]
  readonly invitations: readonly { readonly whom: string; readonly expiresAt: number }[]
  readonly keys: readonly {
    readonly kid: string
    readonly alg: string
    readonly state: string
    readonly since: number
  }[]
}

/** What is wrong or soon will be, and the way to mend it. */
export interface Attention {
  readonly kind: 'bad' | 'warn'
  /** Begins with a name where it is about one. */
  readonly name: string | null
  readonly what: string
  readonly why: string
  readonly fix: { readonly path: string; readonly label: string }
}

/** What needs attention first, each with its fix; then the numbers. */
export function overviewPage(site: Site, view: OverviewView): string {
  return adminFrame(
    site,
    view,
    {
      title: 'Overview',
      heading: 'Overview',
      lead: html`${view.issuer} · ${stamp(site.words, view.now)}`,
      current: 'overview',
      aside: html`<span class="end row"><a class="btn primary" href="${site.base}/admin/new-invitation">Invite</a></span>`,
    },
    html`<section class="panel" aria-labelledby="attention">
      <header><h2 id="attention">Needs your attention</h2></header>
      <ul class="ticks pad">
        ${view.attention.length === 0 ? html`<li class="ok">${tickIcon(18)} <span>Nothing.</span></li>` : view.attention.map((item) => attentionRow(site, item))}
      </ul>
    </section>
    <section class="panel">
      <div class="tiles">${view.counts.map(({ count, label }) => html`<div><b>${count.toLocaleString('en')}</b>${label}</div>`)}</div>
    </section>
    <div class="cols">
      <div>${invitationsPanel(site, view)}</div>
      <div>${keysPanel(site, view)}</div>
    </div>`,
  )
}

function attentionRow(site: Site, { kind, name, what, why, fix }: Attention): Html {
  const icon = kind === 'bad' ? stopIcon() : warningIcon()
  return html`<li class="${kind}">${icon} <span><b>${name === null ? '' : html`<bdi>${name}</bdi>`}${what}</b> <small>${why}</small></span> <a class="end nowrap" href="${site.base}${fix.path}">${fix.label}</a></li>`
}

function invitationsPanel(site: Site, view: OverviewView): Html {
  return html`<section class="panel">
      <header><h2>Pending invitations</h2><a class="end small" href="${site.base}/admin/invitations">All invitations</a></header>
      ${
        view.invitations.length === 0
          ? html`<p class="pad muted">None.</p>`
          : html`<ul class="pad stack small">${view.invitations.map(({ whom, expiresAt }) => html`<li class="row"><b>${cut(whom)}</b> <span class="end muted">ends ${until(site.words, expiresAt, view.now)}</span></li>`)}</ul>`
      }
    </section>`
}

function keysPanel(site: Site, view: OverviewView): Html {
  return html`<section class="panel">
      <header><h2>Signing keys</h2><a class="end small" href="${site.base}/admin/keys">All keys</a></header>
      <ul class="pad stack small">${view.keys.map(({ kid, alg, state }) => html`<li class="row"><span class="mono">${cut(kid)}</span> <span class="end muted">${alg}, ${state}</span></li>`)}</ul>
    </section>`
}
