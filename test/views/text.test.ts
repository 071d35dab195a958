import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '../../views/html.ts'
import { outsideText } from '../../views/outside.ts'
import { ago, exactly, stamp, until } from '../../views/time.ts'
import { wordsOf } from '../../views/words/words.ts'

const english = wordsOf('en')

test('html escapes text and attribute values, and takes over what it made itself', () => {
  const text = `<b title='x'>"&`
  assert.equal(String(html`<p>${text}</p>`), '<p>&lt;b title=&#39;x&#39;&gt;&quot;&amp;</p>')
  assert.equal(String(html`<ul>${['<', html`<li>`]}</ul>`), '<ul>&lt;<li></ul>')
})

test('outside text loses what could rewrite the line around it', () => {
  assert.equal(outsideText('ada‮gpj.exe'), 'adagpj.exe')
  assert.equal(outsideText('a\u0000\n\t\u2028b\u200b\u2066'), 'ab')
  assert.equal(outsideText('a'.repeat(64)), 'a'.repeat(64))
  assert.equal([...outsideText('😀'.repeat(65))].length, 64)
})

test('lengths of time are words', () => {
  assert.equal(english.span(0), '0 seconds')
  assert.equal(english.span(1_000), '1 second')
  assert.equal(english.span(59_999), '59 seconds')
  assert.equal(english.span(60_000), '1 minute')
  assert.equal(english.span(12 * 3_600_000), '12 hours')
  assert.equal(english.span(49 * 3_600_000), '2 days')
})

test('times carry their zone, and the exact time stands behind the relative one', () => {
  const at = Date.UTC(2026, 10, 24, 14, 2, 11)
  assert.equal(english.clockTime(at), '14:02:11 UTC')
  assert.equal(english.fullTime(at), '24 Nov 2026, 14:02:11 UTC')
  assert.equal(
    String(ago(english, at, at + 120_000)),
    '<time datetime="2026-11-24T14:02:11.000Z" title="24 Nov 2026, 14:02:11 UTC">2 minutes ago</time>',
  )
  assert.match(String(ago(english, at, at)), />just now</)
  assert.match(String(until(english, at, at - 60_000)), />in 1 minute</)
  assert.match(String(until(english, at, at)), />ended</)
})

test('a time that is written out says which zone it is in, and how a script may write it anew', () => {
  const at = Date.UTC(2026, 10, 24, 14, 2, 11)
  const datetime = 'datetime="2026-11-24T14:02:11.000Z"'
  assert.equal(
    String(stamp(english, at)),
    `<time ${datetime} data-time="full">24 Nov 2026, 14:02:11 UTC</time>`,
  )
  assert.equal(
    String(exactly(english, at, at + 120_000)),
    `<time ${datetime} data-time="clock">14:02:11 UTC</time>, 2 minutes ago`,
  )
})

test('every language says times its own way', () => {
  const at = Date.UTC(2026, 10, 24, 14, 2, 11)
  const german = wordsOf('de')
  const french = wordsOf('fr')
  assert.match(german.fullTime(at), /^24\. Nov\.? 2026, 14:02:11 UTC$/)
  assert.match(french.fullTime(at), /^24 nov\. 2026,? (?:à )?14:02:11 UTC$/)
  assert.equal(german.span(12 * 3_600_000), '12 Stunden')
  assert.equal(french.ago(120_000), 'il y a 2 minutes')
  assert.match(String(ago(german, at, at)), />gerade eben</)
})
