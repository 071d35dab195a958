import { english } from '../english.ts'
import { type FormTarget, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { ago } from '../time.ts'
import type { Words } from '../words/words.ts'
import { actButton, area, tickBox } from './controls.ts'
import { accessPanel, type PolicyView, policyPanel } from './entry.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, select, textField } from './parts.ts'

interface Fault {
  readonly sentence: string
  readonly todo: string
}

export interface ApplicationView extends AdminView {
  readonly name: string
  readonly clientId: string
  readonly isPublic: boolean
  readonly issuer: string
  readonly signingAlg: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly backchannelLogoutUri: string | null
  readonly everyone: boolean
  readonly groups: readonly string[]
  readonly policy: PolicyView
  readonly tokenLifetime: string
  readonly lastSignInAt: number | null
  readonly fault: Fault | null
}

/** One application: who may enter, what is asked of them, and where it returns to. */
export function applicationPage(site: Site, view: ApplicationView): string {
  const { t } = site.words
  const path = `${site.base}${adminPath.application(view.name)}`
  const to = (rest: string): FormTarget => ({ action: `${path}/${rest}`, csrf: view.csrf })
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: view.name,
      heading: html`<bdi>${view.name}</bdi>`,
      lead:
        view.lastSignInAt === null
          ? t`Nobody has signed in to it yet.`
          : t`Last sign-in ${ago(site.words, view.lastSignInAt, view.now)}.`,
      current: 'applications',
      crumb: html`<a href="${site.base}/admin/applications">${t`Applications`}</a> / <bdi>${view.name}</bdi>`,
      aside: html`<span class="end row"><a class="btn" href="${path}/edit">${t`Edit`}</a></span>`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    <div class="cols">
      <div>
        ${accessPanel(site, view, t`What they may do there is for the application to say.`, to)}
        ${policyPanel(site, view.policy, view.tokenLifetime, to('policy'))}
      </div>
      <div>
        ${factsPanel(site, view)}
        ${view.isPublic ? '' : secretPanel(site, to('secret'))}
        ${deletePanel(site, view, to('delete'))}
      </div>
    </div>`,
  )
}

function factsPanel({ words: { t } }: Site, view: ApplicationView): Html {
  const list = (uris: readonly string[]) =>
    uris.length === 0
      ? html`<span class="muted">${t`nowhere`}</span>`
      : html`${uris.map((uri) => html`<span class="mono">${uri}</span><br>`)}`
  return html`<section class="panel" id="facts">
      <header><h2>${t`Facts`}</h2></header>
      <dl class="facts pad">
        <dt>${t`Issuer`}</dt><dd class="mono">${view.issuer}</dd>
        <dt>${t`Client id`}</dt><dd class="mono">${view.clientId}</dd>
        <dt>${t`Kind`}</dt><dd>${view.isPublic ? t`public, PKCE: it has no secret` : t`confidential: it has a secret`}</dd>
        <dt>${t`Returns to`}</dt><dd>${list(view.redirectUris)}</dd>
        <dt>${t`After sign-out`}</dt><dd>${list(view.postLogoutRedirectUris)}</dd>
        <dt>${t`Told of sign-outs`}</dt><dd>${list(view.backchannelLogoutUri === null ? [] : [view.backchannelLogoutUri])}</dd>
        <dt>${t`Signed with`}</dt><dd>${view.signingAlg}</dd>
      </dl>
    </section>`
}

function secretPanel({ words: { t } }: Site, target: FormTarget): Html {
  return html`<section class="panel" id="secret">
      <header><h2>${t`Secret`}</h2><p>${t`Only its fingerprint is kept. If it is lost, make a new one: the old one ends at once.`}</p></header>
      <div class="pad">${actButton(target, t`Make a new secret`, { danger: true, tiny: false })}</div>
    </section>`
}

function deletePanel({ words: { t } }: Site, view: ApplicationView, target: FormTarget): Html {
  return html`<section class="panel" id="delete">
      <header><h2>${t`Delete`}</h2><p>${t`Nobody signs in to it any more, whoever is signed in there gets no new token, and no later application inherits its client id.`}</p></header>
      <div class="pad">${actButton(target, t`Delete application<span class="sr"> <bdi>${view.name}</bdi></span>`, { danger: true, tiny: false })}</div>
    </section>`
}

export interface ApplicationFields {
  readonly name: string
  readonly redirect_uris: string
  readonly post_logout_redirect_uris: string
  readonly backchannel_logout_uri: string
  readonly signing_alg: string
}

export interface ApplicationFormView extends AdminView {
  readonly fields: ApplicationFields
  readonly fault: Fault | null
  readonly kind:
    | {
        readonly kind: 'new'
        readonly presets: readonly string[]
        readonly preset: string
        readonly url: string
        readonly clientId: string
        readonly groups: string
        readonly everyone: boolean
        readonly isPublic: boolean
      }
    | { readonly kind: 'edit'; readonly application: string; readonly version: string }
}

const algs = ({ t }: Words) => [
  { value: 'RS256', label: t`RS256: every program takes it` },
  { value: 'ES256', label: t`ES256: shorter tokens` },
]

/** A new application, or what is known of one. */
export function applicationFormPage(site: Site, view: ApplicationFormView): string {
  const { t } = site.words
  const { kind } = view
  const isNew = kind.kind === 'new'
  const title = isNew ? t`Add application` : t`Edit ${kind.application}`
  const path = isNew ? '/admin/applications' : adminPath.application(kind.application)
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: title,
      heading: isNew ? title : t`Edit <bdi>${kind.application}</bdi>`,
      lead: isNew
        ? t`Its secret is shown once, with what goes into its own configuration where it is one of those known.`
        : t`Its client id and its kind never change.`,
      current: 'applications',
      crumb: html`<a href="${site.base}/admin/applications">${t`Applications`}</a> / ${isNew ? t`Add` : html`<a href="${site.base}${path}"><bdi>${kind.application}</bdi></a> / ${t`Edit`}`}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">
        ${textField({ name: 'name', label: t`Name`, value: view.fields.name, maxlength: 63, required: true, hint: t`a to z, 0 to 9 and - inside.` })}
        ${isNew ? newFields(site, kind) : html`<input type="hidden" name="version" value="${kind.version}">`}
        ${addressFields(site, view.fields, isNew)}
        <button class="btn primary">${isNew ? t`Add application` : t`Save`}</button>
      </div>`,
    )}</div></section>`,
  )
}

