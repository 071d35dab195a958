import type { JWK } from 'jose'
import { readRevisions, type Store } from '../../db/index.ts'
import type { ClientDefinition, Clusters } from '../clusters/index.ts'
import { buildDocuments, type Document } from './documents.ts'
import type { Keys, LoadedKeys } from './keys.ts'
import type { Signer } from './signer.ts'

/** Clients, keys and documents as they were when a revision last moved; requests read none of them from the database. */
export interface Current {
  clientOf(clientId: string): ClientDefinition | undefined
  clients(): readonly ClientDefinition[]
  /** Private keys, for the engine. */
  engineKeys(): readonly JWK[]
  publishedKeys(): readonly JWK[]
  /** Public keys that are published, or once were. */
  keysEver(): readonly JWK[]
  documents(path: string): Document | undefined
  /** Reads anew if any process has changed something since; resolves with whether it did. */
  reload(): Promise<boolean>
}

export function createCurrent(rooms: {
  store: Store
  clusters: Pick<Clusters, 'clients'>
  keys: Keys
  signer: Signer
  issuer: string
}): Current {
  const { store, clusters, keys, signer, issuer } = rooms
  let clients: ReadonlyMap<string, ClientDefinition> = new Map()
  let documents: ReadonlyMap<string, Document> = new Map()
  let loaded: LoadedKeys = { engine: [], published: [], active: [], ever: [] }
  let revisions = ''

  return {
    clientOf: (clientId) => clients.get(clientId),
    clients: () => [...clients.values()],
    engineKeys: () => loaded.engine,
    publishedKeys: () => loaded.published,
    keysEver: () => loaded.ever,
    documents: (path) => documents.get(path),
    async reload() {
      // Read before the rest: what changes in between moves them again, and the next look sees that.
      const found = JSON.stringify(await readRevisions(store))
      if (found === revisions) return false
      const [definitions, fresh] = await Promise.all([clusters.clients(), keys.load()])
      clients = new Map(definitions.map((definition) => [definition.clientId, definition]))
      loaded = fresh
      signer.use(fresh.active)
      documents = buildDocuments(issuer, fresh.published)
      revisions = found
      return true
    },
  }
}
