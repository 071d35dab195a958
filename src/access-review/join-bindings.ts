import type { Queries } from '../../db/index.ts'
import type { Cluster } from '../clusters/index.ts'
import { type BoundSubject, isReservedName } from '../kubernetes/index.ts'
import { nearName } from './near-name.ts'
import type { BoundName, ClusterReview, UnknownSubject } from './types.ts'

const BATCH = 500
/** For each, all names are compared. */
const MOST_UNKNOWN = 200

type Kind = BoundName['kind']

/** The groups of the directory, by which the names in bindings are known; the first 10,000. */
export async function readGroupNames(query: Queries): Promise<readonly string[]> {
  const rows = await query
    .selectFrom('groups')
    .select('name')
    .orderBy('name')
    .limit(10_000)
    .execute()
  return rows.map(({ name }) => name)
}

/** What a cluster's bindings are to Lanyard: who is bound to what, who is unknown here, and who may enter and is bound to nothing. */
export async function joinBindings(
  query: Queries,
  cluster: Cluster,
  bound: readonly BoundSubject[],
  groupNames: readonly string[],
): Promise<Pick<ClusterReview, 'bound' | 'unknown' | 'unbound' | 'hasMore'>> {
  const groups = new Set(groupNames)
  const ofPeople = bound.filter(({ name }) => !isReservedName(name))
  const users = await knownUsers(query, cluster, ofPeople)
  const known: BoundName[] = []
  const unknown = new Map<string, { kind: Kind; subject: string; bindings: Set<string> }>()
  for (const each of ofPeople) {
    const kind: Kind = each.kind === 'Group' ? 'group' : 'user'
    const name = bareName(cluster, each)
    if (name !== null && (kind === 'group' ? groups : users).has(name)) {
      const { roleKind, role, namespace, binding } = each
      known.push({ kind, name, roleKind, role, namespace, binding })
    } else if (kind === 'group' || name !== null) {
      // A user without the prefix is somebody else's: of a client certificate, or of another issuer.
      const key = `${kind} ${each.name}`
      const entry = unknown.get(key) ?? { kind, subject: each.name, bindings: new Set<string>() }
      entry.bindings.add(bindingText(each))
      unknown.set(key, entry)
    }
  }
  const boundGroups = new Set(known.flatMap(({ kind, name }) => (kind === 'group' ? [name] : [])))
  return {
    bound: known.sort(byName),
    unknown: [...unknown.values()].slice(0, MOST_UNKNOWN).map(
      ({ kind, subject, bindings }): UnknownSubject => ({
        ...{ kind, subject, bindings: [...bindings] },
        near: kind === 'group' ? meantGroup(cluster, subject, groupNames) : null,
      }),
    ),
    hasMore: unknown.size > MOST_UNKNOWN,
    unbound: cluster.everyone ? [] : cluster.groups.filter((name) => !boundGroups.has(name)),
  }
}

/** Null where the cluster's prefix does not stand before it. */
function bareName(cluster: Cluster, { kind, name }: BoundSubject): string | null {
  const prefix = kind === 'Group' ? cluster.groupsPrefix : cluster.usernamePrefix
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : null
}

/** With a prefix that is left out or is another's, in capitals, or with a slip of the hand. */
function meantGroup(
  { groupsPrefix }: Cluster,
  subject: string,
  names: readonly string[],
): string | null {
  const bare = subject.startsWith(groupsPrefix) ? subject.slice(groupsPrefix.length) : subject
  const near =
    nearName(bare.trim().toLowerCase(), names) ??
    nearName(
      bare
        .trim()
        .toLowerCase()
        .replace(/^[^:]*:/, ''),
      names,
    )
  return near === null ? null : `${groupsPrefix}${near}`
}

async function knownUsers(
  query: Queries,
  cluster: Cluster,
  bound: readonly BoundSubject[],
): Promise<ReadonlySet<string>> {
  const names = [
    ...new Set(
      bound.flatMap((each) => (each.kind === 'User' ? (bareName(cluster, each) ?? []) : [])),
    ),
  ]
  const known = new Set<string>()
  for (let start = 0; start < names.length; start += BATCH) {
    const rows = await query
      .selectFrom('users')
      .select('username')
      .where('username', 'in', names.slice(start, start + BATCH))
      .execute()
    for (const { username } of rows) known.add(username)
  }
  return known
}

function bindingText({ namespace, binding }: BoundSubject): string {
  return namespace === null
    ? `ClusterRoleBinding ${binding}`
    : `RoleBinding ${namespace}/${binding}`
}

function byName(a: BoundName, b: BoundName): number {
  const [left, right] = [a, b].map(
    ({ kind, name, namespace, role }) => `${kind} ${name} ${namespace ?? ''} ${role}`,
  )
  return (left ?? '') < (right ?? '') ? -1 : 1
}
