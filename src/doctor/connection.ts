import type { EpochMs } from '../errors/index.ts'
import { type Certificate, day, readCertificates } from './certificates.ts'
import type { HttpsOutcome } from './ports.ts'

/** Who is asked: words for the sentences. */
export interface Asked {
  readonly url: string
  /** `the issuer`, `the API of cluster "prod"`. */
  readonly what: string
  readonly certificateAuthority: string | null
}

/** Why TLS or the connection failed, in one sentence without the subject, and what was seen; the checks add what to do. */
export interface ConnectionFault {
  readonly kind: 'name' | 'refused' | 'slow' | 'plain' | 'untrusted' | 'host' | 'expired' | 'other'
  readonly sentence: string
  readonly seen: readonly string[]
}

const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/** Null for an answer, whatever its status. */
export function connectionFault(
  outcome: HttpsOutcome,
  { url, what }: Asked,
  now: EpochMs,
): ConnectionFault | null {
  if (outcome.kind === 'answer') return null
  const { code, stage, reason } = outcome
  const { hostname, host } = new URL(url)
  const chain = chainOf(outcome)
  const [leaf] = chain
  const seen = [`${what}: ${reason}`, ...chain.map(line)]
  const fault = (kind: ConnectionFault['kind'], sentence: string): ConnectionFault => ({
    ...{ kind, sentence, seen },
  })
  if (stage === 'name') return fault('name', `its name ${hostname} does not resolve here`)
  if (code === 'ECONNREFUSED') return fault('refused', `nothing listens at ${host}`)
  if (code === 'ETIMEDOUT') return fault('slow', `no answer came from ${host} in time`)
  if (stage !== 'tls') return fault('other', `${host} cannot be asked: ${reason}`)
  if (code === 'CERT_HAS_EXPIRED') return fault('expired', expired(chain, host, now))
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = leaf === undefined || leaf.names.length === 0 ? 'none' : leaf.names.join(', ')
    return fault(
      'host',
      `the certificate at ${host} is not for ${hostname}: its names are ${names}`,
    )
  }
  if (untrusted.has(code)) {
    const by = leaf === undefined ? '' : `: ${leaf.subject} was issued by ${leaf.issuer}`
    return fault('untrusted', `the certificate at ${host} does not lead to the CA${by}`)
  }
  if (/SSL_WRONG_VERSION|SSL_PACKET_LENGTH|SSL_HTTP_REQUEST|EPROTO/.test(code))
    return fault('plain', `what listens at ${host} does not speak TLS`)
  return fault('other', `TLS with ${host} failed: ${reason}`)
}

export function chainOf(outcome: HttpsOutcome): readonly Certificate[] {
  return readCertificates(outcome.chain.join('\n')) ?? []
}

function expired(chain: readonly Certificate[], host: string, now: EpochMs): string {
  const over = chain.find(({ notAfter }) => notAfter <= now)
  return over === undefined
    ? `a certificate at ${host} has expired`
    : `the certificate ${over.subject} at ${host} ended on ${day(over.notAfter)}`
}

function line({ subject, issuer, names, notAfter }: Certificate): string {
  const alt = names.length === 0 ? '' : `, names ${names.join(', ')}`
  return `certificate ${subject}, by ${issuer}, until ${day(notAfter)}${alt}`
}
