import { prepare, type Queries, type Reader } from '../../db/index.ts'
import { type ClusterId, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { readIssuers } from './issuers.ts'
import type { MachineRule, Pin, TrustedIssuer } from './types.ts'

/** All rules, or those of one issuer, by name. */
export async function readRules(
  query: Pick<Queries, 'selectFrom'>,
  issuerId?: string,
): Promise<MachineRule[]> {
  let select = query.selectFrom('machine_rules').selectAll().orderBy('name')
  if (issuerId !== undefined) select = select.where('issuer_id', '=', issuerId)
  const [rows, issuers, clusters, groups] = await Promise.all([
    select.execute(),
    readIssuers(query),
    query
      .selectFrom('machine_rule_clusters')
      .innerJoin('clusters', 'clusters.id', 'machine_rule_clusters.cluster_id')
      .select(['rule_id', 'clusters.id', 'clusters.name'])
      .orderBy('clusters.name')
      .execute(),
    query
      .selectFrom('machine_rule_groups')
      .innerJoin('groups', 'groups.id', 'machine_rule_groups.group_id')
      .select(['rule_id', 'groups.name'])
      .orderBy('groups.name')
      .execute(),
  ])
  const issuerOf = new Map(issuers.map((issuer) => [issuer.id, issuer]))
  return rows.map((row) => ({
    ...{ id: row.id, name: row.name, issuer: known(issuerOf.get(row.issuer_id)) },
    ...{ audience: row.audience, otherAudiences: row.other_audiences === 1 },
    pins: JSON.parse(row.claims) as Pin[],
    username: row.username,
    groups: groups.filter(({ rule_id }) => rule_id === row.id).map(({ name }) => name),
    clusters: clusters
      .filter(({ rule_id }) => rule_id === row.id)
      .map(({ id, name }) => ({ id: id as ClusterId, name })),
    lifetime: row.lifetime,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }))
}

/** Throws ERR_RULE_UNKNOWN. */
export async function getRule(
  query: Pick<Queries, 'selectFrom'>,
  name: string,
): Promise<MachineRule> {
  const rule = (await readRules(query)).find((each) => each.name === name)
  if (rule !== undefined) return rule
  throw new LanyardError('ERR_RULE_UNKNOWN', `no machine rule is named ${quoteName(name)}`, {
    hint: 'lanyard machine rule list shows them all',
  })
}

function known(issuer: TrustedIssuer | undefined): TrustedIssuer {
  if (issuer === undefined) throw new TypeError('a rule without an issuer')
  return issuer
}

const selectSubject = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('machine_rules')
    .where('id', '=', param('id'))
    .select((row) => [
      ...(['id', 'name', 'username', 'enabled'] as const),
      row
        .selectFrom('machine_rule_clusters')
        .whereRef('rule_id', '=', 'machine_rules.id')
        .select((each) => each.fn<string>('json_group_array', ['cluster_id']).as('ids'))
        .as('clusters'),
      row
        .selectFrom('machine_rule_groups')
        .innerJoin('groups', 'groups.id', 'machine_rule_groups.group_id')
        .whereRef('rule_id', '=', 'machine_rules.id')
        .select((each) => each.fn<string>('json_group_array', ['groups.name']).as('names'))
        .as('groups'),
    ]),
)

/** What the decision needs of one rule, in one prepared query: the webhook asks for it at every review. */
export async function readSubject(store: Reader, id: string) {
  const row = await store.first(selectSubject, { id })
  if (row === undefined) return undefined
  return {
    ...{ ruleId: row.id, ruleName: row.name, username: row.username, enabled: row.enabled === 1 },
    groups: (JSON.parse(row.groups ?? '[]') as string[]).sort(),
    clusterIds: JSON.parse(row.clusters ?? '[]') as ClusterId[],
  }
}
