import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { BY, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const ISSUER = 'https://ci.example.com'
type Site = Awaited<ReturnType<typeof openAdmin>>

/** An issuer whose keys are given, so that nobody is asked; signs what it is told. */
async function trust({ web }: Site) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const jwks = JSON.stringify({ keys: [jwk] })
  await web.machines.issuers.add({ name: 'ci', issuer: ISSUER, jwks }, BY)
  const at = Math.floor(web.now() / 1000)
  return {
    jwks,
    sign: (claims: object) =>
      new SignJWT({ iss: ISSUER, aud: web.issuerUrl, iat: at, exp: at + 300, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(privateKey),
  }
}

const RULE = {
  ...{ name: 'deploy-web', issuer: 'ci', username: 'machine:deploy-web', clusters: 'prod-eu' },
  claims: 'sub = job\nref ~ refs/heads/*\nprotected := true',
}

test('an issuer is trusted, and a rule over its tokens added, from forms', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  assert.match(textOf(await root.open('admin/machines')), /There is no rule: no machine gets in\./)
  const { publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const issuer = await act(root, await root.open('admin/new-issuer'), '/machines/issuers', {
    ...{
      name: 'ci',
      issuer: ISSUER,
      jwks: JSON.stringify({ keys: [jwk] }),
      replay: 'until-expiry',
    },
  })
  assert.match(
    textOf(issuer),
    /The issuer is trusted\. .* ci https:\/\/ci\.example\.com oidc given until it ends/,
  )
  const added = await act(root, await root.open('admin/new-rule'), '/machines/rules', {
    ...{ ...RULE, groups: 'viewers', lifetime: '300' },
  })
  assert.match(textOf(added), /The rule is added\./)
  const { pins, username, groups, lifetime, audience, clusters } =
    await web.machines.rules.get('deploy-web')
  assert.deepEqual(
    [username, groups, lifetime, audience, clusters.map(({ name }) => name)],
    ['machine:deploy-web', ['viewers'], 300, web.issuerUrl, ['prod-eu']],
  )
  assert.deepEqual(pins, [
    { kind: 'exact', claim: 'sub', value: 'job' },
    { kind: 'glob', claim: 'ref', value: 'refs/heads/*' },
    { kind: 'exact', claim: 'protected', value: true },
  ])
  assert.match(
    textOf(await root.open('admin/machines')),
    /deploy-web ci oidc sub = job ref ~ refs\/heads\/\* protected := true machine:deploy-web viewers · prod-eu never/,
  )
})

test('what a form has wrong is said beside what was typed', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await trust(site)
  const empty = await root.open('admin/new-rule')
  for (const [fields, status, sentence] of [
    [{ claims: 'sub job' }, 400, /Claim "sub job" is not written as one\. Write name = text/],
    [{ claims: 'sub := "x"' }, 400, /Claim "sub := "x"" is not written as one\./],
    [{ username: 'root' }, 400, /machine:/],
    [{ clusters: 'nowhere' }, 404, /No cluster is named "nowhere"\./],
    [{ groups: 'nobody' }, 404, /No group is named "nobody"\./],
    [{ issuer: 'nobody' }, 404, /"nobody"/],
    [{ lifetime: '5' }, 400, /lives 60 seconds to 3600, not 5\./],
  ] as const) {
    const refused = await act(root, empty, '/machines/rules', { ...RULE, ...fields })
    assert.deepEqual(
      [refused.status, sentence.test(textOf(refused))],
      [status, true],
      textOf(refused),
    )
    assert.equal(refused.title, 'Error: Add rule – Lanyard')
    assert.equal(refused.forms[0]?.fields['claims'], { ...RULE, ...fields }.claims)
  }
  assert.deepEqual(await web.machines.rules.list(), [])
  const issuer = await root.open('admin/new-issuer')
  for (const [fields, status] of [
    [{ name: 'ci', issuer: 'https://other.example.com' }, 409],
    [{ name: 'x', issuer: 'http://plain.example.com' }, 400],
    [{ name: 'x', issuer: 'https://x.example.com', jwks: '{}' }, 400],
    [{ name: 'x', issuer: web.issuerUrl }, 400],
  ] as const) {
    const refused = await act(root, issuer, '/machines/issuers', fields)
    assert.equal(refused.status, status, textOf(refused))
    assert.equal(refused.forms[0]?.fields['issuer'], fields.issuer)
  }
  assert.equal((await web.machines.issuers.list()).length, 1)
})

test('a dry run says which rule lets a token in, and why the others do not', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const { sign } = await trust(site)
  for (const name of ['deploy-web', 'other']) {
    await web.machines.rules.add(
      {
        ...{ name, issuer: 'ci', audience: web.issuerUrl, username: `machine:${name}` },
        ...{ clusters: ['prod-eu'], pins: [{ kind: 'exact', claim: 'sub', value: name }] },
      },
      BY,
    )
  }
  const page = await root.open('admin/machines')
  const token = await sign({ sub: 'deploy-web' })
  const good = await act(root, page, '/machines/explain', { token, cluster: 'prod-eu' })
  assert.equal(good.status, 200)
  assert.ok(!good.html.includes(token), 'the token is not shown again')
  const text = textOf(good)
  assert.match(text, /Rule deploy-web lets it in\./)
  assert.match(text, /Passed: the token is good, and signed by its issuer/)
  assert.match(
    text,
    /Passed: rule deploy-web matches enters prod-eu as machine:deploy-web with no groups, for 600 s/,
  )
  assert.match(text, /Failed: rule other does not match .*"deploy-web"/)
  const again = await act(root, page, '/machines/explain', { token })
  assert.match(textOf(again), /Rule deploy-web lets it in\./, 'nothing is spent')
  const nobody = await act(root, page, '/machines/explain', { token: await sign({ sub: 'x' }) })
  assert.match(textOf(nobody), /No rule lets it in\./)
  const old = await act(root, page, '/machines/explain', {
    token: await sign({ sub: 'x', exp: 1 }),
  })
  assert.match(textOf(old), /The token is not good: no rule lets it in\./)
  const none = await act(root, page, '/machines/explain', { token: 'nonsense' })
  assert.match(textOf(none), /No issuer that is trusted made this token\./)
  const unknown = await act(root, page, '/machines/explain', { token, cluster: 'nowhere' })
  assert.deepEqual(
    [unknown.status, /No cluster is named "nowhere"\./.test(textOf(unknown))],
    [404, true],
  )
  assert.equal((await web.audit.list({ types: ['machine.entered', 'machine.refused'] })).length, 0)
})

