import { type Html, html, type Part } from '../html.ts'

/** Sentences of a language by their English ones; `{0}`, `{1}` … stand where the English has its parts, in whatever order. */
export type Catalogue = Readonly<Record<string, string>>

/**
 * Writes a sentence in the reader's language: t`Wait ${minutes}, then try again.` Parts are escaped as `html` does; markup belongs to the
 * sentence. What a catalogue does not have is said in English.
 */
export type Translate = (strings: TemplateStringsArray, ...parts: readonly Part[]) => Html

interface Sentence {
  readonly strings: TemplateStringsArray
  /** Which of the English parts stands after each string. */
  readonly order: readonly number[]
}

/** The key of a sentence: the English one, with its parts numbered. */
export function keyOf(strings: readonly string[]): string {
  return strings.reduce((key, text, index) => `${key}{${index - 1}}${text}`)
}

export function createTranslate(catalogue: Catalogue): Translate {
  // A template of the source is one object for as long as the process lives.
  const known = new WeakMap<TemplateStringsArray, Sentence>()

  function sentenceOf(strings: TemplateStringsArray): Sentence {
    const found = known.get(strings)
    if (found !== undefined) return found
    const key = keyOf(strings)
    const sentence = parse(Object.hasOwn(catalogue, key) ? (catalogue[key] ?? key) : key)
    known.set(strings, sentence)
    return sentence
  }

  return (strings, ...parts) => {
    const sentence = sentenceOf(strings)
    return html(sentence.strings, ...sentence.order.map((index) => parts[index] ?? ''))
  }
}

/** `{1} of {0}` as a template. The text is ours: it is written in a catalogue of this room. */
function parse(text: string): Sentence {
  const pieces = text.split(/\{(\d+)\}/)
  const strings = pieces.filter((_, index) => index % 2 === 0)
  const order = pieces.filter((_, index) => index % 2 === 1).map(Number)
  return { strings: Object.assign(strings, { raw: strings }), order }
}
