import { join } from 'node:path'
import { openStore, type Store } from '../db/index.ts'
import { type AccessReviews, createAccessReviews } from './access-review/index.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens/index.ts'
import { type Audit, createAudit } from './audit/index.ts'
import { type Certificates, createCertificates, createSealed } from './certificates/index.ts'
import { type Clusters, createClusters } from './clusters/index.ts'
import { type Config, deriveKey, loadKeySecret, prepareDataDirectory } from './config/index.ts'
import { createDirectory, type Directory } from './directory/index.ts'
import type { Clock } from './errors/index.ts'
import { createMachines, type Machines } from './machines/index.ts'
import { createMail, type Mail } from './mail/index.ts'
import { createOutbound } from './outbound/index.ts'

/** The rooms over one data directory: what the server and the admin commands both work through. */
export interface Rooms {
  readonly config: Config
  readonly store: Store
  readonly audit: Audit
  readonly mail: Mail
  readonly directory: Directory
  readonly clusters: Clusters
  readonly accessTokens: AccessTokens
  readonly machines: Machines
  readonly certificates: Certificates
  readonly accessReviews: AccessReviews
  readonly keySecret: Uint8Array
}

/** Opens the database and the rooms above it. Whoever opens, closes `store`. */
export function openRooms(config: Config, clock: Clock): Rooms {
  prepareDataDirectory(config)
  const keySecret = loadKeySecret(config)
  const store = openStore({ file: join(config.data, 'lanyard.db'), clock })
  const { stream, retention } = config.audit
  const audit = createAudit({
    ...{ store, clock, key: deriveKey(keySecret, 'audit-chain') },
    streamTo: stream?.kind === 'stdout' ? { kind: 'descriptor', fd: 1 } : stream,
    retentionMs: retention === null ? null : retention * 1000,
  })
  const mail = createMail({
    ...{ store, clock, settings: config.mail },
    site: { name: config.brand.name, issuer: config.issuer },
    wrapping: deriveKey(keySecret, 'mail-outbox'),
  })
  const directory = createDirectory({
    store,
    clock,
    audit,
    mail,
    adminGroup: config.adminGroup,
    secret: deriveKey(keySecret, 'failure-budgets'),
    factorSecret: deriveKey(keySecret, 'factors'),
    issuer: config.issuer,
    brandName: config.brand.name,
  })
  const clusters = createClusters({ store, clock })
  const accessTokens = createAccessTokens({
    ...{ store, clock, directory, clusters },
    policy: config.accessTokens,
  })
  const outbound = createOutbound()
  const { issuer } = config
  const machines = createMachines({ store, clock, clusters, outbound, issuer })
  const certificates = createCertificates({
    ...{ store, clock, directory, clusters, audit, outbound },
    wrapping: deriveKey(keySecret, 'client-certificates'),
  })
  const accessReviews = createAccessReviews({
    ...{ store, clock, clusters, outbound, adminGroup: config.adminGroup },
    sealed: createSealed(deriveKey(keySecret, 'rbac-readers')),
  })
  const rooms = { config, store, audit, mail, directory, clusters, accessTokens, machines }
  return { ...rooms, certificates, accessReviews, keySecret }
}
