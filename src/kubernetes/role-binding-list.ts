/** One binding of one subject, as the cluster has it. */
export interface BoundSubject {
  /** Null where it holds everywhere. */
  readonly namespace: string | null
  readonly binding: string
  readonly roleKind: 'ClusterRole' | 'Role'
  readonly role: string
  readonly kind: 'User' | 'Group'
  /** As the apiserver sees it: with its prefix. */
  readonly name: string
}

export interface RoleBindingPage {
  readonly bound: readonly BoundSubject[]
  /** For the next page; null at the end. */
  readonly next: string | null
}

/** One page of a list of bindings: its users and groups; service accounts are nobody's here. Throws TypeError for anything else. */
export function readRoleBindings(value: unknown): RoleBindingPage {
  const { items, metadata } = fieldsOf(value)
  if (!Array.isArray(items)) throw new TypeError('it is no list')
  const next = fieldsOf(metadata)['continue']
  return {
    bound: items.flatMap(subjectsOf),
    next: typeof next === 'string' && next !== '' ? next : null,
  }
}

function subjectsOf(item: unknown): BoundSubject[] {
  const { metadata, roleRef, subjects } = fieldsOf(item)
  const { name: binding, namespace } = fieldsOf(metadata)
  const { kind: roleKind, name: role } = fieldsOf(roleRef)
  if (typeof binding !== 'string' || typeof role !== 'string') {
    throw new TypeError('a binding has no name or no role')
  }
  return (Array.isArray(subjects) ? subjects : []).flatMap((subject: unknown) => {
    const { kind, name } = fieldsOf(subject)
    if ((kind !== 'User' && kind !== 'Group') || typeof name !== 'string') return []
    return [
      {
        namespace: typeof namespace === 'string' && namespace !== '' ? namespace : null,
        ...{ binding, role, kind, name },
        roleKind: roleKind === 'Role' ? 'Role' : 'ClusterRole',
      } satisfies BoundSubject,
    ]
  })
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Readonly<Record<string, unknown>>
}
