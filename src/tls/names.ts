import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

export interface NamedHosts {
  /** Null while the port, and with it the default issuer, is not known: then it is on localhost. */
  readonly issuer: string | null
  readonly listen: { readonly host: string }
}

/** What a certificate is good for: names and addresses apart (RFC 5280 §4.2.1.6). */
export interface ServerNames {
  readonly dns: readonly string[]
  readonly ip: readonly string[]
}

/** The issuer's host, the host that is listened on, and this machine by its own names. */
export function serverNames({ issuer, listen }: NamedHosts): ServerNames {
  const issuerHost = issuer === null ? 'localhost' : new URL(issuer).hostname
  const hosts = [issuerHost, listen.host, 'localhost', '127.0.0.1', '::1'].map(bare)
  const names = new Set(hosts.filter((host) => host !== '0.0.0.0' && host !== '::'))
  return {
    dns: [...names].filter((host) => isIP(host) === 0),
    ip: [...names].filter((host) => isIP(host) !== 0),
  }
}

/** Whether the certificate still names all of them. */
export function coversNames(certificate: X509Certificate, { dns, ip }: ServerNames): boolean {
  const strict = { wildcards: false, subject: 'never' } as const
  return (
    dns.every((name) => certificate.checkHost(name, strict) !== undefined) &&
    ip.every((address) => certificate.checkIP(address) !== undefined)
  )
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
