import { form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { until } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { cut, groupTag, pagesNav, select, some, textField, withQuery } from './parts.ts'

export interface InvitationRow {
  readonly id: string
  readonly whom: Part
  readonly groups: readonly string[]
  readonly state: 'open' | 'accepted' | 'revoked' | 'expired'
  readonly invitedBy: string
  readonly expiresAt: number
}

export interface InvitationsView extends AdminView {
  readonly rows: readonly InvitationRow[]
  readonly show: '' | 'all'
  /** Empty for the first page and after the last. */
  readonly before: string
  readonly next: string
}

const SHOWN = 3

/** Who was asked to come, and has not yet. */
export function invitationsPage(site: Site, view: InvitationsView): string {
  const { t } = site.words
  const path = `${site.base}/admin/invitations`
  const tab = (query: string, label: Part) =>
    html`<a class="tag" href="${withQuery(path, { show: query })}"${query === view.show ? html` aria-current="true"` : ''}>${label}</a>`
  return adminFrame(
    site,
    view,
    {
      title: t`Invitations`,
      heading: t`Invitations`,
      lead: html`<span class="row">${tab('', t`Open`)} ${tab('all', t`All`)}</span>`,
      current: 'invitations',
      aside: html`<span class="end row"><a class="btn primary" href="${site.base}/admin/new-invitation">${t`Invite`}</a></span>`,
    },
    view.rows.length === 0
      ? html`<section class="panel empty"><h2>${t`No invitation waits`}</h2><a class="btn" href="${site.base}/admin/new-invitation">${t`Invite somebody`}</a></section>`
      : html`<section class="panel">
      ${table(
        t`Invitations`,
        html`<th scope="col">${t`Whom`}</th><th scope="col">${t`State`}</th><th scope="col" class="lo">${t`Groups`}</th><th scope="col" class="mid">${t`By`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
        view.rows.map((row) => invitationRow(site, view, row)),
      )}
      ${pagesNav(site.words, {
        firstPath: view.before === '' ? null : withQuery(path, { show: view.show }),
        nextPath: view.next === '' ? null : withQuery(path, { show: view.show, before: view.next }),
      })}
    </section>`,
  )
}

function invitationRow(site: Site, view: InvitationsView, row: InvitationRow): Html {
  const { t } = site.words
  const revoke = form(
    { action: `${site.base}/admin/invitations/${row.id}/revoke`, csrf: view.csrf },
    html`<button class="btn tiny danger">${t`Revoke<span class="sr"> ${html`<bdi>${row.whom}</bdi>`}</span>`}</button>`,
  )
  const states = { accepted: t`accepted`, revoked: t`revoked`, expired: t`expired` }
  const kind = row.state === 'accepted' ? ' ok' : ''
  return html`<tr>
            <th scope="row">${typeof row.whom === 'string' ? cut(row.whom) : row.whom}</th>
            <td>${row.state === 'open' ? html`<span class="state">${t`ends ${until(site.words, row.expiresAt, view.now)}`}</span>` : html`<span class="state${kind}">${states[row.state]}</span>`}</td>
            <td class="lo">${some(site.words, row.groups, SHOWN, (name) => groupTag(site.base, name))}</td>
            <td class="mid">${cut(row.invitedBy)}</td>
            <td class="act">${row.state === 'open' ? revoke : ''}</td>
          </tr>`
}

export interface NewInvitationView extends AdminView {
  readonly typed: {
    readonly username: string
    readonly email: string
    readonly displayName: string
    readonly groups: string
    readonly seconds: number
  }
  readonly lifetimes: readonly { readonly seconds: number; readonly label: Part }[]
  /** Whether it can go by mail. */
  readonly mails: boolean
  readonly failure: null | {
    readonly field: 'username' | 'email' | 'display_name' | 'groups'
    readonly sentence: string
  }
}

/** Asks somebody to come. */
export function newInvitationPage(site: Site, view: NewInvitationView): string {
  const { t } = site.words
  const { typed, failure, mails } = view
  const error = (name: string) => (failure?.field === name ? failure.sentence : undefined)
  const lifetimes = view.lifetimes.map(({ seconds, label }) => ({ value: String(seconds), label }))
  return adminFrame(
    site,
    view,
    {
      failed: failure !== null,
      title: t`Invite`,
      heading: t`Invite`,
      lead: mails
        ? t`Whoever gets the link chooses their own password.`
        : t`Whoever gets the link chooses their own password. No mail server is set, so you hand the link over yourself.`,
      current: 'invitations',
      crumb: html`<a href="${site.base}/admin/invitations">${t`Invitations`}</a> / ${t`Invite`}`,
    },
    html`<section class="panel"><div class="pad">${form(
      { action: `${site.base}/admin/invitations`, csrf: view.csrf },
      html`<div class="stack">
      ${textField({ name: 'email', label: t`E-mail`, type: 'email', value: typed.email, maxlength: 254, error: error('email'), hint: mails ? t`The invitation goes there, and coming by it proves the address.` : t`It is not proved by a link that is handed over.` })}
      ${textField({ name: 'username', label: t`Username`, value: typed.username, maxlength: 128, error: error('username'), hint: t`They choose one where it is left empty. Kubernetes sees it.` })}
      ${textField({ name: 'display_name', label: t`Name`, value: typed.displayName, maxlength: 128, error: error('display_name') })}
      ${textField({ name: 'groups', label: t`Groups`, value: typed.groups, maxlength: 2_000, error: error('groups'), hint: t`Names with a space between them. They are in them from the moment they accept.` })}
      ${select('lifetime', t`May be accepted for`, lifetimes, String(typed.seconds))}
      <button class="btn primary">${t`Make invitation`}</button>
      </div>`,
    )}</div></section>`,
  )
}
