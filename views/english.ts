import { type Html, html, type Part } from './html.ts'
import type { Words } from './words/words.ts'

/**
 * A sentence that rooms below say, which is English for everybody: marked as such (WCAG 2.2 success criterion 3.1.2), so that it is read out as
 * English. What was said by the reader's words is markup, and stays as it is.
 */
export function english({ language }: Words, sentence: Part): Part {
  return language === 'en' || isMarkup(sentence)
    ? sentence
    : html`<span lang="en">${sentence}</span>`
}

/** To the compiler markup is a string; what `html` makes is an object. */
function isMarkup(part: Part): part is Html {
  return typeof part === 'object'
}
