import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditQuery } from '../../src/audit/index.ts'
import type { DeviceId } from '../../src/errors/index.ts'
import { byAda, openRecord, START } from './fixture.ts'

const DEVICE = 'abcdefghijklmn27' as DeviceId
const JTI = `${DEVICE}.AAAAAAAAAAAAAAAA`
const MACHINE_JTI = 'm-abcdefghijklmn27.BBBBBBBBBBBBBBBB'
const byRoot = { actor: { kind: 'command', name: 'root' }, address: null, requestId: null } as const
const prod = { kind: 'cluster', id: 'prod-id', name: 'prod' } as const

test('each filter finds its entries, by page, and all of them hold together', async () => {
  await using record = await openRecord()
  const { audit } = record
  await record.record(1, { type: 'cluster.added', by: byRoot, target: prod, clientId: 'prod-aud' })
  await record.record(1, { type: 'device.entered_cluster', target: prod, deviceId: DEVICE })
  await record.record(1, {
    type: 'machine.entered',
    by: { actor: { kind: 'visitor' }, address: '192.0.2.9', requestId: 'r-m' },
    target: { kind: 'machine', id: 'm-1', name: 'machine:ci' },
    clientId: 'prod-aud',
    detail: { cluster: 'prod', jti: MACHINE_JTI },
  })
  await record.record(1, {
    type: 'user.disabled',
    by: byRoot,
    target: { kind: 'user', id: 'ada-id', name: 'ada' },
  })
  await record.record(1, {
    type: 'cluster.deleted',
    by: byRoot,
    target: { ...prod, id: 'old', name: 'old' },
  })
  const { address } = byAda
  const refused = { account: 'ada', address, requestId: 'r-x' }
  await audit.countRefusal({ type: 'access.refused', ...refused, detail: { client: 'prod-aud' } })
  await audit.countRefusal({ type: 'signin.refused', ...refused })
  // Their minute began before the first event.
  const all = ['5', '4', '3', '2', '1', 'signin.refused', 'access.refused']

  const found = async (query: AuditQuery) => {
    const ids: string[] = []
    for (let last: string | undefined; ; ) {
      const page = await audit.list({
        ...query,
        limit: 1,
        ...(last === undefined ? {} : { beforeId: last }),
      })
      const [entry] = page
      if (entry === undefined) break
      ids.push(entry.id.includes('.') ? entry.type : entry.id)
      last = entry.id
    }
    return ids
  }
  const cases: readonly [AuditQuery, readonly string[]][] = [
    [{}, all],
    [{ actor: 'root' }, ['5', '4', '1']],
    [{ actor: 'ada' }, ['2', 'access.refused']],
    [{ actor: 'ada-id' }, ['2']],
    [{ target: 'ada' }, ['4', 'signin.refused', 'access.refused']],
    [{ target: 'm-1' }, ['3']],
    [
      { cluster: { name: 'prod', id: 'prod-id', audience: 'prod-aud' } },
      ['3', '2', '1', 'access.refused'],
    ],
    [{ cluster: { name: 'old' } }, ['5']],
    [{ address: '192.0.2.9' }, ['3']],
    [{ address: '192.0.2.7' }, ['2', 'signin.refused', 'access.refused']],
    [{ requestId: 'r-m' }, ['3']],
    [{ requestId: 'r-x' }, ['signin.refused', 'access.refused']],
    [{ jti: JTI }, ['2']],
    [{ jti: MACHINE_JTI }, ['3']],
    [{ deviceId: DEVICE }, ['2']],
    [{ untilMs: START + 2000 }, ['2', '1', 'signin.refused', 'access.refused']],
    [{ sinceMs: START + 2000, untilMs: START + 3000 }, ['3', '2']],
    [{ actor: 'root', target: 'ada' }, ['4']],
    [{ actor: 'root', types: ['cluster.added'], untilMs: START + 1000 }, ['1']],
    [{ actor: "ada' OR 1=1 --" }, []],
  ]
  for (const [query, expected] of cases) {
    assert.deepEqual(await found(query), expected, JSON.stringify(query))
  }
})
