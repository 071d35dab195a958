import { readGuarded } from './guarded-file.ts'
import { CLIENT_ID, certificateFile } from './places.ts'
import type { Surroundings } from './surroundings.ts'

/** One cluster's client certificate and its key, as they lie in their file. Times in milliseconds of this device's own clock. */
export interface CachedCertificate {
  readonly issuer: string
  readonly client: string
  /** The cluster: by its audience, or by its name. */
  readonly cluster: string
  /** PEM, both. */
  readonly certificate: string
  readonly key: string
  readonly obtainedAt: number
  /** When it is reported to end: a little before it does. */
  readonly expiresAt: number
}

const CLOCK_SET_BACK_MS = 60_000

function isCachedCertificate(value: unknown): value is CachedCertificate {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const entry: Partial<Record<keyof CachedCertificate, unknown>> = value
  return (
    typeof entry.certificate === 'string' &&
    typeof entry.key === 'string' &&
    typeof entry.obtainedAt === 'number' &&
    typeof entry.expiresAt === 'number'
  )
}

/**
 * The certificate for this cluster if it is still good, without a network and without a lock.
 *
 * @throws LanyardError ERR_FILE_UNSAFE
 */
export function freshCertificate(
  around: Surroundings,
  issuer: string,
  cluster: string,
): CachedCertificate | undefined {
  const text = readGuarded(certificateFile(around, issuer, cluster), around.uid)
  if (text === undefined) {
    return undefined
  }
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return undefined
  }
  const now = around.clock()
  return isCachedCertificate(entry) &&
    entry.issuer === issuer &&
    entry.client === CLIENT_ID &&
    entry.cluster === cluster &&
    now < entry.expiresAt &&
    now > entry.obtainedAt - CLOCK_SET_BACK_MS
    ? entry
    : undefined
}
