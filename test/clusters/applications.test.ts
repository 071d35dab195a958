import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRevisions } from '../../db/index.ts'
import { ANY_SIGN_IN } from '../../src/access/index.ts'
import { matchSecret } from '../../src/clusters/index.ts'
import { by, events, noon, openRegister } from './register.ts'

const redirectUris = ['https://grafana.example.com/login/callback']

test('the secret of an application is shown once and stored as a hash', async () => {
  await using register = await openRegister('dev')
  const { applications } = register.clusters
  const { application, secret } = await applications.add(
    { name: 'grafana', redirectUris, groups: ['dev'] },
    by,
  )
  assert.deepEqual(application, {
    id: application.id,
    name: 'grafana',
    clientId: 'grafana',
    public: false,
    redirectUris,
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    signingAlg: 'RS256',
    everyone: false,
    groups: ['dev'],
    policy: ANY_SIGN_IN,
    stepUp: 'withhold',
    createdAt: noon,
  })
  assert.match(secret ?? '', /^[A-Za-z0-9_-]{43}$/)
  const client = (await register.clusters.clients()).find(({ clientId }) => clientId === 'grafana')
  assert.equal(matchSecret(client?.secretHash ?? null, secret ?? ''), true)
  const kept = JSON.stringify([await events(register.store), client, application])
  assert.equal(kept.includes(secret ?? ''), false)
})

test('a rotated secret ends the old one at once', async () => {
  await using register = await openRegister()
  const { applications } = register.clusters
  const first = await applications.add({ name: 'grafana', redirectUris }, by)
  const second = await applications.rotateSecret('grafana', by)
  const hash = (await register.clusters.clients()).at(-1)?.secretHash ?? null
  assert.equal(matchSecret(hash, first.secret ?? ''), false)
  assert.equal(matchSecret(hash, second.secret), true)
  assert.deepEqual((await events(register.store)).at(-1), {
    type: 'application.secret_rotated',
    name: 'grafana',
    detail: {},
  })
})

test('a public application has no secret, and nothing matches none', async () => {
  await using register = await openRegister()
  const { applications } = register.clusters
  const { application, secret } = await applications.add(
    { name: 'spa', redirectUris, public: true },
    by,
  )
  assert.deepEqual([application.public, secret], [true, null])
  await assert.rejects(applications.rotateSecret('spa', by), {
    code: 'ERR_APPLICATION_PUBLIC',
    message: 'application "spa" is public and has no secret',
  })
  for (const presented of ['', 'null', 'x']) assert.equal(matchSecret(null, presented), false)
})

test('client ids are one namespace with audiences', async () => {
  await using register = await openRegister()
  const { clusters } = register
  await clusters.applications.add({ name: 'grafana', redirectUris, clientId: 'shared' }, by)
  await assert.rejects(
    clusters.add({ name: 'prod', server: 'https://k8s', audience: 'shared' }, by),
    {
      code: 'ERR_AUDIENCE_TAKEN',
      message: 'audience "shared" belongs to application "grafana"',
    },
  )
  await assert.rejects(clusters.applications.add({ name: 'kubectl-lanyard', redirectUris }, by), {
    code: 'ERR_AUDIENCE_INVALID',
  })
})

test('changes are recorded by the names of what changed', async () => {
  await using register = await openRegister('dev')
  const { store, clusters } = register
  const { applications } = clusters
  await applications.add({ name: 'grafana', redirectUris }, by)
  const before = (await readRevisions(store)).clients
  const changed = await applications.change(
    'grafana',
    { postLogoutRedirectUris: ['https://grafana.example.com/'], redirectUris, everyone: true },
    by,
  )
  assert.deepEqual(changed.postLogoutRedirectUris, ['https://grafana.example.com/'])
  await applications.allow('grafana', 'dev', by)
  await applications.allow('grafana', 'dev', by)
  await applications.disallow('grafana', 'dev', by)
  await applications.delete('grafana', by)
  assert.deepEqual(await events(store).then((all) => all.slice(1)), [
    {
      type: 'application.changed',
      name: 'grafana',
      detail: { changed: ['postLogoutRedirectUris', 'everyone'] },
    },
    { type: 'application.changed', name: 'grafana', detail: { allowed: 'dev' } },
    { type: 'application.changed', name: 'grafana', detail: { disallowed: 'dev' } },
    { type: 'application.deleted', name: 'grafana', detail: {} },
  ])
  assert.equal((await readRevisions(store)).clients, before + 4)
  await assert.rejects(applications.get('grafana'), {
    code: 'ERR_APPLICATION_UNKNOWN',
    message: 'no application is named "grafana"',
  })
})
