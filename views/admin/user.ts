import { type ActivityRow, activityMore, type DeviceRow } from '../account.ts'
import { english } from '../english.ts'
import { form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { outside, outsideText } from '../outside.ts'
import { table } from '../table.ts'
import { ago, stamp, until } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, cut, groupTag, textField } from './parts.ts'
import { type UserState, userState } from './users.ts'

export interface UserView extends AdminView {
  readonly user: {
    readonly id: string
    readonly username: string
    readonly displayName: string
    readonly email: { readonly address: string; readonly verified: boolean } | null
    readonly state: UserState
    readonly createdAt: number
  }
  /** Until when nobody may try to sign in to the account; null where they may. */
  readonly limitedUntil: number | null
  readonly devices: readonly Omit<DeviceRow, 'clusters' | 'createdAt'>[]
  readonly tokens: number
  readonly groups: readonly {
    readonly name: string
    /** The group in it through which they are there; null when directly. */
    readonly via: string | null
    readonly endsAt: number | null
  }[]
  readonly doors: readonly DoorRow[]
  readonly factors: {
    readonly password: boolean
    readonly passkeys: readonly string[]
    readonly oneTimeCode: boolean
    readonly recoveryCodesLeft: number
  }
  readonly activity: readonly ActivityRow[]
  /** Whether links to choose a new password can be made. */
  readonly links: boolean
}

export interface DoorRow {
  readonly kind: 'cluster' | 'application'
  readonly name: string
  readonly opens: boolean
  /** The groups that open it, or why it stays shut. */
  readonly through: readonly string[]
  readonly why: Part | null
}

/** One person: what they can do, how they sign in, and what an admin can take away. */
export function userPage(site: Site, view: UserView): string {
  const { t } = site.words
  const { user } = view
  return adminFrame(
    site,
    view,
    {
      title: user.username,
      heading: html`<bdi>${user.displayName}</bdi>`,
      lead: html`<span class="row">${userState(site.words, user.state)} <span class="mono"><bdi>${user.username}</bdi></span></span>`,
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">${t`Users`}</a> / <bdi>${user.username}</bdi>`,
      aside: html`<div class="end row">
        ${view.links ? act(site, view, 'reset-link', t`Make reset link`) : ''}
        ${act(site, view, 'end-sessions', t`End all sessions`)}
        ${user.state === 'locked' ? act(site, view, 'unlock', t`Unlock`) : act(site, view, 'lock', t`Lock`, 'danger')}
      </div>`,
    },
    html`${view.limitedUntil === null ? '' : limited(site, view, view.limitedUntil)}
    <div class="cols">
      <div>
        ${devicesPanel(site, view)}
        ${doorsPanel(site, view)}
        ${activityPanel(site, view)}
      </div>
      <div>
        ${identityPanel(site, view)}
        ${groupsPanel(site, view)}
        ${factorsPanel(site, view)}
        ${deletePanel(site, view)}
      </div>
    </div>`,
  )
}

/** A button that does one thing to this person. */
function act(site: Site, view: UserView, path: string, label: Part, kind = ''): Html {
  const action = `${site.base}${adminPath.user(view.user.username)}/${path}`
  const button = html`<button class="btn${kind === '' ? '' : ` ${kind}`}">${label}</button>`
  return form({ action, csrf: view.csrf }, button)
}

function limited(site: Site, view: UserView, end: number): Html {
  const { t } = site.words
  return html`<div class="row">${note('warn', t`Too many sign-ins failed, so no password is tried before ${stamp(site.words, end)}. Browsers that signed in here before still work.`)}
    ${act(site, view, 'clear-limit', t`Let them try again now`)}</div>`
}

function devicesPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { devices, user } = view
  return html`<section class="panel" id="devices">
      <header><h2>${t`Devices`}</h2>${devices.length === 0 ? '' : html`<div class="end">${act(site, view, 'revoke-devices', t`Revoke all`, 'tiny danger')}</div>`}</header>
      ${
        devices.length === 0
          ? html`<p class="pad muted">${t`No device is signed in.`}</p>`
          : table(
              t`Devices of ${user.username}`,
              html`<th scope="col">${t`Device`}</th><th scope="col" class="nowrap">${t`Last used`}</th><th scope="col" class="lo nowrap">${t`Ends`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              devices.map(
                (device) => html`<tr>
            <th scope="row"><b class="cut" title="${outsideText(device.name)}">${outside(device.name)}</b> <small>${device.client}</small></th>
            <td data-l="${t`Last used`}">${ago(site.words, device.lastUsedAt, view.now)} <small class="mono">${device.address ?? t`unknown`}</small></td>
            <td class="lo nowrap">${until(site.words, device.expiresAt, view.now)}</td>
            <td class="act">${act(site, view, `devices/${encodeURIComponent(device.id)}/revoke`, t`Revoke<span class="sr"> ${outside(device.name)}</span>`, 'tiny danger')}</td>
          </tr>`,
              ),
            )
      }
      ${view.tokens === 0 ? '' : html`<footer>${view.tokens === 1 ? t`1 access token besides, which locking refuses and revoking devices does not end.` : t`${view.tokens} access tokens besides, which locking refuses and revoking devices does not end.`}</footer>`}
    </section>`
}

function doorsPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { doors, user } = view
  return html`<section class="panel" id="access">
      <header><h2>${t`What <bdi>${user.username}</bdi> may enter`}</h2><p>${t`By the best sign-in that they could make now. What they may do there is for each cluster's RBAC to say.`}</p></header>
      ${
        doors.length === 0
          ? html`<p class="pad muted">${t`There is no cluster and no application yet.`}</p>`
          : table(
              t`Access of ${user.username}`,
              html`<th scope="col">${t`Where`}</th><th scope="col">${t`May enter`}</th><th scope="col">${t`Because`}</th>`,
              doors.map(
                (door) => html`<tr>
            <th scope="row">${cut(door.name)} <small>${door.kind === 'cluster' ? t`cluster` : t`application`}</small></th>
            <td><span class="state${door.opens ? ' ok' : ''}">${door.opens ? t`yes` : t`no`}</span></td>
            <td>${door.through.map((name) => html`${groupTag(site.base, name)} `)}${door.why === null ? '' : html`<small>${english(site.words, door.why)}</small>`}</td>
          </tr>`,
              ),
            )
      }
    </section>`
}

function activityPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { activity, user } = view
  return html`<section class="panel" id="activity">
      <header><h2>${t`Recent activity`}</h2></header>
      ${
        activity.length === 0
          ? html`<p class="pad muted">${t`Nothing yet.`}</p>`
          : table(
              t`Recent activity of ${user.username}`,
              html`<th scope="col">${t`What`}</th><th scope="col" class="nowrap">${t`When`}</th><th scope="col" class="lo">${t`From`}</th>`,
              activity.map(
                (row) => html`<tr>
            <th scope="row">${row.state === 'plain' ? row.what : html`<span class="state ${row.state}">${row.what}</span>`}${activityMore(row)}</th>
            <td class="nowrap">${ago(site.words, row.at, view.now)}</td>
            <td class="lo"><span class="mono">${row.address ?? ''}</span></td>
          </tr>`,
              ),
            )
      }
    </section>`
}

function identityPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { user } = view
  const { email } = user
  return html`<section class="panel" id="identity">
      <header><h2>${t`Identity`}</h2><a class="end btn tiny" href="${site.base}${adminPath.user(user.username)}/edit">${t`Edit`}</a></header>
      <dl class="facts pad">
        <dt>${t`Username`}</dt><dd class="mono"><bdi>${user.username}</bdi></dd>
        <dt>${t`Subject`}</dt><dd class="mono">${user.id}</dd>
        ${email === null ? '' : html`<dt>${t`E-mail`}</dt><dd><bdi>${email.address}</bdi><br><span class="state${email.verified ? ' ok' : ''}">${email.verified ? t`verified` : t`not verified`}</span></dd>`}
        <dt>${t`Created`}</dt><dd>${ago(site.words, user.createdAt, view.now)}</dd>
      </dl>
    </section>`
}

function groupsPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const path = `${site.base}${adminPath.user(view.user.username)}/groups`
  const remove = (name: string) =>
    form(
      { action: `${path}/remove`, csrf: view.csrf },
      html`<input type="hidden" name="group" value="${name}"><button class="btn tiny danger">${t`Remove<span class="sr"> from <bdi>${name}</bdi></span>`}</button>`,
    )
  return html`<section class="panel" id="groups">
      <header><h2>${t`Groups`}</h2></header>
      ${
        view.groups.length === 0
          ? html`<p class="pad muted">${t`In no group.`}</p>`
          : html`<ul class="pad stack">${view.groups.map(
              ({ name, via, endsAt }) =>
                html`<li class="row">${groupTag(site.base, name)} <span class="hint">${via === null ? t`direct` : t`through ${cut(via)}`}${endsAt === null ? '' : html`, ${t`ends ${until(site.words, endsAt, view.now)}`}`}</span>${via === null ? html`<div class="end">${remove(name)}</div>` : ''}</li>`,
            )}</ul>`
      }
      <div class="pad">${form(
        { action: path, csrf: view.csrf },
        html`<div class="stack">${textField({ name: 'group', label: t`Add to group`, maxlength: 128, required: true })}
        <button class="btn">${t`Add`}</button></div>`,
      )}</div>
    </section>`
}

function factorsPanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { password, passkeys, oneTimeCode, recoveryCodesLeft } = view.factors
  const hasMore = passkeys.length > 0 || oneTimeCode
  return html`<section class="panel" id="factors">
      <header><h2>${t`Ways to sign in`}</h2>${hasMore ? html`<div class="end">${act(site, view, 'reset-factors', t`Reset`, 'tiny danger')}</div>` : ''}</header>
      <ul class="pad stack">
        <li>${t`Password`} <span class="hint">${password ? t`set` : t`none`}</span></li>
        ${passkeys.map((name) => html`<li>${t`Passkey`} <span class="hint">${outside(name)}</span></li>`)}
        ${oneTimeCode ? html`<li>${t`One-time codes`} <span class="hint">${recoveryCodesLeft === 1 ? t`1 recovery code left` : t`${recoveryCodesLeft} recovery codes left`}</span></li>` : ''}
        ${hasMore ? '' : html`<li><span class="state warn">${t`no second factor`}</span></li>`}
      </ul>
    </section>`
}

function deletePanel(site: Site, view: UserView): Html {
  const { t } = site.words
  const { username } = view.user
  return html`<section class="panel" id="delete">
      <header><h2>${t`Delete <bdi>${username}</bdi>`}</h2></header>
      <div class="pad stack"><p class="small muted">${t`Nobody can have this username again, and the audit log keeps its events. To stop access for now, lock instead.`}</p>${act(site, view, 'delete', t`Delete user`, 'danger')}</div>
    </section>`
}

export interface EditUserView extends AdminView {
  readonly user: { readonly username: string }
  readonly typed: { readonly displayName: string; readonly email: string }
  readonly failure: null | { readonly field: 'display_name' | 'email'; readonly sentence: string }
}

/** Name and address; the username is what it is. */
export function editUserPage(site: Site, view: EditUserView): string {
  const { t } = site.words
  const { username } = view.user
  const { typed, failure } = view
  const path = `${site.base}${adminPath.user(username)}`
  const error = (name: string) => (failure?.field === name ? failure.sentence : undefined)
  return adminFrame(
    site,
    view,
    {
      failed: failure !== null,
      title: t`Edit ${username}`,
      heading: t`Edit <bdi>${username}</bdi>`,
      lead: t`A new address is not verified until its owner has proved it.`,
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">${t`Users`}</a> / <a href="${path}"><bdi>${username}</bdi></a> / ${t`Edit`}`,
    },
    html`<section class="panel"><div class="pad">${form(
      { action: `${path}/edit`, csrf: view.csrf },
      html`<div class="stack">
      ${textField({ name: 'display_name', label: t`Name`, value: typed.displayName, maxlength: 128, required: true, error: error('display_name') })}
      ${textField({ name: 'email', label: t`E-mail`, type: 'email', value: typed.email, maxlength: 254, error: error('email'), hint: t`Leave it empty to remove the address.` })}
      <button class="btn primary">${t`Save`}</button>
      </div>`,
    )}</div></section>`,
  )
}
