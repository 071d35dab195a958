import { type Html, html, type Part } from '../html.ts'
import { german } from './de.ts'
import { french } from './fr.ts'
import { createTimes, type Times } from './times.ts'
import { type Catalogue, createTranslate, type Translate } from './translate.ts'

/** BCP 47. English is what the source says, and what is not in a catalogue. */
export const LANGUAGES = ['en', 'de', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

/** Every language by its own name, for whoever chooses. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
}

/** How one language says what the pages say. */
export interface Words extends Times {
  readonly language: Language
  readonly t: Translate
  /** `a, b and c` */
  list(parts: readonly Part[]): Html
}

const catalogues: Readonly<Record<Language, () => Catalogue>> = {
  en: () => ({}),
  de: german,
  fr: french,
}

function createList(language: Language): Words['list'] {
  // No comma before the last: English as British people write it.
  const region = language === 'en' ? 'en-GB' : language
  let format: Intl.ListFormat | undefined
  return (parts) => {
    format ??= new Intl.ListFormat(region)
    const places = format.formatToParts(parts.map((_, index) => String(index)))
    return html`${places.map(({ type, value }) => (type === 'element' ? (parts[Number(value)] ?? '') : value))}`
  }
}

const made = new Map<Language, Words>()

/** Made once for each language. */
export function wordsOf(language: Language): Words {
  const known = made.get(language)
  if (known !== undefined) return known
  const words = {
    language,
    t: createTranslate(catalogues[language]()),
    list: createList(language),
    ...createTimes(language),
  }
  made.set(language, words)
  return words
}
