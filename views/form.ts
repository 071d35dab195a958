import { type Html, html, type Part } from './html.ts'
import { infoIcon, stopIcon, warningIcon } from './icons.ts'

/** What every form posts beside its fields. */
export interface FormTarget {
  readonly action: string
  readonly csrf: string
}

/** A form that posts to one of our own addresses. */
export function form(target: FormTarget, body: Part): Html {
  return html`<form method="post" action="${target.action}">
      <input type="hidden" name="csrf" value="${target.csrf}">
      ${body}
    </form>`
}

type NoteKind = 'info' | 'warn' | 'bad'

const noteIcons = { info: infoIcon, warn: warningIcon, bad: stopIcon }

/** A remark that stands out. With an `id` it is announced at once and fields can point at it. */
export function note(kind: NoteKind, body: Part, id?: string): Html {
  const announced = id === undefined ? '' : html` role="alert" id="${id}"`
  return html`<div class="note${kind === 'info' ? '' : ` ${kind}`}"${announced}>${noteIcons[kind]()} <p>${body}</p></div>`
}

interface FieldOptions {
  readonly name: string
  readonly label: Part
  readonly autocomplete: string
  readonly type?: 'text' | 'password'
  readonly value?: string
  readonly className?: string
  readonly capitals?: 'none' | 'characters'
  /** Which keys a phone offers. */
  readonly keys?: 'numeric'
  readonly maxlength?: number
  readonly readonly?: boolean
  readonly focused?: boolean
  /** What is wrong with this field alone. */
  readonly error?: Part | undefined
  /** The id of a note that says what is wrong with several fields. */
  readonly errorId?: string | undefined
  /** Inline markup, or a list. */
  readonly hint?: { readonly text: Part } | { readonly list: readonly Part[] }
}

/** A labelled input with its error and its hint, in the order in which they are read out. */
export function field(options: FieldOptions): Html {
  const { name, error, errorId, hint } = options
  const ownErrorId = error === undefined ? undefined : `${name}-error`
  const described = [ownErrorId ?? errorId, hint === undefined ? undefined : `${name}-hint`]
    .filter((id) => id !== undefined)
    .join(' ')
  const attribute = (attributeName: string, value: string | number | undefined): Part =>
    value === undefined ? '' : html` ${attributeName}="${value}"`
  const flag = (on: boolean | undefined, attributeName: string): Part =>
    on === true ? html` ${attributeName}` : ''
  return html`<div class="field">
        <label for="${name}">${options.label}</label>
        <input id="${name}" name="${name}" type="${options.type ?? 'text'}"${attribute('class', options.className)} autocomplete="${options.autocomplete}"${attribute('autocapitalize', options.capitals)}${attribute('inputmode', options.keys)} spellcheck="false" required${attribute('maxlength', options.maxlength)}${attribute('value', options.value)}${flag(options.readonly, 'readonly')}${flag(options.focused, 'autofocus')}${(error ?? errorId) === undefined ? '' : html` aria-invalid="true"`}${described === '' ? '' : html` aria-describedby="${described}"`}>
        ${error === undefined ? '' : html`<p class="err" id="${name}-error" role="alert">${error}</p>`}
        ${hintOf(name, hint)}
      </div>`
}

function hintOf(name: string, hint: FieldOptions['hint']): Part {
  if (hint === undefined) return ''
  if ('text' in hint) return html`<p class="hint" id="${name}-hint">${hint.text}</p>`
  return html`<ul class="hint" id="${name}-hint">${hint.list.map((line) => html`<li>${line}</li>`)}</ul>`
}
