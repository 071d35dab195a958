import { type FormTarget, field, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import { card, type Site } from '../layout.ts'

/** An act in words: "You are about to **lock grace** and revoke 4 devices." */
export interface ActWords {
  readonly verb: string
  /** Whom or what it happens to, as it is called. */
  readonly name?: string
  /** What comes of it, with its numbers. */
  readonly more?: string
}

export interface SudoView extends FormTarget {
  readonly username: string
  readonly act: ActWords
  /** The fields of the form that waits. */
  readonly fields: ReadonlyMap<string, string>
  readonly cancelPath: string
  readonly failure: null | 'wrong' | { readonly waitMinutes: number }
}

/** Asks who is at the browser before something that is not easily undone, and says once more what it is. */
export function sudoPage(site: Site, view: SudoView): string {
  const { act, failure } = view
  const heading = 'Confirm that it is you'
  const name = act.name === undefined ? '' : html` <bdi>${act.name}</bdi>`
  return card(
    site,
    {
      title: `${failure === null ? '' : 'Error: '}${heading}`,
      heading,
      lead: [
        html`You are about to <b>${act.verb}${name}</b>${act.more === undefined ? '' : ` ${act.more}`}.`,
      ],
      foot: 'password',
    },
    html`${failure !== null && failure !== 'wrong' ? limited(failure.waitMinutes) : ''}
    ${form(
      view,
      html`${[...view.fields].map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`)}
      ${field({
        name: 'current_password',
        label: `Password of ${view.username}`,
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: true,
        error: failure === 'wrong' ? 'This is not your password.' : undefined,
        errorId: failure !== null && failure !== 'wrong' ? 'limited' : undefined,
        hint: { text: 'You will not be asked again for 5 minutes in this browser.' },
      })}
      <div class="pair">
        <a class="btn" href="${view.cancelPath}">Cancel</a>
        <button class="btn primary">Confirm</button>
      </div>`,
    )}`,
  )
}

function limited(minutes: number): Html {
  const wait = minutes === 1 ? '1 minute' : `${minutes} minutes`
  return note('bad', `Too many attempts. Wait ${wait}, then try again.`, 'limited')
}
