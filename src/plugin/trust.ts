import { existsSync, readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import { hasCode, LanyardError } from '../errors/index.ts'
import type { Surroundings } from './surroundings.ts'

// Where the usual systems keep the roots they trust, in the order of crypto/x509 in Go, so that the plugin and kubectl agree.
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

function readBundle(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const why = hasCode(cause, 'ENOENT') ? 'does not exist' : 'cannot be read'
    throw new LanyardError('ERR_CA_UNREADABLE', `"${path}", named by ${variable}, ${why}`, {
      cause,
    })
  }
}

/** The roots this system trusts, for an issuer without a private CA and for an HTTPS proxy. PEM. */
export function systemTrust(around: Surroundings): string[] {
  const roots = [...tls.rootCertificates]
  const named = around.env['SSL_CERT_FILE']
  // `getCACertificates` came with Node 22.15; before that the system's file is read where there is one.
  const ask: typeof tls.getCACertificates | undefined = tls.getCACertificates
  if (named) {
    roots.push(readBundle(named, 'SSL_CERT_FILE'))
  } else if (ask !== undefined) {
    roots.push(...ask('system'))
  } else {
    const found = SYSTEM_BUNDLES.find((path) => existsSync(path))
    if (found !== undefined) {
      roots.push(readBundle(found, 'the system'))
    }
  }
  const extra = around.env['NODE_EXTRA_CA_CERTS']
  if (extra) {
    roots.push(readBundle(extra, 'NODE_EXTRA_CA_CERTS'))
  }
  return roots
}
