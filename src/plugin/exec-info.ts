import type { Surroundings } from './surroundings.ts'

// The kubernetes room has these formats too, but its door brings the YAML library, which the hot path may not load.
const V1 = 'client.authentication.k8s.io/v1'
const V1BETA1 = 'client.authentication.k8s.io/v1beta1'

/** What kubectl tells of itself in KUBERNETES_EXEC_INFO; null outside of kubectl. */
export interface ExecInfo {
  readonly apiVersion: typeof V1 | typeof V1BETA1
  readonly interactive: boolean
}

export function readExecInfo(around: Surroundings): ExecInfo | null {
  const text = around.env['KUBERNETES_EXEC_INFO']
  if (text === undefined || text === '') {
    return null
  }
  // What is not the protocol is treated as a kubectl that must not be kept waiting: nobody can be asked.
  let interactive = false
  let apiVersion: ExecInfo['apiVersion'] = V1
  try {
    const info = JSON.parse(text) as Partial<Record<string, unknown>> | null
    const spec = info?.['spec'] as { interactive?: unknown } | null | undefined
    interactive = spec?.interactive === true
    apiVersion = info?.['apiVersion'] === V1BETA1 ? V1BETA1 : V1
  } catch {}
  return { apiVersion, interactive }
}

/** What kubectl proves itself with, and until when. */
export type Credential = { readonly expiresAt: number } & (
  | { readonly token: string }
  /** PEM, both. */
  | { readonly certificate: string; readonly key: string }
)

/** The one line that kubectl reads. Its version must be the one that the kubeconfig names. */
export function execCredential(info: ExecInfo | null, credential: Credential): string {
  const status = {
    ...('token' in credential
      ? { token: credential.token }
      : { clientCertificateData: credential.certificate, clientKeyData: credential.key }),
    expirationTimestamp: new Date(credential.expiresAt).toISOString(),
  }
  return `${JSON.stringify({ kind: 'ExecCredential', apiVersion: info?.['apiVersion'] ?? V1, status })}\n`
}
