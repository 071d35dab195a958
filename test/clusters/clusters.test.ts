import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRevisions } from '../../db/index.ts'
import { ANY_SIGN_IN } from '../../src/access/index.ts'
import { reachedAt } from '../../src/clusters/index.ts'
import { createAuthority } from '../support/certificates.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { by, events, noon, openRegister } from './register.ts'

const server = 'https://k8s.example.com:6443'

test('a new cluster lets nobody in but the groups named for it', async () => {
  await using register = await openRegister('dev', 'ops')
  const { clusters, store } = register
  const added = await clusters.add({ name: 'prod', server, groups: ['ops', 'dev', 'DEV'] }, by)
  assert.deepEqual(added, {
    id: added.id,
    name: 'prod',
    audience: 'prod',
    server,
    certificateAuthority: null,
    proxyServer: null,
    proxyCertificateAuthority: null,
    signingAlg: 'RS256',
    usernamePrefix: '',
    groupsPrefix: '',
    everyone: false,
    groups: ['dev', 'ops'],
    liveGroups: true,
    fallbackAfter: null,
    kubernetesVersion: null,
    replicas: [],
    policy: ANY_SIGN_IN,
    stepUp: 'withhold',
    createdAt: noon,
  })
  assert.deepEqual(await clusters.get('prod'), added)
  assert.deepEqual(await clusters.list(), [added])
  assert.deepEqual(await events(store), [
    {
      type: 'cluster.added',
      name: 'prod',
      detail: {
        ...{ audience: 'prod', server, everyone: false, groups: ['dev', 'ops'] },
        liveGroups: true,
      },
    },
  ])
})

test('every change moves the revision of clients; what changes nothing does not', async () => {
  await using register = await openRegister('dev')
  const { clusters, store } = register
  const revision = async () => (await readRevisions(store)).clients
  const start = await revision()
  await clusters.add({ name: 'prod', server }, by)
  await clusters.change('prod', { everyone: true }, by)
  await clusters.allow('prod', 'dev', by)
  await clusters.disallow('prod', 'dev', by)
  await clusters.delete('prod', by)
  assert.equal(await revision(), start + 5)
  await clusters.add({ name: 'dev', server }, by)
  await clusters.change('dev', { everyone: false, server: `${server}/` }, by)
  await clusters.disallow('dev', 'dev', by)
  assert.equal(await revision(), start + 6)
  assert.equal((await events(store)).length, 6)
})

test('a rename keeps the audience, and the name is free for another', async () => {
  await using register = await openRegister()
  const { clusters, store } = register
  await clusters.add({ name: 'prod', server }, by)
  const renamed = await clusters.change('prod', { name: 'prod-old' }, by)
  assert.equal(renamed.audience, 'prod')
  assert.deepEqual((await events(store)).at(-1)?.detail, { changed: ['name'], formerName: 'prod' })
  await assert.rejects(clusters.add({ name: 'prod', server }, by), {
    code: 'ERR_AUDIENCE_TAKEN',
    message: 'audience "prod" belongs to cluster "prod-old"',
  })
  await clusters.add({ name: 'prod', server, audience: 'prod-2' }, by)
  await assert.rejects(clusters.change('prod-old', { name: 'prod' }, by), {
    code: 'ERR_CLUSTER_EXISTS',
    message: 'cluster "prod" exists already',
  })
})

test('the audience of a deleted cluster is never given again, to no cluster and no application', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.add({ name: 'prod', server }, by)
  await clusters.delete('prod', by)
  assert.equal(await clusters.find('prod'), undefined)
  assert.equal(await clusters.target('prod'), undefined)
  const retired = { code: 'ERR_AUDIENCE_RETIRED', message: 'audience "prod" was used before' }
  await assert.rejects(clusters.add({ name: 'prod', server }, by), retired)
  const redirectUris = ['https://a.example.com/cb']
  await assert.rejects(clusters.applications.add({ name: 'prod', redirectUris }, by), retired)
})

