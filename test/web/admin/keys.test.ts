import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

test('keys are listed with their states, and rotated after the words were read', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const before = await web.issuer.keys.list()
  assert.deepEqual(before.map(({ alg, state }) => `${alg} ${state}`).sort(), [
    'ES256 active',
    'RS256 active',
  ])
  const page = await root.open('admin/keys')
  assert.equal(page.heading, 'Signing keys')
  for (const { kid } of before) assert.ok(page.html.includes(kid))
  assert.match(textOf(page), /Each is published 1 hour before it signs/)
  const asked = await act(root, page, '/keys/rotate', { alg: 'ES256' })
  assert.match(textOf(asked), /You are about to publish a new ES256 key to sign later/)
  assert.equal((await web.issuer.keys.list()).length, 2)
  const rotated = await root.submit(asked)
  assert.match(textOf(rotated), /New keys are published\./)
  const states = (await web.issuer.keys.list()).map(({ alg, state }) => `${alg} ${state}`).sort()
  assert.deepEqual(states, ['ES256 active', 'ES256 next', 'RS256 active'])
  const [event] = await web.audit.list({ types: ['key.published'], limit: 1 })
  assert.equal(event?.actor.name, 'root')
})

test('new keys sign at once where that is said, and that is recorded', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/keys')
  const asked = await act(root, page, '/keys/rotate', { alg: '', now: 'yes' })
  assert.match(textOf(asked), /publish new keys to sign at once, before every verifier has seen it/)
  assert.match(textOf(await root.submit(asked)), /New keys sign from now on\./)
  const states = (await web.issuer.keys.list()).map(({ alg, state }) => `${alg} ${state}`).sort()
  assert.deepEqual(states, ['ES256 active', 'ES256 retired', 'RS256 active', 'RS256 retired'])
})

test('the page says which clusters took a token of the key that signs', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  for (const name of ['lab', 'old', 'plain']) {
    await web.clusters.add({ name, server: 'https://10.0.0.1', liveGroups: name !== 'plain' }, BY)
  }
  const active = (await web.issuer.keys.list()).find(({ alg }) => alg === 'RS256')
  const at = active?.activatesAt ?? 0
  const probe = async (name: string, outcome: 'accepted' | 'refused', probed_at: number) => {
    const { id } = await web.clusters.get(name)
    const row = { outcome, detail: 'no key "x"', probed_at, since_at: probed_at }
    await web.store.write((tx) =>
      tx.query
        .insertInto('cluster_probes')
        .values({ cluster_id: id, address: 'https://10.0.0.1', ...row })
        .execute(),
    )
  }
  await web.store.write((tx) => tx.query.deleteFrom('cluster_probes').execute())
  await probe('lab', 'refused', at)
  await probe('old', 'accepted', at - 1)
  await probe('prod-eu', 'accepted', at)
  web.advance(60_000)
  const text = textOf(await root.open('admin/keys'))
  assert.match(text, /Failed: lab https:\/\/10\.0\.0\.1 refuses tokens: no key "x"/)
  assert.match(text, /Warning: old took a token 1 minute ago, before [\w-]+ began to sign/)
  assert.match(text, /Not looked at: plain not looked at: run its doctor/)
  assert.match(text, /Passed: prod-eu took a token of [\w-]+ 1 minute ago/)
})

test('only an admin sees or rotates keys, and no form names another algorithm', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const url = `${web.issuerUrl}/admin/keys/rotate`
  assert.equal((await ada.open('admin/keys')).status, 404)
  assert.equal((await ada.post(url, { csrf, alg: '' })).status, 404)
  assert.equal((await root.post(url, { alg: '' })).status, 403)
  assert.equal((await root.open('admin/keys/rotate')).status, 405)
  const wrong = await act(root, await root.open('admin/keys'), '/keys/rotate', { alg: 'none' })
  assert.equal(wrong.status, 400)
  assert.match(wrong.html, /The form names neither RS256 nor ES256\./)
  assert.equal((await web.issuer.keys.list()).length, 2)
})
