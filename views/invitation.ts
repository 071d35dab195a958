import { type FormTarget, field, form } from './form.ts'
import { type Html, html } from './html.ts'
import { card, type Site } from './layout.ts'
import { newPasswordFields } from './sign-in.ts'
import { stamp } from './time.ts'

export type NewPasswordFailure =
  | { readonly kind: 'different' }
  /** Whole sentences. */
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

export interface InvitationView extends FormTarget {
  readonly invitedBy: string
  /** Who is welcome: a name, or null where nobody knows yet. */
  readonly name: string | null
  /** What accepting leads into. */
  readonly clusters: readonly string[]
  /** What was typed, or what the invitation says. */
  readonly username: string
  /** False: the invitation names one. */
  readonly choosesUsername: boolean
  readonly email: string | null
  readonly expiresAt: number
  readonly failure:
    | null
    | { readonly kind: 'username'; readonly sentence: string }
    | NewPasswordFailure
}

/** Somebody makes the account that they were invited to. */
export function invitationPage(site: Site, view: InvitationView): string {
  const { failure } = view
  return card(
    site,
    {
      title: `${failure === null ? '' : 'Error: '}Set your password`,
      heading: view.name === null ? 'Welcome' : `Welcome, ${view.name}`,
      lead: [html`<b>${view.invitedBy}</b> invited you to ${whereTo(site, view.clusters)}.`],
      foot: 'password',
    },
    html`${form(
      view,
      html`${usernameField(view)}
      ${newPasswordFields('Choose a password', failure)}
      <button class="btn primary">Set password</button>`,
    )}
    ${view.email === null ? '' : html`<p class="small muted">Your address will be ${view.email}.</p>`}
    <p class="small muted">This link works once and expires on ${stamp(site.words, view.expiresAt)}.</p>`,
  )
}

function whereTo(site: Site, clusters: readonly string[]): Html {
  if (clusters.length === 0) return html`${site.name}`
  const names = clusters.map((name, index) => {
    const before = index === 0 ? '' : index === clusters.length - 1 ? ' and ' : ', '
    return html`${before}<b>${name}</b>`
  })
  return html`the ${clusters.length === 1 ? 'cluster' : 'clusters'} ${names}`
}

function usernameField({ username, choosesUsername, failure }: InvitationView): Html {
  return field({
    name: 'username',
    label: 'Username',
    autocomplete: 'username',
    capitals: 'none',
    maxlength: 128,
    value: username,
    readonly: !choosesUsername,
    focused: choosesUsername && (failure === null || failure.kind === 'username'),
    error: failure?.kind === 'username' ? failure.sentence : undefined,
    hint: {
      text: choosesUsername
        ? html`Kubernetes sees this name. It cannot begin with <code>system:</code>.`
        : 'Set by your admin.',
    },
  })
}
