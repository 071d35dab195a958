import { createHash } from 'node:crypto'
import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import {
  type CertificateRequest,
  type ClientCertificate,
  openClientCertificates,
} from '../tls/index.ts'
import type { Authorities } from './authorities.ts'
import { signAtCluster } from './cluster-signer.ts'
import { type Entry, enter, subjectOf } from './entry.ts'
import type { CertificateRooms } from './rooms.ts'
import type { Signers } from './signers.ts'
import {
  type CertificateAsk,
  type CertificateSubject,
  DEFAULT_LIFETIME_SECONDS,
  type EntryAsk,
  MAX_LIFETIME_SECONDS,
  MIN_CLUSTER_LIFETIME_SECONDS,
  MIN_LIFETIME_SECONDS,
  type SignedCertificate,
  type SignerKind,
} from './types.ts'

/** How much later than asked a cluster's own signer may let it end: its clock is not ours. */
const CLUSTER_CLOCK_MS = 60_000

export interface SignRooms extends CertificateRooms {
  readonly authorities: Authorities
  readonly signers: Signers
}

interface Plan {
  readonly entry: Entry
  readonly subject: CertificateSubject
  readonly signer: SignerKind
}

export async function planSubject(rooms: SignRooms, ask: EntryAsk): Promise<Plan> {
  const entry = await enter(rooms, ask)
  const signer = await signerOf(rooms, entry)
  const uid = signer === 'lanyard' ? entry.admission.userId : null
  return { entry, signer, subject: { ...subjectOf(entry), uid } }
}

export async function signCertificate(
  rooms: SignRooms,
  ask: CertificateAsk,
): Promise<SignedCertificate> {
  // First who asks, so that whoever may not enter costs no signature check.
  const plan = await planSubject(rooms, ask)
  const seconds = readLifetime(plan, ask.lifetimeSeconds, rooms.clock())
  const { readCertificateRequest } = await openClientCertificates()
  const request = readCertificateRequest(ask.csr)
  const signed =
    plan.signer === 'lanyard'
      ? await signHere(rooms, { plan, request, seconds, ask })
      : await signThere(rooms, { plan, request, seconds, ask })
  return {
    certificate: signed.certificate,
    notAfter: signed.notAfter,
    credentialId: `X509SHA256=${signed.sha256}`,
    ...{ serial: signed.serial, signer: plan.signer, subject: plan.subject },
    freezesGroups: plan.entry.cluster.liveGroups,
  }
}

interface Work {
  readonly plan: Plan
  readonly request: CertificateRequest
  readonly seconds: number
  readonly ask: CertificateAsk
}

/** One commit: the key is spent and the signature recorded, or nothing is given out. */
async function signHere(rooms: SignRooms, work: Work): Promise<ClientCertificate> {
  const { entry, subject } = work.plan
  const authority = await rooms.authorities.signing(entry.cluster.id)
  if (authority === undefined) throw nobodySigns(entry)
  const { signClientCertificate } = await openClientCertificates()
  const now = rooms.clock()
  const signed = await signClientCertificate(authority, {
    ...{ publicKey: work.request.publicKey, subject, now },
    notAfter: now + work.seconds * 1000,
  })
  await rooms.store.write(async (tx) => {
    await spendKey(tx, work.request, signed.notAfter)
    await record(tx, rooms, work, signed)
  })
  return signed
}

/** The key is spent before the cluster is asked: of two at once, one asks. */
async function signThere(rooms: SignRooms, work: Work): Promise<ClientCertificate> {
  const { plan, request, seconds } = work
  const { cluster, admission } = plan.entry
  refuseOtherSubject(plan, request)
  const token = await rooms.signers.token(cluster.id)
  if (token === undefined) throw nobodySigns(plan.entry)
  const latest = rooms.clock() + seconds * 1000 + CLUSTER_CLOCK_MS
  await rooms.store.write((tx) => spendKey(tx, request, latest))
  const pem = await signAtCluster(
    { cluster, token, outbound: rooms.outbound },
    {
      ...{ csr: request.pem, expirationSeconds: seconds },
      reason: `Lanyard let ${admission.username} in by login ${plan.entry.device.id}`,
    },
  )
  const { readClientCertificate } = await openClientCertificates()
  const signed = readClientCertificate(pem)
  refuseOther(plan, request, signed, latest)
  await rooms.store.write((tx) => record(tx, rooms, work, signed))
  return signed
}

/** Its own signer copies what the request says: so it must say what Lanyard says, and ask for nothing else. */
function refuseOtherSubject(
  { subject }: Plan,
  { claimed, hasAttributes }: CertificateRequest,
): void {
  if (!hasAttributes && isSame(subject, claimed)) return
  throw new LanyardError(
    'ERR_CSR_SUBJECT',
    `the certificate request does not say what ${quoteName(subject.username)} is at this cluster now, and that alone`,
    { hint: 'ask anew: kubectl lanyard certificate reads it before it makes the request' },
  )
}

