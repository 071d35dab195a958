import { type FormTarget, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { keyIcon } from './icons.ts'
import { card, type Site } from './layout.ts'
import { type TargetView, targetName } from './target.ts'
import type { Words } from './words/words.ts'

/** A form that the browser answers with a passkey; `views/assets/passkey.js` fills it in and sends it. */
export interface PasskeyForm extends FormTarget {
  /** WebAuthn's own options as JSON (WebAuthn 3 §5.1.9, §5.1.10). */
  readonly options: string
}

interface PasskeyButton {
  readonly act: 'get' | 'create'
  readonly label: Html
  readonly primary?: boolean
  /** Offers passkeys in the list of the username field too. */
  readonly conditional?: boolean
  /** What else the form holds. */
  readonly fields?: Part
}

/** What else there is on the page where a passkey does not do. */
type Otherwise = 'nothing' | 'below' | 'password'

/** Hidden until the script shows it: WebAuthn is the script's alone. */
export function passkeyForm({ t }: Words, view: PasskeyForm, button: PasskeyButton): Html {
  const { act, label, primary = false, conditional = false, fields = '' } = button
  return form(
    view,
    html`<input type="hidden" name="passkey" value="" data-act="${act}"${conditional ? html` data-conditional` : ''} data-options="${view.options}">
      <div hidden data-passkey-failed="other" role="alert">${note('bad', t`<b>No passkey was used.</b> Try again, or go another way.`)}</div>
      <div hidden data-passkey-failed="InvalidStateError" role="alert">${note('bad', t`<b>This device holds a passkey of yours already.</b> Use another device or security key.`)}</div>
      ${fields}
      <button class="btn${primary ? ' primary' : ''}" hidden data-passkey>${keyIcon()} ${label}</button>`,
  )
}

/** Stands where a passkey is the only button, until the script takes it away. */
export function passkeysNeedScript(
  { host, words: { t } }: Site,
  otherwise: Exclude<Otherwise, 'password'>,
): Html {
  const sentence = {
    nothing: t`<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for ${host}.`,
    below: t`<b>Passkeys need JavaScript.</b> It is off in this browser. Turn it on for ${host}, or use the way below.`,
  }[otherwise]
  return html`<div data-noscript>${note('info', sentence)}</div>`
}

/** What the pages say of a passkey that did not do. */
export function passkeyRefused({ t }: Words, otherwise: Otherwise): Html {
  const sentence = {
    nothing: t`<b>This passkey was not accepted.</b> Try again.`,
    below: t`<b>This passkey was not accepted.</b> Try again, or use the way below.`,
    password: t`<b>This passkey was not accepted.</b> Try again, or sign in with your password.`,
  }[otherwise]
  return note('bad', sentence, 'passkey-error')
}

/** Who is signing in, and where. */
export function signingIn(words: Words, target: TargetView, username: string): Html {
  const { t } = words
  return target.kind === 'account'
    ? t`Signing in to <b>your account</b> as <b>${username}</b>`
    : t`Signing in to <b>${targetName(words, target)}</b> as <b>${username}</b>`
}

export interface PasskeyView extends PasskeyForm {
  readonly username: string
  readonly target: TargetView
  /** After a password, or in the place of a whole sign-in of who is here. */
  readonly step: 'second' | 'again'
  /** The policy lets nothing else in. */
  readonly onlyPasskey: boolean
  /** Where another way begins. */
  readonly other: { readonly path: string; readonly label: Part } | null
  /** Signs in somebody else. */
  readonly switchPath: string
  readonly failed: boolean
}

/** One person's own passkey, beside their password or instead of it. */
export function passkeyPage(site: Site, view: PasskeyView): string {
  const { t } = site.words
  const { other, failed } = view
  const heading = t`Use your passkey`
  const otherwise = other === null ? 'nothing' : 'below'
  return card(
    site,
    {
      title: heading,
      failed,
      heading,
      lead: [signingIn(site.words, view.target, view.username)],
      foot: 'password',
      script: true,
    },
    html`${failed ? passkeyRefused(site.words, otherwise) : ''}
    <p>${t`Your browser asks for your fingerprint, face, PIN or security key.`}</p>
    ${passkeyForm(site.words, view, {
      act: 'get',
      label: t`Continue with passkey`,
      primary: true,
      fields: html`<input type="hidden" name="step" value="${view.step}">`,
    })}
    ${passkeysNeedScript(site, otherwise)}
    ${view.onlyPasskey ? note('info', t`<b>Nothing but a passkey opens this.</b> Your admin has set it so.`) : ''}
    ${
      other === null
        ? ''
        : html`<p class="or">${t`or`}</p>
    <a class="btn" href="${other.path}">${other.label}</a>`
    }
    <p class="small muted">${t`Lost your passkey and your codes? Ask your admin to reset how you sign in.`} · <a href="${view.switchPath}">${t`Not ${view.username}?`}</a></p>`,
  )
}
