import { type FormTarget, form } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { groupIcon, keyIcon, mailIcon, personIcon } from './icons.ts'
import { card, type Site } from './layout.ts'
import { targetBox } from './target.ts'

export interface ConsentView extends FormTarget {
  readonly username: string
  readonly application: string
  /** The host that the answer goes to. */
  readonly returnsTo: string
  /** What the asked scopes tell, with the values. Null for what is not asked. */
  readonly profile: { readonly displayName: string } | null
  readonly email: { readonly address: string; readonly verified: boolean } | null
  readonly groups: readonly string[] | null
  /** It may ask again while nobody is there (offline_access). */
  readonly offline: boolean
  readonly switchPath: string
}

/** Who is asking, where the answer goes, and each claim with its value. */
export function consentPage(site: Site, view: ConsentView): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`${view.application} wants to know who you are`,
      heading: t`Continue to ${view.application}?`,
      lead: [
        html`${t`Signed in as <b>${view.username}</b>`} · <a href="${view.switchPath}">${t`Not ${view.username}?`}</a>`,
      ],
      foot: 'password',
    },
    html`${targetBox(site, { kind: 'application', name: view.application, host: view.returnsTo })}
    <p>${t`It will learn:`}</p>
    <ul class="ticks">
      ${learns(site, view)}
    </ul>
    <p class="small muted">${t`It does not get your password, and it cannot use kubectl as you.`}</p>
    ${form(
      view,
      html`<div class="pair">
        <button class="btn" name="answer" value="refuse">${t`Cancel`}</button>
        <button class="btn primary" name="answer" value="approve">${t`Continue`}</button>
      </div>`,
    )}`,
  )
}

function learns({ words: { t } }: Site, view: ConsentView): Html {
  const line = (icon: Html, what: Html, value: Part) =>
    html`<li>${icon} <span>${what} <small>${value}</small></span></li>`
  const { profile, email, groups } = view
  const person =
    profile === null
      ? line(personIcon(), t`That it is you`, t`an identifier without your name`)
      : line(personIcon(), t`Your username and name`, `${view.username}, ${profile.displayName}`)
  return html`${person}
      ${email === null ? '' : line(mailIcon(), t`Your e-mail address`, email.verified ? t`${email.address}, verified` : t`${email.address}, not verified`)}
      ${groups === null ? '' : line(groupIcon(), t`Your groups`, groups.length === 0 ? t`none` : groups.join(', '))}
      ${view.offline ? line(keyIcon(), t`The same again later`, t`while you are away, until you revoke it`) : ''}`
}
