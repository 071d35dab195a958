import type { Queries } from '../../db/index.ts'
import { LanyardError } from '../errors/index.ts'
import { canonicaliseName, clusterAdmin, quoteName } from '../kubernetes/index.ts'
import type { ClusterReview, Reason } from './types.ts'

const MOST_GROUPS = 500

export interface PrivilegedGroup {
  readonly id: string
  readonly name: string
  readonly reasons: readonly Reason[]
}

/** The groups that are worth a look, by name: the first 500. Throws ERR_GROUP_UNKNOWN where the one that is named is none. */
export async function readPrivilegedGroups(
  query: Queries,
  adminGroup: string,
  clusters: readonly ClusterReview[],
  only: string | undefined,
): Promise<{ groups: PrivilegedGroup[]; hasMore: boolean }> {
  const admins = clusterAdminsOf(clusters)
  const names = [canonicaliseName(adminGroup), ...admins.keys()]
  let select = query
    .selectFrom('groups')
    .select(['id', 'name', 'factors', 'max_age', 'longest_membership'])
    .where((row) =>
      row.or([
        row('factors', '<>', 'any'),
        row('max_age', 'is not', null),
        row('longest_membership', 'is not', null),
        row('name', 'in', names.slice(0, MOST_GROUPS)),
      ]),
    )
  if (only !== undefined) select = select.where('name', '=', canonicaliseName(only))
  const rows = await select
    .orderBy('name')
    .limit(MOST_GROUPS + 1)
    .execute()
  if (only !== undefined && rows.length === 0) {
    throw new LanyardError('ERR_GROUP_UNKNOWN', `no privileged group is named ${quoteName(only)}`)
  }
  const groups = rows.slice(0, MOST_GROUPS).map((row): PrivilegedGroup => {
    const { id, name, factors, max_age: maxAge, longest_membership: longestSeconds } = row
    const reasons: Reason[] = [
      ...(name === canonicaliseName(adminGroup) ? [{ kind: 'admins' } as const] : []),
      ...(admins.get(name) ?? []),
      ...(factors === 'any' && maxAge === null
        ? []
        : [{ kind: 'policy', factors, maxAge } as const]),
      ...(longestSeconds === null ? [] : [{ kind: 'requestable', longestSeconds } as const]),
    ]
    return { id, name, reasons }
  })
  return { groups, hasMore: rows.length > MOST_GROUPS || names.length > MOST_GROUPS }
}

function clusterAdminsOf(clusters: readonly ClusterReview[]): Map<string, Reason[]> {
  const admins = new Map<string, Reason[]>()
  for (const { cluster, bound } of clusters) {
    for (const { kind, name, role, roleKind, namespace } of bound) {
      if (kind !== 'group' || role !== clusterAdmin || roleKind !== 'ClusterRole') continue
      const reason: Reason = { kind: 'cluster-admin', cluster, namespace }
      admins.set(name, [...(admins.get(name) ?? []), reason])
    }
  }
  return admins
}
