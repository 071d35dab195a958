import { type FormTarget, field, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import { card, type Site } from '../layout.ts'

/** An act in words: "You are about to **lock grace** and revoke 4 devices." */
export interface ActWords {
  readonly verb: string
  /** All of it in the reader's language; else verb, name and more make it up. */
  readonly sentence?: Html
  /** Whom or what it happens to, as it is called. */
  readonly name?: string
  /** What comes of it, with its numbers. */
  readonly more?: string
  /** What else comes of it, a line each. */
  readonly consequences?: readonly Consequence[]
}

/** "14 people lose cluster **prod-eu** within 10 seconds." */
export interface Consequence {
  readonly before: string
  readonly name: string
  readonly after: string
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
  const { act, failure } = view
  const heading = view.asks === 'nothing' ? 'Are you sure?' : 'Confirm that it is you'
  const name = act.name === undefined ? '' : html` <bdi>${act.name}</bdi>`
  const consequences = act.consequences ?? []
  return card(
    site,
    {
      title: `${failure === null ? '' : 'Error: '}${heading}`,
      heading,
      lead: [
        html`You are about to <b>${act.verb}${name}</b>${act.more === undefined ? '' : ` ${act.more}`}.`,
      ],
      ...(view.asks === 'nothing' ? {} : { foot: 'password' }),
    },
    html`${failureNote(failure)}
    ${consequences.length === 0 ? '' : html`<ul class="stack">${consequences.map((line) => html`<li>${line.before} <b><bdi>${line.name}</bdi></b> ${line.after}.</li>`)}</ul>`}
    ${form(
      view,
      html`${[...view.fields].map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`)}
      ${fieldsOf(view)}
      <div class="pair">
        <a class="btn" href="${view.cancelPath}">Cancel</a>
        <button class="btn primary">Confirm</button>
      </div>
      ${view.passkey ? html`<button class="btn" name="use" value="passkey" formnovalidate>Use a passkey instead</button>` : ''}`,
    )}`,
  )
}

function fieldsOf(view: SudoView): Html | '' {
  const { asks, failure } = view
  if (asks === 'nothing') return ''
  const code = asks === 'password-and-code'
  const wrong = code
    ? 'Password or code is wrong. Check both and try again.'
    : 'This is not your password.'
  return html`${field({
    name: 'current_password',
    label: `Password of ${view.username}`,
    type: 'password',
    autocomplete: 'current-password',
    maxlength: 1024,
    focused: true,
    error: failure === 'wrong' ? wrong : undefined,
    errorId: typeof failure === 'object' && failure !== null ? 'limited' : undefined,
    hint: { text: 'You will not be asked again for 5 minutes in this browser.' },
  })}
      ${
        code
          ? field({
              name: 'current_code',
              label: 'One-time code',
              autocomplete: 'one-time-code',
              maxlength: 16,
            })
          : ''
      }`
}

function failureNote(failure: SudoView['failure']): Html | '' {
  if (failure === null || failure === 'wrong') return ''
  if (failure === 'changed') {
    return note('warn', 'Something has changed since you were asked. Look again.', 'changed')
  }
  const { waitMinutes } = failure
  const wait = waitMinutes === 1 ? '1 minute' : `${waitMinutes} minutes`
  return note('bad', `Too many attempts. Wait ${wait}, then try again.`, 'limited')
}
