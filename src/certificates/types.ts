import type { By, DeviceId, EpochMs, UserId } from '../errors/index.ts'

/** Ten minutes: what a cluster's own signer signs at least. */
export const DEFAULT_LIFETIME_SECONDS = 600
/** Nobody can take a certificate back: it is never longer than an ID token may be. */
export const MAX_LIFETIME_SECONDS = 3600
/** Less is over before a command that was started with it is. */
export const MIN_LIFETIME_SECONDS = 60
/** kube-apiserver, pkg/apis/certificates/validation: "may not specify a duration less than 600 seconds". */
export const MIN_CLUSTER_LIFETIME_SECONDS = 600

/** Who signs for a cluster: a CA of Lanyard's, or the cluster itself. */
export type SignerKind = 'lanyard' | 'cluster'

/** A client CA of one cluster. Its key never leaves the room. */
export interface Authority {
  readonly id: string
  /** `next` is shown, so that apiservers can come to trust it, and does not sign yet. */
  readonly state: 'next' | 'active'
  /** PEM. */
  readonly certificate: string
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

export interface SignerState {
  readonly createdAt: EpochMs
}

/** Who asks to enter which cluster: by its name, or by its audience, which never changes. */
export interface EntryAsk {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly cluster: { readonly name: string } | { readonly audience: string }
  readonly by: By
}

export interface CertificateAsk extends EntryAsk {
  /** PKCS #10 in PEM. */
  readonly csr: string
  /** Ten minutes unless given. */
  readonly lifetimeSeconds?: number
}

/** Who somebody is at a cluster by certificate, as kube-apiserver reads it: with the cluster's prefixes. */
export interface CertificateSubject {
  readonly username: string
  readonly groups: readonly string[]
  /** Null where the cluster's own signer would drop it. */
  readonly uid: string | null
}

export interface SignedCertificate {
  /** PEM. */
  readonly certificate: string
  readonly notAfter: EpochMs
  /** As kube-apiserver's audit log has it: `X509SHA256=<hex>`. */
  readonly credentialId: string
  readonly serial: string
  readonly signer: SignerKind
  readonly subject: CertificateSubject
  /** Whether the cluster asks for groups otherwise: those in a certificate stay as they are until its end. */
  readonly freezesGroups: boolean
}

export interface Certificates {
  readonly authorities: {
    /** The one that signs first. Throws ERR_CLUSTER_UNKNOWN. */
    list(cluster: string): Promise<Authority[]>
    /**
     * Makes a CA: one that signs at once where there is none, else the next.
     * @throws LanyardError ERR_CLUSTER_UNKNOWN, ERR_SIGNER_EXISTS, ERR_CLIENT_CA_EXISTS where the next one waits already
     */
    make(cluster: string, by: By): Promise<Authority>
    /** Lets the next one sign and deletes the one before. Throws ERR_CLIENT_CA_UNKNOWN where none waits. */
    activate(cluster: string, by: By): Promise<Authority>
    /** Deletes them, keys and all; resolves with what there was. */
    remove(cluster: string, by: By): Promise<Authority[]>
  }
  readonly signers: {
    find(cluster: string): Promise<SignerState | undefined>
    /**
     * Keeps the token with which Lanyard asks the cluster's own signer, after one question to the cluster has shown that it works.
     * @throws LanyardError ERR_CLIENT_CA_EXISTS, ERR_CERTIFICATE_SIGNER
     */
    set(cluster: string, token: string, by: By): Promise<SignerState>
    /** Whether there was one. */
    remove(cluster: string, by: By): Promise<boolean>
  }
  /** Who this person would be now, for a request that must say so itself. Throws as `sign`. */
  subject(
    ask: EntryAsk,
  ): Promise<{ readonly subject: CertificateSubject; readonly signer: SignerKind }>
  /**
   * @throws LanyardError ERR_CERTIFICATE_REFUSED with the decision's sentence; ERR_CSR_INVALID, ERR_CSR_KEY, ERR_CSR_USED,
   *   ERR_CSR_SUBJECT; ERR_CERTIFICATE_LIFETIME; ERR_CERTIFICATE_NONE where nothing signs for this cluster; ERR_CERTIFICATE_SIGNER
   */
  sign(ask: CertificateAsk): Promise<SignedCertificate>
}
