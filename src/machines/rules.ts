import type { Transaction } from '../../db/index.ts'
import { machineNameFault } from '../access/index.ts'
import { type AuditDetail, type AuditType, recordEvent } from '../audit/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { canonicaliseName, nameFault, quoteName } from '../kubernetes/index.ts'
import { newId, parseName } from './identifiers.ts'
import { getIssuer } from './issuers.ts'
import { parsePins } from './pins.ts'
import { getRule, readRules } from './rule-rows.ts'
import type { MachineRule, NewRule } from './types.ts'
import { refuseWide } from './width.ts'

/** Seconds. kube-apiserver is told to refuse a token that lives longer than an hour. */
const LIFETIME = { usual: 600, least: 60, most: 3_600 } as const

export async function addRule(
  tx: Transaction,
  clock: Clock,
  given: NewRule,
  by: By,
): Promise<MachineRule> {
  const name = parseName('rule', given.name)
  const issuer = await getIssuer(tx.query, given.issuer)
  const audience = parseAudience(given.audience)
  const pins = parsePins(given.pins)
  refuseWide(issuer, { audience, pins })
  const username = parseUsername(given.username)
  const lifetime = parseLifetime(given.lifetime ?? LIFETIME.usual)
  if ((await readRules(tx.query)).some((rule) => rule.name === name)) {
    throw new LanyardError('ERR_RULE_EXISTS', `machine rule ${quoteName(name)} exists already`)
  }
  const groups = await findIds(tx, 'group', (given.groups ?? []).map(parseGroup))
  if (given.clusters.length === 0) {
    throw new LanyardError('ERR_RULE_INVALID', 'a rule names the clusters that it is good for')
  }
  const clusters = await findIds(tx, 'cluster', given.clusters)
  const id = newId('m')
  await tx.query
    .insertInto('machine_rules')
    .values({
      ...{ id, name, issuer_id: issuer.id, audience, username, lifetime },
      other_audiences: given.otherAudiences === true ? 1 : 0,
      claims: JSON.stringify(pins),
      enabled: 1,
      created_at: clock(),
      last_used_at: null,
    })
    .execute()
  for (const group of groups) {
    await tx.query
      .insertInto('machine_rule_groups')
      .values({ rule_id: id, group_id: group })
      .execute()
  }
  for (const cluster of clusters) {
    await tx.query
      .insertInto('machine_rule_clusters')
      .values({ rule_id: id, cluster_id: cluster })
      .execute()
  }
  const added = await getRule(tx.query, name)
  await record(tx, clock, 'machine.rule_added', added, by, {
    ...{ issuer: issuer.name, username, audience, groups: added.groups, lifetime },
    clusters: added.clusters.map((cluster) => cluster.name),
    claims: pins.map(({ kind, claim, value }) => `${claim} ${kind} ${JSON.stringify(value)}`),
  })
  return added
}

export async function setRuleEnabled(
  tx: Transaction,
  clock: Clock,
  name: string,
  enabled: boolean,
  by: By,
): Promise<MachineRule> {
  const rule = await getRule(tx.query, name)
  if (rule.enabled === enabled) return rule
  await tx.query
    .updateTable('machine_rules')
    .set({ enabled: enabled ? 1 : 0 })
    .where('id', '=', rule.id)
    .execute()
  await record(tx, clock, 'machine.rule_changed', rule, by, { enabled })
  return { ...rule, enabled }
}

export async function removeRule(
  tx: Transaction,
  clock: Clock,
  name: string,
  by: By,
): Promise<void> {
  const rule = await getRule(tx.query, name)
  await tx.query.deleteFrom('machine_rules').where('id', '=', rule.id).execute()
  await record(tx, clock, 'machine.rule_removed', rule, by, { username: rule.username })
}

function record(
  tx: Transaction,
  clock: Clock,
  type: AuditType,
  { id, name }: MachineRule,
  by: By,
  detail: AuditDetail,
): Promise<void> {
  return recordEvent(tx, clock, { type, by, target: { kind: 'machine', id, name }, detail })
}

function parseAudience(audience: string): string {
  if (/^[\x21-\x7e]{1,256}$/.test(audience)) return audience
  throw new LanyardError(
    'ERR_AUDIENCE_INVALID',
    `audience ${quoteName(audience)} must have 1 to 256 visible characters`,
  )
}

function parseUsername(input: string): string {
  const username = canonicaliseName(input)
  const fault = machineNameFault(username)
  if (fault === null) return username
  throw new LanyardError(fault.code, fault.message, { hint: 'such as machine:ci/shop' })
}

function parseGroup(input: string): string {
  const group = canonicaliseName(input)
  const fault = nameFault('group', group)
  if (fault === null) return group
  throw new LanyardError(fault.code, fault.message)
}

function parseLifetime(seconds: number): number {
  const { least, most } = LIFETIME
  if (Number.isSafeInteger(seconds) && seconds >= least && seconds <= most) return seconds
  throw new LanyardError(
    'ERR_RULE_INVALID',
    `a cluster's token of a machine lives ${least} seconds to ${most}, not ${seconds}`,
  )
}

/** Ids of all that are named. Throws ERR_GROUP_UNKNOWN, ERR_CLUSTER_UNKNOWN. */
async function findIds(
  tx: Transaction,
  noun: 'group' | 'cluster',
  names: readonly string[],
): Promise<string[]> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return []
  const found = await tx.query
    .selectFrom(noun === 'group' ? 'groups' : 'clusters')
    .where('name', 'in', wanted)
    .select(['id', 'name'])
    .execute()
  const missing = wanted.find((name) => !found.some((each) => each.name === name))
  if (missing === undefined) return found.map(({ id }) => id)
  throw new LanyardError(
    noun === 'group' ? 'ERR_GROUP_UNKNOWN' : 'ERR_CLUSTER_UNKNOWN',
    `no ${noun} is named ${quoteName(missing)}`,
    { hint: `lanyard ${noun} list shows them all` },
  )
}
