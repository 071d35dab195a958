import { tooManyAttempts } from './attempts.ts'
import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { outside, outsideText } from './outside.ts'
import { ago, stamp, until } from './time.ts'

export interface TokenRow {
  readonly id: string
  readonly name: string
  /** Its last characters; empty where it is too short to show any. */
  readonly hint: string
  /** Names; null for every cluster that its owner may enter. */
  readonly clusters: readonly string[] | null
  readonly groups: readonly string[] | null
  readonly lastUsedAt: number | null
  readonly expiresAt: number
}

export interface TokensView {
  readonly now: number
  readonly csrf: string
  readonly tokens: readonly TokenRow[]
  /** Whether new ones may be made. */
  readonly allowed: boolean
}

/** What programs come in with, on its owner's page. */
export function tokensPanel(site: Site, view: TokensView): Html {
  const { t } = site.words
  const { tokens, allowed } = view
  const make = html`<a class="end btn tiny" href="${site.base}/account/tokens/new">${t`New token`}</a>`
  return html`<section class="panel" id="tokens">
      <header>
        <h2>${t`Access tokens`}</h2>
        ${allowed ? make : ''}
        <p>${t`For programs that cannot sign in. Who holds one is you, until it ends or you revoke it.`}</p>
      </header>
      ${
        tokens.length === 0
          ? html`<div class="empty"><p>${allowed ? t`You have no access token.` : t`You have no access token, and your admin does not allow new ones.`}</p></div>`
          : html`<div class="scroll" role="region" aria-label="${t`Access tokens`}" tabindex="0">
      <table>
        <thead>
          <tr><th scope="col">${t`Token`}</th><th scope="col" class="nowrap">${t`Last used`}</th><th scope="col" class="mid">${t`Clusters`}</th><th scope="col" class="lo nowrap">${t`Ends`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th></tr>
        </thead>
        <tbody>
          ${tokens.map((token) => tokenRow(site, view, token))}
        </tbody>
      </table>
      </div>`
      }
    </section>`
}

function tokenRow(site: Site, view: TokensView, token: TokenRow): Html {
  const { t } = site.words
  const revoke: FormTarget = {
    action: `${site.base}/account/tokens/${encodeURIComponent(token.id)}/revoke`,
    csrf: view.csrf,
  }
  const ending = token.hint === '' ? '' : html` <small class="mono">…${token.hint}</small>`
  const groups =
    token.groups === null ? '' : html` <small>${t`${token.groups.join(', ')} only`}</small>`
  return html`<tr>
            <th scope="row"><b class="cut" title="${outsideText(token.name)}">${outside(token.name)}</b>${ending}${groups}</th>
            <td class="nowrap" data-l="${t`Last used`}">${token.lastUsedAt === null ? t`never` : ago(site.words, token.lastUsedAt, view.now)}</td>
            <td class="mid">${token.clusters?.join(', ') ?? t`all of yours`}</td>
            <td class="lo nowrap">${until(site.words, token.expiresAt, view.now)}</td>
            <td class="act">${form(revoke, html`<button class="btn tiny danger">${t`Revoke<span class="sr"> ${outside(token.name)}</span>`}</button>`)}</td>
          </tr>`
}

export interface NewTokenView extends FormTarget {
  readonly username: string
  readonly name: string
  readonly clusters: readonly Choice[]
  readonly everyCluster: boolean
  readonly groups: readonly Choice[]
  readonly lifetimes: readonly { readonly seconds: number; readonly chosen: boolean }[]
  readonly failure:
    | null
    | { readonly kind: 'token'; readonly sentence: string; readonly todo: string | null }
    | { readonly kind: 'password'; readonly waitMinutes: number | null }
}

export interface Choice {
  readonly name: string
  readonly chosen: boolean
}

/** Asks what a new access token is for, and the password once more: a token outlives the session that makes it. */
export function newTokenPage(site: Site, view: NewTokenView): string {
  const { t } = site.words
  const { failure } = view
  const heading = t`New access token`
  return card(
    site,
    {
      title: heading,
      failed: failure !== null,
      heading,
      lead: [t`For one program. It is shown once.`],
      wide: true,
      foot: 'password',
    },
    html`${failureOf(site, failure)}
    ${form(
      view,
      html`${field({
        name: 'name',
        label: t`Name`,
        autocomplete: 'off',
        maxlength: 64,
        value: view.name,
        focused: failure === null,
        hint: { text: t`The program that will use it, such as “backup job”.` },
      })}
      ${choices(
        t`Clusters`,
        'cluster',
        view.clusters,
        choice(
          'every_cluster',
          t`Every cluster that I may enter, later ones too`,
          view.everyCluster,
        ),
      )}
      ${view.groups.length === 0 ? '' : choices(t`Groups: tick some to leave out the others`, 'group', view.groups, '')}
      <div class="field">
        <label for="lifetime">${t`Ends in`}</label>
        <select id="lifetime" name="lifetime">${view.lifetimes.map(({ seconds, chosen }) => html`<option value="${seconds}"${chosen ? html` selected` : ''}>${site.words.span(seconds * 1000)}</option>`)}</select>
      </div>
      ${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username',
        value: outsideText(view.username),
        readonly: true,
      })}
      ${field({
        name: 'current_password',
        label: t`Present password`,
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: failure?.kind === 'password',
        error:
          failure?.kind === 'password' && failure.waitMinutes === null
            ? t`This is not your present password.`
            : undefined,
      })}
      <button class="btn primary">${t`Make token`}</button>`,
    )}
    <p class="small"><a href="${site.base}/account#tokens">${t`Back to your account`}</a></p>`,
  )
}

