import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { bindingsCsv, membershipsCsv } from '../../src/access-review/index.ts'
import { byTest } from '../support/lanyard.ts'
import {
  type BindingServer,
  openReviews,
  READER_TOKEN,
  type ReviewSite,
  readerKubeconfig,
  startBindingServer,
} from './fixture.ts'

describe('an access review of role bindings', () => {
  const owned = new AsyncDisposableStack()
  let api: BindingServer
  let site: ReviewSite
  before(async () => {
    api = owned.use(await startBindingServer())
  })
  after(() => owned.disposeAsync())
  beforeEach(async () => {
    site = await openReviews()
    Object.assign(api, { bindings: [], allowed: [] })
  })
  afterEach(() => site[Symbol.asyncDispose]())

  async function giveReader(cluster = 'prod'): Promise<void> {
    await site.clusters.add({ name: cluster, server: api.url, groups: ['viewers'] }, byTest)
    await site.reviews.readers.set(cluster, readerKubeconfig(api), byTest)
  }

  it('joins the role bindings of a cluster, page by page', async () => {
    await giveReader()
    await site.clusters.change('prod', { groupsPrefix: 'oidc:', usernamePrefix: 'oidc:' }, byTest)
    api.bindings = [
      {
        ...{ name: 'roots', role: 'cluster-admin' },
        subjects: [
          { kind: 'Group', name: 'oidc:platform' },
          { kind: 'Group', name: 'system:masters' },
          { kind: 'ServiceAccount', name: 'default' },
        ],
      },
      { name: 'node-readers', role: 'view', subjects: [{ kind: 'Group', name: 'oidc:plaform' }] },
      { name: 'no-prefix', role: 'view', subjects: [{ kind: 'Group', name: 'Staff' }] },
      {
        ...{ name: 'web', namespace: 'web', role: 'edit' },
        subjects: [
          { kind: 'User', name: 'oidc:ada' },
          { kind: 'User', name: 'oidc:nobody' },
          { kind: 'User', name: 'kubernetes-admin' },
        ],
      },
    ]
    api.asked.length = 0
    const { clusters: seen, groups } = await site.reviews.review()
    assert.deepEqual(seen, [
      {
        ...{ cluster: 'prod', state: 'read', fault: null, hasMore: false, unbound: ['viewers'] },
        bound: [
          {
            ...{ kind: 'group', name: 'platform', roleKind: 'ClusterRole', role: 'cluster-admin' },
            ...{ namespace: null, binding: 'roots' },
          },
          {
            ...{ kind: 'user', name: 'ada', roleKind: 'ClusterRole', role: 'edit' },
            ...{ namespace: 'web', binding: 'web' },
          },
        ],
        unknown: [
          {
            ...{ kind: 'group', subject: 'oidc:plaform', near: 'oidc:platform' },
            bindings: ['ClusterRoleBinding node-readers'],
          },
          {
            ...{ kind: 'group', subject: 'Staff', near: 'oidc:staff' },
            bindings: ['ClusterRoleBinding no-prefix'],
          },
          {
            ...{ kind: 'user', subject: 'oidc:nobody', near: null },
            bindings: ['RoleBinding web/web'],
          },
        ],
      },
    ])
    assert.deepEqual(
      groups.map(({ name, reasons }) => [name, reasons]),
      [
        ['admins', [{ kind: 'admins' }]],
        ['platform', [{ kind: 'cluster-admin', cluster: 'prod', namespace: null }]],
      ],
    )
    assert.deepEqual(api.asked, [
      'GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings?limit=500',
      'GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings?limit=500&continue=2',
      'GET /apis/rbac.authorization.k8s.io/v1/rolebindings?limit=500',
    ])
  })

  it('goes on without a cluster that is away, and says why', async () => {
    await giveReader()
    await site.clusters.add({ name: 'lab', server: 'https://lab.example.com:6443' }, byTest)
    const gone = await startBindingServer()
    await site.reviews.readers.set('prod', readerKubeconfig(gone), byTest)
    await gone[Symbol.asyncDispose]()
    const { clusters: seen } = await site.reviews.review()
    assert.deepEqual(
      seen.map(({ cluster, state }) => [cluster, state]),
      [
        ['lab', 'none'],
        ['prod', 'failed'],
      ],
    )
    assert.match(
      seen[1]?.fault ?? '',
      /^the role bindings of cluster "prod" cannot be read: cannot ask https:\/\/localhost:\d+: .*ECONNREFUSED/,
    )
  })

  it('writes tables that no spreadsheet takes for formulas', async () => {
    await site.directory.users.change('ada', { displayName: '=cmd, "x"' }, byTest)
    await giveReader()
    api.bindings = [{ name: 'b', role: 'view', subjects: [{ kind: 'Group', name: '@viewer' }] }]
    const review = await site.reviews.review()
    assert.equal(
      membershipsCsv(review),
      [
        'group,why,username,name,status,through,ends,signed_in,entered,devices,access_tokens,dormant',
        `admins,administers Lanyard,ada,"'=cmd, ""x""",active,,,,,0,0,false`,
        '',
      ].join('\r\n'),
    )
    assert.equal(
      bindingsCsv(review),
      [
        'cluster,kind,name,known,role,namespace,binding,near',
        `prod,group,"'@viewer",false,,,ClusterRoleBinding b,viewers`,
        '',
      ].join('\r\n'),
    )
  })

  it('keeps a reader encrypted, tells of it, and forgets it', async () => {
    await giveReader()
    const row = await site.store.query
      .selectFrom('rbac_readers')
      .selectAll()
      .executeTakeFirstOrThrow()
    assert.ok(!JSON.stringify(row).includes(READER_TOKEN))
    assert.deepEqual(await site.reviews.readers.find('prod'), {
      server: api.url,
      createdAt: site.now,
    })
    assert.equal(await site.reviews.readers.remove('prod', byTest), true)
    assert.equal(await site.reviews.readers.remove('prod', byTest), false)
    assert.equal(await site.reviews.readers.find('prod'), undefined)
    const events = await site.store.query
      .selectFrom('audit_events')
      .select(['type', 'target_name', 'detail'])
      .where('type', 'like', 'cluster.rbac%')
      .execute()
    assert.deepEqual(events, [
      {
        ...{ type: 'cluster.rbac_reader_set', target_name: 'prod' },
        detail: JSON.stringify({ server: api.url }),
      },
      { type: 'cluster.rbac_reader_removed', target_name: 'prod', detail: '{}' },
    ])
    await giveReader('staging')
    await site.clusters.delete('staging', byTest)
    assert.deepEqual(await site.store.query.selectFrom('rbac_readers').selectAll().execute(), [])
  })

  it('sends no token to an address that holds credentials for whoever asks', async () => {
    await site.clusters.add({ name: 'prod', server: api.url }, byTest)
    const kubeconfig = readerKubeconfig({ url: 'https://169.254.169.254', ca: api.ca })
    await assert.rejects(site.reviews.readers.set('prod', kubeconfig, byTest), {
      code: 'ERR_RBAC_READER',
      message:
        'the role bindings of cluster "prod" cannot be read: cannot ask https://169.254.169.254: its address is one that Lanyard never asks: link-local or a metadata service',
    })
  })

  it('keeps no kubeconfig that may do more than read, or that it cannot use', async () => {
    await site.clusters.add({ name: 'prod', server: api.url }, byTest)
    const set = (kubeconfig: string) => site.reviews.readers.set('prod', kubeconfig, byTest)
    api.allowed = ['get secrets']
    await assert.rejects(set(readerKubeconfig(api)), {
      code: 'ERR_RBAC_READER_WIDE',
      message: 'this kubeconfig may get secrets in cluster "prod"',
    })
    await assert.rejects(set(readerKubeconfig(api, { token: 'another-token-of-somebody' })), {
      code: 'ERR_RBAC_READER',
      message:
        'the role bindings of cluster "prod" cannot be read: its API answered 401: Unauthorized',
    })
    for (const [kubeconfig, why] of [
      ['{}', 'has no current-context'],
      [
        readerKubeconfig({ ...api, url: 'http://localhost:1' }),
        'names no https server in its context "a"',
      ],
      [readerKubeconfig(api, { exec: {} }), 'proves its user by exec: only a token is taken'],
      [readerKubeconfig(api, { token: 'a b' }), 'has no bearer token in its user'],
      [readerKubeconfig(api, {}), 'has no bearer token in its user'],
    ] as const) {
      await assert.rejects(set(kubeconfig), {
        code: 'ERR_KUBECONFIG_INVALID',
        message: `the kubeconfig ${why}`,
      })
    }
    assert.deepEqual(await site.store.query.selectFrom('rbac_readers').selectAll().execute(), [])
  })
})