test('of two that add the same at once, one wins', async () => {
  await using register = await openRegister()
  const { clusters } = register
  const results = await Promise.allSettled([
    clusters.add({ name: 'prod', server }, by),
    clusters.add({ name: 'prod', server: 'https://other.example.com' }, by),
  ])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.equal((await clusters.list()).length, 1)
})

test('unknown clusters and groups are named', async () => {
  await using register = await openRegister()
  const { clusters } = register
  const unknown = { code: 'ERR_CLUSTER_UNKNOWN', message: 'no cluster is named "nope"' }
  await assert.rejects(clusters.get('nope'), unknown)
  await assert.rejects(clusters.delete('nope', by), unknown)
  await clusters.add({ name: 'prod', server }, by)
  await assert.rejects(clusters.allow('prod', 'nope', by), {
    code: 'ERR_GROUP_UNKNOWN',
    message: 'no group is named "nope"',
  })
  await assert.rejects(clusters.allow('prod', 'system:masters', by), {
    code: 'ERR_NAME_RESERVED',
    message: 'group name "system:masters" is reserved by Kubernetes',
  })
})

const badClusters: [string, object, string][] = [
  ['no name', { name: '' }, 'ERR_NAME_INVALID'],
  ['upper case', { name: 'Prod' }, 'ERR_NAME_INVALID'],
  ['a dot', { name: 'prod.eu' }, 'ERR_NAME_INVALID'],
  ['a dash first', { name: '-prod' }, 'ERR_NAME_INVALID'],
  ['64 characters', { name: 'a'.repeat(64) }, 'ERR_NAME_INVALID'],
  ['a newline last', { name: 'prod\n' }, 'ERR_NAME_INVALID'],
  ['an empty audience', { audience: '' }, 'ERR_AUDIENCE_INVALID'],
  ['a space in the audience', { audience: 'a b' }, 'ERR_AUDIENCE_INVALID'],
  ['the audience of the plugin', { audience: 'kubectl-lanyard' }, 'ERR_AUDIENCE_INVALID'],
  ['the audience of the API', { audience: 'https://id/kubectl/v1' }, 'ERR_AUDIENCE_INVALID'],
  ['plain http', { server: 'http://k8s' }, 'ERR_SERVER_INVALID'],
  ['a user in the server', { server: 'https://a@k8s' }, 'ERR_SERVER_INVALID'],
  ['a query in the server', { server: 'https://k8s?' }, 'ERR_SERVER_INVALID'],
  ['a fragment in the server', { server: 'https://k8s#' }, 'ERR_SERVER_INVALID'],
  ['a backslash in the server', { server: 'https://k8s\\x' }, 'ERR_SERVER_INVALID'],
  ['a space in the server', { server: ' https://k8s' }, 'ERR_SERVER_INVALID'],
  ['no host', { server: 'https://' }, 'ERR_SERVER_INVALID'],
  ['a script', { server: 'javascript:alert(1)' }, 'ERR_SERVER_INVALID'],
  ['text as CA', { certificateAuthority: 'nope' }, 'ERR_CERTIFICATE_AUTHORITY_INVALID'],
  ['EdDSA', { signingAlg: 'EdDSA' }, 'ERR_SIGNING_ALG_INVALID'],
  ['a reserved prefix', { usernamePrefix: 'system:' }, 'ERR_NAME_RESERVED'],
  ['a groups prefix that completes one', { groupsPrefix: 'sys' }, 'ERR_NAME_RESERVED'],
  ['the flag’s word for no prefix', { usernamePrefix: '-' }, 'ERR_NAME_INVALID'],
]
for (const [what, change, code] of badClusters) {
  test(`a cluster with ${what} is refused, and leaves nothing`, async () => {
    await using register = await openRegister()
    const { clusters, store } = register
    await assert.rejects(clusters.add({ name: 'prod', server, ...change }, by), { code })
    assert.deepEqual(await clusters.list(), [])
    assert.deepEqual(await events(store), [])
  })
}

