import { type FormTarget, field, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import { card, type Site } from '../layout.ts'

/** An act in words: "You are about to **lock grace** and revoke 4 devices." */
export interface ActWords {
  readonly sentence: Html
  /** What else comes of it, a line each: "14 people lose cluster **prod-eu** within 10 seconds." */
  readonly consequences?: readonly Html[]
}

export interface SudoView extends FormTarget {
  readonly username: string
  readonly act: ActWords
  /** The fields of the form that waits, and `confirmed`, which names the words that were read. */
  readonly fields: ReadonlyMap<string, string>
  readonly cancelPath: string
  /** What must be shown: nothing where the sign-in is new enough and only the words are to be read. */
  readonly asks: 'nothing' | 'password' | 'password-and-code'
  /** Whether a passkey does as well. */
  readonly passkey: boolean
  readonly failure: null | 'wrong' | 'changed' | { readonly waitMinutes: number }
}

/** Repeats an act that is not easily undone in words and counts, and asks who is at the browser. */
export function sudoPage(site: Site, view: SudoView): string {
  const { t } = site.words
  const { act, failure } = view
  const heading = view.asks === 'nothing' ? t`Are you sure?` : t`Confirm that it is you`
  const consequences = act.consequences ?? []
  return card(
    site,
    {
      failed: failure !== null,
      title: heading,
      heading,
      lead: [act.sentence],
      ...(view.asks === 'nothing' ? {} : { foot: 'password' }),
    },
    html`${failureNote(site, failure)}
    ${consequences.length === 0 ? '' : html`<ul class="stack">${consequences.map((line) => html`<li>${line}</li>`)}</ul>`}
    ${form(
      view,
      html`${[...view.fields].map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`)}
      ${fieldsOf(site, view)}
      <div class="pair">
        <a class="btn" href="${view.cancelPath}">${t`Cancel`}</a>
        <button class="btn primary">${t`Confirm`}</button>
      </div>
      ${view.passkey ? html`<button class="btn" name="use" value="passkey" formnovalidate>${t`Use a passkey instead`}</button>` : ''}`,
    )}`,
  )
}

function fieldsOf({ words: { t } }: Site, view: SudoView): Html | '' {
  const { asks, failure } = view
  if (asks === 'nothing') return ''
  const code = asks === 'password-and-code'
  const wrong = code
    ? t`Password or code is wrong. Check both and try again.`
    : t`This is not your password.`
  return html`${field({
    name: 'current_password',
    label: t`Password of ${view.username}`,
    type: 'password',
    autocomplete: 'current-password',
    maxlength: 1024,
    focused: true,
    error: failure === 'wrong' ? wrong : undefined,
    errorId: typeof failure === 'object' && failure !== null ? 'limited' : undefined,
    hint: { text: t`You will not be asked again for 5 minutes in this browser.` },
  })}
      ${
        code
          ? field({
              name: 'current_code',
              label: t`One-time code`,
              autocomplete: 'one-time-code',
              maxlength: 16,
            })
          : ''
      }`
}

function failureNote({ words: { t } }: Site, failure: SudoView['failure']): Html | '' {
  if (failure === null || failure === 'wrong') return ''
  if (failure === 'changed') {
    return note('warn', t`Something has changed since you were asked. Look again.`, 'changed')
  }
  const { waitMinutes } = failure
  const wait =
    waitMinutes === 1
      ? t`Too many attempts. Wait 1 minute, then try again.`
      : t`Too many attempts. Wait ${waitMinutes} minutes, then try again.`
  return note('bad', wait, 'limited')
}
