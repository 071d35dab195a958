import type { Transaction } from '../../db/index.ts'
import { canonicalName } from '../directory/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

/**
 * One namespace for audiences of clusters and ids of applications, the dead ones included: a token is good wherever its `aud`
 * is, so nobody may inherit one.
 *
 * @throws LanyardError ERR_AUDIENCE_TAKEN, ERR_AUDIENCE_RETIRED
 */
export async function refuseTakenClientId(tx: Transaction, clientId: string): Promise<void> {
  const owner = await tx.query
    .selectFrom('clusters')
    .where('audience', '=', clientId)
    .select((row) => ['name', row.val('cluster').as('noun')])
    .unionAll(
      tx.query
        .selectFrom('applications')
        .where('client_id', '=', clientId)
        .select((row) => ['name', row.val('application').as('noun')]),
    )
    .executeTakeFirst()
  if (owner !== undefined) {
    throw new LanyardError(
      'ERR_AUDIENCE_TAKEN',
      `audience ${quoteName(clientId)} belongs to ${owner.noun} ${quoteName(owner.name)}`,
      { hint: 'choose another audience' },
    )
  }
  const grave = await tx.query
    .selectFrom('tombstones')
    .where('kind', '=', 'audience')
    .where('name', '=', clientId)
    .select('name')
    .executeTakeFirst()
  if (grave !== undefined) {
    throw new LanyardError(
      'ERR_AUDIENCE_RETIRED',
      `audience ${quoteName(clientId)} was used before`,
      { hint: 'choose another: whoever still trusts the old one would accept the new tokens' },
    )
  }
}

export async function buryClientId(tx: Transaction, clientId: string, now: EpochMs): Promise<void> {
  await tx.query
    .insertInto('tombstones')
    .values({ kind: 'audience', name: clientId, buried_at: now })
    .execute()
}

/** Ids of the groups with these names. Throws ERR_GROUP_UNKNOWN, and what canonicalName throws. */
export async function findGroups(
  tx: Transaction,
  names: readonly string[],
): Promise<{ id: string; name: string }[]> {
  const wanted = [...new Set(names.map((name) => canonicalName('group', name)))]
  if (wanted.length === 0) return []
  const found = await tx.query
    .selectFrom('groups')
    .where('name', 'in', wanted)
    .select(['id', 'name'])
    .execute()
  const missing = wanted.find((name) => !found.some((group) => group.name === name))
  if (missing === undefined) return found
  throw new LanyardError('ERR_GROUP_UNKNOWN', `no group is named ${quoteName(missing)}`, {
    hint: 'lanyard group list shows them all',
  })
}
