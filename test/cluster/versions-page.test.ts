import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  agrees,
  cellsOf,
  emptyFindings,
  type Findings,
  readRows,
  renderPage,
} from '../matrix/page.ts'
import { LINES, OLDEST, RELEASES } from './control-plane.ts'
import { WAYS } from './revocation.ts'

const page = readFileSync(
  new URL('../../docs/reference/kubernetes-versions.md', import.meta.url),
  'utf8',
)

describe('docs/reference/kubernetes-versions.md', () => {
  it('has what the matrix found on every release that is pinned (npm run test:matrix)', () => {
    const rows = readRows(page)
    assert.deepEqual(
      [...rows.values()].map(([line, version, apiVersion, live]) => [
        line,
        version,
        apiVersion,
        live,
      ]),
      LINES.map((line) => [
        line,
        RELEASES[line].version,
        Number(line.slice('1.'.length)) >= 34 ? '`v1`' : '`v1beta1`',
        'yes',
      ]),
    )
    assert.equal(page, renderPage(rows))
  })

  it('promises nothing that was not measured', () => {
    for (const [line, cells] of readRows(page)) {
      assert.ok(Number(cells[5]) <= 10.5, `${line}: ${cells[5]} s`)
      assert.match(`${cells[6]} ${cells[7]}`, /^\d: 0 of \d+ \d: 0 of \d+$/, line)
    }
  })

  it('is written from what a run leaves', () => {
    const findings: Findings = {
      ...emptyFindings(OLDEST),
      ...{ apiVersion: 'v1beta1', liveGroups: true },
      revocations: [9.96, 10.31, 10.04].map((seconds) => ({ way: WAYS[0], seconds })),
      starts: [
        { asked: 7, refused: 0 },
        { asked: 6, refused: 1 },
      ],
      reloads: [{ asked: 21, refused: 0 }],
    }
    const cells = cellsOf(findings)
    assert.deepEqual(cells, [
      ...['1.32', RELEASES[OLDEST].version, '`v1beta1`', 'yes', '10.0', '10.3'],
      ...['2: 1 of 13', '1: 0 of 21', 'refuses `v1`; its audit log has no id of the token'],
    ])
    const rendered = renderPage(new Map([[OLDEST, cells]]))
    assert.deepEqual(readRows(rendered), new Map([[OLDEST, cells]]))
    assert.equal(agrees(cells, { ...findings, revocations: [], starts: [] }), true)
    assert.equal(agrees(cells, { ...findings, liveGroups: false }), false)
    assert.equal(agrees(undefined, findings), false)
  })
})
