import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type EpochMs, LanyardError } from '../errors/index.ts'
import { type Pair, readPair } from './files.ts'
import type { MadeFiles } from './make.ts'
import { coversNames, type NamedHosts, serverNames } from './names.ts'

/** The part of the configuration that matters here. */
export interface TlsSettings extends NamedHosts {
  readonly data: string
  readonly tls:
    | { readonly kind: 'own' }
    | { readonly kind: 'files'; readonly certificate: string; readonly key: string }
    | { readonly kind: 'none' }
}

export interface TlsOptions {
  readonly config: TlsSettings
  readonly clock: Clock
}

/** What a TLS listener needs, in PEM, and the CA that clients are told to trust; null where the certificate is not ours. */
export interface TlsMaterial {
  readonly key: string
  readonly cert: string
  readonly caCertificate: string | null
  readonly caPath: string | null
  /** As `openssl x509 -fingerprint -sha256` prints it: `AB:CD:…`. */
  readonly caSha256: string | null
}

/** Renewed when less than this is left. */
const renewBefore = 30 * 86_400_000

/**
 * Reads the configured files; or makes the CA and the certificate where they are missing, nearly over or for other names, and reads
 * those.
 * @throws LanyardError ERR_TLS_FILE naming the file; TypeError when the configuration has no TLS.
 */
export async function ensureTls({ config, clock }: TlsOptions): Promise<TlsMaterial> {
  if (config.tls.kind === 'none') throw new TypeError('the configuration has no TLS')
  if (config.tls.kind === 'own') return ensureOwn(config, clock())
  const { certificate, key } = readPair(config.tls.certificate, config.tls.key, clock())
  return { key, cert: certificate, caCertificate: null, caPath: null, caSha256: null }
}

/** The files of which a change means another certificate. */
export function certificateFiles({ data, tls }: TlsSettings): MadeFiles {
  if (tls.kind === 'files') return { certificateFile: tls.certificate, keyFile: tls.key }
  return { certificateFile: join(data, 'tls.crt'), keyFile: join(data, 'tls.key') }
}

async function ensureOwn(config: TlsSettings, now: EpochMs): Promise<TlsMaterial> {
  const names = serverNames(config)
  const ca = await ensureCa(config.data, names.dns[0] ?? names.ip[0] ?? 'localhost', now)
  const files = certificateFiles(config)
  let server = readUsable(files, now)
  if (server === undefined || !isGood(server, ca, now) || !coversNames(server.x509, names)) {
    const { makeServerCertificate } = await import('./make.ts')
    await makeServerCertificate(files, ca, names, now)
    server = readPair(files.certificateFile, files.keyFile, now)
  }
  return {
    key: server.key,
    cert: server.certificate,
    caCertificate: ca.certificate,
    caPath: join(config.data, 'ca.crt'),
    caSha256: ca.x509.fingerprint256,
  }
}

/** A CA is never made anew while anything of it is there: every client would have to be told. */
async function ensureCa(data: string, host: string, now: EpochMs): Promise<Pair> {
  const files = { certificateFile: join(data, 'ca.crt'), keyFile: join(data, 'ca.key') }
  const [hasCertificate, hasKey] = [existsSync(files.certificateFile), existsSync(files.keyFile)]
  if (hasKey && !hasCertificate) {
    throw new LanyardError('ERR_TLS_FILE', `the file ${files.certificateFile} is missing`, {
      hint: `restore it; or remove ${files.keyFile} too, and have every client trust a new CA`,
    })
  }
  if (!hasCertificate) {
    const { makeCa } = await import('./make.ts')
    await makeCa(files, host, now)
  }
  return readPair(files.certificateFile, files.keyFile, now)
}

/** Our own certificate can be made anew: whatever is wrong with it is no fault. */
function readUsable({ certificateFile, keyFile }: MadeFiles, now: EpochMs): Pair | undefined {
  try {
    return readPair(certificateFile, keyFile, now)
  } catch {
    return undefined
  }
}

function isGood({ x509 }: Pair, ca: Pair, now: EpochMs): boolean {
  const lastsLongEnough = Date.parse(x509.validTo) - now > renewBefore
  return lastsLongEnough && x509.checkIssued(ca.x509) && x509.verify(ca.x509.publicKey)
}
