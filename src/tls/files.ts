import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type EpochMs, LanyardError, messageOf } from '../errors/index.ts'

export interface Pair {
  /** PEM, as in the files. */
  readonly certificate: string
  readonly key: string
  readonly x509: X509Certificate
  readonly privateKey: KeyObject
}

/**
 * Reads a certificate and its private key, and sees that they belong together and are valid now.
 * @throws LanyardError ERR_TLS_FILE naming the file.
 */
export function readPair(certificateFile: string, keyFile: string, now: EpochMs): Pair {
  const certificate = readText(certificateFile)
  const key = readText(keyFile)
  const x509 = parse(certificateFile, 'certificate', () => new X509Certificate(certificate))
  const privateKey = parse(keyFile, 'private key', () => createPrivateKey(key))
  if (!x509.checkPrivateKey(privateKey)) {
    throw fileError(keyFile, `is not the key of the certificate in ${certificateFile}`)
  }
  if (Date.parse(x509.validTo) <= now) {
    throw fileError(certificateFile, `holds a certificate that ended on ${x509.validTo}`)
  }
  if (Date.parse(x509.validFrom) > now) {
    throw fileError(certificateFile, `holds a certificate that begins on ${x509.validFrom}`)
  }
  return { certificate, key, x509, privateKey }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(file, `cannot be read: ${messageOf(error)}`, error)
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw fileError(file, `does not hold a ${what} in PEM`, error)
  }
}

function fileError(file: string, fault: string, cause?: unknown): LanyardError {
  return new LanyardError('ERR_TLS_FILE', `the file ${file} ${fault}`, {
    hint: 'give a certificate that is valid now and its key, in PEM, readable by the user who runs Lanyard',
    cause,
  })
}
