import { type FormTarget, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { ago } from '../time.ts'
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
  const path = `${site.base}${adminPath.application(view.name)}`
  const to = (rest: string): FormTarget => ({ action: `${path}/${rest}`, csrf: view.csrf })
  return adminFrame(
    site,
    view,
    {
      title: `${view.fault === null ? '' : 'Error: '}${view.name}`,
      heading: html`<bdi>${view.name}</bdi>`,
      lead:
        view.lastSignInAt === null
          ? 'Nobody has signed in to it yet.'
          : html`Last sign-in ${ago(site.words, view.lastSignInAt, view.now)}.`,
      current: 'applications',
      crumb: html`<a href="${site.base}/admin/applications">Applications</a> / <bdi>${view.name}</bdi>`,
      aside: html`<span class="end row"><a class="btn" href="${path}/edit">Edit</a></span>`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${view.fault.sentence}</b> ${view.fault.todo}`, 'fault')}
    <div class="cols">
      <div>
        ${accessPanel(site, view, 'What they may do there is for the application to say.', to)}
        ${policyPanel(site, view.policy, view.tokenLifetime, to('policy'))}
      </div>
      <div>
        ${factsPanel(view)}
        ${view.isPublic ? '' : secretPanel(to('secret'))}
        ${deletePanel(view, to('delete'))}
      </div>
    </div>`,
  )
}

function factsPanel(view: ApplicationView): Html {
  const list = (uris: readonly string[]) =>
    uris.length === 0
      ? html`<span class="muted">nowhere</span>`
      : html`${uris.map((uri) => html`<span class="mono">${uri}</span><br>`)}`
  return html`<section class="panel" id="facts">
      <header><h2>Facts</h2></header>
      <dl class="facts pad">
        <dt>Issuer</dt><dd class="mono">${view.issuer}</dd>
        <dt>Client id</dt><dd class="mono">${view.clientId}</dd>
        <dt>Kind</dt><dd>${view.isPublic ? 'public, PKCE: it has no secret' : 'confidential: it has a secret'}</dd>
        <dt>Returns to</dt><dd>${list(view.redirectUris)}</dd>
        <dt>After sign-out</dt><dd>${list(view.postLogoutRedirectUris)}</dd>
        <dt>Told of sign-outs</dt><dd>${list(view.backchannelLogoutUri === null ? [] : [view.backchannelLogoutUri])}</dd>
        <dt>Signed with</dt><dd>${view.signingAlg}</dd>
      </dl>
    </section>`
}

function secretPanel(target: FormTarget): Html {
  return html`<section class="panel" id="secret">
      <header><h2>Secret</h2><p>Only its fingerprint is kept. If it is lost, make a new one: the old one ends at once.</p></header>
      <div class="pad">${actButton(target, 'Make a new secret', { danger: true, tiny: false })}</div>
    </section>`
}

function deletePanel(view: ApplicationView, target: FormTarget): Html {
  return html`<section class="panel" id="delete">
      <header><h2>Delete</h2><p>Nobody signs in to it any more, whoever is signed in there gets no new token, and no later application inherits its client id.</p></header>
      <div class="pad">${actButton(target, 'Delete application', { danger: true, tiny: false, about: html`<bdi>${view.name}</bdi>` })}</div>
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

const ALGS = [
  { value: 'RS256', label: 'RS256: every program takes it' },
  { value: 'ES256', label: 'ES256: shorter tokens' },
]

/** A new application, or what is known of one. */
export function applicationFormPage(site: Site, view: ApplicationFormView): string {
  const { kind } = view
  const isNew = kind.kind === 'new'
  const title = isNew ? 'Add application' : `Edit ${kind.application}`
  const path = isNew ? '/admin/applications' : adminPath.application(kind.application)
  return adminFrame(
    site,
    view,
    {
      title: `${view.fault === null ? '' : 'Error: '}${title}`,
      heading: isNew ? title : html`Edit <bdi>${kind.application}</bdi>`,
      lead: isNew
        ? 'Its secret is shown once, with what goes into its own configuration where it is one of those known.'
        : 'Its client id and its kind never change.',
      current: 'applications',
      crumb: html`<a href="${site.base}/admin/applications">Applications</a> / ${isNew ? 'Add' : html`<a href="${site.base}${path}"><bdi>${kind.application}</bdi></a> / Edit`}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${view.fault.sentence}</b> ${view.fault.todo}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">
        ${textField({ name: 'name', label: 'Name', value: view.fields.name, maxlength: 63, required: true, hint: 'a to z, 0 to 9 and - inside.' })}
        ${isNew ? newFields(kind) : html`<input type="hidden" name="version" value="${kind.version}">`}
        ${addressFields(view.fields, isNew)}
        <button class="btn primary">${isNew ? 'Add application' : 'Save'}</button>
      </div>`,
    )}</div></section>`,
  )
}

function newFields(kind: Extract<ApplicationFormView['kind'], { readonly kind: 'new' }>): Html {
  const presets = kind.presets.map((name) => ({ value: name, label: name }))
  return html`${select('preset', 'Known program', [{ value: '', label: 'none of these' }, ...presets], kind.preset)}
        ${textField({ name: 'url', label: 'Where people open it', value: kind.url, maxlength: 2_048, hint: 'For a known program: where it returns to follows from this.' })}
        ${textField({ name: 'groups', label: 'Groups that may enter', value: kind.groups, maxlength: 2_000, hint: 'Names with a space between them.' })}
        ${tickBox('everyone', 'Every active user may enter', kind.everyone)}
        ${tickBox('public', 'It can keep no secret', kind.isPublic, 'A program on people’s machines, or a page in a browser.')}
        ${textField({ name: 'client_id', label: 'Client id', value: kind.clientId, maxlength: 128, hint: 'For ever; the name unless given.' })}`
}

function addressFields(fields: ApplicationFields, isNew: boolean): Html {
  return html`${area({ name: 'redirect_uris', label: 'Returns to', value: fields.redirect_uris, rows: 3, maxlength: 8_000, hint: `An address a line, exactly as the program sends it.${isNew ? ' Empty for a known program.' : ''}` })}
        ${area({ name: 'post_logout_redirect_uris', label: 'After sign-out', value: fields.post_logout_redirect_uris, rows: 2, maxlength: 8_000, hint: 'Where it may send people after they signed out.' })}
        ${textField({ name: 'backchannel_logout_uri', label: 'Told of sign-outs at', value: fields.backchannel_logout_uri, maxlength: 2_048, hint: 'Empty where it does not ask to be told.' })}
        ${select('signing_alg', 'Tokens are signed with', ALGS, fields.signing_alg)}`
}
