import { type FormTarget, form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { actButton, radios } from './controls.ts'
import { groupTag, select, textField } from './parts.ts'

/** Where a form of the page posts to, below the page's own address. */
export type To = (rest: string) => FormTarget

export interface PolicyView {
  readonly factors: 'any' | 'two' | 'passkey'
  /** Seconds; null for any age. */
  readonly maxAge: number | null
  readonly stepUp: 'refuse' | 'withhold'
  /** Seconds that the form offers. */
  readonly ages: readonly number[]
}

/** Which groups may enter a cluster or an application, and letting others in. */
export function accessPanel(
  site: Site,
  view: { readonly everyone: boolean; readonly groups: readonly string[] },
  lead: string,
  to: To,
): Html {
  return html`<section class="panel" id="access">
      <header><h2>Who may enter</h2><p>${lead}</p></header>
      <div class="pad stack">
        ${view.everyone ? note('warn', 'Every active user may enter, whatever group they are in.') : ''}
        ${
          view.groups.length === 0
            ? html`<p class="muted">No group is named.</p>`
            : html`<ul class="stack">${view.groups.map(
                (name) =>
                  html`<li class="row">${groupTag(site.base, name)} ${actButton(to('groups/remove'), 'Remove', { danger: true, about: html`<bdi>${name}</bdi>`, fields: { group: name } })}</li>`,
              )}</ul>`
        }
        ${form(
          to('groups'),
          html`<div class="filters">${textField({ name: 'group', label: 'Let a group in', maxlength: 128, required: true })}<button class="btn">Add</button></div>`,
        )}
        ${
          view.everyone
            ? actButton(to('everyone'), 'Let only these groups in', {
                tiny: false,
                fields: { everyone: 'no' },
              })
            : actButton(to('everyone'), 'Let every active user in', {
                ...{ tiny: false, danger: true, fields: { everyone: 'yes' } },
              })
        }
      </div>
    </section>`
}

/** What a sign-in can be asked to be. */
export const FACTORS = [
  { value: 'any', label: 'Any sign-in', hint: 'A password alone will do.' },
  { value: 'two', label: 'Two factors', hint: 'A password and a code, or a passkey.' },
  { value: 'passkey', label: 'A passkey', hint: 'Nobody can be talked out of one.' },
]
const STEP_UPS = [
  {
    value: 'withhold',
    label: 'Leave the group out',
    hint: 'They enter without a group that asks for more than their sign-in was.',
  },
  {
    value: 'refuse',
    label: 'Refuse the token',
    hint: 'They enter once they have signed in as that group asks.',
  },
]

/** What is asked of a sign-in. */
export function policyPanel(
  site: Site,
  view: PolicyView,
  tokenLifetime: string,
  target: FormTarget,
): Html {
  const { factors, maxAge, stepUp } = view
  const ages = view.ages.map((seconds) => ({
    value: String(seconds),
    label: site.words.span(seconds * 1000),
  }))
  return html`<section class="panel" id="policy">
      <header><h2>Sign-in policy</h2><p>Asked of a sign-in before each token; what was issued lives on for ${tokenLifetime} at most.</p></header>
      <div class="pad">${form(
        target,
        html`<div class="stack">${radios('factors', 'A sign-in must be', FACTORS, factors)}
      ${select('max_age', 'And no older than', [{ value: '', label: 'any age' }, ...ages], String(maxAge ?? ''))}
      ${radios('step_up', 'Where a group asks for more', STEP_UPS, stepUp)}
      <button class="btn">Save policy</button></div>`,
      )}</div>
    </section>`
}
