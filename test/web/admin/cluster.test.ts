import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, signIn } from '../fixture.ts'
import { approveDevice } from '../logins.ts'
import { act, openAdmin, textOf } from './fixture.ts'

test('the page of a cluster lets groups in and out, and says who came', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  await approveDevice(web, ada, { deviceName: 'ada-thinkpad <b>' })
  await web.directory.groups.add({ name: 'platform' }, BY)
  const page = await root.open('admin/clusters/prod-eu')
  assert.equal(page.status, 200)
  const allowed = await act(root, page, '/groups', { group: 'Platform' })
  assert.match(textOf(allowed), /The group may enter, from the next token on\./)
  assert.deepEqual((await web.clusters.get('prod-eu')).groups, ['platform', 'viewers'])
  const unknown = await act(root, page, '/groups', { group: 'nobody' })
  assert.deepEqual([unknown.status, unknown.title], [404, 'Error: prod-eu – Lanyard'])
  assert.match(unknown.html, /No group is named &quot;nobody&quot;\./)
  const out = await root.submit(
    allowed,
    {},
    allowed.forms.findIndex(({ fields }) => fields['group'] === 'viewers'),
  )
  assert.match(textOf(out), /The group may enter no more\./)
  assert.deepEqual((await web.clusters.get('prod-eu')).groups, ['platform'])
  const asked = await act(root, out, '/everyone')
  assert.match(textOf(asked), /You are about to let every active user into prod-eu/)
  assert.equal((await web.clusters.get('prod-eu')).everyone, false)
  const all = await root.submit(asked)
  assert.match(textOf(all), /Every active user may enter, whatever group they are in\./)
  assert.equal((await web.clusters.get('prod-eu')).everyone, true)
  const some = await act(root, all, '/everyone')
  assert.equal((await web.clusters.get('prod-eu')).everyone, false)
  assert.doesNotMatch(textOf(some), /Every active user may enter, whatever/)
})

test('the page of a cluster lists the last logins that entered, the newest first', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const { id } = await web.clusters.change('prod-eu', { liveGroups: false }, BY)
  const ada = await web.directory.users.get('ada')
  const now = web.now()
  await web.store.write(async (tx) => {
    for (const [device, minutes, revoked] of [
      ['old <b>', 90, null],
      ['new', 2, now],
    ] as const) {
      const at = now - minutes * 60_000
      await tx.query
        .insertInto('devices')
        .values({
          ...{ id: device, user_id: ada.id, client_id: 'kubectl-lanyard', name: device, jkt: null },
          ...{ amr: '["pwd"]', acr: 'x', created_address: null, last_address: '192.0.2.7' },
          ...{ authenticated_at: at, created_at: at, last_used_at: at, expires_at: now + 1_000 },
          ...{ revoked_at: revoked, logout_told_at: null },
        })
        .execute()
      await tx.query
        .insertInto('device_clusters')
        .values({ device_id: device, cluster_id: id, entered_at: at })
        .execute()
    }
  })
  const page = await root.open('admin/clusters/prod-eu')
  assert.match(
    textOf(page),
    /2 logins entered in the last day\. .*ada new 192\.0\.2\.7 2 minutes ago revoked ada old <b> 192\.0\.2\.7 1 hour ago signed in/,
  )
  assert.match(
    textOf(await root.open('admin/clusters')),
    /prod-eu .* in use embedded .* not run 2 /,
  )
})

test('the sign-in policy is saved as the form has it, and nothing else is taken for one', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/clusters/prod-eu')
  const saved = await act(root, page, '/policy', {
    ...{ factors: 'passkey', max_age: '900', step_up: 'refuse' },
  })
  assert.match(textOf(saved), /The sign-in policy is saved\./)
  const { policy, stepUp } = await web.clusters.get('prod-eu')
  assert.deepEqual([policy, stepUp], [{ factors: 'passkey', maxAge: 900 }, 'refuse'])
  const again = saved.forms.find(({ action }) => action.endsWith('/policy'))?.fields
  assert.deepEqual(
    [again?.['factors'], again?.['max_age'], again?.['step_up']],
    ['passkey', '900', 'refuse'],
  )
  for (const [fields, sentence] of [
    [{ factors: 'three' }, /The form has no choice in its field factors\./],
    [{ step_up: '' }, /The form has no choice in its field step_up\./],
    [{ max_age: '-1' }, /The form has no choice in its field max_age\./],
    [{ max_age: '59' }, /must be a whole number from 60 to 7776000\./],
  ] as const) {
    const wrong = await act(root, saved, '/policy', fields)
    assert.deepEqual([wrong.status, sentence.test(textOf(wrong))], [400, true], textOf(wrong))
  }
  assert.deepEqual((await web.clusters.get('prod-eu')).policy, policy)
})

test('groups in tokens are live or embedded, each with what it costs', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/clusters/prod-eu')
  assert.match(
    textOf(page),
    /Removing someone takes effect within 10 seconds; if Lanyard is down, nobody new gets in\./,
  )
  assert.match(
    textOf(page),
    /Removing someone takes effect when the token ends, at most 10 minutes; who is in already works on while Lanyard is down\./,
  )
  const embedded = await act(root, page, '/groups-mode', { groups_mode: 'embedded' })
  assert.match(textOf(embedded), /Groups in tokens are changed\./)
  assert.equal((await web.clusters.get('prod-eu')).liveGroups, false)
  const wrong = await act(root, page, '/groups-mode', { groups_mode: 'both' })
  assert.deepEqual(
    [wrong.status, /The form says neither live nor embedded\./.test(textOf(wrong))],
    [400, true],
  )
})

