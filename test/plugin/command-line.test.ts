import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCommandLine } from '../../src/plugin/command-line.ts'
import { printable } from '../../src/plugin/conversation.ts'
import { parseIssuer } from '../../src/plugin/issuer-address.ts'
import { fileNameOf } from '../../src/plugin/places.ts'

describe('the command line', () => {
  for (const [argv, message] of [
    [['setup'], 'setup needs the address of the issuer'],
    [['setup', 'a', 'b'], 'unexpected argument "b"'],
    [['frobnicate'], 'unknown command "frobnicate"'],
    [['login', '--kubeconfig', 'a'], 'login takes no --kubeconfig'],
    [['login', '--browser', '--device'], '--browser and --device exclude each other'],
    [['get-token', '--issuer', 'https://a'], 'get-token needs --audience'],
    [['get-token', '--audience', 'a'], 'get-token needs --issuer'],
    [['login', '--nonsense'], "unknown option '--nonsense'"],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, () => {
      assert.throws(() => readCommandLine(argv), { code: 'ERR_USAGE', message })
    })
  }

  it('shows help for nothing and for --help', () => {
    assert.equal(readCommandLine([]).command, 'help')
    assert.equal(readCommandLine(['login', '--help']).command, 'help')
  })
})

describe('an issuer as it is typed', () => {
  for (const [typed, issuer] of [
    ['id.example.com', 'https://id.example.com'],
    ['https://ID.example.com/', 'https://id.example.com'],
    ['https://id.example.com/auth/', 'https://id.example.com/auth'],
    ['localhost:8443', 'https://localhost:8443'],
  ] as const) {
    it(`${typed} is ${issuer}`, () => assert.equal(parseIssuer(typed), issuer))
  }

  for (const typed of [
    'http://id.example.com',
    'https://a:b@id.example.com',
    'https://id.example.com?a',
    'https://id.example.com/#a',
    'file:///etc/passwd',
    '',
    'https://',
  ]) {
    it(`"${typed}" is refused`, () => {
      assert.throws(() => parseIssuer(typed), { code: 'ERR_ISSUER_INVALID' })
    })
  }
})

describe('a file name', () => {
  it('is readable and stays in its directory', () => {
    assert.equal(fileNameOf('id.example.com:8443/auth'), 'id.example.com_3a_8443_2f_auth')
    assert.equal(fileNameOf('..'), '_2e__2e_')
    assert.equal(fileNameOf('../../etc'), '_2e_._2f_.._2f_etc')
  })

  it('differs for values that differ, also where case is folded or the value is long', () => {
    const values = [
      'Prod',
      'prod',
      'prod_',
      'prod_5f_',
      'a/b',
      'a_2f_b',
      'x'.repeat(300),
      `${'x'.repeat(300)}y`,
    ]
    const names = new Set(values.map((value) => fileNameOf(value).toLowerCase()))
    assert.equal(names.size, values.length)
    assert.equal(
      [...names].every((name) => name.length <= 120),
      true,
    )
  })
})

describe('a line for a person', () => {
  it('holds no control or direction-changing character, and is one line', () => {
    assert.equal(printable('a\u001b[2Jb\nc\u202ed\u0000e\u2028f'), 'a [2Jb c d e f')
    assert.equal(printable('x'.repeat(600)).length, 501)
  })
})
