import { X509Certificate } from 'node:crypto'
import { KUBECTL_CLIENT_ID } from '../access/index.ts'
import { LanyardError } from '../errors/index.ts'
import { kubernetesLine, prefixFault, quoteName } from '../kubernetes/index.ts'
import type { SigningAlg } from './types.ts'

const maxUrlLength = 2048
const maxPemLength = 65_536
const maxReplicas = 16
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** A DNS label (RFC 1123): what contexts, commands and pages call a cluster or application. Throws ERR_NAME_INVALID. */
export function parseLabel(noun: 'cluster' | 'application', name: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name
  throw new LanyardError(
    'ERR_NAME_INVALID',
    `${noun} name ${quoteName(name)} must be 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit`,
  )
}

/** A client id: the only `aud` of its tokens. Throws ERR_AUDIENCE_INVALID. */
export function parseAudience(audience: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/.test(audience)) {
    throw new LanyardError(
      'ERR_AUDIENCE_INVALID',
      `audience ${quoteName(audience)} must begin with a letter or digit and have 1 to 128 of A-Z, a-z, 0-9 and . _ : / -`,
    )
  }
  // The second is what access tokens for Lanyard's own API are made for.
  if (audience === KUBECTL_CLIENT_ID || /\/kubectl\/v\d+$/.test(audience)) {
    throw new LanyardError(
      'ERR_AUDIENCE_INVALID',
      `audience ${quoteName(audience)} belongs to Lanyard's kubectl plugin`,
    )
  }
  return audience
}

/** The URL that goes into kubeconfigs, without a trailing slash. Throws ERR_SERVER_INVALID. */
export function parseServer(server: string): string {
  const url = server.length <= maxUrlLength && URL.canParse(server) ? new URL(server) : undefined
  // The parser would quietly mend spaces and backslashes: what is stored is what was written.
  const isClean = /^https:\/\/[^\s\\?#@\p{C}]+$/iu.test(server)
  if (url === undefined || !isClean || url.protocol !== 'https:' || url.hostname === '') {
    throw new LanyardError(
      'ERR_SERVER_INVALID',
      `server ${quoteName(server)} must be an https URL without user, query or fragment`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

/** One or more certificates, each parsed, nothing else kept. Throws ERR_CERTIFICATE_AUTHORITY_INVALID. */
export function parseCertificateAuthority(pem: string): string {
  const invalid = (why: string) =>
    new LanyardError('ERR_CERTIFICATE_AUTHORITY_INVALID', `the certificate authority ${why}`, {
      hint: 'give the PEM file of the CA that signed the certificate of the API; with kubeadm /etc/kubernetes/pki/ca.crt',
    })
  if (pem.length > maxPemLength) throw invalid(`is longer than ${maxPemLength} characters`)
  if (pem.includes('PRIVATE KEY-----')) throw invalid('holds a private key')
  const blocks = pem.match(certificateBlock) ?? []
  if (blocks.length === 0) throw invalid('holds no PEM certificate')
  return blocks
    .map((block, index) => {
      try {
        return new X509Certificate(block).toString()
      } catch {
        throw invalid(`holds a certificate that cannot be read: number ${index + 1}`)
      }
    })
    .join('')
}

/** Addresses of a cluster's apiservers, each once. Throws ERR_SERVER_INVALID, ERR_REPLICAS_INVALID. */
export function parseReplicas(urls: readonly string[]): string[] {
  const replicas = [...new Set(urls.map(parseServer))]
  if (replicas.length <= maxReplicas) return replicas
  throw new LanyardError(
    'ERR_REPLICAS_INVALID',
    `${replicas.length} replicas are more than the ${maxReplicas} that a cluster may have`,
  )
}

/** `1.34` from `1.34`, `v1.34.2` or `1.34.2+k3s1`. Throws ERR_KUBERNETES_VERSION_INVALID, ERR_KUBERNETES_VERSION_OLD. */
export function parseKubernetesVersion(version: string): string {
  const found = /^v?(1\.\d{1,3})(?:\.\d{1,3}(?:[-+][\w.+-]{1,40})?)?$/.exec(version)?.[1]
  if (found !== undefined) return kubernetesLine(found).version
  throw new LanyardError(
    'ERR_KUBERNETES_VERSION_INVALID',
    `Kubernetes version ${quoteName(version)} is not of the form 1.34`,
    { hint: 'kubectl version shows that of the server' },
  )
}

/** Seconds without live groups, or null for never. Throws ERR_FALLBACK_INVALID. */
export function parseFallbackAfter(seconds: number | null, liveGroups: boolean): number | null {
  if (seconds === null) return null
  if (!Number.isSafeInteger(seconds) || seconds < 30 || seconds > 86_400) {
    throw new LanyardError(
      'ERR_FALLBACK_INVALID',
      `a fallback after ${seconds} seconds must be a whole number from 30 to 86400`,
    )
  }
  if (liveGroups) return seconds
  throw new LanyardError(
    'ERR_FALLBACK_INVALID',
    'a cluster whose tokens carry their groups has nothing to fall back from',
    { hint: 'give --fallback-after to a cluster with --groups live' },
  )
}

/** What an apiserver puts before names. Throws ERR_NAME_RESERVED, ERR_NAME_INVALID. */
export function parsePrefix(prefix: string): string {
  const fault = prefixFault(prefix)
  if (fault === null) return prefix
  throw new LanyardError(fault.code, fault.message)
}

/** Throws ERR_SIGNING_ALG_INVALID. kube-apiserver verifies no EdDSA. */
export function parseSigningAlg(alg: string): SigningAlg {
  if (alg === 'RS256' || alg === 'ES256') return alg
  throw new LanyardError(
    'ERR_SIGNING_ALG_INVALID',
    `signing algorithm ${quoteName(alg)} must be RS256 or ES256`,
  )
}