test('a CA is parsed, and nothing beside its certificates is kept', async () => {
  await using register = await openRegister()
  await using directory = await temporaryDirectory()
  const { clusters } = register
  const { certificate, key } = await createAuthority(directory.path, 'ca')
  const added = await clusters.add(
    { name: 'prod', server, certificateAuthority: `a comment\r\n${certificate}\n${certificate}` },
    by,
  )
  assert.equal(added.certificateAuthority, certificate.trim().concat('\n').repeat(2))
  const without = await clusters.change('prod', { certificateAuthority: null }, by)
  assert.equal(without.certificateAuthority, null)
  await assert.rejects(
    clusters.change('prod', { certificateAuthority: `${certificate}${key}` }, by),
    { message: 'the certificate authority holds a private key' },
  )
  const broken = certificate.replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA')
  await assert.rejects(clusters.change('prod', { certificateAuthority: broken }, by), {
    message: 'the certificate authority holds a certificate that cannot be read: number 1',
  })
})

test('people reach a cluster at the proxy before it, until that is taken away', async () => {
  await using register = await openRegister()
  await using directory = await temporaryDirectory()
  const { clusters } = register
  const { certificate } = await createAuthority(directory.path, 'ca')
  await clusters.add({ name: 'prod', server }, by)
  await assert.rejects(clusters.change('prod', { proxyCertificateAuthority: certificate }, by), {
    code: 'ERR_PROXY_MISSING',
    message: 'the CA of a proxy is given for no proxy',
  })
  const proxyServer = 'https://proxy.example.com/clusters/prod'
  const before = await clusters.change(
    'prod',
    { proxyServer, proxyCertificateAuthority: certificate },
    by,
  )
  const pem = `${certificate.trim()}\n`
  assert.deepEqual(reachedAt(before), { server: proxyServer, certificateAuthority: pem })
  await assert.rejects(clusters.change('prod', { proxyServer: 'http://a' }, by), {
    code: 'ERR_SERVER_INVALID',
  })
  const after = await clusters.change('prod', { proxyServer: null }, by)
  assert.equal(after.proxyCertificateAuthority, null)
  assert.deepEqual(reachedAt(after), { server, certificateAuthority: null })
})

test('a target is what its client id stands for at that moment', async () => {
  await using register = await openRegister('dev', 'ops')
  const { clusters } = register
  const { id } = await clusters.add({ name: 'prod', server, audience: 'aud', groups: ['dev'] }, by)
  assert.equal(await clusters.target('prod'), undefined)
  assert.equal(await clusters.target('AUD'), undefined)
  const target = {
    ...{ kind: 'cluster', id, name: 'prod', audience: 'aud', everyone: false },
    ...{ liveGroups: true, fallbackAfter: null, policy: ANY_SIGN_IN, stepUp: 'withhold' },
  }
  assert.deepEqual(await clusters.target('aud'), { ...target, groups: ['dev'] })
  await clusters.disallow('prod', 'dev', by)
  assert.deepEqual(await clusters.target('aud'), { ...target, groups: [] })
  await clusters.change('prod', { fallbackAfter: 60 }, by)
  assert.deepEqual(await clusters.target('aud'), { ...target, groups: [], fallbackAfter: 60 })
  await clusters.change('prod', { liveGroups: false }, by)
  assert.deepEqual(await clusters.target('aud'), { ...target, groups: [], liveGroups: false })
  assert.deepEqual(await clusters.target('kubectl-lanyard'), { kind: 'kubectl' })
  const { application } = await clusters.applications.add(
    { name: 'grafana', redirectUris: ['https://g.example.com/cb'], groups: ['ops', 'dev'] },
    by,
  )
  const found = await clusters.target('grafana')
  assert.deepEqual(found?.kind === 'application' && { ...found, groups: found.groups.toSorted() }, {
    kind: 'application',
    id: application.id,
    name: 'grafana',
    clientId: 'grafana',
    everyone: false,
    groups: ['dev', 'ops'],
    policy: ANY_SIGN_IN,
    stepUp: 'withhold',
  })
})

