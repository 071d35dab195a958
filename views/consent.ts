import { type FormTarget, form } from './form.ts'
import { type Html, html } from './html.ts'
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
  return card(
    site,
    {
      title: `${view.application} wants to know who you are`,
      heading: html`Continue to ${view.application}?`,
      lead: [
        html`Signed in as <b>${view.username}</b> · <a href="${view.switchPath}">Not ${view.username}?</a>`,
      ],
      foot: 'password',
    },
    html`${targetBox({ kind: 'application', name: view.application, host: view.returnsTo })}
    <p>It will learn:</p>
    <ul class="ticks">
      ${learns(view)}
    </ul>
    <p class="small muted">It does not get your password, and it cannot use kubectl as you.</p>
    ${form(
      view,
      html`<div class="pair">
        <button class="btn" name="answer" value="refuse">Cancel</button>
        <button class="btn primary" name="answer" value="approve">Continue</button>
      </div>`,
    )}`,
  )
}

function learns(view: ConsentView): Html {
  const line = (icon: Html, what: string, value: string) =>
    html`<li>${icon} <span>${what} <small>${value}</small></span></li>`
  const { profile, email, groups } = view
  const person =
    profile === null
      ? line(personIcon(), 'That it is you', 'an identifier without your name')
      : line(personIcon(), 'Your username and name', `${view.username}, ${profile.displayName}`)
  return html`${person}
      ${email === null ? '' : line(mailIcon(), 'Your e-mail address', `${email.address}, ${email.verified ? 'verified' : 'not verified'}`)}
      ${groups === null ? '' : line(groupIcon(), 'Your groups', groups.length === 0 ? 'none' : groups.join(', '))}
      ${view.offline ? line(keyIcon(), 'The same again later', 'while you are away, until you revoke it') : ''}`
}
