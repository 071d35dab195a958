import { type FormTarget, form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import { copyIcon, downloadIcon, infoIcon, stopIcon, tickIcon, warningIcon } from '../icons.ts'
import type { Words } from '../words/words.ts'

export interface Option {
  readonly value: string
  readonly label: Part
  readonly hint?: Part
}

/** One of a few, each with what it means. */
export function radios(
  name: string,
  legend: Part,
  options: readonly Option[],
  chosen: string,
): Html {
  return html`<fieldset class="stack" role="radiogroup" aria-label="${legend}">
      <p class="label">${legend}</p>
      ${options.map(
        ({ value, label, hint }) =>
          html`<label class="choice" for="${name}-${value}"><input type="radio" id="${name}-${value}" name="${name}" value="${value}"${value === chosen ? html` checked` : ''}> <span>${label}${hint === undefined ? '' : html` <span class="hint">${hint}</span>`}</span></label>`,
      )}
    </fieldset>`
}

export function tickBox(name: string, label: Part, checked: boolean, hint?: Part): Html {
  return html`<label class="choice" for="${name}"><input type="checkbox" id="${name}" name="${name}" value="yes"${checked ? html` checked` : ''}> <span>${label}${hint === undefined ? '' : html` <span class="hint">${hint}</span>`}</span></label>`
}

/** Several lines. */
export function area(options: {
  readonly name: string
  readonly label: Part
  readonly value: string
  readonly rows: number
  readonly maxlength: number
  readonly hint?: Part
  readonly required?: boolean
}): Html {
  const { name, value, hint } = options
  return html`<div class="field">
      <label for="${name}">${options.label}</label>
      <textarea id="${name}" name="${name}" rows="${options.rows}" maxlength="${options.maxlength}" class="mono" autocomplete="off" autocapitalize="none" spellcheck="false"${options.required === true ? html` required` : ''}${hint === undefined ? '' : html` aria-describedby="${name}-hint"`}>
${value}</textarea>
      ${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    </div>`
}

/** Text to be pasted elsewhere. The button shows where a script runs; without one the text is there all the same. */
export function code(
  { t }: Words,
  options: {
    readonly caption: Part
    readonly text: string
    readonly downloadPath?: string
  },
): Html {
  const { caption, text, downloadPath } = options
  const download =
    downloadPath === undefined
      ? ''
      : html`<a class="btn tiny" href="${downloadPath}" download>${downloadIcon()} ${t`Download`}</a>`
  return html`<figure class="code"><figcaption>${caption}<span class="end row">${download}<button class="btn tiny" type="button" data-copy hidden>${copyIcon()} <span>${t`Copy`}</span></button></span></figcaption><pre tabindex="0">${text}</pre></figure>`
}

/** A button that is a form by itself. Where several have the same label, it says to ears alone what it is about. */
export function actButton(
  target: FormTarget,
  label: Part,
  options: {
    readonly danger?: boolean
    readonly tiny?: boolean
    readonly fields?: Readonly<Record<string, string>>
  } = {},
): Html {
  const { danger = false, tiny = true, fields = {} } = options
  return form(
    target,
    html`${Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    )}<button class="btn${tiny ? ' tiny' : ''}${danger ? ' danger' : ''}">${label}</button>`,
  )
}

export type TickState = 'ok' | 'warn' | 'bad' | 'info'

/** What was looked at: an icon and a word for what came of it, then what there is to say. */
export function tick({ t }: Words, state: TickState, said: Part, more: readonly Part[] = []): Html {
  const icons = { ok: tickIcon, warn: warningIcon, bad: stopIcon, info: infoIcon }
  const words = { ok: t`Passed`, warn: t`Warning`, bad: t`Failed`, info: t`Not looked at` }
  return html`<li class="${state}">${icons[state](18)} <span><span class="sr">${words[state]}: </span>${said}${more.map((line) => html`<small>${line}</small>`)}</span></li>`
}

/** Above a list that ends before its end. */
export function cutShort(what: Part): Html {
  return html`<p class="pad small muted">${what}</p>`
}
