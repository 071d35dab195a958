import type { FormTarget } from '../form.ts'
import { form } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { actButton, radios } from './controls.ts'
import { factorChoices } from './entry.ts'
import { select, textField, userLink } from './parts.ts'

export interface GroupRulesView {
  readonly factors: 'any' | 'two' | 'passkey'
  /** Seconds; null for any age. */
  readonly maxAge: number | null
  /** Seconds for which somebody may ask to be a member; null where nobody may. */
  readonly longestMembership: number | null
  /** Seconds that the form offers. */
  readonly ages: readonly number[]
  readonly lengths: readonly number[]
  readonly owners: readonly string[]
}

/** What a sign-in must have been before a token carries the group, and whether it may be asked for. */
export function groupRulesPanel(site: Site, view: GroupRulesView, target: FormTarget): Html {
  const { t } = site.words
  const options = (seconds: readonly number[]) =>
    seconds.map((each) => ({ value: String(each), label: site.words.span(each * 1000) }))
  return html`<section class="panel" id="policy">
      <header><h2>${t`Policy`}</h2><p>${t`A sign-in that is less than this gets tokens without the group.`}</p></header>
      <div class="pad">${form(
        target,
        html`<div class="stack">${radios('factors', t`A sign-in must be`, factorChoices(site.words), view.factors)}
      ${select('max_age', t`And no older than`, [{ value: '', label: t`any age` }, ...options(view.ages)], String(view.maxAge ?? ''))}
      ${select('longest_membership', t`Membership may be asked for`, [{ value: '', label: t`by nobody` }, ...options(view.lengths)], String(view.longestMembership ?? ''))}
      <button class="btn">${t`Save policy`}</button></div>`,
      )}</div>
    </section>`
}

/** Who manages the members and answers requests, beside the admins. */
export function groupOwnersPanel(
  { base, words: { t } }: Site,
  owners: readonly string[],
  to: (rest: string) => FormTarget,
): Html {
  return html`<section class="panel" id="owners">
      <header><h2>${t`Owners`}</h2><p>${t`They add and remove members and answer requests, and nothing else.`}</p></header>
      <div class="pad stack">
        ${
          owners.length === 0
            ? html`<p class="muted">${t`Nobody but the admins.`}</p>`
            : html`<ul class="stack">${owners.map(
                (username) =>
                  html`<li class="row">${userLink(base, username)} ${actButton(to('/owners/remove'), t`Remove<span class="sr"> ${html`<bdi>${username}</bdi>`}</span>`, { danger: true, fields: { username } })}</li>`,
              )}</ul>`
        }
        ${form(
          to('/owners'),
          html`<div class="filters">${textField({ name: 'username', id: 'owner', label: t`Add owner`, maxlength: 128, required: true })}<button class="btn">${t`Add`}</button></div>`,
        )}
      </div>
    </section>`
}
