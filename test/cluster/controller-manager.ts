import { z } from 'zod'
import type { RunningProcess } from '../support/process.ts'
import type { ApiClient } from './api-client.ts'
import type { Apiserver } from './apiserver.ts'
import { startComponent } from './component.ts'

const CONTROLLERS = [
  'csrsigning',
  'csrapproving',
  'csrcleaner',
  'serviceaccount',
  'serviceaccount-token',
  'root-ca-cert-publisher',
  'clusterrole-aggregation',
]

async function isFurnished(api: ApiClient): Promise<boolean> {
  const [account, view] = await Promise.all([
    api.ask('/api/v1/namespaces/default/serviceaccounts/default'),
    api.ask('/apis/rbac.authorization.k8s.io/v1/clusterroles/view'),
  ])
  if (account.status !== 200 || view.status !== 200) return false
  const { rules } = z.object({ rules: z.array(z.unknown()).nullish() }).parse(view.body)
  return (rules ?? []).length > 0
}

/**
 * Starts the controllers that a cluster for people needs: service accounts, certificate signing, and the aggregation that gives
 * `view`, `edit` and `admin` their rules. Ready when the service account `default` and the rules of `view` exist. Throws for
 * an apiserver that is not of the newest line: others have no controller manager here.
 */
export async function startControllerManager(apiserver: Apiserver): Promise<RunningProcess> {
  const { clientAuthority, certificateAuthority } = apiserver
  return startComponent({
    name: 'kube-controller-manager',
    line: apiserver.line,
    args: [
      `--kubeconfig=${apiserver.adminKubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      `--controllers=${CONTROLLERS.join(',')}`,
      `--cluster-signing-cert-file=${clientAuthority.certificatePath}`,
      `--cluster-signing-key-file=${clientAuthority.keyPath}`,
      `--service-account-private-key-file=${apiserver.serviceAccountKeyPath}`,
      `--root-ca-file=${certificateAuthority.certificatePath}`,
    ],
    isReady: () => isFurnished(apiserver.api),
  })
}
