import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { openStore, type Store } from '../../db/index.ts'
import { type AccessReviews, createAccessReviews } from '../../src/access-review/index.ts'
import { createAudit } from '../../src/audit/index.ts'
import { createSealed } from '../../src/certificates/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import { createDirectory, type Directory } from '../../src/directory/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import { createAuthority } from '../support/certificates.ts'
import { type HttpsServer, startHttpsServer } from '../support/https-server.ts'
import { byTest } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const READER_TOKEN = 'reader-token-of-a-service-account'

export interface Binding {
  readonly name: string
  readonly namespace?: string
  readonly role: string
  readonly subjects: readonly { readonly kind: string; readonly name: string }[]
}

/** An apiserver as far as it lists role bindings: by token, in pages of two whatever is asked for. */
export interface BindingServer extends AsyncDisposable {
  readonly url: string
  readonly ca: string
  bindings: Binding[]
  /** What its SelfSubjectAccessReview allows, as `verb resource`. */
  allowed: string[]
  readonly asked: string[]
}

export async function startBindingServer(): Promise<BindingServer> {
  const owned = new AsyncDisposableStack()
  const directory = owned.use(await temporaryDirectory()).path
  const authority = await createAuthority(directory, 'cluster-ca')
  const leaf = await authority.issue({ name: 'api', usage: 'server', hosts: ['localhost'] })
  const asked: string[] = []
  const own = { bindings: [] as Binding[], allowed: [] as string[] }
  const server: HttpsServer = owned.use(
    await startHttpsServer(leaf, 'localhost', (req, res) => {
      asked.push(`${req.method} ${req.url}`)
      void answer(req, res, own)
    }),
  )
  return Object.assign(own, {
    url: server.origin,
    ca: authority.certificate,
    asked,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  })
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  own: Pick<BindingServer, 'bindings' | 'allowed'>,
): Promise<void> {
  const send = (status: number, body: object) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  if (req.headers.authorization !== `Bearer ${READER_TOKEN}`) {
    return send(401, { kind: 'Status', message: 'Unauthorized' })
  }
  if (req.method === 'POST') {
    const { spec } = JSON.parse(await text(req)) as {
      spec: { resourceAttributes: { verb: string; resource: string } }
    }
    const { verb, resource } = spec.resourceAttributes
    return send(201, { status: { allowed: own.allowed.includes(`${verb} ${resource}`) } })
  }
  const url = new URL(req.url ?? '', 'https://localhost')
  const isForAll = url.pathname.endsWith('/clusterrolebindings')
  const from = Number(url.searchParams.get('continue') ?? '0')
  const items = own.bindings
    .filter(({ namespace }) => (namespace === undefined) === isForAll)
    .map(({ name, namespace, role, subjects }) => ({
      metadata: { name, namespace },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects,
    }))
  const next = from + 2 < items.length ? String(from + 2) : ''
  send(200, { metadata: { continue: next }, items: items.slice(from, from + 2) })
}

export function readerKubeconfig(
  { url, ca }: Pick<BindingServer, 'url' | 'ca'>,
  user: object = { token: READER_TOKEN },
): string {
  return JSON.stringify({
    'current-context': 'a',
    clusters: [
      {
        name: 'a',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user }],
  })
}

export interface ReviewSite extends AsyncDisposable {
  readonly store: Store
  readonly directory: Directory
  readonly clusters: Clusters
  readonly reviews: AccessReviews
  /** Epoch milliseconds. */
  now: number
}

/** Ada, an admin; bob and eve; and groups for them. */
export async function openReviews(): Promise<ReviewSite> {
  const home = await temporaryDirectory()
  const time = { now: Date.UTC(2026, 0, 1) }
  const clock = () => time.now
  const store = openStore({ file: join(home.path, 'lanyard.db'), clock })
  const audit = createAudit({ store, clock })
  const directory = createDirectory({
    ...{ store, clock, audit, adminGroup: 'admins', brandName: 'Lanyard' },
    ...{ secret: new Uint8Array(32), factorSecret: new Uint8Array(32) },
    issuer: 'https://id.example.com',
  })
  const clusters = createClusters({ store, clock })
  const reviews = createAccessReviews({
    ...{ store, clock, clusters, outbound: createOutbound(), adminGroup: 'admins' },
    sealed: createSealed(new Uint8Array(32).fill(3)),
  })
  for (const username of ['ada', 'bob', 'eve']) await directory.users.add({ username }, byTest)
  for (const name of ['admins', 'staff', 'oncall', 'platform', 'viewers']) {
    await directory.groups.add({ name }, byTest)
  }
  await directory.groups.addMember('admins', { user: 'ada' }, byTest)
  return Object.assign(time, {
    ...{ store, directory, clusters, reviews },
    async [Symbol.asyncDispose]() {
      await store.close()
      await home[Symbol.asyncDispose]()
    },
  })
}