test('somebody sees the clusters that let them in', async () => {
  await using register = await openRegister('dev', 'ops')
  const { clusters } = register
  await clusters.add({ name: 'open', server, everyone: true }, by)
  await clusters.add({ name: 'for-dev', server, groups: ['dev'] }, by)
  await clusters.add({ name: 'for-ops', server, groups: ['ops'] }, by)
  await clusters.add({ name: 'closed', server }, by)
  const names = async (...groups: string[]) =>
    (await clusters.forSubject(groups)).map(({ name }) => name)
  assert.deepEqual(await names('dev'), ['for-dev', 'open'])
  assert.deepEqual(await names(), ['open'])
})

test('a group that is deleted lets nobody in any more', async () => {
  await using register = await openRegister('dev')
  const { clusters, store } = register
  await clusters.add({ name: 'prod', server, groups: ['dev'] }, by)
  await store.write((tx) => tx.query.deleteFrom('groups').where('name', '=', 'dev').execute())
  assert.deepEqual((await clusters.get('prod')).groups, [])
})

test('how groups travel, and what the apiservers are, is checked', async () => {
  await using register = await openRegister()
  const { clusters } = register
  const more = { fallbackAfter: 300, kubernetesVersion: 'v1.34.4+k3s1' }
  const replicas = ['https://10.0.0.1:6443/', 'https://10.0.0.2:6443', 'https://10.0.0.1:6443']
  const added = await clusters.add({ name: 'prod', server, ...more, replicas }, by)
  assert.deepEqual(
    [added.liveGroups, added.fallbackAfter, added.kubernetesVersion, added.replicas],
    [true, 300, '1.34', ['https://10.0.0.1:6443', 'https://10.0.0.2:6443']],
  )
  const embedded = await clusters.change('prod', { liveGroups: false }, by)
  assert.deepEqual([embedded.liveGroups, embedded.fallbackAfter], [false, null])
  const needsLive = 'a cluster whose tokens carry their groups has nothing to fall back from'
  for (const [change, message] of [
    [{ fallbackAfter: 60 }, needsLive],
    [
      { liveGroups: true, fallbackAfter: 29 },
      'a fallback after 29 seconds must be a whole number from 30 to 86400',
    ],
    [
      { liveGroups: true, fallbackAfter: 0.5 },
      'a fallback after 0.5 seconds must be a whole number from 30 to 86400',
    ],
    [
      { liveGroups: true, fallbackAfter: Number.NaN },
      'a fallback after NaN seconds must be a whole number from 30 to 86400',
    ],
    [{ kubernetesVersion: '1' }, 'Kubernetes version "1" is not of the form 1.34'],
    [
      { kubernetesVersion: '1.2' },
      'Kubernetes 1.2 is older than 1.23, the oldest whose settings are known',
    ],
    [{ kubernetesVersion: '2.0' }, 'Kubernetes version "2.0" is not of the form 1.34'],
    [{ kubernetesVersion: '1.34\n' }, 'Kubernetes version "1.34\\u{a}" is not of the form 1.34'],
    [
      { replicas: ['http://10.0.0.1'] },
      'server "http://10.0.0.1" must be an https URL without user, query or fragment',
    ],
    [
      { replicas: Array.from({ length: 17 }, (_, index) => `https://10.0.0.${index}`) },
      '17 replicas are more than the 16 that a cluster may have',
    ],
  ] as const) {
    await assert.rejects(clusters.change('prod', change, by), { message })
  }
  assert.deepEqual(await clusters.get('prod'), embedded)
})
