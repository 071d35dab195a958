import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileCel } from '../../../src/doctor/apiserver/cel.ts'
import type { CelUse } from '../../../src/doctor/apiserver/types.ts'

/** What kube-apiserver 1.37 says; null where it compiles. */
const said: readonly (readonly [CelUse, string, string | null])[] = [
  ['mapping', "dyn(claims.groups).map(g, 'x:' + g)", null],
  ['mapping', 'claims.?sid.orValue([])', null],
  ['mapping', 'claims.a.b.map(x, x)', null],
  ['claim-rule', 'claims.exp - claims.iat <= 3600', null],
  ['claim-rule', "'admin' in claims.groups", null],
  ['claim-rule', 'has(claims.x.y)', null],
  ['user-rule', "user.groups.all(g, !g.startsWith('system:'))", null],
  ['user-rule', "user.extra['a/b'] == ['x']", null],
  ['claim-rule', 'claims.email_verified', 'must evaluate to bool'],
  ['user-rule', 'user.username', 'must evaluate to bool'],
  [
    'mapping',
    '(has(claims.a) ? claims.a : []).map(x, x)',
    "1:16: expression of type 'any' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  [
    'mapping',
    'claims.?groups.orValue([]).map(g, g)',
    "1:23: expression of type 'any' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ['claim-rule', "user.username == 'a'", "1:1: undeclared reference to 'user' (in container '')"],
  ['claim-rule', 'claims.x.foo()', "1:13: undeclared reference to 'foo' (in container '')"],
  ['user-rule', "\n user.nam == 'x'", "2:6: undefined field 'nam'"],
  ['user-rule', 'has(user.bogus)', "1:4: undefined field 'bogus'"],
  [
    'user-rule',
    'user.username == 1',
    "1:15: found no matching overload for '_==_' applied to '(string, int)'",
  ],
  [
    'user-rule',
    'user.username.startsWith(1)',
    "1:25: found no matching overload for 'startsWith' applied to 'string.(int)'",
  ],
  [
    'user-rule',
    "user == 'x'",
    "1:6: found no matching overload for '_==_' applied to '(kubernetes.UserInfo, string)'",
  ],
  ['user-rule', '!user.username', "1:1: found no matching overload for '!_' applied to '(string)'"],
  ['mapping', "[1, 'a']", "1:5: expected type 'int' but found 'string'"],
  ['mapping', "claims.x.matches('[')", '1:18: invalid matches argument'],
]

describe('CEL, compiled as by kube-apiserver', () => {
  for (const [use, expression, fault] of said) {
    it(`${fault === null ? 'takes' : 'refuses'} ${JSON.stringify(expression)}`, () => {
      const compilation = compileCel(use, expression)
      if (fault === null) assert.equal(compilation.kind, 'compiled')
      else {
        assert.ok(compilation.kind === 'fault')
        const first = compilation.detail.split('\n')[0]
        assert.equal(first?.replace('compilation failed: ERROR: <input>:', ''), fault)
        assert.equal(compilation.exact, true)
      }
    })
  }

  it('draws the place below the line', () => {
    const compilation = compileCel('claim-rule', 'claims.a == "ü" && foo')
    assert.ok(compilation.kind === 'fault')
    assert.equal(
      compilation.detail,
      `compilation failed: ERROR: <input>:1:20: undeclared reference to 'foo' (in container '')
 | claims.a == "ü" && foo
 | .............．.....^`,
    )
  })

  it('does not claim to know the words for a mistake of syntax', () => {
    for (const expression of ['', 'claims.x = 1', "claims.x == 'a", 'a and b', '((((', '\u0000']) {
      const compilation = compileCel('claim-rule', expression)
      assert.ok(compilation.kind === 'fault')
      assert.equal(compilation.exact, false)
    }
  })

  it('leaves to Kubernetes what only Kubernetes has', () => {
    for (const [expression, what] of [
      ["ip('1.1.1.1').family() == 4", 'the function "family"'],
      ['sets.contains([1], [1])', 'the function "sets.contains"'],
      ["claims.x.matches('(?i)a')", 'a pattern of RE2'],
      ["claims.x.replace('a', 'b') == 'b'", 'the function "replace"'],
    ] as const) {
      assert.deepEqual(compileCel('claim-rule', expression), { kind: 'unknown', what })
    }
  })

  it('gives up on an expression without end, and does not hang', () => {
    const deep = `${'('.repeat(5000)}true${')'.repeat(5000)}`
    const long = Array.from({ length: 20_000 }, () => 'true').join(' && ')
    for (const expression of [deep, long]) {
      assert.deepEqual(compileCel('claim-rule', expression), {
        ...{ kind: 'unknown', what: 'an expression of this size' },
      })
    }
  })
})