test('the configuration is there for each distribution, as text and as a file', async () => {
  await using site = await openAdmin()
  const { root } = site
  const page = await root.open('admin/clusters/prod-eu')
  assert.match(page.html, /kind: AuthenticationConfiguration/)
  assert.match(String(page.headers['content-security-policy']), /script-src 'self';/)
  assert.match(page.html, /data-copy hidden/)
  const k3s = await root.open('admin/clusters/prod-eu?for=k3s')
  assert.match(k3s.html, /for=k3s#config" aria-current="true">k3s/)
  const path = /href="([^"]*\/config\?for=k3s[^"]*file=0)"/.exec(k3s.html)?.[1] ?? ''
  const file = await root.open(path.replaceAll('&amp;', '&'))
  assert.equal(file.status, 200)
  assert.match(String(file.headers['content-disposition']), /^attachment; filename="[\w.-]+"$/)
  assert.match(file.html, /issuer/)
  assert.equal((await root.open('admin/clusters/prod-eu/config?for=k3s&file=99')).status, 404)
  const unknown = await root.open('admin/clusters/prod-eu?for=nonsense')
  assert.match(unknown.html, /aria-current="true">AuthenticationConfiguration/)
})

test('the doctor runs when it is asked to, and shows what passed too', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.clusters.change('prod-eu', { server: 'https://127.0.0.1:1' }, BY)
  const page = await root.open('admin/clusters/prod-eu')
  assert.match(textOf(page), /Not run since the server started\./)
  const after = await act(root, page, '/doctor')
  const text = textOf(after)
  assert.match(text, /The doctor ran\./)
  assert.match(text, /\d+ of \d+ checks passed, just now \./)
  assert.match(text, /Passed: no name is one of Kubernetes itself names\.reserved/)
  assert.match(text, /Failed: .*cluster\.reachable/)
  assert.match(text, /Fix/)
  assert.match(
    textOf(await root.open('admin/clusters')),
    /prod-eu .* failed live .* \d+ of \d+ just now/,
  )
})

test('credentials of gateways are shown once, counted, and revoked', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/clusters/prod-eu')
  const index = page.forms.findIndex(({ fields }) => fields['kind'] === 'webhook')
  const made = await root.submit(page, {}, index)
  assert.equal(made.heading, 'Credential of the token webhook')
  const value = /lanyard_webhook_[\w-]+/.exec(made.html)?.[0] ?? ''
  assert.equal((await web.clusters.gateways.find('prod-eu', 'webhook', value))?.name, 'prod-eu')
  assert.match(made.html, /--authentication-token-webhook-config-file=/)
  const back = await root.open('admin/clusters/prod-eu')
  assert.ok(!back.html.includes(value))
  assert.match(textOf(back), /1 good, the newest made just now \./)
  const asked = await act(root, back, '/credentials/revoke')
  assert.match(
    textOf(asked),
    /You are about to revoke all credentials of the token webhook for prod-eu/,
  )
  const revoked = await root.submit(asked)
  assert.match(textOf(revoked), /The credentials are revoked/)
  assert.equal(await web.clusters.gateways.find('prod-eu', 'webhook', value), undefined)
  const wrong = await root.submit(page, { kind: 'both' }, index)
  assert.deepEqual(
    [wrong.status, /The form names neither webhook nor proxy\./.test(wrong.html)],
    [400, true],
  )
})

test('a cluster is deleted after its consequence was read', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const asked = await act(root, await root.open('admin/clusters/prod-eu'), '/delete')
  assert.match(
    textOf(asked),
    /You are about to delete cluster prod-eu which 0 logins entered: nobody gets a token for it any more\./,
  )
  assert.ok(await web.clusters.find('prod-eu'))
  const gone = await root.submit(asked)
  assert.equal(gone.heading, 'Clusters')
  assert.match(textOf(gone), /The cluster is deleted\./)
  assert.equal(await web.clusters.find('prod-eu'), undefined)
  assert.equal((await root.open('admin/clusters/prod-eu')).status, 404)
})

test('the password is asked for once the sign-in is older than five minutes', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/clusters/prod-eu')
  web.advance(5 * 60_000 + 1)
  const asked = await act(root, page, '/policy', { factors: 'two' })
  assert.equal(asked.heading, 'Confirm that it is you')
  assert.equal((await web.clusters.get('prod-eu')).policy.factors, 'any')
  const wrong = await root.submit(asked, { current_password: 'wrong wrong wrong' })
  assert.equal(wrong.status, 400)
  assert.equal((await web.clusters.get('prod-eu')).policy.factors, 'any')
})

test('nobody but an admin sees or does any of this, and no form without its token', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const paths = ['groups', 'groups/remove', 'everyone', 'policy', 'groups-mode', 'doctor']
  const acts = [
    ...[...paths, 'credentials', 'credentials/revoke', 'delete'].map((path) => `prod-eu/${path}`),
    'prod-eu',
  ]
  for (const path of ['', '/prod-eu', '/prod-eu/edit', '/prod-eu/config']) {
    assert.equal((await ada.open(`admin/clusters${path}`)).status, 404, path)
  }
  for (const path of acts) {
    const url = `${web.issuerUrl}/admin/clusters/${path}`
    assert.equal((await ada.post(url, { csrf })).status, 404, path)
    assert.equal((await root.post(url, { csrf })).status, 403, path)
    assert.ok(path === 'prod-eu' || (await root.open(url)).status === 405, path)
  }
  assert.deepEqual((await web.clusters.get('prod-eu')).groups, ['viewers'])
})