test('rules are disabled at once, enabled and removed after the words; an issuer in use stays', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await trust(site)
  await web.machines.rules.add(
    {
      ...{ name: 'r', issuer: 'ci', audience: 'x', username: 'machine:r', clusters: ['prod-eu'] },
      pins: [{ kind: 'exact', claim: 'sub', value: 'job' }],
    },
    BY,
  )
  const page = await root.open('admin/machines')
  const disabled = await act(root, page, '/rules/r/disable')
  assert.match(textOf(disabled), /The rule lets no token in\..* r disabled/)
  assert.equal((await web.machines.rules.get('r')).enabled, false)
  await act(root, disabled, '/rules/r/enable')
  assert.equal((await web.machines.rules.get('r')).enabled, true)
  const inUse = await root.submit(await act(root, page, '/issuers/ci/remove'))
  assert.match(textOf(inUse), /Issuer "ci" /)
  assert.deepEqual([inUse.status, (await web.machines.issuers.list()).length], [400, 1])
  const asked = await act(root, page, '/rules/r/remove')
  assert.match(textOf(asked), /You are about to remove rule r/)
  assert.match(textOf(await root.submit(asked)), /The rule is removed\./)
  assert.deepEqual(await web.machines.rules.list(), [])
  const gone = await act(root, page, '/rules/r/disable')
  assert.deepEqual([gone.status, /No machine rule|No rule/i.test(textOf(gone))], [404, true])
  const issuer = await root.submit(await act(root, page, '/issuers/ci/remove'))
  assert.match(textOf(issuer), /The issuer is trusted no more\./)
  assert.deepEqual(await web.machines.issuers.list(), [])
})

test('only an admin sees or does any of this, and no form without its token', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  for (const path of ['machines', 'new-rule', 'new-issuer']) {
    assert.equal((await ada.open(`admin/${path}`)).status, 404, path)
  }
  for (const path of [
    ...['explain', 'rules', 'issuers', 'rules/r/disable', 'rules/r/enable', 'rules/r/remove'],
    'issuers/ci/remove',
  ]) {
    const url = `${web.issuerUrl}/admin/machines/${path}`
    assert.equal((await ada.post(url, { csrf })).status, 404, path)
    assert.equal((await root.post(url, {})).status, 403, path)
    assert.equal((await root.open(`admin/machines/${path}`)).status, 405, path)
  }
})