function newFields(
  { words: { t } }: Site,
  kind: Extract<ApplicationFormView['kind'], { readonly kind: 'new' }>,
): Html {
  const presets = kind.presets.map((name) => ({ value: name, label: name }))
  return html`${select('preset', t`Known program`, [{ value: '', label: t`none of these` }, ...presets], kind.preset)}
        ${textField({ name: 'url', label: t`Where people open it`, value: kind.url, maxlength: 2_048, hint: t`For a known program: where it returns to follows from this.` })}
        ${textField({ name: 'groups', label: t`Groups that may enter`, value: kind.groups, maxlength: 2_000, hint: t`Names with a space between them.` })}
        ${tickBox('everyone', t`Every active user may enter`, kind.everyone)}
        ${tickBox('public', t`It can keep no secret`, kind.isPublic, t`A program on people’s machines, or a page in a browser.`)}
        ${textField({ name: 'client_id', label: t`Client id`, value: kind.clientId, maxlength: 128, hint: t`For ever; the name unless given.` })}`
}

function addressFields(site: Site, fields: ApplicationFields, isNew: boolean): Html {
  const { t } = site.words
  return html`${area({ name: 'redirect_uris', label: t`Returns to`, value: fields.redirect_uris, rows: 3, maxlength: 8_000, hint: isNew ? t`An address a line, exactly as the program sends it. Empty for a known program.` : t`An address a line, exactly as the program sends it.` })}
        ${area({ name: 'post_logout_redirect_uris', label: t`After sign-out`, value: fields.post_logout_redirect_uris, rows: 2, maxlength: 8_000, hint: t`Where it may send people after they signed out.` })}
        ${textField({ name: 'backchannel_logout_uri', label: t`Told of sign-outs at`, value: fields.backchannel_logout_uri, maxlength: 2_048, hint: t`Empty where it does not ask to be told.` })}
        ${select('signing_alg', t`Tokens are signed with`, algs(site.words), fields.signing_alg)}`
}
