import { type Html, html, type Part } from './html.ts'

/** A table that scrolls by itself where it is too wide, by touch and by keyboard. */
export function table(label: Part, head: Part, rows: Part): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
      <table>
        <thead>
          <tr>${head}</tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
      </div>`
}
