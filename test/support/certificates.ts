import { execFile } from 'node:child_process'
import { generateKeyPair } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Certificate authorities of the tests' own, made with the openssl command: what Lanyard's code makes is judged against
 * another's work, never its own.
 */

export interface KeyPairFiles {
  readonly certificatePath: string
  readonly keyPath: string
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export interface LeafOptions {
  /** Common name, and the files' name in the authority's directory. */
  readonly name: string
  readonly usage: 'server' | 'client'
  /** DNS names and IP addresses; for servers. */
  readonly hosts?: readonly string[]
  /** `O`: what Kubernetes reads as a group. */
  readonly organization?: string
}

export interface Authority extends KeyPairFiles {
  /** A certificate for a fresh P-256 key, good for one day, without the authority's own certificate behind it. */
  issue(leaf: LeafOptions): Promise<KeyPairFiles>
}

const run = promisify(execFile)
const makeKeyPair = promisify(generateKeyPair)

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args)
}

async function writeKey(path: string): Promise<string> {
  const { privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(path, pem, { mode: 0o600 })
  return pem
}

function extensions({ usage, hosts = [] }: LeafOptions): string {
  const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`)
  return [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature',
    `extendedKeyUsage = ${usage}Auth`,
    ...(names.length === 0 ? [] : [`subjectAltName = ${names.join(', ')}`]),
    '',
  ].join('\n')
}

/** Makes a P-256 authority, its files named `<name>.crt` and `<name>.key` in the directory. */
export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const files = (stem: string) => ({
    certificatePath: join(directory, `${stem}.crt`),
    keyPath: join(directory, `${stem}.key`),
  })
  const own = files(name)
  const key = await writeKey(own.keyPath)
  const configuration = join(directory, `${name}.cnf`)
  await writeFile(
    configuration,
    [
      '[req]',
      'distinguished_name = subject',
      'x509_extensions = authority',
      '[subject]',
      '[authority]',
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, keyCertSign, cRLSign',
      'subjectKeyIdentifier = hash',
      '',
    ].join('\n'),
  )
  const request = ['req', '-config', configuration, '-new', '-sha256']
  await openssl(
    ...[...request, '-x509', '-days', '1', '-subj', `/CN=${name}`],
    ...['-key', own.keyPath, '-out', own.certificatePath],
  )

  async function issue(leaf: LeafOptions): Promise<KeyPairFiles> {
    const paths = files(leaf.name)
    const stem = join(directory, leaf.name)
    const leafKey = await writeKey(paths.keyPath)
    await writeFile(`${stem}.ext`, extensions(leaf))
    const organization = leaf.organization === undefined ? '' : `/O=${leaf.organization}`
    await openssl(
      ...[...request, '-subj', `${organization}/CN=${leaf.name}`],
      ...['-key', paths.keyPath, '-out', `${stem}.csr`],
    )
    await openssl(
      ...['x509', '-req', '-sha256', '-days', '1', '-CAcreateserial', '-extfile', `${stem}.ext`],
      ...['-CA', own.certificatePath, '-CAkey', own.keyPath],
      ...['-in', `${stem}.csr`, '-out', paths.certificatePath],
    )
    const certificate = await readFile(paths.certificatePath, 'utf8')
    return { ...paths, certificate, key: leafKey }
  }

  return { ...own, key, certificate: await readFile(own.certificatePath, 'utf8'), issue }
}
