import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { newPasswordFields } from './sign-in.ts'

export interface SetupView extends FormTarget {
  readonly setupCode: string
  readonly username: string
  readonly issuer: string
  /** Only this machine can reach the issuer. */
  readonly loopback: boolean
  readonly failure:
    | null
    | { readonly kind: 'code' }
    | { readonly kind: 'username'; readonly sentence: Part }
    | { readonly kind: 'different' }
    | { readonly kind: 'faults'; readonly faults: readonly Part[] }
}

/** The first admin, made by whoever can read the server's output. */
export function setupPage(site: Site, view: SetupView): string {
  const { t } = site.words
  const { failure } = view
  const heading = t`Create the first admin`
  return card(
    site,
    {
      title: heading,
      failed: failure !== null,
      heading,
      lead: [t`This page works once. Afterwards it is closed for ever.`],
      wide: true,
      foot: 'password',
    },
    form(
      view,
      html`${field({
        name: 'setup_code',
        label: t`Set-up code`,
        autocomplete: 'off',
        className: 'mono',
        maxlength: 128,
        value: view.setupCode,
        focused: failure?.kind === 'code' || (failure === null && view.setupCode === ''),
        error:
          failure?.kind === 'code'
            ? t`This code is not known, or it has expired. Get a new one.`
            : undefined,
        hint: {
          text: t`The server printed it when it started. To get a new one: <code class="nowrap">lanyard setup-link</code>`,
        },
      })}
      ${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username',
        capitals: 'none',
        maxlength: 128,
        value: view.username,
        focused: failure?.kind === 'username' || (failure === null && view.setupCode !== ''),
        error: failure?.kind === 'username' ? english(site.words, failure.sentence) : undefined,
        hint: {
          text: t`Kubernetes sees this name. It cannot begin with <code>system:</code>.`,
        },
      })}
      ${newPasswordFields(site.words, [t`Password`, t`Password again`], failure)}
      ${issuerNote(site, view)}
      <button class="btn primary">${t`Create admin`}</button>`,
    ),
  )
}

function issuerNote({ words: { t } }: Site, view: SetupView): Html {
  const issuer = t`<b>Issuer: ${view.issuer}</b><br>It is written into every token and every cluster. Changing it later signs everybody out, so check it now.`
  if (!view.loopback) return note('info', issuer)
  return note(
    'warn',
    html`${issuer}<br>${t`<b>Other machines cannot reach this issuer.</b> Before you add a first cluster, set <code>LANYARD_ISSUER</code> to an address that your clusters and people can reach, such as <code class="nowrap">https://id.example.com</code>, and <code>LANYARD_LISTEN</code> to where this server listens, such as <code class="nowrap">0.0.0.0:8443</code>; then start it again.`}`,
  )
}
