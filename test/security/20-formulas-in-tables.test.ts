/**
 * Threat 20: what a person is called, or a cluster calls a binding, is no formula to a spreadsheet that opens a table of ours, nor the
 * beginning of another cell where a semicolon parts them. (OWASP, "CSV Injection": full-width signs too.)
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessReview, bindingsCsv, membershipsCsv } from '../../src/access-review/index.ts'
import { BY, openDirectory } from '../directory/fixture.ts'

const NAMES = ['＝1+1', '＋1', '－1', '＠SUM(A1)', "'＝1", 'x;=1+1']

/** What a spreadsheet would begin to reckon with, or take for a cell of its own. */
function assertTame(text: string, about: string): void {
  assert.doesNotMatch(text, /(?:^|,)"?[=+\-@\t＝＋－＠]/m, about)
  for (const cell of text.match(/(?<=^|,)[^",\r\n]*;[^",\r\n]*(?=,|\r|$)/gm) ?? []) {
    assert.fail(`${about}: ${cell} is not quoted`)
  }
}

test('an export of people, which comes back as what it was', async () => {
  await using fixture = await openDirectory()
  const { users, people } = fixture.directory
  for (const [at, displayName] of NAMES.entries()) {
    await users.add({ username: `u${at}`, displayName }, BY)
  }
  let text = ''
  for await (const part of people.csv.export('users')) text += part
  assertTame(text, 'people')
  const back = await people.csv.plan('users', text, { exact: true })
  assert.deepEqual([back.steps, back.faults, back.unchanged], [[], [], NAMES.length])
})

test('an access review, with what a hostile cluster calls things', () => {
  const hostile = [...NAMES, '\t=1', '=1']
  const review: AccessReview = {
    ...{ at: 0, dormantDays: 90, hasMore: false, idle: [] },
    groups: [
      {
        ...{ name: 'ops', reasons: [{ kind: 'admins' }], hasMore: false },
        members: hostile.map((displayName, at) => ({
          ...{ username: `u${at}`, displayName, status: 'active' as const },
          ...{ through: [], endsAt: null, signedInAt: null, enteredAt: null },
          ...{ devices: 0, accessTokens: 0, isDormant: false },
        })),
      },
    ],
    clusters: [
      {
        ...{ cluster: 'prod', state: 'read', fault: null, unbound: [], hasMore: false },
        bound: hostile.map((name) => ({
          ...({ kind: 'user', name, roleKind: 'ClusterRole', role: 'r' } as const),
          ...{ namespace: name, binding: name },
        })),
        unknown: hostile.map((name) => ({
          ...({ kind: 'group', subject: name, bindings: [name], near: name } as const),
        })),
      },
    ],
  }
  for (const [about, text] of [
    ['members', membershipsCsv(review)],
    ['bindings', bindingsCsv(review)],
  ] as const) {
    assertTame(text, about)
  }
})
