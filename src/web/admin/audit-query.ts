import type { Context } from 'koa'
import type { AuditFields } from '../../../views/index.ts'
import { type AuditQuery, auditTypes } from '../../audit/index.ts'
import type { User } from '../../directory/index.ts'
import { type EpochMs, LanyardError } from '../../errors/index.ts'
import type { Web } from '../options.ts'
import type { Behind } from './audit-credential.ts'

const DAY_MS = 86_400_000
const MONTH_MS = 30 * DAY_MS

/** What the address asks for. */
export interface AuditAsk {
  readonly fields: AuditFields
  readonly before: string
  /** The first moment of a day in UTC; null where none is named. */
  readonly sinceMs: EpochMs | null
  /** The last one. */
  readonly untilMs: EpochMs | null
}

/** Whatever an address may hold: what is no day counts as none. */
export function askIn(ctx: Context): AuditAsk {
  const text = (name: string) => {
    const value = ctx.query[name]
    return typeof value === 'string' ? [...value.trim()].slice(0, 512).join('') : ''
  }
  const since = dayOf(text('since'))
  const until = dayOf(text('until'))
  return {
    fields: {
      ...{ credential: text('credential'), user: text('user'), type: text('type') },
      ...{ cluster: text('cluster'), address: text('address') },
      ...{ since: since === null ? '' : text('since'), until: until === null ? '' : text('until') },
    },
    before: text('before'),
    sinceMs: since,
    untilMs: until === null ? null : until + DAY_MS - 1,
  }
}

function dayOf(text: string): EpochMs | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const at = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(at) ? null : at
}

/**
 * The same for the record. What is found by no index is looked for in the last month, unless a day is named.
 * @throws LanyardError ERR_AUDIT_TYPE_UNKNOWN
 */
export async function queryOf(
  web: Web,
  { fields, before, sinceMs, untilMs }: AuditAsk,
  behind: Behind | null,
): Promise<{ readonly query: AuditQuery; readonly isMonth: boolean }> {
  const { user, type, cluster, address } = fields
  const who = user === '' ? {} : await personQuery(web, user)
  const isFound = behind !== null || 'userId' in who
  const isFiltered = user !== '' || type !== '' || cluster !== ''
  const isMonth = isFiltered && !isFound && sinceMs === null
  const since = isMonth ? web.clock() - MONTH_MS : sinceMs
  const known = cluster === '' ? undefined : await web.clusters.find(cluster)
  const query: AuditQuery = {
    ...who,
    ...behind?.filters,
    ...(before === '' ? {} : { beforeId: before }),
    ...(type === '' ? {} : { types: typesOf(type) }),
    ...(cluster === '' ? {} : { cluster: known ?? { name: cluster } }),
    ...(address === '' ? {} : { address }),
    ...(since === null ? {} : { sinceMs: since }),
    ...(untilMs === null ? {} : { untilMs }),
  }
  return { query, isMonth }
}

/** Somebody who is gone is found by the name that the record has. */
async function personQuery({ directory }: Web, name: string): Promise<AuditQuery> {
  const user = await directory.users.find(name).catch((error: unknown): User | undefined => {
    if (error instanceof LanyardError) return undefined
    throw error
  })
  return user === undefined ? { actor: name } : { userId: user.id, account: user.username }
}

function typesOf(type: string): readonly string[] {
  const types = auditTypes.filter((known) => known === type || known.startsWith(`${type}.`))
  if (types.length > 0) return types
  throw new LanyardError('ERR_AUDIT_TYPE_UNKNOWN', `no type of event is named "${type}"`)
}
