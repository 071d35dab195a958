import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordFaults } from '../../src/directory/password-rules.ts'

const faults = (password: string, username = 'ada', displayName = 'Ada Lovelace') =>
  passwordFaults(password, { username, displayName }, 'id.example.com')

test('length is counted in characters, from 15 to 1,024', () => {
  assert.deepEqual(faults('correct horses'), ['password has 14 characters; at least 15 are needed'])
  assert.deepEqual(faults('correct horses!'), [])
  assert.deepEqual(faults(''), ['password has 0 characters; at least 15 are needed'])
  // Fourteen characters that are twenty-eight UTF-16 units.
  assert.deepEqual(faults('🐎'.repeat(14)), ['password has 14 characters; at least 15 are needed'])
  const long = Array.from({ length: 256 }, (_, n) => String.fromCodePoint(0x4e00 + n * 3))
  assert.deepEqual(faults(long.join('') + long.reverse().join('')), [])
  assert.deepEqual(faults('ab cd'.repeat(205)), [
    'password has 1025 characters; at most 1024 are allowed',
  ])
})

test('there are no rules of composition', () => {
  for (const password of [
    'violet teapot orbits seven',
    'VIOLETTEAPOTORBITS',
    'вечер над рекою тих',
  ]) {
    assert.deepEqual(faults(password), [])
  }
})

test('repetitions and sequences are refused', () => {
  const repetition = ['password repeats one short piece']
  for (const password of [
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    'passwordpassword',
    'abababaaabbbaba',
  ]) {
    assert.deepEqual(faults(password), repetition, password)
  }
  const sequence = ['password is a sequence of neighbouring keys or letters']
  for (const password of [
    '1234567890123456',
    '9876543210987654',
    'ABCDEFGHIJKLMNOPQ',
    'zyxwvutsrqponmlk',
    'qwertyuiopasdfgh',
    'qwerty-uiop-asdf-gh',
  ]) {
    assert.deepEqual(faults(password), sequence, password)
  }
})

test('words of the surroundings do not make a password', () => {
  assert.deepEqual(faults('lanyard-kubernetes-2026!'), [
    'password is little more than "kubernetes" and "lanyard"',
  ])
  assert.deepEqual(faults('Lovelace+Ada+1815'), ['password is little more than "lovelace"'])
  assert.deepEqual(faults('grace.hopper.2026', 'grace.hopper'), [
    'password is little more than "grace.hopper"',
  ])
  assert.deepEqual(faults('ID.Example.com/2026'), ['password is little more than "id.example.com"'])
  // A word from the surroundings among enough others is no fault.
  assert.deepEqual(faults('lanyard beneath violet teapots'), [])
})

test('common passwords are refused, alone, decorated and in pairs', () => {
  const common = ['password is made of the most common passwords']
  for (const password of [
    '123456789987654321',
    'sunshineelephant',
    '!!!!sunshine20262026',
    'Iloveyou12345678',
  ]) {
    assert.deepEqual(faults(password), common, password)
  }
})
