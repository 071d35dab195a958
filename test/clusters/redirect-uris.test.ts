import assert from 'node:assert/strict'
import { test } from 'node:test'
import { by, openRegister } from './register.ts'

test('redirect URIs that name one place exactly are taken as they are', async () => {
  await using register = await openRegister()
  const redirectUris = [
    'https://app.example.com/cb',
    'https://app.example.com',
    'https://app.example.com:8443/cb?tenant=1',
    'http://127.0.0.1/cb',
    'http://[::1]:3000/cb',
    'http://localhost:3000/cb',
  ]
  const { application } = await register.clusters.applications.add(
    { name: 'app', redirectUris: [...redirectUris, 'https://app.example.com/cb'] },
    by,
  )
  assert.deepEqual(application.redirectUris, redirectUris)
})

const wrong: Record<string, string> = {
  '': 'may hold printable ASCII only',
  '/cb': 'is not an absolute URL',
  'javascript:alert(1)': 'must begin with https://',
  'data:text/html,x': 'must begin with https://',
  'com.example.app:/cb': 'must begin with https://',
  'http://app.example.com/cb': 'must begin with https:// unless it names this very machine',
  'http://127.0.0.2/cb': 'must begin with https:// unless it names this very machine',
  'http://localhost.example.com/cb': 'must begin with https:// unless it names this very machine',
  'https://good.example.com@evil.example.com/cb': 'must name no user',
  'https://@app.example.com/cb': 'must name no user',
  'https://app.example.com/cb#x': 'must have no fragment',
  'https://app.example.com/cb#': 'must have no fragment',
  'https://*.example.com/cb': 'must have no wildcard',
  'https://app.example.com/*': 'must have no wildcard',
  'https://app.example.com\\@evil.example.com': 'must name no user',
  'https://app.example.com\\cb': 'must hide no slash in its path',
  'https://app.example.com/a%2Fb': 'must hide no slash in its path',
  'https://app.example.com/a%5cb': 'must hide no slash in its path',
  'https://app.example.com/a/../cb': 'must be written "https://app.example.com/cb"',
  'https://app.example.com/a/%2e%2e/cb': 'must be written "https://app.example.com/cb"',
  'https://app.example.com/./cb': 'must be written "https://app.example.com/cb"',
  'https://APP.example.com/cb': 'must be written "https://app.example.com/cb"',
  'HTTPS://app.example.com/cb': 'must be written "https://app.example.com/cb"',
  'https://app.example.com:443/cb': 'must be written "https://app.example.com/cb"',
  'https:app.example.com/cb': 'must be written "https://app.example.com/cb"',
  'http://0x7f.1/cb': 'must be written "http://127.0.0.1/cb"',
  'https://app.example.com/ cb': 'may hold printable ASCII only',
  'https://app.example.com/cb\n': 'may hold printable ASCII only',
  'https://аpp.example.com/cb': 'may hold printable ASCII only',
}
for (const [uri, fault] of Object.entries(wrong)) {
  test(`redirect URI ${JSON.stringify(uri)} is refused`, async () => {
    await using register = await openRegister()
    const { applications } = register.clusters
    const refusal = (error: { code: string; message: string }) =>
      error.code === 'ERR_REDIRECT_URI_INVALID' && error.message.endsWith(`" ${fault}`)
    await assert.rejects(applications.add({ name: 'app', redirectUris: [uri] }, by), refusal)
    const redirectUris = ['https://app.example.com/cb']
    await applications.add({ name: 'app', redirectUris }, by)
    await assert.rejects(applications.change('app', { redirectUris: [uri] }, by), refusal)
    await assert.rejects(applications.change('app', { postLogoutRedirectUris: [uri] }, by), refusal)
  })
}

test('none, too many and too long are refused', async () => {
  await using register = await openRegister()
  const { applications } = register.clusters
  const many = Array.from({ length: 21 }, (_, index) => `https://app.example.com/${index}`)
  const cases: [string[], string][] = [
    [[], 'an application needs a redirect URI'],
    [many, '21 redirect URIs are more than 20'],
    [
      [`https://app.example.com/${'a'.repeat(2000)}`],
      `redirect URI "https://app.example.com/${'a'.repeat(56)}…" is longer than 2000 characters`,
    ],
  ]
  for (const [redirectUris, message] of cases) {
    await assert.rejects(applications.add({ name: 'app', redirectUris }, by), { message })
  }
})

test('the clients: the plugin’s own, and native loopback forms for every cluster', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.add(
    { name: 'prod', server: 'https://k8s', signingAlg: 'ES256', audience: 'aud' },
    by,
  )
  assert.deepEqual(await clusters.clients(), [
    {
      clientId: 'kubectl-lanyard',
      name: 'kubectl',
      kind: 'kubectl',
      redirectUris: ['http://127.0.0.1/callback'],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
      secretHash: null,
      signingAlg: 'ES256',
    },
    {
      clientId: 'aud',
      name: 'prod',
      kind: 'cluster',
      redirectUris: [
        'http://127.0.0.1',
        'http://127.0.0.1/',
        'http://127.0.0.1/callback',
        'http://[::1]',
        'http://[::1]/',
        'http://[::1]/callback',
        'http://localhost',
        'http://localhost/',
        'http://localhost/callback',
      ],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
      secretHash: null,
      signingAlg: 'ES256',
    },
  ])
})
