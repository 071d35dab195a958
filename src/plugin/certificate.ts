import { X509Certificate } from 'node:crypto'
import { isAbsolute, join, resolve } from 'node:path'
import { LanyardError } from '../errors/index.ts'
import { type CachedCertificate, freshCertificate } from './cached-certificate.ts'
import { EARLY_MS } from './cached-token.ts'
import { createKeyAndRequest, type RequestSubject } from './certificate-request.ts'
import { type Conversation, printable } from './conversation.ts'
import { replaceFile } from './guarded-write.ts'
import type { ApiCall } from './issuer-client.ts'
import { CLIENT_ID } from './places.ts'
import type { Session } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** Which cluster: by its audience, which never changes, or by the name that people say. */
export type WhichCluster = { readonly audience: string } | { readonly cluster: string }

/** A certificate as the issuer signed it, with the key that was made for it here. */
interface Signed {
  readonly certificate: string
  readonly key: string
  readonly notAfter: number
  readonly credentialId: string
  readonly username: string
  readonly groups: readonly string[]
  readonly freezesGroups: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** The certificate for kubectl: from the cache, or a new one under the lock of the issuer. */
export async function clusterCertificate(
  which: WhichCluster,
  { issuer, mayAsk }: { readonly issuer: string; readonly mayAsk: boolean },
  session: Session,
  around: Surroundings,
): Promise<CachedCertificate> {
  // A name may be what another cluster's audience is: each has a file of its own.
  const cluster = 'audience' in which ? which.audience : `name ${which.cluster}`
  const about = 'audience' in which ? which.audience : which.cluster
  const make = async (call: ApiCall, save: (made: CachedCertificate) => Promise<void>) => {
    const fresh = freshCertificate(around, issuer, cluster)
    if (fresh !== undefined) {
      return fresh
    }
    const now = around.clock()
    const { certificate, key, notAfter } = await askFor(which, undefined, call)
    // Measured on the issuer's clock, from the certificate itself: this device's may be wrong.
    const lifeMs = notAfter - Date.parse(new X509Certificate(certificate).validFrom) - BACKDATE_MS
    const entry = {
      ...{ issuer, client: CLIENT_ID, cluster, certificate, key },
      ...{ obtainedAt: now, expiresAt: now + lifeMs - EARLY_MS },
    }
    await save(entry)
    return entry
  }
  return session.withApi(mayAsk ? 'choose' : null, make, about)
}

/** As much earlier than it was made does a certificate begin. */
const BACKDATE_MS = 5 * 60_000

async function askFor(
  which: WhichCluster,
  lifetime: number | undefined,
  call: ApiCall,
): Promise<Signed> {
  const planned = fieldsOf(await call('certificates/subject', { ...which }))
  const { key, csr } = createKeyAndRequest(subjectFor(planned))
  const answer = fieldsOf(
    await call('certificates', { ...which, csr, ...(lifetime === undefined ? {} : { lifetime }) }),
  )
  const { certificate, credentialId } = answer
  const notAfter = Date.parse(String(answer['notAfter']))
  if (typeof certificate !== 'string' || typeof credentialId !== 'string' || !notAfter) {
    throw invalid('certificate')
  }
  if (!isFor(certificate, key)) {
    throw new LanyardError('ERR_ANSWER_INVALID', 'the issuer signed for another key than was asked')
  }
  const { username, groups } = readSubject(answer['subject'])
  const freezesGroups = answer['freezesGroups'] === true
  return { ...{ certificate, key, notAfter, credentialId }, ...{ username, groups, freezesGroups } }
}

/** Only a cluster's own signer copies what a request says: to it, and to nobody else, the request says who this is. */
function subjectFor(planned: Fields): RequestSubject | null {
  return planned['signer'] === 'cluster' ? readSubject(planned['subject']) : null
}

function readSubject(value: unknown): RequestSubject {
  const { username, groups } = fieldsOf(value)
  if (typeof username !== 'string' || !Array.isArray(groups)) {
    throw invalid('subject')
  }
  return { username, groups: groups.map(String) }
}

function isFor(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(
      process.getBuiltinModule('node:crypto').createPrivateKey(key),
    )
  } catch {
    return false
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function invalid(what: string): LanyardError {
  return new LanyardError('ERR_ANSWER_INVALID', `the issuer's answer has no valid "${what}"`, {
    hint: 'is this plugin older or newer than the issuer?',
  })
}

/** `600`, `10m` or `1h`, in seconds. Throws ERR_USAGE. */
export function readLifetime(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,5})([smh])?$/.exec(text) ?? []
  if (amount === undefined) {
    throw new LanyardError(
      'ERR_USAGE',
      `--lifetime is like 600, 10m or 1h, not "${printable(text)}"`,
    )
  }
  return Number(amount) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']
}

/** `kubectl lanyard certificate`: writes key and certificate, and says what to do with them. */
export async function writeCertificate(
  asked: {
    readonly cluster: string
    readonly lifetime: number | undefined
    readonly out: string | undefined
  },
  session: Session,
  around: Surroundings,
  conversation: Conversation,
): Promise<void> {
  const { cluster, lifetime } = asked
  const ask = (call: ApiCall) => askFor({ cluster }, lifetime, call)
  const signed = await session.withApi('choose', ask, cluster)
  const directory = resolve(asked.out ?? '.')
  const stem = asked.cluster.replace(/[^\w.-]/g, '_')
  const keyPath = join(directory, `${stem}.key`)
  const certificatePath = join(directory, `${stem}.crt`)
  await replaceFile(keyPath, signed.key, 0o600)
  await replaceFile(certificatePath, signed.certificate, 0o644)
  around.print(`${certificatePath}\n${keyPath}\n`)
  const until = new Date(signed.notAfter).toISOString()
  conversation.tell(
    `${signed.username} at ${asked.cluster} until ${until}, with the groups ${signed.groups.join(', ') || '(none)'}`,
  )
  if (signed.freezesGroups) {
    conversation.tell(
      'this cluster asks for groups otherwise: those in the certificate stay as they are until it ends',
    )
  }
  conversation.tell('nobody can take it back before its end: keep the key to yourself')
  conversation.tell(`in kube-apiserver's audit log: ${signed.credentialId}`)
  conversation.tell(
    `try: kubectl --client-certificate ${quote(certificatePath)} --client-key ${quote(keyPath)} auth whoami`,
  )
}

function quote(path: string): string {
  return isAbsolute(path) && /^[\w./@:+-]+$/.test(path)
    ? path
    : `'${path.replaceAll("'", "'\\''")}'`
}