function refuseOther(
  { subject, entry }: Plan,
  request: CertificateRequest,
  signed: ClientCertificate & {
    readonly subject: Parameters<typeof isSame>[1]
    readonly publicKey: Uint8Array
  },
  latest: EpochMs,
): void {
  const other = Buffer.compare(signed.publicKey, request.publicKey) !== 0
  const fault = other
    ? 'another key'
    : isSame(subject, signed.subject)
      ? signed.notAfter > latest
        ? 'longer than asked'
        : null
      : 'somebody else'
  if (fault === null) return
  throw new LanyardError(
    'ERR_CERTIFICATE_SIGNER',
    `the own signer of cluster ${quoteName(entry.cluster.name)} signed for ${fault}`,
    { hint: 'who else can answer at its address, or changes what is asked there?' },
  )
}

/** A set of groups: the order in a subject says nothing. */
function isSame(
  wanted: CertificateSubject,
  found: {
    readonly username: string
    readonly groups: readonly string[]
    readonly uid: string | null
  } | null,
): boolean {
  if (found === null || found.username !== wanted.username || found.uid !== wanted.uid) return false
  return JSON.stringify([...found.groups].sort()) === JSON.stringify([...wanted.groups].sort())
}

async function spendKey(tx: Transaction, { publicKey }: CertificateRequest, until: EpochMs) {
  // The key and not the request: another signature would make another request for the same key.
  const hash = createHash('sha256').update(publicKey).digest('base64url')
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('certificate_requests')
    .values({ hash, expires_at: until })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 1n) return
  throw new LanyardError('ERR_CSR_USED', 'a certificate was signed for this key already', {
    hint: 'make a new key for every request',
  })
}

async function record(
  tx: Transaction,
  { clock }: SignRooms,
  { plan, request, ask }: Work,
  { sha256, serial, notAfter }: ClientCertificate,
): Promise<void> {
  const { cluster, device } = plan.entry
  // Who holds a context of a cluster that is deleted is read from here, whichever way they came in.
  await tx.query
    .insertInto('device_clusters')
    .values({ device_id: device.id, cluster_id: cluster.id, entered_at: clock() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await recordEvent(tx, clock, {
    type: 'certificate.signed',
    by: ask.by,
    // What `lanyard audit who` looks for: the credential-id of kube-apiserver's audit log.
    target: { kind: 'certificate', id: sha256, name: cluster.name },
    clientId: cluster.audience,
    deviceId: device.id,
    detail: {
      ...{ user: ask.userId, username: plan.subject.username, groups: plan.subject.groups },
      ...{ serial, until: new Date(notAfter).toISOString(), signer: plan.signer },
      key: request.keyName,
    },
  })
}

/** Never beyond the end of the login that it comes from, nor of what lets its person in. */
function readLifetime({ entry, signer }: Plan, asked: number | undefined, now: EpochMs): number {
  const seconds = asked ?? DEFAULT_LIFETIME_SECONDS
  const least = signer === 'cluster' ? MIN_CLUSTER_LIFETIME_SECONDS : MIN_LIFETIME_SECONDS
  if (!Number.isSafeInteger(seconds) || seconds < least || seconds > MAX_LIFETIME_SECONDS) {
    throw new LanyardError(
      'ERR_CERTIFICATE_LIFETIME',
      `a certificate cannot last ${seconds} seconds`,
      {
        hint: `ask for ${least} to ${MAX_LIFETIME_SECONDS} seconds`,
      },
    )
  }
  const { device, admission } = entry
  // A cluster's own signer may let it end later by as much as the clocks differ.
  const slack = signer === 'cluster' ? CLUSTER_CLOCK_MS : 0
  const until = Math.min(device.expiresAt, (admission.until ?? Number.POSITIVE_INFINITY) - slack)
  const left = Math.floor((until - now) / 1000)
  if (signer === 'cluster' && left < least) {
    const what = until < device.expiresAt ? 'what lets you in' : 'this login'
    throw new LanyardError(
      'ERR_CERTIFICATE_LIFETIME',
      `${what} ends in ${Math.max(0, left)} seconds, and a cluster's own signer signs for ${least} at least`,
      { hint: 'log in again' },
    )
  }
  return Math.min(seconds, left)
}

async function signerOf({ store }: SignRooms, entry: Entry): Promise<SignerKind> {
  const { id } = entry.cluster
  const [authority, signer] = await Promise.all([
    store.query
      .selectFrom('client_authorities')
      .select('id')
      .where('cluster_id', '=', id)
      .where('state', '=', 'active')
      .executeTakeFirst(),
    store.query
      .selectFrom('cluster_signers')
      .select('cluster_id')
      .where('cluster_id', '=', id)
      .executeTakeFirst(),
  ])
  if (authority !== undefined) return 'lanyard'
  if (signer !== undefined) return 'cluster'
  throw nobodySigns(entry)
}

function nobodySigns({ cluster }: Entry): LanyardError {
  return new LanyardError(
    'ERR_CERTIFICATE_NONE',
    `cluster ${quoteName(cluster.name)} takes no client certificates from Lanyard`,
    { hint: `an admin makes its CA: lanyard cluster client-ca ${cluster.name}` },
  )
}
