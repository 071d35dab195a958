import { writeYaml } from './yaml-text.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

export interface Binding {
  readonly groupName: string
  /** What the apiserver puts before groups. */
  readonly prefix: string
  /** A ClusterRole. */
  readonly role: string
  /** Binds in this namespace alone. */
  readonly namespace?: string
}

/** YAML that gives one group one ClusterRole: everywhere, or in a namespace. */
export function roleBinding({ groupName, prefix, role, namespace }: Binding): string {
  return writeYaml({
    apiVersion: `${rbacGroup}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      // An RBAC name is a path segment: no slash. No group name holds a bar, so two groups never share a binding.
      name: `lanyard:${role}:${groupName.replaceAll('/', '|')}`,
      ...(namespace === undefined ? {} : { namespace }),
    },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbacGroup, kind: 'Group', name: `${prefix}${groupName}` }],
  })
}
