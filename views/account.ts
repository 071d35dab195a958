import { type TokenRow, tokensPanel } from './access-tokens.ts'
import { type FactorsView, factorsNudge, factorsPanel } from './factors.ts'
import { type FormTarget, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { frame, type Site } from './layout.ts'
import { outside, outsideText } from './outside.ts'
import { table } from './table.ts'
import { ago, until } from './time.ts'

export interface AccountView {
  readonly now: number
  readonly username: string
  /** Whether the admin's pages are theirs too. */
  readonly admin?: boolean
  readonly displayName: string
  readonly email: { readonly address: string; readonly verified: boolean } | null
  readonly groups: readonly {
    readonly name: string
    readonly via: string | null
    /** Of a membership for a while. */
    readonly endsAt: number | null
  }[]
  readonly clusters: readonly string[]
  readonly devices: readonly DeviceRow[]
  readonly tokens: readonly TokenRow[]
  /** Whether new access tokens may be made. */
  readonly tokensAllowed: boolean
  readonly factors: FactorsView
  readonly activity: readonly ActivityRow[]
  /** What the last act did. */
  readonly done: Part | null
  readonly csrf: string
  /** What a revoked device can still do, at most: the life of a token, in words. */
  readonly tokenLifetime: string
}

export interface DeviceRow {
  readonly id: string
  readonly name: string
  /** With what it was signed in: `kubectl`, or the name of a cluster or application. */
  readonly client: Part
  /** Names of those that it has entered. */
  readonly clusters: readonly string[]
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly address: string | null
  readonly expiresAt: number
}

export interface ActivityRow {
  readonly what: Part
  /** What else is known of it. */
  readonly more: readonly Part[]
  readonly state: 'plain' | 'warn' | 'bad'
  readonly at: number
  readonly address: string | null
}

/** What a person may know and end by themselves. */
export function accountPage(site: Site, view: AccountView): string {
  const { t } = site.words
  return frame(
    site,
    {
      title: t`Account`,
      heading: view.displayName,
      lead: t`Kubernetes knows you as <b>${view.username}</b>.`,
      username: view.username,
      current: 'account',
      admin: view.admin ?? false,
    },
    html`${view.done === null ? '' : note('info', view.done)}
    ${factorsNudge(site, view.factors)}
    ${devicesPanel(site, view)}
    ${tokensPanel(site, { ...view, allowed: view.tokensAllowed })}
    <div class="cols">
      <div>
        ${factorsPanel(site, view.factors)}
        ${activityPanel(site, view)}
      </div>
      <div>
        ${profilePanel(site, view)}
        ${groupsPanel(site, view)}
        ${clustersPanel(site, view)}
      </div>
    </div>`,
  )
}

function devicesPanel(site: Site, view: AccountView): Html {
  const { t } = site.words
  const { devices } = view
  const revokeAll: FormTarget = {
    action: `${site.base}/account/devices/revoke-all`,
    csrf: view.csrf,
  }
  return html`<section class="panel" id="devices">
      <header>
        <h2>${t`Devices`}</h2>
        ${devices.length < 2 ? '' : html`<div class="end">${form(revokeAll, html`<button class="btn tiny danger">${t`Revoke all`}</button>`)}</div>`}
        <p>${t`Each place where kubectl or an application is signed in as you. A revoked device gets no new token; one that it has already works for ${view.tokenLifetime} at most.`}</p>
      </header>
      ${
        devices.length === 0
          ? html`<div class="empty"><p>${t`No device is signed in as you.`} <a href="${site.base}/account/kubectl">${t`Set up kubectl`}</a></p></div>`
          : table(
              t`Devices`,
              html`<th scope="col">${t`Device`}</th><th scope="col" class="nowrap">${t`Last used`}</th><th scope="col" class="mid">${t`Address`}</th><th scope="col" class="lo nowrap">${t`Ends`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              devices.map((device) => deviceRow(site, view, device)),
            )
      }
    </section>`
}

function deviceRow(site: Site, view: AccountView, device: DeviceRow): Html {
  const { t } = site.words
  const revoke: FormTarget = {
    action: `${site.base}/account/devices/${encodeURIComponent(device.id)}/revoke`,
    csrf: view.csrf,
  }
  return html`<tr>
            <th scope="row"><b class="cut" title="${outsideText(device.name)}">${outside(device.name)}</b> <small>${deviceMore(site, view, device)}</small></th>
            <td class="nowrap" data-l="${t`Last used`}">${ago(site.words, device.lastUsedAt, view.now)}</td>
            <td class="mid"><span class="mono">${device.address ?? t`unknown`}</span></td>
            <td class="lo nowrap">${until(site.words, device.expiresAt, view.now)}</td>
            <td class="act">${form(revoke, html`<button class="btn tiny danger">${t`Revoke<span class="sr"> ${outside(device.name)}</span>`}</button>`)}</td>
          </tr>`
}

function deviceMore({ words }: Site, { now }: AccountView, device: DeviceRow): Html {
  const { t } = words
  const since = ago(words, device.createdAt, now)
  return device.clusters.length === 0
    ? t`${device.client}, signed in ${since}`
    : t`${device.client}, signed in ${since}; entered ${device.clusters.join(', ')}`
}

/** What else is known of something that happened. */
export function activityMore({ more }: Pick<ActivityRow, 'more'>): Html {
  if (more.length === 0) return html``
  return html` <small>${more.map((part, index) => html`${index === 0 ? '' : ', '}${part}`)}</small>`
}

function activityPanel(site: Site, view: AccountView): Html {
  const { t } = site.words
  const what = (row: ActivityRow): Html =>
    row.state === 'plain'
      ? html`${row.what}`
      : html`<span class="state ${row.state}">${row.what}</span>`
  return html`<section class="panel" id="activity">
          <header><h2>${t`Recent activity`}</h2></header>
          ${
            view.activity.length === 0
              ? html`<div class="empty"><p>${t`Nothing yet.`}</p></div>`
              : table(
                  t`Recent activity`,
                  html`<th scope="col">${t`What`}</th><th scope="col" class="nowrap">${t`When`}</th><th scope="col" class="lo">${t`From`}</th>`,
                  view.activity.map(
                    (row) => html`<tr>
            <th scope="row">${what(row)}${activityMore(row)}</th>
            <td class="nowrap">${ago(site.words, row.at, view.now)}</td>
            <td class="lo"><span class="mono">${row.address ?? ''}</span></td>
          </tr>`,
                  ),
                )
          }
          <footer>${t`Something you did not do? Revoke all devices and access tokens, then <a href="${site.base}/account/password">change your password</a>.`}</footer>
        </section>`
}

function profilePanel(site: Site, view: AccountView): Html {
  const { t } = site.words
  const { email } = view
  return html`<section class="panel" id="profile">
          <header><h2>${t`Profile`}</h2><div class="end row"><a class="btn tiny" href="${site.base}/account/profile">${t`Edit`}</a> <a class="btn tiny" href="${site.base}/account/password">${t`Change password`}</a></div></header>
          <dl class="facts pad">
            <dt>${t`Name`}</dt><dd>${view.displayName}</dd>
            <dt>${t`Username`}</dt><dd class="mono">${view.username}</dd>
            ${email === null ? '' : html`<dt>${t`E-mail`}</dt><dd>${email.address}<br><span class="state${email.verified ? ' ok' : ''}">${email.verified ? t`verified` : t`not verified`}</span></dd>`}
          </dl>
        </section>`
}

function groupsPanel(site: Site, view: AccountView): Html {
  const { t } = site.words
  return html`<section class="panel" id="groups">
          <header><h2>${t`Groups`}</h2></header>
          ${
            view.groups.length === 0
              ? html`<p class="pad muted">${t`You are in no group.`}</p>`
              : html`<ul class="pad stack">
            ${view.groups.map(
              (group) =>
                html`<li><span class="tag">${group.name}</span> <span class="hint">${group.via === null ? t`direct` : t`through ${group.via}`}${group.endsAt === null ? '' : html`, ${t`ends ${until(site.words, group.endsAt, view.now)}`}`}</span></li>`,
            )}
          </ul>`
          }
          <footer>${t`Your admin decides who is in a group.`}</footer>
        </section>`
}

function clustersPanel(site: Site, view: AccountView): Html {
  const { t } = site.words
  return html`<section class="panel" id="clusters">
          <header><h2>${t`Clusters`}</h2></header>
          ${
            view.clusters.length === 0
              ? html`<p class="pad muted">${t`There is no cluster that you may enter.`}</p>`
              : html`<ul class="pad stack">
            ${view.clusters.map((name) => html`<li><a href="${site.base}/account/kubectl/${encodeURIComponent(name)}">${name}</a></li>`)}
          </ul>`
          }
        </section>`
}
