import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigRequest } from '../../src/clusters/index.ts'
import { by, openRegister } from './register.ts'

const server = 'https://10.0.0.1:6443'
const request: ConfigRequest = {
  distribution: 'structured',
  issuer: 'https://id.example.com',
  certificateAuthority: 'PEM\n',
}

test('the version is the one that is asked for, else the cluster’s own, else the newest that is known', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.add({ name: 'new', server }, by)
  await clusters.add({ name: 'old', server, kubernetesVersion: 'v1.31.4' }, by)
  const versionOf = async (name: string, kubernetesVersion?: string) =>
    (
      await clusters.config(name, {
        ...request,
        ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
      })
    ).kubernetesVersion
  assert.equal(await versionOf('new'), '1.37')
  assert.equal(await versionOf('old'), '1.31')
  assert.equal(await versionOf('old', 'v1.34.2+k3s1'), '1.34')
})

test('what is printed is this cluster’s: audience, prefixes, algorithm, groups', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.add(
    {
      ...{ name: 'prod', server, audience: 'prod-2', usernamePrefix: 'u:', groupsPrefix: 'g:' },
      ...{ signingAlg: 'ES256', liveGroups: true },
    },
    by,
  )
  const { flags, files } = await clusters.config('prod', {
    ...request,
    distribution: 'flags',
    certificateAuthorityFile: '/pki/ca.crt',
  })
  assert.deepEqual(flags, [
    '--oidc-issuer-url=https://id.example.com',
    '--oidc-client-id=prod-2',
    '--oidc-username-claim=preferred_username',
    '--oidc-username-prefix=u:',
    '--oidc-groups-claim=groups',
    '--oidc-groups-prefix=g:',
    '--oidc-ca-file=/pki/ca.crt',
    '--oidc-required-claim=token_use=kube',
    '--oidc-signing-algs=ES256',
  ])
  assert.deepEqual(
    files.map(({ path, content }) => [path, content]),
    [['/pki/ca.crt', 'PEM\n']],
  )
  const byFile = await clusters.config('prod', { ...request, maxTokenLifetimeSeconds: 7200 })
  assert.match(byFile.files[0]?.content ?? '', /claims\.exp - claims\.iat <= 7200/)
  const { notes } = await clusters.config('prod', { ...request, distribution: 'eks' })
  assert.ok(notes.some((note) => note.endsWith('lanyard cluster set prod --groups embedded')))
  await clusters.change('prod', { liveGroups: false }, by)
  const after = await clusters.config('prod', { ...request, distribution: 'eks' })
  assert.ok(!after.notes.some((note) => note.includes('--groups embedded')))
})

test('what cannot be printed is refused', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.add({ name: 'prod', server, kubernetesVersion: '1.29' }, by)
  await assert.rejects(clusters.config('absent', request), { code: 'ERR_CLUSTER_UNKNOWN' })
  await assert.rejects(clusters.config('prod', request), { code: 'ERR_KUBERNETES_VERSION_OLD' })
  for (const kubernetesVersion of ['abc', '', '1', '1.33; rm', '١.٣٣', '2.1', '1.9999']) {
    await assert.rejects(clusters.config('prod', { ...request, kubernetesVersion }), {
      code: 'ERR_KUBERNETES_VERSION_INVALID',
    })
  }
})
