import type { Selectable } from 'kysely'
import type { Queries, Schema } from '../../db/index.ts'
import { type ApplicationId, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import type { Application } from './types.ts'

type Row = Selectable<Schema['applications']> & { readonly group_name: string | null }

/** All applications, or the one of this name, with their groups, by name. */
export async function readApplications(
  query: Pick<Queries, 'selectFrom'>,
  name?: string,
): Promise<Application[]> {
  let select = query
    .selectFrom('applications')
    .leftJoin('application_groups', 'application_groups.application_id', 'applications.id')
    .leftJoin('groups', 'groups.id', 'application_groups.group_id')
    .selectAll('applications')
    .select('groups.name as group_name')
    .orderBy('applications.name')
    .orderBy('groups.name')
  if (name !== undefined) select = select.where('applications.name', '=', name)
  const byId = Map.groupBy(await select.execute(), (row) => row.id)
  return [...byId.values()].flatMap((rows) => {
    const [first] = rows
    return first === undefined ? [] : [applicationOf(first, rows)]
  })
}

/** Throws ERR_APPLICATION_UNKNOWN. */
export async function getApplication(
  query: Pick<Queries, 'selectFrom'>,
  name: string,
): Promise<Application> {
  const [application] = await readApplications(query, name)
  if (application !== undefined) return application
  throw new LanyardError('ERR_APPLICATION_UNKNOWN', `no application is named ${quoteName(name)}`, {
    hint: 'lanyard application list shows them all',
  })
}

/** A column that holds a JSON list of strings. */
export function readStrings(column: string): string[] {
  const value: unknown = JSON.parse(column)
  if (Array.isArray(value)) return value.map(String)
  throw new TypeError('a stored list is no list')
}

function applicationOf(row: Row, rows: readonly Row[]): Application {
  return {
    id: row.id as ApplicationId,
    name: row.name,
    clientId: row.client_id,
    public: row.secret_hash === null,
    redirectUris: readStrings(row.redirect_uris),
    postLogoutRedirectUris: readStrings(row.post_logout_redirect_uris),
    backchannelLogoutUri: row.backchannel_logout_uri,
    signingAlg: row.signing_alg,
    everyone: row.everyone === 1,
    groups: rows.flatMap(({ group_name }) => (group_name === null ? [] : [group_name])),
    policy: { factors: row.factors, maxAge: row.max_age },
    stepUp: row.step_up,
    createdAt: row.created_at,
  }
}
