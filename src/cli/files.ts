import { readFile } from 'node:fs/promises'
import { parseCertificateAuthority } from '../clusters/index.ts'
import { LanyardError, messageOf } from '../errors/index.ts'

/** The text of a file that an option names. Throws ERR_USAGE where it cannot be read. */
export async function readOptionFile(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new LanyardError('ERR_USAGE', `${option}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * The certificates in the file of `--issuer-ca` and nothing else that stands there: what is made of them is pasted into shells and
 * given to everybody. Throws ERR_USAGE where there is none, or a private key beside them.
 */
export async function readIssuerCa(path: string): Promise<string> {
  const text = await readOptionFile('--issuer-ca', path)
  try {
    return parseCertificateAuthority(text)
  } catch (error) {
    throw new LanyardError('ERR_USAGE', `--issuer-ca ${path}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
