import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openStore, type Store } from '../../db/index.ts'
import {
  type AccessReviews,
  bindingsCsv,
  createAccessReviews,
  membershipsCsv,
} from '../../src/access-review/index.ts'
import { createAudit } from '../../src/audit/index.ts'
import { createSealed } from '../../src/certificates/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import { createDirectory, type Directory } from '../../src/directory/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import { byTest } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  type BindingServer,
  READER_TOKEN,
  readerKubeconfig,
  startBindingServer,
} from './fixture.ts'

const DAY = 86_400_000

describe('an access review', () => {
  const owned = new AsyncDisposableStack()
  let store: Store
  let directory: Directory
  let clusters: Clusters
  let reviews: AccessReviews
  let api: BindingServer
  let now = Date.UTC(2026, 0, 1)

  before(async () => {
    api = owned.use(await startBindingServer())
  })
  after(() => owned.disposeAsync())

  beforeEach(async (context) => {
    const home = await temporaryDirectory()
    now = Date.UTC(2026, 0, 1)
    const clock = () => now
    store = openStore({ file: join(home.path, 'lanyard.db'), clock })
    const audit = createAudit({ store, clock })
    directory = createDirectory({
      ...{ store, clock, audit, adminGroup: 'admins', brandName: 'Lanyard' },
      ...{ secret: new Uint8Array(32), factorSecret: new Uint8Array(32) },
      issuer: 'https://id.example.com',
    })
    clusters = createClusters({ store, clock })
    reviews = createAccessReviews({
      ...{ store, clock, clusters, outbound: createOutbound(), adminGroup: 'admins' },
      sealed: createSealed(new Uint8Array(32).fill(3)),
    })
    Object.assign(api, { bindings: [], allowed: [] })
    api.asked.length = 0
    if (!('after' in context)) throw new TypeError('no test')
    context.after(async () => {
      await store.close()
      await home[Symbol.asyncDispose]()
    })
    for (const username of ['ada', 'bob', 'eve']) await directory.users.add({ username }, byTest)
    for (const name of ['admins', 'staff', 'oncall', 'platform', 'viewers']) {
      await directory.groups.add({ name }, byTest)
    }
    await directory.groups.addMember('admins', { user: 'ada' }, byTest)
  })

  async function giveReader(cluster = 'prod'): Promise<void> {
    await clusters.add({ name: cluster, server: api.url, groups: ['viewers'] }, byTest)
    await reviews.readers.set(cluster, readerKubeconfig(api), byTest)
  }

  it('looks at the groups that matter, each with its reasons, and at no other', async () => {
    await directory.groups.change('oncall', { longestMembership: 3_600 }, byTest)
    await directory.groups.change(
      'platform',
      { policy: { factors: 'passkey', maxAge: 900 } },
      byTest,
    )
    const { groups, hasMore } = await reviews.review()
    assert.deepEqual(
      groups.map(({ name, reasons }) => [name, reasons]),
      [
        ['admins', [{ kind: 'admins' }]],
        ['oncall', [{ kind: 'requestable', longestSeconds: 3_600 }]],
        ['platform', [{ kind: 'policy', factors: 'passkey', maxAge: 900 }]],
      ],
    )
    assert.equal(hasMore, false)
  })

  it('says by which groups somebody is in, and the shorter of two ways', async () => {
    await directory.groups.addMember('admins', { group: 'platform' }, byTest)
    await directory.groups.addMember('platform', { group: 'oncall' }, byTest)
    for (const user of ['bob', 'ada']) await directory.groups.addMember('oncall', { user }, byTest)
    await directory.groups.addMember('platform', { user: 'eve' }, byTest)
    const [admins] = (await reviews.review()).groups
    assert.deepEqual(
      admins?.members.map(({ username, through }) => [username, through]),
      [
        ['ada', []],
        ['bob', ['oncall', 'platform']],
        ['eve', ['platform']],
      ],
    )
  })

  it('leaves memberships out that have ended', async () => {
    const { id } = await directory.groups.get('admins')
    const bob = await directory.users.get('bob')
    await store.write((tx) =>
      tx.query
        .insertInto('group_users')
        .values({ group_id: id, user_id: bob.id, expires_at: now + 1_000 })
        .execute(),
    )
    const endsOf = async () =>
      (await reviews.review()).groups[0]?.members.map(({ username, endsAt }) => [username, endsAt])
    assert.deepEqual(await endsOf(), [
      ['ada', null],
      ['bob', now + 1_000],
    ])
    now += 1_000
    assert.deepEqual(await endsOf(), [['ada', null]])
  })

  it('calls dormant who used nothing for so long, and shows what of theirs lives unused', async () => {
    const [ada, eve] = [await directory.users.get('ada'), await directory.users.get('eve')]
    await directory.groups.addMember('admins', { user: 'eve' }, byTest)
    await addDevice(store, 'd1', ada.id, now, now + 200 * DAY)
    await addDevice(store, 'd2', eve.id, now + 50 * DAY, now + 60 * DAY)
    now += 91 * DAY
    const review = await reviews.review()
    assert.deepEqual(
      review.groups[0]?.members.map((member) => [
        ...[member.username, member.signedInAt, member.devices, member.isDormant],
      ]),
      [
        ['ada', now - 91 * DAY, 1, true],
        ['eve', now - 41 * DAY, 0, false],
      ],
    )
    assert.deepEqual(review.idle, [
      {
        ...{ kind: 'device', username: 'ada', name: 'laptop', lastUsedAt: now - 91 * DAY },
        expiresAt: now + 109 * DAY,
      },
    ])
    const later = await reviews.review({ dormantDays: 92 })
    assert.deepEqual(
      [later.groups[0]?.members.map(({ isDormant }) => isDormant), later.idle],
      [[false, false], []],
    )
  })

  it('reads as many memberships as are asked for, and says that there are more', async () => {
    await directory.groups.change('staff', { longestMembership: 60 }, byTest)
    for (const user of ['ada', 'bob', 'eve'])
      await directory.groups.addMember('staff', { user }, byTest)
    const { groups, hasMore } = await reviews.review({ most: 2 })
    assert.deepEqual(
      groups.map(({ name, members, hasMore: more }) => [name, members.length, more]),
      [
        ['admins', 1, false],
        ['staff', 1, true],
      ],
    )
    assert.equal(hasMore, true)
    const one = await reviews.review({ most: 2, group: 'Staff' })
    assert.deepEqual([one.groups.map(({ name }) => name), one.hasMore], [['staff'], true])
    await assert.rejects(reviews.review({ group: 'viewers' }), {
      ...{ code: 'ERR_GROUP_UNKNOWN', message: 'no privileged group is named "viewers"' },
    })
  })

  it('refuses days that are none', async () => {
    for (const dormantDays of [0, -1, 1.5, 3_651, Number.NaN]) {
      await assert.rejects(reviews.review({ dormantDays }), {
        code: 'ERR_REVIEW_DAYS',
        message: `dormant after ${dormantDays} days must be a whole number from 1 to 3650`,
      })
    }
  })

  it('joins the role bindings of a cluster, page by page', async () => {
    await giveReader()
    await clusters.change('prod', { groupsPrefix: 'oidc:', usernamePrefix: 'oidc:' }, byTest)
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
    const { clusters: seen, groups } = await reviews.review()
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
    await clusters.add({ name: 'lab', server: 'https://lab.example.com:6443' }, byTest)
    const gone = await startBindingServer()
    await reviews.readers.set('prod', readerKubeconfig(gone), byTest)
    await gone[Symbol.asyncDispose]()
    const { clusters: seen } = await reviews.review()
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
    await directory.users.change('ada', { displayName: '=cmd, "x"' }, byTest)
    await giveReader()
    api.bindings = [{ name: 'b', role: 'view', subjects: [{ kind: 'Group', name: '@viewer' }] }]
    const review = await reviews.review()
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
        `prod,group,'@viewer,false,,,ClusterRoleBinding b,viewers`,
        '',
      ].join('\r\n'),
    )
  })

  it('keeps a reader encrypted, tells of it, and forgets it', async () => {
    await giveReader()
    const row = await store.query.selectFrom('rbac_readers').selectAll().executeTakeFirstOrThrow()
    assert.ok(!JSON.stringify(row).includes(READER_TOKEN))
    assert.deepEqual(await reviews.readers.find('prod'), { server: api.url, createdAt: now })
    assert.equal(await reviews.readers.remove('prod', byTest), true)
    assert.equal(await reviews.readers.remove('prod', byTest), false)
    assert.equal(await reviews.readers.find('prod'), undefined)
    const events = await store.query
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
    await clusters.delete('staging', byTest)
    assert.deepEqual(await store.query.selectFrom('rbac_readers').selectAll().execute(), [])
  })

  it('keeps no kubeconfig that may do more than read, or that it cannot use', async () => {
    await clusters.add({ name: 'prod', server: api.url }, byTest)
    const set = (kubeconfig: string) => reviews.readers.set('prod', kubeconfig, byTest)
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
    assert.deepEqual(await store.query.selectFrom('rbac_readers').selectAll().execute(), [])
  })
})

async function addDevice(
  store: Store,
  id: string,
  userId: string,
  at: number,
  expires_at: number,
): Promise<void> {
  const times = { authenticated_at: at, created_at: at, last_used_at: at, expires_at }
  await store.write((tx) =>
    tx.query
      .insertInto('devices')
      .values({
        ...{ id, user_id: userId, client_id: 'kubectl-lanyard', name: 'laptop', jkt: null },
        ...{ amr: '["pwd"]', acr: 'x', created_address: null, last_address: null },
        ...{ ...times, revoked_at: null, logout_told_at: null },
      })
      .execute(),
  )
}
