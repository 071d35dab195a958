/** The signer whose certificates are people and programs to kube-apiserver. Nothing approves for it but who is told to. */
export const apiserverClientSigner = 'kubernetes.io/kube-apiserver-client'
export const signingRequestsPath = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

const api = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' } as const

/** A CertificateSigningRequest as `POST` takes it. `csr` is PEM; 600 seconds are the least that is accepted. */
export function certificateSigningRequest({
  name,
  csr,
  expirationSeconds,
}: {
  readonly name: string
  readonly csr: string
  readonly expirationSeconds: number
}): object {
  return {
    ...api,
    metadata: { name },
    spec: {
      request: Buffer.from(csr).toString('base64'),
      signerName: apiserverClientSigner,
      expirationSeconds,
      usages: ['client auth', 'digital signature'],
    },
  }
}

/** The same object as the apiserver gave it back, approved: what `PUT …/approval` takes. */
export function approveSigningRequest(object: object, message: string): object {
  const condition = { type: 'Approved', status: 'True', reason: 'LanyardDecided', message }
  return { ...object, status: { conditions: [condition] } }
}

export interface SigningState {
  /** PEM; null while nobody has signed. */
  readonly certificate: string | null
  /** Why nobody ever will; null while somebody may. */
  readonly failure: string | null
}

/** What has become of one. Throws TypeError for what is no CertificateSigningRequest. */
export function readSigningState(object: unknown): SigningState {
  const { kind, status } = Object(object) as { kind?: unknown; status?: unknown }
  if (kind !== api.kind) throw new TypeError(`it is no ${api.kind}`)
  const { certificate, conditions } = Object(status) as Readonly<Record<string, unknown>>
  const failed = (Array.isArray(conditions) ? conditions : [])
    .map((condition) => Object(condition) as Readonly<Record<string, unknown>>)
    .find(({ type }) => type === 'Failed' || type === 'Denied')
  return {
    certificate:
      typeof certificate === 'string' ? Buffer.from(certificate, 'base64').toString() : null,
    failure:
      failed === undefined ? null : `${String(failed['reason'])}: ${String(failed['message'])}`,
  }
}
