import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brandColours, brandStylesheet, contrast } from '../../views/brand.ts'

const levels = ['00', '33', '80', 'cc', 'ff']
const colours = levels.flatMap((red) =>
  levels.flatMap((green) => levels.map((blue) => `#${red}${green}${blue}`)),
)

test('contrast is that of WCAG 2.2', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  assert.equal(contrast('#ffffff', '#ffffff'), 1)
  // The well-known darkest grey that fails on white.
  assert.ok(contrast('#777777', '#ffffff') < 4.5 && contrast('#767676', '#ffffff') > 4.5)
})

test('every accent can be read in both schemes, and so can the text on it', () => {
  for (const colour of colours) {
    const { light, dark } = brandColours(colour)
    for (const ground of ['#f3f6f6', '#ffffff', '#f1f5f5']) {
      assert.ok(
        contrast(light.accent, ground) >= 4.5,
        `${colour} becomes ${light.accent} on ${ground}`,
      )
    }
    for (const ground of ['#0e1415', '#161e20', '#111819']) {
      assert.ok(
        contrast(dark.accent, ground) >= 4.5,
        `${colour} becomes ${dark.accent} on ${ground}`,
      )
    }
    assert.ok(contrast(light.onAccent, light.accent) >= 4.5)
    assert.ok(contrast(dark.onAccent, dark.accent) >= 4.5)
  }
})

test('an accent that can be read already is left as it is', () => {
  assert.equal(brandColours('#0e6377').light.accent, '#0e6377')
  assert.equal(brandColours('#62c2d4').dark.accent, '#62c2d4')
})

test('the stylesheet sets nothing but the two colours, once per scheme', () => {
  assert.match(
    brandStylesheet('#0e6377'),
    /^:root\{--accent:#0e6377;--on-accent:#ffffff\}\n@media \(prefers-color-scheme:dark\)\{:root\{--accent:#[\da-f]{6};--on-accent:#[\da-f]{6}\}\}\n$/,
  )
})

for (const colour of ['red', '#fff', '#12345g', '#0e6377;}', '']) {
  test(`"${colour}" is no colour`, () => {
    assert.throws(() => brandStylesheet(colour), TypeError)
  })
}
