import { type FormTarget, form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import type { Words } from '../words/words.ts'
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
  lead: Part,
  to: To,
): Html {
  const { t } = site.words
  return html`<section class="panel" id="access">
      <header><h2>${t`Who may enter`}</h2><p>${lead}</p></header>
      <div class="pad stack">
        ${view.everyone ? note('warn', t`Every active user may enter, whatever group they are in.`) : ''}
        ${
          view.groups.length === 0
            ? html`<p class="muted">${t`No group is named.`}</p>`
            : html`<ul class="stack">${view.groups.map(
                (name) =>
                  html`<li class="row">${groupTag(site.base, name)} ${actButton(to('groups/remove'), t`Remove<span class="sr"> ${html`<bdi>${name}</bdi>`}</span>`, { danger: true, fields: { group: name } })}</li>`,
              )}</ul>`
        }
        ${form(
          to('groups'),
          html`<div class="filters">${textField({ name: 'group', label: t`Let a group in`, maxlength: 128, required: true })}<button class="btn">${t`Add`}</button></div>`,
        )}
        ${
          view.everyone
            ? actButton(to('everyone'), t`Let only these groups in`, {
                tiny: false,
                fields: { everyone: 'no' },
              })
            : actButton(to('everyone'), t`Let every active user in`, {
                ...{ tiny: false, danger: true, fields: { everyone: 'yes' } },
              })
        }
      </div>
    </section>`
}

/** What a sign-in can be asked to be. */
export const factorChoices = ({ t }: Words) => [
  { value: 'any', label: t`Any sign-in`, hint: t`A password alone will do.` },
  { value: 'two', label: t`Two factors`, hint: t`A password and a code, or a passkey.` },
  { value: 'passkey', label: t`A passkey`, hint: t`Nobody can be talked out of one.` },
]
const stepUpChoices = ({ t }: Words) => [
  {
    value: 'withhold',
    label: t`Leave the group out`,
    hint: t`They enter without a group that asks for more than their sign-in was.`,
  },
  {
    value: 'refuse',
    label: t`Refuse the token`,
    hint: t`They enter once they have signed in as that group asks.`,
  },
]

/** What is asked of a sign-in. */
export function policyPanel(
  site: Site,
  view: PolicyView,
  tokenLifetime: string,
  target: FormTarget,
): Html {
  const { t } = site.words
  const { factors, maxAge, stepUp } = view
  const ages = view.ages.map((seconds) => ({
    value: String(seconds),
    label: site.words.span(seconds * 1000),
  }))
  return html`<section class="panel" id="policy">
      <header><h2>${t`Sign-in policy`}</h2><p>${t`Asked of a sign-in before each token; what was issued lives on for ${tokenLifetime} at most.`}</p></header>
      <div class="pad">${form(
        target,
        html`<div class="stack">${radios('factors', t`A sign-in must be`, factorChoices(site.words), factors)}
      ${select('max_age', t`And no older than`, [{ value: '', label: t`any age` }, ...ages], String(maxAge ?? ''))}
      ${radios('step_up', t`Where a group asks for more`, stepUpChoices(site.words), stepUp)}
      <button class="btn">${t`Save policy`}</button></div>`,
      )}</div>
    </section>`
}
