import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '../../views/html.ts'
import { outsideText } from '../../views/outside.ts'
import { ago, clockTime, fullTime, span, until } from '../../views/time.ts'

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
  assert.equal(span(0), '0 seconds')
  assert.equal(span(1_000), '1 second')
  assert.equal(span(59_999), '59 seconds')
  assert.equal(span(60_000), '1 minute')
  assert.equal(span(12 * 3_600_000), '12 hours')
  assert.equal(span(49 * 3_600_000), '2 days')
})

test('times carry their zone, and the exact time stands behind the relative one', () => {
  const at = Date.UTC(2026, 10, 24, 14, 2, 11)
  assert.equal(clockTime(at), '14:02:11 UTC')
  assert.equal(fullTime(at), '24 Nov 2026, 14:02:11 UTC')
  assert.equal(
    String(ago(at, at + 120_000)),
    '<time datetime="2026-11-24T14:02:11.000Z" title="24 Nov 2026, 14:02:11 UTC">2 minutes ago</time>',
  )
  assert.match(String(ago(at, at)), />just now</)
  assert.match(String(until(at, at - 60_000)), />in 1 minute</)
  assert.match(String(until(at, at)), />ended</)
})
