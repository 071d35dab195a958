import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readImportFile } from '../../src/access-tokens/import-file.ts'

const LONG = '31ada4fd-adec-460c-809a-9e56ceb75269'

test('a token file is read as kube-apiserver reads it', () => {
  const text = `\ufeff${LONG},ada,1001,"dev,ops"\r\n"quoted ""token"", long enough",bob,1002\r\n\r\n${LONG}x,ada,,,more,columns\r\n`
  const { lines, faults, warnings } = readImportFile(text, 'token')
  assert.deepEqual([faults, warnings], [[], []])
  assert.deepEqual(lines, [
    { line: 1, secret: LONG, username: 'ada', uid: '1001', groups: ['dev', 'ops'] },
    { line: 2, secret: 'quoted "token", long enough', username: 'bob', uid: '1002', groups: [] },
    { line: 4, secret: `${LONG}x`, username: 'ada', uid: '', groups: [] },
  ])
})

test('of two equal tokens the last line counts, and an empty one is skipped; both are said', () => {
  const { lines, warnings } = readImportFile(`${LONG},ada,1\n,bob,2\n${LONG},carol,3\n`, 'token')
  assert.deepEqual(
    lines.map(({ line, username }) => [line, username]),
    [[3, 'carol']],
  )
  assert.deepEqual(warnings, [
    { line: 2, sentence: 'has no token and is skipped, as kube-apiserver does' },
    { line: 3, sentence: 'has the same token as line 1: this one counts' },
  ])
})

test('a token that can be guessed is warned of, by its length alone', () => {
  const { faults, warnings } = readImportFile('hunter2,ada,1\n', 'token')
  assert.deepEqual(faults, [])
  assert.deepEqual(warnings, [
    { line: 1, sentence: 'has a token of 7 characters, which can be guessed' },
  ])
})

test('of a user with two passwords the last one counts', () => {
  const { lines, warnings } = readImportFile('one,ada,1\nsame,bob,2\nsame,ada,1\n', 'password')
  assert.deepEqual(
    lines.map(({ username, secret }) => [username, secret]),
    [
      ['ada', 'same'],
      ['bob', 'same'],
    ],
  )
  assert.deepEqual(warnings, [
    { line: 3, sentence: 'has the same user as line 1: this one counts' },
  ])
})

test('threat 12: every line that would be somebody else is a fault, all at once, without its secret', () => {
  const names = [
    'system:admin,1',
    'System:Admin,1',
    'machine:ci,1',
    'lanyard:x,1',
    'Ada,1',
    'ada ,1',
    'a\u200bda,1',
    ',1',
    'ada,1,system:masters',
    'ada,1,"dev,system:masters"',
    'ada,1,Dev',
    'ada,1,"dev,"',
    'ѕystem:masters,1',
    'ada',
  ]
  const text = names.map((rest, at) => `${LONG}${at},${rest}\n`).join('')
  const { faults } = readImportFile(text, 'token')
  assert.deepEqual(
    [...new Set(faults.map(({ line }) => line))],
    names.map((_, at) => at + 1),
  )
  for (const { sentence } of faults) assert.ok(!sentence.includes(LONG), sentence)
  const of = (line: number) => faults.find((fault) => fault.line === line)?.sentence
  assert.equal(of(5), 'username "Ada" would become "ada", which RBAC takes for another')
  assert.equal(of(11), 'group name "Dev" would become "dev", which RBAC takes for another')
  assert.equal(of(14), 'has 2 columns; token,user,uid are needed')
})

test('threat 22: what is no CSV, or too large, is refused as a whole', () => {
  const refused = { code: 'ERR_IMPORT_FILE' }
  assert.throws(() => readImportFile(`"${LONG},ada,1\n`, 'token'), refused)
  assert.throws(() => readImportFile('x'.repeat(8 * 1024 * 1024 + 1), 'token'), refused)
  assert.deepEqual(readImportFile('', 'token').lines, [])
})

test('threat 27: what is said of a file that is no CSV holds nothing of it', () => {
  assert.throws(() => readImportFile(`a,b,c\n${LONG}"x,ada,1\n`, 'token'), {
    message: 'line 2 of the file is no CSV: invalid opening quote',
  })
  for (const text of [`"${LONG},ada,1\n`, `${LONG}"x,ada,1\n`, `"${LONG}"x,ada,1\n`]) {
    assert.throws(
      () => readImportFile(text, 'token'),
      (error: Error) => !error.message.includes(LONG) && !String(error.stack).includes(LONG),
      text,
    )
  }
})
