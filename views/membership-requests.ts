import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { frame, type Site } from './layout.ts'
import { outside, outsideText } from './outside.ts'
import { table } from './table.ts'
import { ago, until } from './time.ts'
import type { Words } from './words/words.ts'

export interface MembershipRequestsView {
  readonly now: number
  readonly username: string
  readonly admin: boolean
  readonly csrf: string
  readonly done: Part | null
  /** What the form about a new request was refused for. */
  readonly failure: Part | null
  readonly typed: { readonly group: string; readonly seconds: number; readonly reason: string }
  readonly groups: readonly RequestableRow[]
  readonly mine: readonly RequestRow[]
  /** Those that this person may answer; null where they may answer none of any group. */
  readonly waiting: readonly RequestRow[] | null
  /** The groups whose members this person manages. */
  readonly owned: readonly string[]
}

export interface RequestableRow {
  readonly name: string
  readonly description: string
  readonly longestSeconds: number
}

export interface RequestRow {
  readonly id: string
  readonly group: string
  readonly username: string
  readonly reason: string
  readonly seconds: number
  readonly state: 'waiting' | 'expired' | 'approved' | 'ended' | 'refused' | 'withdrawn'
  readonly createdAt: number
  readonly decidedBy: string | null
  readonly endsAt: number | null
}

/** What the form offers, as far as a group allows it. */
const LENGTHS = [15, 30, 60, 120, 240, 480, 1_440].map((minutes) => minutes * 60)

const looks = {
  waiting: ' warn',
  expired: '',
  approved: ' ok',
  ended: '',
  refused: ' bad',
  withdrawn: '',
} as const

function stateOf({ t }: Words, { state, decidedBy }: RequestRow): Html {
  const by = decidedBy ?? ''
  return {
    waiting: t`waits for an answer`,
    expired: t`nobody answered`,
    approved: t`approved by ${by}`,
    ended: t`over, approved by ${by}`,
    refused: t`refused by ${by}`,
    withdrawn: t`withdrawn`,
  }[state]
}

/** Membership for a while: to ask for it, to answer others, and what became of it. */
export function membershipRequestsPage(site: Site, view: MembershipRequestsView): string {
  const { t } = site.words
  return frame(
    site,
    {
      title: t`Membership for a while`,
      failed: view.failure !== null,
      heading: t`Membership for a while`,
      lead: t`Rights that you need now and then: you ask, an owner of the group answers, and it ends by itself.`,
      username: view.username,
      current: 'requests',
      admin: view.admin,
    },
    html`${view.done === null ? '' : note('info', view.done)}
    ${view.waiting === null ? '' : waitingPanel(site, view, view.waiting)}
    ${askPanel(site, view)}
    ${minePanel(site, view)}
    ${view.owned.length === 0 ? '' : ownedPanel(site, view.owned)}`,
  )
}

const target = (site: Site, { csrf }: { readonly csrf: string }, path: string): FormTarget => ({
  action: `${site.base}/account/requests${path}`,
  csrf,
})