function failureOf({ words }: Site, failure: NewTokenView['failure']): Part {
  if (failure === null) return ''
  if (failure.kind === 'token') {
    const todo = failure.todo === null ? '' : html` ${english(words, failure.todo)}`
    return note('bad', html`${english(words, failure.sentence)}${todo}`, 'failure')
  }
  const { waitMinutes } = failure
  if (waitMinutes === null) return ''
  return note('bad', tooManyAttempts(words, waitMinutes), 'failure')
}

function choices(legend: Part, prefix: string, list: readonly Choice[], first: Part): Html {
  return html`<fieldset class="field">
        <legend class="small"><b>${legend}</b></legend>
        ${first}
        ${list.map(({ name, chosen }) => choice(`${prefix}.${name}`, name, chosen))}
      </fieldset>`
}

function choice(name: string, label: Part, chosen: boolean): Html {
  return html`<label class="choice"><input type="checkbox" name="${name}" value="yes"${chosen ? html` checked` : ''}> <span>${label}</span></label>`
}

export interface TokenMadeView {
  readonly name: string
  readonly value: string
  readonly expiresAt: number
  readonly clusters: readonly string[] | null
}

/** The only time that the value is shown. */
export function tokenMadePage(site: Site, view: TokenMadeView): string {
  const { t } = site.words
  const heading = t`Copy your access token`
  const name = html`<b>${outside(view.name)}</b>`
  const end = stamp(site.words, view.expiresAt)
  return card(
    site,
    {
      title: heading,
      heading,
      lead: [
        view.clusters === null
          ? t`${name}, for every cluster that you may enter, until ${end}.`
          : t`${name}, for ${view.clusters.join(', ')}, until ${end}.`,
      ],
      wide: true,
    },
    html`${note('warn', t`It is not shown again. Put it where the program reads it, and into no command line: others see those.`)}
    <figure class="code"><figcaption>${t`Access token`}</figcaption><pre tabindex="0"><code>${view.value}</code></pre></figure>
    <p><a class="btn primary" href="${site.base}/account#tokens">${t`I have copied it`}</a></p>`,
  )
}
