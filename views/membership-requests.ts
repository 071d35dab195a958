import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html } from './html.ts'
import { frame, type Site } from './layout.ts'
import { outside, outsideText } from './outside.ts'
import { table } from './table.ts'
import { ago, until } from './time.ts'

export interface MembershipRequestsView {
  readonly now: number
  readonly username: string
  readonly admin: boolean
  readonly csrf: string
  readonly done: string | null
  /** What the form about a new request was refused for. */
  readonly failure: string | null
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

const states = {
  waiting: ['warn', 'waits for an answer'],
  expired: ['', 'nobody answered'],
  approved: ['ok', 'approved'],
  ended: ['', 'ended'],
  refused: ['bad', 'refused'],
  withdrawn: ['', 'withdrawn'],
} as const

/** Membership for a while: to ask for it, to answer others, and what became of it. */
export function membershipRequestsPage(site: Site, view: MembershipRequestsView): string {
  return frame(
    site,
    {
      title: `${view.failure === null ? '' : 'Error: '}Membership for a while`,
      heading: 'Membership for a while',
      lead: 'Rights that you need now and then: you ask, an owner of the group answers, and it ends by itself.',
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
  return html`<section class="panel" id="waiting">
      <header>
        <h2>Waiting for your answer</h2>
        <p>You approve with your passkey. The membership begins at once and ends by itself.</p>
      </header>
      ${
        waiting.length === 0
          ? html`<div class="empty"><p>Nobody waits.</p></div>`
          : table(
              'Waiting for your answer',
              html`<th scope="col">Who and why</th><th scope="col">Group</th><th scope="col" class="nowrap">For</th><th scope="col" class="lo nowrap">Asked</th><th scope="col" class="act"><span class="sr">Actions</span></th>`,
              waiting.map((row) => waitingRow(site, view, row)),
            )
      }
    </section>`
}

function waitingRow(site: Site, view: MembershipRequestsView, row: RequestRow): Html {
  const answer = (verb: 'approve' | 'refuse', label: string, look: string): Html =>
    form(
      target(site, view, `/${encodeURIComponent(row.id)}/${verb}`),
      html`<button class="btn tiny${look}">${label}<span class="sr"> ${row.username} in ${row.group}</span></button>`,
    )
  return html`<tr>
            <th scope="row"><b>${row.username}</b> <small>${outside(row.reason)}</small></th>
            <td data-l="Group"><span class="tag cut" title="${row.group}">${row.group}</span></td>
            <td class="nowrap" data-l="For">${site.words.span(row.seconds * 1000)}</td>
            <td class="lo nowrap">${ago(site.words, row.createdAt, view.now)}</td>
            <td class="act"><span class="row end">${answer('refuse', 'Refuse', '')} ${answer('approve', 'Approve', '')}</span></td>
          </tr>`
}

function askPanel(site: Site, view: MembershipRequestsView): Html {
  const { groups, typed, failure } = view
  const longest = Math.max(0, ...groups.map(({ longestSeconds }) => longestSeconds))
  const lengths = LENGTHS.filter((seconds) => seconds <= longest)
  const offered = lengths.length === 0 ? [longest] : lengths
  return html`<section class="panel" id="ask">
      <header><h2>Ask to be in a group</h2></header>
      ${
        groups.length === 0
          ? html`<p class="pad muted">There is no group that you may ask for.</p>`
          : html`<div class="pad">${failure === null ? '' : note('bad', failure, 'failure')}
      ${form(
        target(site, view, ''),
        html`<div class="field">
          <label for="group">Group</label>
          <select id="group" name="group">${groups.map(({ name, description, longestSeconds }) => html`<option value="${name}"${name === typed.group ? html` selected` : ''}>${name}${description === '' ? '' : `: ${description}`} (at most ${site.words.span(longestSeconds * 1000)})</option>`)}</select>
        </div>
        <div class="field">
          <label for="seconds">For</label>
          <select id="seconds" name="seconds">${offered.map((seconds) => html`<option value="${seconds}"${seconds === typed.seconds ? html` selected` : ''}>${site.words.span(seconds * 1000)}</option>`)}</select>
        </div>
        ${field({
          name: 'reason',
          label: 'Reason',
          autocomplete: 'off',
          maxlength: 256,
          value: typed.reason,
          errorId: failure === null ? undefined : 'failure',
          hint: { text: 'Whoever answers reads it, and it stays in the audit log.' },
        })}
        <button class="btn primary">Ask</button>`,
      )}</div>`
      }
    </section>`
}

function minePanel(site: Site, view: MembershipRequestsView): Html {
  return html`<section class="panel" id="mine">
      <header><h2>Your requests</h2></header>
      ${
        view.mine.length === 0
          ? html`<div class="empty"><p>You have asked for nothing yet.</p></div>`
          : table(
              'Your requests',
              html`<th scope="col">Group and reason</th><th scope="col">State</th><th scope="col" class="lo nowrap">Asked</th><th scope="col" class="act"><span class="sr">Actions</span></th>`,
              view.mine.map((row) => myRow(site, view, row)),
            )
      }
    </section>`
}

function myRow(site: Site, view: MembershipRequestsView, row: RequestRow): Html {
  const [look, words] = states[row.state]
  const by = row.decidedBy === null || row.state === 'withdrawn' ? '' : ` by ${row.decidedBy}`
  const end =
    row.endsAt === null || row.state !== 'approved'
      ? ''
      : html`, ends ${until(site.words, row.endsAt, view.now)}`
  const withdraw = target(site, view, `/${encodeURIComponent(row.id)}/withdraw`)
  return html`<tr>
            <th scope="row"><span class="tag cut" title="${row.group}">${row.group}</span> <small title="${outsideText(row.reason)}">${outside(row.reason)}</small></th>
            <td data-l="State"><span class="state${look === '' ? '' : ` ${look}`}">${words}</span>${by}${end}</td>
            <td class="lo nowrap">${ago(site.words, row.createdAt, view.now)}</td>
            <td class="act">${row.state === 'waiting' ? form(withdraw, html`<button class="btn tiny">Withdraw<span class="sr"> ${row.group}</span></button>`) : ''}</td>
          </tr>`
}

function ownedPanel(site: Site, owned: readonly string[]): Html {
  return html`<section class="panel" id="owned">
      <header><h2>Groups that you look after</h2><p>You may add and remove their members, and nothing else.</p></header>
      <ul class="pad stack">
        ${owned.map((name) => html`<li><a class="tag" href="${site.base}/admin/groups/${encodeURIComponent(name)}">${name}</a></li>`)}
      </ul>
    </section>`
}