function waitingPanel(
  site: Site,
  view: MembershipRequestsView,
  waiting: readonly RequestRow[],
): Html {
  const { t } = site.words
  return html`<section class="panel" id="waiting">
      <header>
        <h2>${t`Waiting for your answer`}</h2>
        <p>${t`You approve with your passkey. The membership begins at once and ends by itself.`}</p>
      </header>
      ${
        waiting.length === 0
          ? html`<div class="empty"><p>${t`Nobody waits.`}</p></div>`
          : table(
              t`Waiting for your answer`,
              html`<th scope="col">${t`Who and why`}</th><th scope="col">${t`Group`}</th><th scope="col" class="nowrap">${t`For`}</th><th scope="col" class="lo nowrap">${t`Asked`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              waiting.map((row) => waitingRow(site, view, row)),
            )
      }
    </section>`
}

function waitingRow(site: Site, view: MembershipRequestsView, row: RequestRow): Html {
  const { t } = site.words
  const answer = (verb: 'approve' | 'refuse', label: Html): Html =>
    form(
      target(site, view, `/${encodeURIComponent(row.id)}/${verb}`),
      html`<button class="btn tiny">${label}</button>`,
    )
  return html`<tr>
            <th scope="row"><b>${row.username}</b> <small>${outside(row.reason)}</small></th>
            <td data-l="${t`Group`}"><span class="tag cut" title="${row.group}">${row.group}</span></td>
            <td class="nowrap" data-l="${t`For`}">${site.words.span(row.seconds * 1000)}</td>
            <td class="lo nowrap">${ago(site.words, row.createdAt, view.now)}</td>
            <td class="act"><span class="row end">${answer('refuse', t`Refuse<span class="sr"> ${row.username} in ${row.group}</span>`)} ${answer('approve', t`Approve<span class="sr"> ${row.username} in ${row.group}</span>`)}</span></td>
          </tr>`
}

function askPanel(site: Site, view: MembershipRequestsView): Html {
  const { t } = site.words
  const { groups, typed, failure } = view
  const longest = Math.max(0, ...groups.map(({ longestSeconds }) => longestSeconds))
  const lengths = LENGTHS.filter((seconds) => seconds <= longest)
  const offered = lengths.length === 0 ? [longest] : lengths
  return html`<section class="panel" id="ask">
      <header><h2>${t`Ask to be in a group`}</h2></header>
      ${
        groups.length === 0
          ? html`<p class="pad muted">${t`There is no group that you may ask for.`}</p>`
          : html`<div class="pad">${failure === null ? '' : note('bad', english(site.words, failure), 'failure')}
      ${form(
        target(site, view, ''),
        html`<div class="stack"><div class="field">
          <label for="group">${t`Group`}</label>
          <select id="group" name="group">${groups.map(({ name, description, longestSeconds }) => html`<option value="${name}"${name === typed.group ? html` selected` : ''}>${description === '' ? t`${name} (at most ${site.words.span(longestSeconds * 1000)})` : t`${name}: ${description} (at most ${site.words.span(longestSeconds * 1000)})`}</option>`)}</select>
        </div>
        <div class="field">
          <label for="seconds">${t`For`}</label>
          <select id="seconds" name="seconds">${offered.map((seconds) => html`<option value="${seconds}"${seconds === typed.seconds ? html` selected` : ''}>${site.words.span(seconds * 1000)}</option>`)}</select>
        </div>
        ${field({
          name: 'reason',
          label: t`Reason`,
          autocomplete: 'off',
          maxlength: 256,
          value: typed.reason,
          errorId: failure === null ? undefined : 'failure',
          hint: { text: t`Whoever answers reads it, and it stays in the audit log.` },
        })}
        <button class="btn primary">${t`Ask`}</button></div>`,
      )}</div>`
      }
    </section>`
}

function minePanel(site: Site, view: MembershipRequestsView): Html {
  const { t } = site.words
  return html`<section class="panel" id="mine">
      <header><h2>${t`Your requests`}</h2></header>
      ${
        view.mine.length === 0
          ? html`<div class="empty"><p>${t`You have asked for nothing yet.`}</p></div>`
          : table(
              t`Your requests`,
              html`<th scope="col">${t`Group and reason`}</th><th scope="col">${t`State`}</th><th scope="col" class="lo nowrap">${t`Asked`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              view.mine.map((row) => myRow(site, view, row)),
            )
      }
    </section>`
}

function myRow(site: Site, view: MembershipRequestsView, row: RequestRow): Html {
  const { t } = site.words
  const end =
    row.endsAt === null || row.state !== 'approved'
      ? ''
      : html` <small>${t`ends ${until(site.words, row.endsAt, view.now)}`}</small>`
  const withdraw = target(site, view, `/${encodeURIComponent(row.id)}/withdraw`)
  return html`<tr>
            <th scope="row"><span class="tag cut" title="${row.group}">${row.group}</span> <small title="${outsideText(row.reason)}">${outside(row.reason)}</small></th>
            <td data-l="${t`State`}"><span class="state${looks[row.state]}">${stateOf(site.words, row)}</span>${end}</td>
            <td class="lo nowrap">${ago(site.words, row.createdAt, view.now)}</td>
            <td class="act">${row.state === 'waiting' ? form(withdraw, html`<button class="btn tiny">${t`Withdraw<span class="sr"> ${row.group}</span>`}</button>`) : ''}</td>
          </tr>`
}

function ownedPanel(site: Site, owned: readonly string[]): Html {
  const { t } = site.words
  return html`<section class="panel" id="owned">
      <header><h2>${t`Groups that you look after`}</h2><p>${t`You may add and remove their members, and nothing else.`}</p></header>
      <ul class="pad stack">
        ${owned.map((name) => html`<li><a class="tag" href="${site.base}/admin/groups/${encodeURIComponent(name)}">${name}</a></li>`)}
      </ul>
    </section>`
}
