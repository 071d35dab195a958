import { writeYaml } from './yaml-text.ts'

const rbac = 'rbac.authorization.k8s.io'

/** The paths of all role bindings of a cluster. */
export const bindingPaths = [
  `/apis/${rbac}/v1/clusterrolebindings`,
  `/apis/${rbac}/v1/rolebindings`,
] as const

/**
 * A service account that may list role bindings and nothing else, with a token that does not end by itself. It reads no role, no
 * secret and no object of anybody's: who is bound to what is all that a review asks.
 */
export function readerRbac(name: string, namespace: string): string {
  const metadata = { name, namespace }
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
        {
          apiGroups: [rbac],
          resources: ['clusterrolebindings', 'rolebindings'],
          verbs: ['list'],
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

/** A SelfSubjectAccessReview as `POST` takes it: may whoever asks do this anywhere? */
export function selfAccessReview(attributes: {
  readonly verb: string
  readonly group: string
  readonly resource: string
}): object {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes },
  }
}

export const selfAccessReviewPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
