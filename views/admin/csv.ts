import { form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { cut } from './parts.ts'

export type FileKind = 'users' | 'groups'

export interface CsvView extends AdminView {
  readonly typed: { readonly kind: FileKind; readonly text: string; readonly exact: boolean }
  /** Why the text is no file; null where nothing is wrong or nothing was sent. */
  readonly failure: string | null
}

/** People and groups out and in. */
export function csvPage(site: Site, view: CsvView): string {
  const { t } = site.words
  const path = `${site.base}/admin/csv`
  return adminFrame(
    site,
    view,
    {
      failed: view.failure !== null,
      title: t`Import and export`,
      heading: t`Import and export`,
      lead: t`Files of comma-separated values, as spreadsheets read and write them.`,
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">${t`Users`}</a> / ${t`Import and export`}`,
    },
    html`<section class="panel">
      <header><h2>${t`Export`}</h2><p>${t`Everybody, with the groups that they are in themselves; every group, with the groups that it contains. No password is in it.`}</p></header>
      <p class="pad row"><a class="btn" href="${path}/users.csv" download>${t`Users`}</a> <a class="btn" href="${path}/groups.csv" download>${t`Groups`}</a></p>
    </section>
    <section class="panel">
      <header><h2>${t`Import`}</h2><p>${t`Nothing is changed before you have seen what would be. Whoever is not in the file stays as they are.`}</p></header>
      <div class="pad">${importForm(site, path, view)}</div>
    </section>`,
  )
}

function importForm({ words: { t } }: Site, path: string, { typed, failure, csrf }: CsvView): Html {
  const kind = (value: FileKind, label: Part, columns: string) =>
    html`<label class="choice" for="kind-${value}"><input type="radio" id="kind-${value}" name="kind" value="${value}"${typed.kind === value ? html` checked` : ''}> <span>${label} <span class="hint mono">${columns}</span></span></label>`
  return form(
    { action: path, csrf },
    html`<div class="stack">
      ${failure === null ? '' : note('bad', failure, 'csv-error')}
      <fieldset class="stack"><legend class="sr">${t`What the file holds`}</legend>
      ${kind('users', t`Users`, 'username,display_name,email,status,groups')}
      ${kind('groups', t`Groups`, 'name,description,groups')}
      </fieldset>
      <div class="field">
        <label for="text">${t`The file’s text`}</label>
        <textarea id="text" name="text" rows="10" required spellcheck="false" autocapitalize="none" class="mono" aria-describedby="${failure === null ? '' : 'csv-error '}text-hint"${failure === null ? '' : html` aria-invalid="true"`}>${typed.text}</textarea>
        <p class="hint" id="text-hint">${t`The first line names the columns; all but the first may be left out. Names of groups stand with a space between them. An empty cell changes nothing. At most 2,000 lines.`}</p>
      </div>
      <label class="choice" for="exact"><input type="checkbox" id="exact" name="exact" value="yes"${typed.exact ? html` checked` : ''}> <span>${t`Take out of groups too`} <span class="hint">${t`Whoever has a line is then in the groups that the line names and in no others.`}</span></span></label>
      <button class="btn primary">${t`Show what would change`}</button>
    </div>`,
  )
}

export interface CsvPlanView extends AdminView {
  readonly typed: CsvView['typed']
  readonly fingerprint: string
  readonly steps: readonly {
    readonly line: number
    readonly name: string
    readonly isNew: boolean
    /** What changes, a clause each. */
    readonly what: readonly Part[]
  }[]
  /** How many steps there are besides. */
  readonly more: number
  readonly unchanged: number
  readonly faults: readonly { readonly line: number; readonly sentence: string }[]
  readonly moreFaults: number
  /** The file does something else than when it was shown before. */
  readonly stale: boolean
}

/** What a file would do, or why it does nothing. */
export function csvPlanPage(site: Site, view: CsvPlanView): string {
  const { t } = site.words
  const { faults, steps } = view
  const count = steps.length + view.more
  const say = (n: number) => n.toLocaleString(site.words.language)
  const wrong = faults.length + view.moreFaults
  const heading =
    faults.length > 0
      ? wrong === 1
        ? t`1 line to mend`
        : t`${say(wrong)} lines to mend`
      : count === 1
        ? t`1 line would change something`
        : t`${say(count)} lines would change something`
  return adminFrame(
    site,
    view,
    {
      failed: faults.length > 0,
      title: t`Import`,
      heading,
      lead:
        faults.length > 0
          ? t`Nothing is changed while one line is wrong.`
          : view.unchanged === 1
            ? t`1 line would change nothing. All of it is done, or none.`
            : t`${say(view.unchanged)} lines would change nothing. All of it is done, or none.`,
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">${t`Users`}</a> / <a href="${site.base}/admin/csv">${t`Import and export`}</a> / ${t`Dry run`}`,
    },
    html`${view.stale ? note('warn', t`Something has changed since you were shown this. Look again.`) : ''}
    ${faults.length > 0 ? faultsPanel(site, view) : ''}
    ${steps.length === 0 ? '' : stepsPanel(site, view)}
    ${faults.length > 0 || count === 0 ? html`<p><a class="btn" href="${site.base}/admin/csv">${t`Back`}</a></p>` : applyForm(site, view)}`,
  )
}

function faultsPanel({ words: { t } }: Site, { faults, moreFaults }: CsvPlanView): Html {
  return html`<section class="panel">
      <header><h2>${t`What is wrong`}</h2></header>
      <ul class="pad stack">${faults.map(({ line, sentence }) => html`<li><b>${line === 0 ? t`The file` : t`Line ${line}`}</b>: <bdi>${sentence}</bdi></li>`)}</ul>
      ${moreFaults === 0 ? '' : html`<footer>${t`And ${moreFaults} more.`}</footer>`}
    </section>`
}

function stepsPanel({ words: { t } }: Site, { steps, more }: CsvPlanView): Html {
  return html`<section class="panel">
      <header><h2>${t`What would change`}</h2></header>
      ${table(
        t`What would change`,
        html`<th scope="col" class="num">${t`Line`}</th><th scope="col">${t`Who or what`}</th><th scope="col">${t`Change`}</th>`,
        steps.map(
          ({ line, name, isNew, what }) => html`<tr>
            <td class="num" data-l="${t`Line`}">${line}</td>
            <th scope="row">${cut(name)}${isNew ? html` <span class="tag">${t`new`}</span>` : ''}</th>
            <td>${what.map((clause) => html`<small><bdi>${clause}</bdi></small>`)}</td>
          </tr>`,
        ),
      )}
      ${more === 0 ? '' : html`<footer>${t`And ${more} more.`}</footer>`}
    </section>`
}

function applyForm(site: Site, { typed, fingerprint, csrf }: CsvPlanView): Html {
  const { t } = site.words
  return form(
    { action: `${site.base}/admin/csv/apply`, csrf },
    html`<input type="hidden" name="kind" value="${typed.kind}">
      <input type="hidden" name="text" value="${typed.text}">
      ${typed.exact ? html`<input type="hidden" name="exact" value="yes">` : ''}
      <input type="hidden" name="fingerprint" value="${fingerprint}">
      <div class="row"><a class="btn" href="${site.base}/admin/csv">${t`Cancel`}</a> <button class="btn primary">${t`Import`}</button></div>`,
  )
}
