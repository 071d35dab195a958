import { stringify } from 'yaml'

export interface WebhookSettings {
  /** Where TokenReviews are posted: the whole address, without a query, which an apiserver would drop. */
  readonly server: string
  /** PEM; null where the apiserver's system trusts the certificate. */
  readonly certificateAuthority: string | null
  readonly credential: string
}

/** The kubeconfig that `--authentication-token-webhook-config-file` reads. */
export function webhookKubeconfig(settings: WebhookSettings): string {
  const { server, certificateAuthority: ca, credential } = settings
  const trust =
    ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'lanyard', cluster: { server, ...trust } }],
      users: [{ name: 'kube-apiserver', user: { token: credential } }],
      contexts: [{ name: 'webhook', context: { cluster: 'lanyard', user: 'kube-apiserver' } }],
      'current-context': 'webhook',
    },
    // Base64 of a certificate stays on its line.
    { lineWidth: 0 },
  )
}

/** Flags of kube-apiserver; v1beta1 would be its default. */
export function webhookFlags(cacheTtl: number): readonly string[] {
  return [
    '--authentication-token-webhook-config-file=/etc/kubernetes/lanyard-webhook.kubeconfig',
    '--authentication-token-webhook-version=v1',
    `--authentication-token-webhook-cache-ttl=${cacheTtl}s`,
  ]
}
