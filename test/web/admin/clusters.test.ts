import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const SERVER = 'https://api.prod-eu.example.com:6443'

test('the list shows each cluster with its way of groups, who may enter, and what the doctor said', async () => {
  await using site = await openAdmin()
  await site.web.clusters.add(
    { name: 'lab-2', server: 'https://10.20.0.5:6443', everyone: true, liveGroups: false },
    BY,
  )
  await site.web.clusters.change('prod-eu', { liveGroups: false }, BY)
  const page = await site.root.open('admin/clusters')
  assert.equal(page.status, 200)
  assert.equal(page.heading, 'Clusters')
  const text = textOf(page)
  assert.match(
    text,
    /lab-2 https:\/\/10\.20\.0\.5:6443 not seen lately embedded RS256 everyone not run 0/,
  )
  assert.match(
    text,
    /prod-eu https:\/\/api\.prod-eu\.example\.com:6443 not seen lately embedded RS256 viewers not run 0/,
  )
  assert.equal(page.headers['cache-control'], 'no-store')
})

test('the list ends after a thousand clusters, and says so', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const now = web.now()
  await web.store.write(async (tx) => {
    for (let n = 0; n < 1_001; n += 1) {
      const id = `c${String(n).padStart(4, '0')}`
      await tx.query
        .insertInto('clusters')
        .values({
          ...{ id, name: id, audience: id, server: 'https://10.0.0.1', signing_alg: 'RS256' },
          ...{ certificate_authority: null, proxy_server: null, kubernetes_version: null },
          ...{ proxy_certificate_authority: null, username_prefix: '', groups_prefix: '' },
          ...{ everyone: 0, live_groups: 0, fallback_after: null, replicas: '[]', max_age: null },
          created_at: now,
        })
        .execute()
    }
  })
  const { html } = await root.open('admin/clusters')
  assert.match(html, /The first 1,000 by name\./)
  assert.equal([...html.matchAll(/<th scope="row">/g)].length, 1_000)
  assert.ok(html.includes('>c0999<') && !html.includes('>c1000<'))
  const keys = await root.open('admin/keys')
  assert.match(keys.html, /The first 1,000 clusters by name\./)
})

test('a cluster is added from a form that keeps what was typed where it is refused', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const empty = await root.open('admin/new-cluster')
  assert.equal(empty.heading, 'Add cluster')
  const typed = { name: 'staging', server: SERVER, groups: 'viewers nobody', replicas: '' }
  const refused = await act(root, empty, '/admin/clusters', typed)
  assert.equal(refused.status, 404)
  assert.match(refused.title, /^Error: Add cluster/)
  assert.match(textOf(refused), /No group is named "nobody"\./)
  assert.equal(refused.forms[0]?.fields['groups'], 'viewers nobody')
  assert.equal(await web.clusters.find('staging'), undefined)
  for (const [fields, status, sentence] of [
    [{ name: 'Prod EU' }, 400, /Cluster name "Prod EU" must be 1 to 63 of/],
    [{ server: 'http://a' }, 400, /Server "http:\/\/a" must/],
    [{ name: 'prod-eu' }, 409, /Cluster "prod-eu" exists already\./],
    [{ kubernetes_version: '9' }, 400, /version "9"/],
    [{ certificate_authority: 'none' }, 400, /certificate/i],
    [{ fallback_after: 'soon' }, 400, /fallback/i],
  ] as const) {
    const wrong = await act(root, empty, '/admin/clusters', {
      ...{ ...typed, groups: 'viewers', ...fields },
    })
    assert.deepEqual([wrong.status, sentence.test(textOf(wrong))], [status, true], textOf(wrong))
  }
  const added = await act(root, empty, '/admin/clusters', {
    ...{ ...typed, groups: 'viewers', groups_mode: 'embedded', signing_alg: 'ES256' },
    ...{ kubernetes_version: '1.34', username_prefix: 'oidc:', replicas: `${SERVER}1\n${SERVER}2` },
  })
  assert.equal(added.heading, 'staging')
  assert.match(textOf(added), /The cluster is added\./)
  const { id, createdAt, ...cluster } = await web.clusters.get('staging')
  assert.ok(id.length > 0 && createdAt > 0)
  assert.deepEqual(cluster, {
    ...{ name: 'staging', audience: 'staging', server: SERVER, certificateAuthority: null },
    ...{ proxyServer: null, proxyCertificateAuthority: null, signingAlg: 'ES256' },
    ...{ usernamePrefix: 'oidc:', groupsPrefix: '', everyone: false, groups: ['viewers'] },
    ...{ liveGroups: false, fallbackAfter: null, kubernetesVersion: '1.34' },
    replicas: [`${SERVER}1`, `${SERVER}2`],
    ...{ policy: { factors: 'any', maxAge: null }, stepUp: 'withhold' },
  })
  const [event] = await web.audit.list({ types: ['cluster.added'] })
  assert.deepEqual([event?.actor.name, event?.target?.name], ['root', 'staging'])
})

test('a cluster is changed, and not from a form that is older than another change', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const form = await root.open('admin/clusters/prod-eu/edit')
  assert.equal(form.heading, 'Edit prod-eu')
  const changed = await act(root, form, '/prod-eu', { name: 'prod', groups_prefix: 'oidc:' })
  assert.equal(changed.heading, 'prod')
  assert.match(textOf(changed), /The cluster is changed\./)
  assert.equal((await web.clusters.get('prod')).groupsPrefix, 'oidc:')
  assert.equal((await act(root, form, '/prod-eu')).status, 404, 'it has another name now')

  const old = await root.open('admin/clusters/prod/edit')
  await web.clusters.change('prod', { server: 'https://other.example.com' }, BY)
  const stale = await act(root, old, '/prod', { groups_prefix: '' })
  assert.equal(stale.status, 400)
  assert.match(
    textOf(stale),
    /Somebody changed this cluster after this form was opened\. Open the form again/,
  )
  const { server, groupsPrefix } = await web.clusters.get('prod')
  assert.deepEqual([server, groupsPrefix], ['https://other.example.com', 'oidc:'])
})
