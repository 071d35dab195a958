import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchSecret } from '../../../src/clusters/index.ts'
import { BY, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const CALLBACK = 'https://grafana.example.com/login/generic_oauth'

async function secretHash({
  store,
}: {
  store: Awaited<ReturnType<typeof openAdmin>>['web']['store']
}) {
  const row = await store.query
    .selectFrom('applications')
    .select('secret_hash')
    .executeTakeFirstOrThrow()
  return row.secret_hash
}

test('an application is added from a preset, its secret and settings are shown this once', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  assert.match(textOf(await root.open('admin/applications')), /There is no application/)
  const made = await act(root, await root.open('admin/new-application'), '/admin/applications', {
    ...{
      name: 'grafana',
      preset: 'grafana',
      url: 'https://grafana.example.com',
      groups: 'viewers',
    },
  })
  assert.deepEqual([made.status, made.heading], [200, 'Application grafana'])
  const secret = /<figcaption>client_secret[\s\S]*?<pre tabindex="0">([\w-]+)<\/pre>/.exec(
    made.html,
  )?.[1]
  assert.equal(matchSecret(await secretHash(web), secret ?? ''), true)
  assert.match(made.html, /grafana\.ini/)
  assert.ok(made.html.includes(`client_secret = ${secret}`))
  const { redirectUris, groups, everyone } = await web.clusters.applications.get('grafana')
  assert.deepEqual([redirectUris, groups, everyone], [[CALLBACK], ['viewers'], false])
  const page = await root.open('admin/applications/grafana')
  assert.match(textOf(page), /Nobody has signed in to it yet\./)
  assert.ok(!page.html.includes(secret ?? 'none'))
  const list = textOf(await root.open('admin/applications'))
  assert.match(
    list,
    /grafana grafana confidential https:\/\/grafana\.example\.com\/login\/generic_oauth viewers never/,
  )
})

test('a form that is refused keeps what was typed', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const empty = await root.open('admin/new-application')
  for (const [fields, status, sentence] of [
    [{}, 400, /redirect/i],
    [{ redirect_uris: 'javascript:alert(1)' }, 400, /redirect URI/i],
    [{ redirect_uris: CALLBACK, name: 'No Name' }, 400, /"No Name" must be 1 to 63/],
    [{ redirect_uris: CALLBACK, groups: 'nobody' }, 404, /No group is named "nobody"\./],
    [{ redirect_uris: CALLBACK, client_id: 'prod-eu' }, 400, /"prod-eu"/],
    [{ preset: 'grafana', url: 'nonsense' }, 400, /Url "nonsense" must be/],
    [{ redirect_uris: CALLBACK, backchannel_logout_uri: 'ftp://a' }, 400, /ftp/],
  ] as const) {
    const refused = await act(root, empty, '/admin/applications', { name: 'app', ...fields })
    assert.deepEqual(
      [refused.status, sentence.test(textOf(refused))],
      [status, true],
      textOf(refused),
    )
    assert.match(refused.title, /^Error: Add application/)
    for (const [name, value] of Object.entries(fields)) {
      assert.equal(refused.forms[0]?.fields[name], value)
    }
  }
  assert.deepEqual(await web.clusters.applications.list(), [])
})

test('a public application without a preset has nothing to show but its page', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await act(root, await root.open('admin/new-application'), '/admin/applications', {
    ...{ name: 'cli', redirect_uris: 'http://127.0.0.1/callback', public: 'yes', everyone: 'yes' },
  })
  assert.equal(page.heading, 'cli')
  assert.match(textOf(page), /The application is added\./)
  assert.equal((await web.clusters.applications.get('cli')).public, true)
  assert.equal(
    page.forms.some(({ action }) => action.endsWith('/secret')),
    false,
  )
  const csrf = page.forms[0]?.fields['csrf'] ?? ''
  const url = `${web.issuerUrl}/admin/applications/cli/secret`
  const asked = await root.post(url, { csrf })
  const refused = await root.submit(asked)
  assert.equal(refused.status, 400)
  assert.match(textOf(refused), /Application "cli" is public/)
})

