import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import {
  type PasskeyForm,
  passkeyForm,
  passkeyRefused,
  passkeysNeedScript,
  signingIn,
} from './passkey.ts'
import { type TargetView, targetName } from './target.ts'

export interface EnrolView {
  readonly username: string
  readonly target: TargetView
  /** What is asked for that this person does not have. */
  readonly asks: 'two' | 'passkey'
  readonly passkey: PasskeyForm
  /** Begins one-time codes; null where only a passkey will do. */
  readonly oneTimeCode: FormTarget | null
  readonly switchPath: string
  readonly failed: boolean
}

/** The password was right and is not enough: the way in that is missing is set up now. */
export function enrolPage(site: Site, view: EnrolView): string {
  const { t } = site.words
  const { oneTimeCode, failed } = view
  const heading = view.asks === 'passkey' ? t`Add a passkey` : t`Add a second way to sign in`
  const where = targetName(site.words, view.target)
  const otherwise = oneTimeCode === null ? 'nothing' : 'below'
  return card(
    site,
    {
      title: heading,
      failed,
      heading,
      lead: [signingIn(site.words, view.target, view.username)],
      script: true,
    },
    html`${failed ? passkeyRefused(site.words, otherwise) : ''}
    <p>${view.asks === 'passkey' ? t`<b>${where}</b> asks for a passkey, and you have none.` : t`<b>${where}</b> asks for more than a password, and that is all you have.`} ${t`It takes a minute, and from then on it protects everything that you sign in to.`}</p>
    ${passkeyForm(site.words, view.passkey, { act: 'create', label: t`Make a passkey`, primary: true })}
    ${passkeysNeedScript(site, otherwise)}
    ${
      oneTimeCode === null
        ? ''
        : html`<p class="or">${t`or`}</p>
    ${form(oneTimeCode, html`<button class="btn">${t`Use one-time codes of an app`}</button>`)}`
    }
    <p class="small"><a href="${view.switchPath}">${t`Not ${view.username}?`}</a></p>`,
  )
}

/** A QR code as a path: the modules of `size` rows and columns, its quiet zone included. */
export interface QrView {
  readonly size: number
  readonly path: string
}

export interface OneTimeCodeView extends FormTarget {
  readonly username: string
  /** Null after a wrong code: the secret is shown once, and the app has it. */
  readonly shown: { readonly secret: string; readonly qr: QrView } | null
  /** Begins anew. */
  readonly again: FormTarget
  readonly leave: { readonly path: string; readonly label: Part }
}

/** One-time codes (RFC 6238): to scan, to type, and one code as proof that the app has it. */
export function oneTimeCodePage(site: Site, view: OneTimeCodeView): string {
  const { t } = site.words
  const { shown, leave } = view
  const heading = t`Set up one-time codes`
  return card(
    site,
    {
      title: heading,
      failed: shown === null,
      heading,
      lead: [t`For <b>${view.username}</b>, with an authenticator app on your phone.`],
    },
    html`${shown === null ? '' : secretOf(site, shown)}
    ${form(
      view,
      html`${field({
        name: 'code',
        label: t`6-digit code that the app shows now`,
        autocomplete: 'one-time-code',
        className: 'codein',
        keys: 'numeric',
        maxlength: 16,
        focused: true,
        error:
          shown === null
            ? t`This code is not right. Check the clock of your phone, and type the code that the app shows now.`
            : undefined,
      })}
      <button class="btn primary">${t`Confirm`}</button>`,
    )}
    ${shown === null ? form(view.again, html`<button class="btn">${t`Show a new QR code`}</button>`) : ''}
    <p class="small"><a href="${leave.path}">${leave.label}</a></p>`,
  )
}

function secretOf(
  { words: { t } }: Site,
  { secret, qr }: NonNullable<OneTimeCodeView['shown']>,
): Html {
  const { size, path } = qr
  return html`<p>${t`Scan this with the app. It is shown once.`}</p>
    <p class="bigcode"><svg viewBox="0 0 ${size} ${size}" width="200" height="200" role="img" aria-label="${t`QR code of the secret below`}"><rect width="${size}" height="${size}" fill="#fff" stroke="none"/><path d="${path}" stroke="#000" stroke-width="1" stroke-linecap="butt" shape-rendering="crispEdges"/></svg></p>
    <details class="small">
      <summary>${t`I cannot scan it`}</summary>
      <figure class="code"><figcaption>${t`Type this key into the app: time-based, 6 digits`}</figcaption><pre tabindex="0"><code>${inGroups(secret)}</code></pre></figure>
    </details>`
}

const inGroups = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? ''

export interface RecoveryCodesView {
  readonly username: string
  readonly codes: readonly string[]
  /** Where somebody goes who has kept them: on with a sign-in, or back to the account. */
  readonly kept: FormTarget | { readonly path: string }
}

/** Shown once: what lets somebody in who has lost their phone or key. */
export function recoveryCodesPage(site: Site, view: RecoveryCodesView): string {
  const { t } = site.words
  const heading = t`Keep your recovery codes`
  const { kept } = view
  return card(
    site,
    {
      title: heading,
      heading,
      lead: [t`For <b>${view.username}</b>, if your phone or key is lost.`],
      wide: true,
    },
    html`${note('warn', t`<b>They are not shown again.</b> Print them, or put them into a password manager. Each one works once, after your password. Older ones no longer work.`)}
    <figure class="code"><figcaption>${t`Recovery codes`}</figcaption><pre tabindex="0"><code>${view.codes.join('\n')}</code></pre></figure>
    ${
      'path' in kept
        ? html`<p><a class="btn primary" href="${kept.path}">${t`I have kept them`}</a></p>`
        : form(kept, html`<button class="btn primary">${t`I have kept them`}</button>`)
    }`,
  )
}
