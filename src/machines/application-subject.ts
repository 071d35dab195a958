import { prepare, type Reader, type Store, type Transaction } from '../../db/index.ts'
import type { MachineSubject } from '../access/index.ts'
import { recordEvent } from '../audit/index.ts'
import { matchSecret } from '../clusters/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { subjectOfApplication } from './identifiers.ts'
import type { ApplicationMachine } from './types.ts'

const selectApplication = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('applications')
    .where('id', '=', param('id'))
    .select(['id', 'name', 'client_credentials_groups']),
)

/** An application by itself: in the groups that an admin gave it, and under a name that no person has. */
export async function readApplicationSubject(
  store: Store,
  id: string,
): Promise<MachineSubject | undefined> {
  const row = await (store as Reader).first(selectApplication, { id })
  if (row === undefined) return undefined
  const ids = JSON.parse(row.client_credentials_groups ?? '[]') as string[]
  const groups =
    ids.length === 0
      ? []
      : await store.query
          .selectFrom('groups')
          .where('id', 'in', ids)
          .select('name')
          .orderBy('name')
          .execute()
  return {
    ruleId: subjectOfApplication(row.id),
    ruleName: row.name,
    username: `machine:app/${row.name}`,
    groups: groups.map(({ name }) => name),
    enabled: row.client_credentials_groups !== null,
    clusterIds: 'by groups',
  }
}

/** The secret is compared before anything else is told apart. */
export async function authenticateApplication(
  store: Store,
  clientId: string,
  secret: string,
): Promise<ApplicationMachine | undefined> {
  const row = await store.query
    .selectFrom('applications')
    .where('client_id', '=', clientId)
    .select(['id', 'name', 'secret_hash', 'client_credentials_groups'])
    .executeTakeFirst()
  if (row === undefined || !matchSecret(row.secret_hash, secret)) return undefined
  return {
    machineId: subjectOfApplication(row.id),
    name: row.name,
    isAllowed: row.client_credentials_groups !== null,
  }
}

/** Groups are kept by their ids: a new name is followed, and a group that is gone gives nothing. */
export async function setClientCredentials(
  tx: Transaction,
  clock: Clock,
  { name, groups }: { readonly name: string; readonly groups: readonly string[] | null },
  by: By,
): Promise<void> {
  const application = await tx.query
    .selectFrom('applications')
    .where('name', '=', name)
    .select(['id', 'name', 'client_id', 'secret_hash'])
    .executeTakeFirst()
  if (application === undefined) {
    throw new LanyardError(
      'ERR_APPLICATION_UNKNOWN',
      `no application is named ${quoteName(name)}`,
      {
        hint: 'lanyard application list shows them all',
      },
    )
  }
  if (application.secret_hash === null) {
    throw new LanyardError(
      'ERR_APPLICATION_PUBLIC',
      `application ${quoteName(name)} is public and has no secret to come by`,
    )
  }
  const ids = groups === null ? null : await groupIds(tx, groups)
  await tx.query
    .updateTable('applications')
    .set({ client_credentials_groups: ids === null ? null : JSON.stringify(ids) })
    .where('id', '=', application.id)
    .execute()
  await recordEvent(tx, clock, {
    type: 'application.changed',
    by,
    target: { kind: 'application', id: application.id, name },
    clientId: application.client_id,
    detail: { clientCredentials: ids !== null, groups: groups ?? [] },
  })
}

async function groupIds(tx: Transaction, names: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(names)]
  const found = await tx.query
    .selectFrom('groups')
    .where('name', 'in', wanted)
    .select(['id', 'name'])
    .execute()
  const missing = wanted.find((name) => !found.some((each) => each.name === name))
  if (missing === undefined) return found.map(({ id }) => id)
  throw new LanyardError('ERR_GROUP_UNKNOWN', `no group is named ${quoteName(missing)}`, {
    hint: 'lanyard group list shows them all',
  })
}