test('what is known of an application is changed, and not from an old form', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.clusters.applications.add({ name: 'app', redirectUris: [CALLBACK] }, BY)
  const form = await root.open('admin/applications/app/edit')
  assert.equal(form.forms[0]?.fields['redirect_uris'], CALLBACK)
  const changed = await act(root, form, '/applications/app', {
    ...{
      redirect_uris: `${CALLBACK}\n${CALLBACK}2`,
      backchannel_logout_uri: 'https://a.example.com/out',
    },
  })
  assert.match(textOf(changed), /The application is changed\./)
  const { redirectUris, backchannelLogoutUri } = await web.clusters.applications.get('app')
  assert.deepEqual(
    [redirectUris, backchannelLogoutUri],
    [[CALLBACK, `${CALLBACK}2`], 'https://a.example.com/out'],
  )
  const stale = await act(root, form, '/applications/app', { redirect_uris: CALLBACK })
  assert.equal(stale.status, 400)
  assert.match(textOf(stale), /Somebody changed this application after this form was opened\./)
  assert.deepEqual((await web.clusters.applications.get('app')).redirectUris.length, 2)
})

test('who may enter and the policy are set as a cluster’s are', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const { applications } = web.clusters
  await applications.add({ name: 'app', redirectUris: [CALLBACK] }, BY)
  const page = await root.open('admin/applications/app')
  assert.match(
    textOf(await act(root, page, '/groups', { group: 'viewers' })),
    /The group may enter/,
  )
  assert.deepEqual((await applications.get('app')).groups, ['viewers'])
  const unknown = await act(root, page, '/groups', { group: 'nobody' })
  assert.deepEqual([unknown.status, unknown.heading], [404, 'app'])
  await act(root, page, '/policy', { factors: 'two', max_age: '', step_up: 'refuse' })
  const { policy, stepUp } = await applications.get('app')
  assert.deepEqual([policy, stepUp], [{ factors: 'two', maxAge: null }, 'refuse'])
  const open = await root.submit(await act(root, page, '/everyone'))
  assert.match(textOf(open), /Every active user may enter/)
  assert.equal((await applications.get('app')).everyone, true)
})

test('a secret is made anew after it was confirmed, and the old one ends', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const { applications } = web.clusters
  const { secret: old } = await applications.add({ name: 'app', redirectUris: [CALLBACK] }, BY)
  const asked = await act(root, await root.open('admin/applications/app'), '/secret')
  assert.match(
    textOf(asked),
    /You are about to make a new secret for app whose old one ends at once/,
  )
  assert.equal(matchSecret(await secretHash(web), old ?? ''), true)
  const made = await root.submit(asked)
  assert.equal(made.heading, 'Secret of app')
  const secret = /<pre tabindex="0">([\w-]{43})<\/pre>/.exec(made.html)?.[1] ?? ''
  assert.equal(matchSecret(await secretHash(web), secret), true)
  assert.equal(matchSecret(await secretHash(web), old ?? ''), false)
  const [event] = await web.audit.list({ types: ['application.secret_rotated'] })
  assert.deepEqual([event?.actor.name, event?.target?.name], ['root', 'app'])
})

test('an application is deleted after it was confirmed', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.clusters.applications.add({ name: 'app', redirectUris: [CALLBACK] }, BY)
  const asked = await act(root, await root.open('admin/applications/app'), '/delete')
  assert.match(textOf(asked), /You are about to delete application app/)
  assert.match(textOf(await root.submit(asked)), /The application is deleted\./)
  assert.deepEqual(await web.clusters.applications.list(), [])
  assert.equal((await root.open('admin/applications/app')).status, 404)
})

test('nobody but an admin sees or does any of this, and no form without its token', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.clusters.applications.add({ name: 'app', redirectUris: [CALLBACK] }, BY)
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  for (const path of [
    'applications',
    'new-application',
    'applications/app',
    'applications/app/edit',
  ]) {
    assert.equal((await ada.open(`admin/${path}`)).status, 404, path)
  }
  for (const path of ['', '/app', '/app/groups', '/app/policy', '/app/secret', '/app/delete']) {
    const url = `${web.issuerUrl}/admin/applications${path}`
    assert.equal((await ada.post(url, { csrf })).status, 404, path)
    assert.equal((await root.post(url, { csrf })).status, 403, path)
  }
})
