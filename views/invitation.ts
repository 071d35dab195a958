import { english } from './english.ts'
import { type FormTarget, field, form } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { newPasswordFields } from './sign-in.ts'
import { stamp } from './time.ts'

export type NewPasswordFailure =
  | { readonly kind: 'different' }
  /** Whole sentences. */
  | { readonly kind: 'faults'; readonly faults: readonly Part[] }

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
    | { readonly kind: 'username'; readonly sentence: Part }
    | NewPasswordFailure
}

/** Somebody makes the account that they were invited to. */
export function invitationPage(site: Site, view: InvitationView): string {
  const { t } = site.words
  const { failure } = view
  return card(
    site,
    {
      title: t`Set your password`,
      failed: failure !== null,
      heading: view.name === null ? t`Welcome` : t`Welcome, ${view.name}`,
      lead: [whereTo(site, view)],
      foot: 'password',
    },
    html`${form(
      view,
      html`${usernameField(site, view)}
      ${newPasswordFields(site.words, [t`Choose a password`, t`Choose a password again`], failure)}
      <button class="btn primary">${t`Set password`}</button>`,
    )}
    ${view.email === null ? '' : html`<p class="small muted">${t`Your address will be ${view.email}.`}</p>`}
    <p class="small muted">${t`This link works once and expires on ${stamp(site.words, view.expiresAt)}.`}</p>`,
  )
}

function whereTo(site: Site, { invitedBy, clusters }: InvitationView): Html {
  const { t, list } = site.words
  const by = html`<b>${invitedBy}</b>`
  if (clusters.length === 0) return t`${by} invited you to ${site.name}.`
  const names = list(clusters.map((name) => html`<b>${name}</b>`))
  return clusters.length === 1
    ? t`${by} invited you to the cluster ${names}.`
    : t`${by} invited you to the clusters ${names}.`
}

function usernameField(
  { words }: Site,
  { username, choosesUsername, failure }: InvitationView,
): Html {
  const { t } = words
  return field({
    name: 'username',
    label: t`Username`,
    autocomplete: 'username',
    capitals: 'none',
    maxlength: 128,
    value: username,
    readonly: !choosesUsername,
    focused: choosesUsername && (failure === null || failure.kind === 'username'),
    error: failure?.kind === 'username' ? english(words, failure.sentence) : undefined,
    hint: {
      text: choosesUsername
        ? t`Kubernetes sees this name. It cannot begin with <code>system:</code>.`
        : t`Set by your admin.`,
    },
  })
}
