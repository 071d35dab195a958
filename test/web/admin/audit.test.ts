import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, signIn } from '../fixture.ts'
import { approveDevice } from '../logins.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const events = (html: string) => [...html.matchAll(/<li><details>/g)].length

test('the log is filtered by person, event, cluster, address and day', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person('192.0.2.9')
  await signIn(ada)
  await web.clusters.change('prod-eu', { groupsPrefix: 'x:' }, BY)
  const all = await root.open('admin/audit')
  assert.deepEqual([all.status, all.heading], [200, 'Audit log'])
  assert.match(textOf(all), /ada user signed in ada 192\.0\.2\.9/)
  assert.match(textOf(all), /root cluster changed prod-eu/)
  const count = async (query: string) => events((await root.open(`admin/audit?${query}`)).html)
  assert.equal(await count('type=user.signed_in&user=ada'), 1)
  assert.equal(await count('type=user.signed_in'), 2)
  assert.equal(await count('type=cluster'), 2)
  assert.equal(await count('cluster=prod-eu'), 2)
  assert.equal(await count('address=192.0.2.9'), 1)
  assert.equal(await count('user=nobody-here'), 0)
  assert.equal(await count('user=system%3Amasters'), 0)
  const today = new Date(web.now()).toISOString().slice(0, 10)
  assert.equal(await count(`type=user.signed_in&since=${today}&until=${today}`), 2)
  assert.equal(await count('type=user.signed_in&until=2020-01-01'), 0)
  const month = await root.open('admin/audit?type=user.signed_in')
  assert.match(textOf(month), /Of the last 30 days: name a day to look further back\./)
  const wrong = await root.open('admin/audit?type=nonsense')
  assert.equal(wrong.status, 400)
  assert.match(textOf(wrong), /No type of event is named "nonsense"\./)
})

test('what is older is on the next page, and the filter goes along', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  for (let at = 0; at < 60; at += 1) {
    await web.directory.groups.add({ name: `g${at}` }, BY)
  }
  const first = await root.open('admin/audit?type=group.added')
  assert.equal(events(first.html), 50)
  const next = /href="([^"]*before=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  assert.match(next, /type=group\.added/)
  const second = await root.open(next)
  assert.equal(events(second.html), 12)
  assert.doesNotMatch(second.html, /before=/)
  assert.match(second.html, /First page/)
  const wrong = await root.open('admin/audit?before=999999')
  assert.equal(wrong.status, 400)
  assert.match(textOf(wrong), /No audit entry has the id "999999"\./)
})

test('a credential-id of a cluster’s audit log leads to person and device', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const device = await approveDevice(web, ada, { deviceName: 'ada-thinkpad' })
  const page = await root.open(
    `admin/audit?credential=${encodeURIComponent(`JTI=${device.id}.${'0'.repeat(16)}`)}`,
  )
  const text = textOf(page)
  assert.match(text, /Who is behind it Person ada Device ada-thinkpad/)
  assert.match(text, /device signed in|device approved/)
  const unknown = await root.open('admin/audit?credential=JTI%3Dabc.def')
  assert.equal(unknown.status, 400)
  assert.match(textOf(unknown), /No device is behind the token "abc\.def"\./)
  const certificate = await root.open(`admin/audit?credential=X509SHA256%3D${'a'.repeat(64)}`)
  assert.equal(certificate.status, 400)
  assert.match(textOf(certificate), /No certificate of Lanyard’s is "a{64}"\./)
  const [event] = await web.audit.list({ types: ['user.signed_in'], limit: 1 })
  const byReference = await root.open(`admin/audit?credential=${event?.requestId ?? 'none'}`)
  assert.equal(events(byReference.html) > 0, true)
})

test('every event goes out as a line of JSON, and the record proves itself', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/audit')
  assert.match(page.html, /href="\/admin\/audit\/export\.jsonl" download/)
  const file = await root.open('admin/audit/export.jsonl')
  assert.equal(file.status, 200)
  assert.equal(file.headers['content-disposition'], 'attachment; filename="lanyard-audit.jsonl"')
  const lines = file.html.trimEnd().split('\n')
  assert.ok(lines.every((line) => typeof JSON.parse(line) === 'object'))
  const { count } = await web.store.query
    .selectFrom('audit_events')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  assert.equal(lines.length, count)
  assert.equal((await root.open('admin/audit/export.jsonl?since=2999-01-01')).html, '')
  const verified = await act(root, page, '/audit/verify')
  assert.equal(verified.status, 200)
  assert.match(textOf(verified), new RegExp(`Nothing was changed: ${count} events, as recorded\\.`))
})

test('what strangers typed is shown as text, and cannot turn the line around', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.audit.countRefusal({
    ...{ type: 'signin.refused', account: '\u202e<script>alert(1)</script>', address: '192.0.2.7' },
    requestId: null,
  })
  const { html } = await root.open('admin/audit?type=signin.refused')
  assert.match(html, /<bdi>&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/bdi>/)
  assert.ok(!html.includes('\u202e'))
})

test('only an admin reads the log, and no link verifies it', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const url = `${web.issuerUrl}/admin/audit/verify`
  for (const path of ['admin/audit', 'admin/audit/export.jsonl']) {
    assert.equal((await ada.open(path)).status, 404, path)
    assert.equal((await web.person().open(path)).heading, 'Sign in')
  }
  assert.equal((await ada.post(url, { csrf })).status, 404)
  assert.equal((await root.post(url, {})).status, 403)
  assert.equal((await root.open('admin/audit/verify')).status, 405)
})
