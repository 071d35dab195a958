/**
 * Threats 21, 22 and 27: what a cluster answers to an access review costs no more than a bound, what was left out is said, and the kubeconfig
 * of a reader runs nothing, reads nothing and reaches no metadata service.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  type BindingServer,
  openReviews,
  READER_TOKEN,
  type ReviewSite,
  readerKubeconfig,
  startBindingServer,
} from '../access-review/fixture.ts'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { byTest } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MILLION = 1_000_000

describe('a hostile cluster', () => {
  let site: ReviewSite
  let api: BindingServer
  before(async () => {
    site = await openReviews()
    api = await startBindingServer()
    await site.clusters.add({ name: 'prod', server: 'https://prod.example.com:6443' }, byTest)
    await site.reviews.readers.set('prod', readerKubeconfig(api), byTest)
  })
  after(async () => {
    await api[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  const review = async () => {
    const [cluster] = (await site.reviews.review()).clusters
    assert.ok(cluster)
    return cluster
  }

  it('fills no memory with names that are books', async () => {
    api.bindings = Array.from({ length: 12 }, (_, n) => ({
      ...{ name: `b${n}`, role: 'view' },
      subjects: [{ kind: 'Group', name: `${n}`.padEnd(MILLION, 'x') }],
    }))
    const asked = api.asked.length
    const { state, hasMore, unknown } = await review()
    assert.deepEqual([state, hasMore], ['read', true])
    assert.ok(unknown.length <= 6, `${unknown.length} books are kept`)
    assert.ok(api.asked.length - asked <= 3, 'nothing more is asked for')
  })

  it('hides no name behind many others without a word', async () => {
    api.bindings = [
      {
        ...{ name: 'b', role: 'view' },
        subjects: Array.from({ length: 201 }, (_, n) => ({ kind: 'Group', name: `nobody-${n}` })),
      },
    ]
    const { unknown, hasMore } = await review()
    assert.deepEqual([unknown.length, hasMore], [200, true])
  })

  it('has its reader’s token repeated by nobody, though it says it itself', async () => {
    await using home = await temporaryDirectory()
    const authority = await createAuthority(home.path, 'other-ca')
    const leaf = await authority.issue({ name: 'api', usage: 'server', hosts: ['localhost'] })
    await using server = await startHttpsServer(leaf, 'localhost', (req, res) => {
      const message = `who is ${req.headers.authorization}?`
      res.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
    })
    const text = readerKubeconfig({ url: server.origin, ca: authority.certificate })
    await assert.rejects(site.reviews.readers.set('prod', text, byTest), {
      code: 'ERR_RBAC_READER',
      message:
        'the role bindings of cluster "prod" cannot be read: its API answered 401: who is Bearer …?',
    })
  })

  it('is told what it is by no kubeconfig that does more than name a token', async () => {
    await using home = await temporaryDirectory()
    const mark = join(home.path, 'ran')
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: [mark] }
    const users: Record<string, object> = {
      exec: { token: READER_TOKEN, exec },
      'auth-provider': { token: READER_TOKEN, 'auth-provider': { name: 'gcp', config: {} } },
      tokenFile: { token: READER_TOKEN, tokenFile: '/etc/passwd' },
      'client-certificate': { token: READER_TOKEN, 'client-certificate': '/etc/passwd' },
      as: { token: READER_TOKEN, as: 'system:admin' },
    }
    const set = (text: string) => site.reviews.readers.set('prod', text, byTest)
    for (const [way, user] of Object.entries(users)) {
      await assert.rejects(set(readerKubeconfig(api, user)), {
        code: 'ERR_KUBECONFIG_INVALID',
        message: `the kubeconfig proves its user by ${way}: only a token is taken`,
      })
    }
    assert.equal(existsSync(mark), false)
    const asked = api.asked.length
    for (const [url, code] of [
      ['http://localhost:1', 'ERR_KUBECONFIG_INVALID'],
      ['file:///etc/passwd', 'ERR_KUBECONFIG_INVALID'],
      ['https://169.254.169.254', 'ERR_RBAC_READER'],
      ['https://[::ffff:a9fe:a9fe]', 'ERR_RBAC_READER'],
      ['https://0xa9fea9fe', 'ERR_RBAC_READER'],
      ['https://admin:hunter2hunter2@localhost', 'ERR_KUBECONFIG_INVALID'],
      ['https://localhost/?token=hunter2hunter2', 'ERR_KUBECONFIG_INVALID'],
    ] as const) {
      await assert.rejects(set(readerKubeconfig({ url, ca: api.ca })), { code }, url)
    }
    assert.equal(api.asked.length, asked)
    const levels = Array.from({ length: 8 }, (_, n) => {
      const nine = Array.from({ length: 9 }, () => `*l${n}`)
      return `l${n + 1}: &l${n + 1} [${nine.join(', ')}]`
    })
    const bomb = ['l0: &l0 [x]', ...levels, 'current-context: a', 'users: *l8'].join('\n')
    await assert.rejects(set(bomb), { code: 'ERR_KUBECONFIG_INVALID' })
  })
})
