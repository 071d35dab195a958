import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '../../views/html.ts'
import { german } from '../../views/words/de.ts'
import { french } from '../../views/words/fr.ts'
import { createTranslate, keyOf } from '../../views/words/translate.ts'
import { languageNames, type Words, wordsOf } from '../../views/words/words.ts'
import { readSentences } from '../support/sentences.ts'
import { samples } from './samples.ts'

const keys = [
  ...new Set(readSentences(['views', 'src/web']).map(({ strings }) => keyOf(strings))),
].toSorted()

/** What has to be the same in every language: the parts of a sentence, and its markup with its order. */
const partsOf = (text: string) => [...text.matchAll(/\{\d+\}/g)].map(([part]) => part).toSorted()
const tagsOf = (text: string) => [...text.matchAll(/<[^>]+>/g)].map(([tag]) => tag).toSorted()

for (const [name, catalogue] of Object.entries({ german: german(), french: french() })) {
  test(`${name}: every sentence of the pages, and none that no page says`, () => {
    assert.deepEqual(Object.keys(catalogue).toSorted(), keys)
  })

  test(`${name}: the same parts and the same markup as the English`, () => {
    for (const [key, text] of Object.entries(catalogue)) {
      assert.deepEqual(partsOf(text), partsOf(key), key)
      assert.deepEqual(tagsOf(text), tagsOf(key), key)
    }
  })

  test(`${name}: no shouting, and no other kind of quotation mark than its own`, () => {
    for (const text of Object.values(catalogue)) assert.doesNotMatch(text, /!|“[^”„]*”|\s$|^\s/)
  })
}

test('a sentence puts its parts where its language has them, escaped once', () => {
  const translate = createTranslate({ '{0} in <b>{1}</b>': '<b>{1}</b>: {0} & {0}' })
  assert.equal(
    String(translate`${'a<b>&'} in <b>${html`<i>x</i>`}</b>`),
    '<b><i>x</i></b>: a&lt;b&gt;&amp; & a&lt;b&gt;&amp;',
  )
  assert.equal(String(translate`never heard of ${'a<b>&'}`), 'never heard of a&lt;b&gt;&amp;')
})

test('lists are said as each language does', () => {
  const list = (language: 'en' | 'de' | 'fr') =>
    String(wordsOf(language).list([html`<b>a</b>`, 'b<', 'c']))
  assert.equal(list('en'), '<b>a</b>, b&lt; and c')
  assert.equal(list('de'), '<b>a</b>, b&lt; und c')
  assert.equal(list('fr'), '<b>a</b>, b&lt; et c')
})

/** English, with marks around whatever was said by it. */
function marking(): Words {
  const english = wordsOf('en')
  const { span, ago, until, clockTime, fullTime } = english
  const marked =
    (say: (milliseconds: number) => string) =>
    (milliseconds: number): string =>
      `⟦${say(milliseconds)}⟧`
  return {
    language: 'en',
    t: (strings, ...parts) => html`⟦${english.t(strings, ...parts)}⟧`,
    list: (parts) => html`⟦${english.list(parts)}⟧`,
    ...{ span: marked(span), ago: marked(ago), until: marked(until) },
    ...{ clockTime: marked(clockTime), fullTime: marked(fullTime) },
  }
}

/** What stays as it is in every language: names, commands, and what a cluster says. */
const NAMES = new Set(['kubectl', 'Unauthorized', 'Forbidden', ...Object.values(languageNames)])

/** The text that a reader sees or hears, each piece by itself, without commands and what is marked. */
function unmarked(page: string): string[] {
  const said = [...page.matchAll(/ (?:aria-label|title|alt|placeholder|data-l)="([^"]*)"/g)]
    .map(([, text = '']) => text)
    .concat(page.replace(/<pre[\s\S]*?<\/pre>|<code[\s\S]*?<\/code>/g, '').replace(/<[^>]*>/g, ' '))
    .map((text) => text.replace(/&#?\w+;/g, ''))
  return said.flatMap((text) => {
    let left = text
    while (/⟦[^⟦⟧]*⟧/.test(left)) left = left.replace(/⟦[^⟦⟧]*⟧/g, '')
    return left.split(/\s+/).filter((word) => /\p{L}/u.test(word) && !NAMES.has(word))
  })
}

// Data without a letter in it: whatever has one was written by a page.
const pages = samples((text) => text.replace(/\p{L}/gu, '0'), marking())
for (const [name, page] of Object.entries(pages)) {
  test(`page ${name}: whatever it says is said by the reader's words`, () => {
    assert.deepEqual(unmarked(page), [])
  })
}

test('the page with a forgotten word is found', () => {
  assert.deepEqual(unmarked('<p>⟦a ⟦b⟧⟧ forgotten <b title="too">⟦c⟧</b></p>'), [
    'too',
    'forgotten',
  ])
})
