import { LanyardError } from '../errors/index.ts'
import { nameFault, prefixFault, quoteName } from './names.ts'
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

/** A binding as Kubernetes will hold it. */
export interface BindingFacts {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
  readonly name: string
  /** Null where it holds everywhere. */
  readonly namespace: string | null
  readonly role: string
  readonly group: string
  /** The group as the apiserver sees it: with the prefix. */
  readonly subject: string
}

/** What a ClusterRole of this name can do by design is all: no list of rules holds somebody who has it. */
export const clusterAdmin = 'cluster-admin'

/** True for roles that Kubernetes makes for its own components. */
export function isComponentRole(role: string): boolean {
  return role.startsWith('system:')
}

/** YAML that gives one group one ClusterRole: everywhere, or in a namespace. Throws as bindingFacts. */
export function roleBinding(binding: Binding): string {
  const { kind, name, namespace, role, subject } = bindingFacts(binding)
  return writeYaml({
    apiVersion: `${rbacGroup}/v1`,
    kind,
    metadata: { name, ...(namespace === null ? {} : { namespace }) },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbacGroup, kind: 'Group', name: subject }],
  })
}

/** The same for several, as one stream for `kubectl apply -f -`. */
export function roleBindings(bindings: readonly Binding[]): string {
  return bindings.map(roleBinding).join('---\n')
}

/**
 * What one binding is.
 *
 * @throws LanyardError ERR_ROLE_INVALID, ERR_NAMESPACE_INVALID where Kubernetes would refuse it; ERR_NAME_INVALID,
 *   ERR_NAME_RESERVED where the group or the prefix could name somebody of Kubernetes' own.
 */
export function bindingFacts({ groupName, prefix, role, namespace }: Binding): BindingFacts {
  const fault = nameFault('group', groupName) ?? prefixFault(prefix)
  if (fault !== null) throw new LanyardError(fault.code, fault.message)
  refuseRole(role)
  if (namespace !== undefined) refuseNamespace(namespace)
  return {
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    name: bindingName(role, groupName),
    namespace: namespace ?? null,
    role,
    group: groupName,
    subject: `${prefix}${groupName}`,
  }
}

/**
 * An RBAC name is a path segment: no slash. Groups hold colons and slashes but no bar, so that with a role's colons as bars
 * two pairs of role and group never share a binding.
 */
function bindingName(role: string, groupName: string): string {
  const ofRole = role.replaceAll('|', '||').replaceAll(':', '|')
  return `lanyard:${ofRole}:${groupName.replaceAll('/', '|')}`
}

/** Path segments (apimachinery, ValidatePathSegmentName); a space or what nobody sees is a slip of the hand besides. */
function refuseRole(role: string): void {
  const invalid = (why: string) =>
    new LanyardError('ERR_ROLE_INVALID', `role ${quoteName(role)} ${why}`, {
      hint: 'kubectl get clusterroles shows the names; view, edit, admin and cluster-admin are in every cluster',
    })
  if (role === '') throw new LanyardError('ERR_ROLE_INVALID', 'the name of a role is empty')
  if (role === '.' || role === '..' || /[/%]/.test(role)) {
    throw invalid('is no name to Kubernetes: it may be neither . nor .. and hold neither / nor %')
  }
  if (/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(role)) {
    throw invalid('holds a space or a character that cannot be seen')
  }
  if (role.length > 253) throw invalid('is longer than 253 characters')
}

/** RFC 1123 label. */
function refuseNamespace(namespace: string): void {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return
  throw new LanyardError(
    'ERR_NAMESPACE_INVALID',
    `namespace ${quoteName(namespace)} is no name to Kubernetes`,
    { hint: 'a namespace has a-z, 0-9 and - inside, and 63 characters at most' },
  )
}
