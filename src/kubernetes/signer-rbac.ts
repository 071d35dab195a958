import { apiserverClientSigner } from './certificate-signing-request.ts'
import { writeYaml } from './yaml-text.ts'

/**
 * A service account that may have client certificates signed and nothing else, with a token that does not end by itself.
 * It may read no list: it asks for the objects that it made, by name. Deleting is left to kube-controller-manager, whose
 * csrcleaner takes what was signed after an hour: leave to delete would be leave to delete everybody's.
 */
export function signerRbac(name: string, namespace: string): string {
  const metadata = { name, namespace }
  const rbac = 'rbac.authorization.k8s.io'
  // A list of its own for each rule: of one that is shared, YAML would make an anchor.
  const certificates = () => ({ apiGroups: ['certificates.k8s.io'] })
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
      metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': name } },
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name } },
      rules: [
        { ...certificates(), resources: ['certificatesigningrequests'], verbs: ['create', 'get'] },
        {
          ...certificates(),
          resources: ['certificatesigningrequests/approval'],
          verbs: ['update'],
        },
        {
          ...{ ...certificates(), resources: ['signers'], resourceNames: [apiserverClientSigner] },
          verbs: ['approve'],
        },
      ],
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name } },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
    .map(writeYaml)
    .join('---\n')
}
