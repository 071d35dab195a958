import { english } from '../english.ts'
import { note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import { chevronIcon, downloadIcon } from '../icons.ts'
import type { Site } from '../layout.ts'
import { stamp } from '../time.ts'
import { actButton, cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, pagesNav, seen, select, textField, visible, withQuery } from './parts.ts'

export interface EventRow {
  readonly id: string
  readonly at: number
  readonly who: Part
  readonly what: Part
  readonly target: string | null
  readonly state: 'plain' | 'warn' | 'bad'
  readonly address: string | null
  readonly facts: readonly (readonly [label: Part, value: Part])[]
}

/** What the address asks for, as it was typed. */
export interface AuditFields {
  readonly credential: string
  readonly user: string
  readonly type: string
  readonly cluster: string
  readonly address: string
  readonly since: string
  readonly until: string
}

export interface BehindView {
  readonly username: string | null
  readonly facts: readonly (readonly [label: Part, value: Part])[]
}

export interface AuditView extends AdminView {
  readonly fields: AuditFields
  readonly types: readonly { readonly value: string; readonly label: Part }[]
  readonly clusters: readonly string[]
  readonly events: readonly EventRow[]
  /** Who stands behind the credential that was pasted; null where none was. */
  readonly behind: BehindView | null
  /** True where only the last month was looked at, for want of a date. */
  readonly isMonth: boolean
  /** The entry that the next page begins below; empty at the end. */
  readonly next: string
  readonly isFirst: boolean
  readonly fault: string | null
  readonly verified: {
    readonly isSound: boolean
    readonly sentence: Part
    readonly lines: readonly Part[]
  } | null
}

/** What happened, the newest first. */
export function auditPage(site: Site, view: AuditView): string {
  const { t } = site.words
  const { fields } = view
  const path = `${site.base}/admin/audit`
  const exportPath = withQuery(`${path}/export.jsonl`, { since: fields.since, until: fields.until })
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: t`Audit log`,
      heading: t`Audit log`,
      lead: t`Who did what, to whom, from where and when. Every event is chained to the one before.`,
      current: 'audit',
      aside: html`<span class="end row">${actButton({ action: `${path}/verify`, csrf: view.csrf }, t`Verify<span class="sr"> that nothing was changed</span>`, { tiny: false })} <a class="btn" href="${exportPath}" download>${downloadIcon()} ${t`Export as JSON Lines`}</a></span>`,
    },
    html`${view.fault === null ? '' : note('bad', english(site.words, view.fault), 'fault')}
    ${view.verified === null ? '' : verifiedNote(view.verified)}
    ${filters(site, path, view)}
    ${view.behind === null ? '' : behindPanel(site, view.behind)}
    <section class="panel" aria-label="${t`Events`}">
      ${view.isMonth ? cutShort(t`Of the last 30 days: name a day to look further back.`) : ''}
      ${
        view.events.length === 0
          ? html`<div class="empty"><p>${t`Nothing recorded.`}</p></div>`
          : html`<ol class="log">${view.events.map((row) => eventRow(site, row))}</ol>`
      }
      ${pagesNav(site.words, {
        firstPath: view.isFirst ? null : withQuery(path, { ...fields }),
        nextPath: view.next === '' ? null : withQuery(path, { ...fields, before: view.next }),
      })}
    </section>`,
  )
}

function verifiedNote({ isSound, sentence, lines }: NonNullable<AuditView['verified']>): Html {
  return html`${note(isSound ? 'info' : 'bad', html`<b>${sentence}</b>${lines.map((line) => html`<br>${line}`)}`, 'verified')}`
}

function filters({ words: { t } }: Site, path: string, view: AuditView): Html {
  const { fields } = view
  const clusters = view.clusters.map((name) => ({ value: name, label: name }))
  const day = (name: 'since' | 'until', label: Part) =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="date" value="${fields[name]}"></div>`
  return html`<form class="filters" method="get" action="${path}" role="search">
      ${textField({ name: 'credential', label: t`Credential or reference`, type: 'search', value: fields.credential, maxlength: 512, placeholder: t`JTI=… of a cluster’s audit log` })}
      ${textField({ name: 'user', label: t`Person`, value: fields.user, maxlength: 128 })}
      ${select('type', t`Event`, [{ value: '', label: t`Any` }, ...view.types], fields.type)}
      ${select('cluster', t`Cluster`, [{ value: '', label: t`Any` }, ...clusters], fields.cluster)}
      ${textField({ name: 'address', label: t`Address`, value: fields.address, maxlength: 64 })}
      ${day('since', t`From (UTC)`)}
      ${day('until', t`To (UTC)`)}
      <button class="btn">${t`Filter`}</button>
    </form>`
}

function behindPanel(site: Site, { username, facts }: BehindView): Html {
  const { t } = site.words
  return html`<section class="panel" id="behind">
      <header><h2>${t`Who is behind it`}</h2></header>
      <dl class="facts pad">
        ${username === null ? '' : html`<dt>${t`Person`}</dt><dd><a href="${site.base}${adminPath.user(username)}"><bdi>${username}</bdi></a></dd>`}
        ${facts.map(([label, value]) => html`<dt>${label}</dt><dd><bdi>${seen(value)}</bdi></dd>`)}
      </dl>
    </section>`
}

function eventRow(site: Site, row: EventRow): Html {
  const what =
    row.state === 'plain'
      ? html`${row.what}`
      : html`<span class="state ${row.state}">${row.what}</span>`
  return html`<li><details>
          <summary>${chevronIcon()} <span class="muted">${stamp(site.words, row.at)}</span> <b><bdi>${seen(row.who)}</bdi></b> <span>${what}${row.target === null ? '' : html` <bdi>${visible(row.target)}</bdi>`}</span> <span class="mono muted">${row.address ?? ''}</span></summary>
          <dl class="facts">
            ${row.facts.map(([label, value]) => html`<dt>${label}</dt><dd class="mono"><bdi>${seen(value)}</bdi></dd>`)}
          </dl>
        </details></li>`
}
