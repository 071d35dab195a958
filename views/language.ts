import { type FormTarget, form } from './form.ts'
import { html } from './html.ts'
import { card, type Site } from './layout.ts'
import { LANGUAGES, languageNames } from './words/words.ts'

/** One button for each language, in its own words. */
export function languagePage(site: Site, target: FormTarget & { readonly from: string }): string {
  const { language, t } = site.words
  return card(
    site,
    { title: t`Language`, heading: t`Language` },
    form(
      target,
      html`<input type="hidden" name="from" value="${target.from}">
      <div class="stack">${LANGUAGES.map(
        (each) =>
          html`<button class="btn${each === language ? ' primary' : ''}" name="language" value="${each}" lang="${each}">${languageNames[each]}</button>`,
      )}</div>`,
    ),
  )
}
