import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  canonicaliseName,
  isReservedName,
  nameFault,
  prefixFault,
  quoteName,
} from '../../src/kubernetes/index.ts'

test('ordinary names of people and groups are allowed', () => {
  const names = [
    'ada',
    'ada.lovelace@example.com',
    'org/team-1',
    'münchen',
    '团队',
    'a:b',
    'system',
  ]
  for (const name of names) assert.equal(nameFault('group', name), null, name)
})

const disguises = {
  plain: 'system:masters',
  'upper case': 'SYSTEM:masters',
  'full width': 'ｓｙｓｔｅｍ：masters',
  'zero-width space': 'sys\u200btem:masters',
  'soft hyphen': 'sys\u00adtem:masters',
  'byte order mark': '\ufeffsystem:masters',
  'leading space': ' system:masters',
  'no-break space': '\u00a0system:masters',
  tab: 'system\t:masters',
  'combining mark': 's\u0301ystem:masters',
  'right-to-left override': '\u202esystem:masters',
  'mathematical letters': '𝐬𝐲𝐬𝐭𝐞𝐦:masters',
  'service account': 'system:serviceaccount:kube-system:x',
  machine: 'machine:ci',
  lanyard: 'Lanyard:warm-up',
}
for (const [disguise, name] of Object.entries(disguises)) {
  test(`a reserved name is seen through: ${disguise}`, () => {
    assert.equal(isReservedName(name), true)
    for (const kind of ['user', 'group'] as const) {
      assert.equal(nameFault(kind, canonicaliseName(name))?.code, 'ERR_NAME_RESERVED')
      assert.notEqual(nameFault(kind, name), null, 'also where nobody canonicalised it')
    }
  })
}

const lookAlikes = {
  'Cyrillic s': 'ѕystem:masters',
  'Cyrillic e': 'systеm:masters',
  'Greek upsilon': 's\u03c5stem:masters',
  Armenian: 'sуstem:masters',
  'ratio sign': 'system\u2236masters',
  'Hebrew sof pasuq': 'system\u05c3masters',
  'Hangul filler': '\u1160system:masters',
}
for (const [what, name] of Object.entries(lookAlikes)) {
  test(`a look-alike of a reserved name is refused: ${what}`, () => {
    assert.notEqual(nameFault('group', canonicaliseName(name)), null)
  })
}

test('each fault has its code and one exact sentence', () => {
  const faults = [
    ['user', '', 'ERR_NAME_INVALID', 'username is empty'],
    [
      'group',
      'system:masters',
      'ERR_NAME_RESERVED',
      'group name "system:masters" is reserved by Kubernetes',
    ],
    ['user', 'machine:ci', 'ERR_NAME_RESERVED', 'username "machine:ci" is reserved by Lanyard'],
    ['user', 'Ada', 'ERR_NAME_INVALID', 'username "Ada" is not in lower case and normal form'],
    [
      'group',
      'ø:x',
      'ERR_NAME_INVALID',
      'group name "ø:x" may hold only a-z, 0-9, . _ and - before a colon',
    ],
    [
      'user',
      'a b',
      'ERR_NAME_INVALID',
      'username "a b" must begin with a letter or digit and hold only letters, digits and . _ - @ + / :',
    ],
    [
      'user',
      'a'.repeat(129),
      'ERR_NAME_INVALID',
      `username "${'a'.repeat(80)}…" is longer than 128 characters`,
    ],
  ] as const
  for (const [kind, name, code, message] of faults) {
    assert.deepEqual(nameFault(kind, name), { code, message })
  }
  assert.equal(nameFault('user', 'a'.repeat(128)), null)
})

test('characters that no terminal should obey and no reader can see are refused', () => {
  const bad = [
    'a\u0000',
    'a\n',
    'a\u001b[31m',
    'a\u202eb',
    'a\u200d',
    'a\ufe0f',
    '-a',
    '.a',
    '\u0301a',
    'a,b',
    'a%2f',
    'a\\b',
    'a*',
    'ʰa\u02b0',
    '\ud800',
  ]
  for (const name of bad) assert.notEqual(nameFault('user', name), null, JSON.stringify(name))
})

test('canonical form is stable, and whatever passes is in it and is not reserved', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (input) => {
      const name = canonicaliseName(input)
      assert.equal(canonicaliseName(name), name)
      if (nameFault('user', name) !== null) return
      assert.equal(isReservedName(name), false)
      assert.equal(name.startsWith('system:'), false)
    }),
    { numRuns: 2000 },
  )
})

test('a prefix may not complete a name to a reserved one', () => {
  for (const prefix of ['', 'oidc:', 'lanyard:', 'https://id.example.com#', 'Prod/']) {
    assert.equal(prefixFault(prefix), null, prefix)
  }
  for (const prefix of ['system:', 'SYSTEM:x', 'sys', 'S', 'system', 'machine:', 'm']) {
    assert.equal(prefixFault(prefix)?.code, 'ERR_NAME_RESERVED', prefix)
  }
  for (const prefix of ['-', ' oidc:', 'a,b', 'ü:', 'a'.repeat(65), '\nsystem:']) {
    assert.equal(prefixFault(prefix)?.code, 'ERR_NAME_INVALID', prefix)
  }
  assert.equal(
    prefixFault('sys')?.message,
    'prefix "sys" could make names that are reserved by Kubernetes',
  )
})

test('a quoted value shows what cannot be seen and is never long', () => {
  assert.equal(quoteName('a"b\\'), '"a\\"b\\\\"')
  assert.equal(quoteName('a\u202eb\n'), '"a\\u{202e}b\\u{a}"')
  assert.equal(quoteName('x'.repeat(500)).length, 83)
})
