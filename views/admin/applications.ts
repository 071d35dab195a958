import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago } from '../time.ts'
import { cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, cut, groupTag, some } from './parts.ts'

export interface ApplicationRow {
  readonly name: string
  readonly clientId: string
  readonly isPublic: boolean
  readonly redirectUris: readonly string[]
  readonly everyone: boolean
  readonly groups: readonly string[]
  /** Null where nobody ever did, as far as is on record. */
  readonly lastSignInAt: number | null
}

export interface ApplicationsView extends AdminView {
  readonly rows: readonly ApplicationRow[]
  readonly hasMore: boolean
}

const SHOWN_GROUPS = 3

export function applicationsPage(site: Site, view: ApplicationsView): string {
  const { t } = site.words
  const add = html`<a class="btn primary" href="${site.base}/admin/new-application">${t`Add application`}</a>`
  return adminFrame(
    site,
    view,
    {
      title: t`Applications`,
      heading: t`Applications`,
      lead: t`Other programs that sign people in here.`,
      current: 'applications',
      aside: html`<span class="end">${add}</span>`,
    },
    view.rows.length === 0
      ? html`<section class="panel empty"><h2>${t`There is no application`}</h2><p>${t`Argo CD, Grafana, Headlamp and others can sign people in here.`}</p></section>`
      : html`<section class="panel">
      ${view.hasMore ? cutShort(t`The first 1,000 by name.`) : ''}
      ${table(
        t`Applications`,
        html`<th scope="col">${t`Application`}</th><th scope="col" class="mid">${t`Client`}</th><th scope="col" class="lo">${t`Kind`}</th><th scope="col">${t`Returns to`}</th><th scope="col" class="lo">${t`Who may enter`}</th><th scope="col" class="nowrap">${t`Last sign-in`}</th>`,
        view.rows.map((row) => applicationRow(site, view, row)),
      )}
    </section>`,
  )
}

function applicationRow(site: Site, view: ApplicationsView, row: ApplicationRow): Html {
  const { t } = site.words
  const [first = ''] = row.redirectUris
  const more = row.redirectUris.length - 1
  return html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.application(row.name)}"><bdi>${row.name}</bdi></a></th>
            <td class="mid"><span class="mono">${row.clientId}</span></td>
            <td class="lo">${row.isPublic ? t`public, PKCE` : t`confidential`}</td>
            <td><span class="mono">${cut(first)}</span>${more > 0 ? html` <small>${t`and ${more} more`}</small>` : ''}</td>
            <td class="lo">${row.everyone ? t`everyone` : some(site.words, row.groups, SHOWN_GROUPS, (name) => groupTag(site.base, name))}</td>
            <td class="nowrap" data-l="${t`Last sign-in`}">${row.lastSignInAt === null ? html`<span class="state warn">${t`never`}</span>` : ago(site.words, row.lastSignInAt, view.now)}</td>
          </tr>`
}
