import type { Command } from 'commander'
import { type AuditEntry, type AuditQuery, auditTypes } from '../audit/index.ts'
import { LanyardError } from '../errors/index.ts'
import { addRecordCommands } from './audit-record.ts'
import { momentsOf } from './audit-times.ts'
import { filtersOf, showWho } from './audit-who.ts'
import { collect, leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { auditEntryShape, rfc3339 } from './shapes.ts'
import { type Answer, table } from './tell.ts'

interface ListOptions extends CommonOptions {
  readonly limit?: string
  readonly before?: string
  readonly type?: readonly string[]
  readonly user?: string
  readonly device?: string
  readonly actor?: string
  readonly target?: string
  readonly cluster?: string
  readonly address?: string
  readonly request?: string
  readonly jti?: string
  readonly since?: string
  readonly until?: string
}

/** lanyard audit … */
export function addAuditCommands(program: Command, session: Session): void {
  const audit = noun(program, 'audit', 'who did what, to whom, from where and when')

  leaf(audit, 'list', {
    summary: 'lists what happened, the newest first',
    json: { shape: 'AuditEntry', list: true },
  })
    .option('--limit <number>', 'how many, 1 to 1000', '100')
    .option('--before <id>', 'only what is older than this entry: the next page')
    .option('--type <type>', 'only this type, such as user.disabled; may be repeated', collect)
    .option('--user <username>', 'only what this user did or what happened to them')
    .option('--actor <name>', 'only what this user or operating-system user did; a name or an id')
    .option('--target <name>', 'only what happened to this; a name or an id')
    .option('--cluster <name>', 'only what happened to this cluster or on the way into it')
    .option('--device <id>', 'only of this login')
    .option('--jti <credential-id>', "only of this credential-id of kube-apiserver's audit log")
    .option('--address <address>', 'only from there')
    .option('--request <id>', 'only of the request with this reference')
    .option('--since <when>', 'only since then: 30m, 24h, 7d, or an RFC 3339 time')
    .option('--until <when>', 'only until then')
    .action((options: ListOptions) =>
      session.answer(options, (rooms) => listEntries(rooms, options)),
    )

  leaf(audit, 'who <jti>', {
    summary:
      "from a credential-id in kube-apiserver's audit log (of a token, a certificate, an access token) to person, device and sign-in, or machine",
    json: { shape: 'Who' },
  }).action((jti: string, options: CommonOptions) =>
    session.answer(options, (rooms) => showWho(rooms, jti)),
  )
  addRecordCommands(audit, session)
}

async function listEntries(rooms: Rooms, options: ListOptions): Promise<Answer> {
  refuseUnknownTypes(options.type ?? [])
  const entries = await rooms.audit.list({
    limit: parseLimit(options.limit ?? '100'),
    ...momentsOf(options, rooms.clock()),
    ...(await filtersOfOptions(rooms, options)),
  })
  return {
    json: entries.map(auditEntryShape),
    text: table(
      ['TIME', 'TYPE', 'WHO', 'TARGET', 'FROM', 'DETAIL'],
      entries.map((entry) => [
        rfc3339(entry.at),
        entry.count === 1 ? entry.type : `${entry.type} ×${entry.count}`,
        entry.actor.name ?? entry.actor.kind,
        targetOf(entry),
        entry.address,
        detailOf(entry),
      ]),
    ),
    notes: entries.length === 0 ? ['nothing recorded'] : [],
  }
}

async function filtersOfOptions(rooms: Rooms, options: ListOptions): Promise<AuditQuery> {
  const { before, type, device, actor, target, address, request } = options
  const user =
    options.user === undefined ? undefined : await rooms.directory.users.get(options.user)
  const known =
    options.cluster === undefined ? undefined : await rooms.clusters.find(options.cluster)
  return {
    ...(before === undefined ? {} : { beforeId: before }),
    ...(type === undefined ? {} : { types: type }),
    ...(user === undefined ? {} : { userId: user.id, account: user.username }),
    ...(device === undefined ? {} : { deviceId: device }),
    ...(actor === undefined ? {} : { actor }),
    ...(target === undefined ? {} : { target }),
    ...(address === undefined ? {} : { address }),
    ...(request === undefined ? {} : { requestId: request }),
    // What is gone is found by the name that it had.
    ...(options.cluster === undefined ? {} : { cluster: known ?? { name: options.cluster } }),
    ...(options.jti === undefined ? {} : await filtersOf(rooms, options.jti)),
  }
}

function targetOf({ target }: AuditEntry): string | null {
  if (target === null) return null
  return `${target.kind} ${target.name ?? target.id ?? ''}`.trimEnd()
}

function detailOf({ detail }: AuditEntry): string | null {
  const pairs = Object.entries(detail).map(([name, value]) =>
    Array.isArray(value) ? `${name}=${value.join(',')}` : `${name}=${String(value)}`,
  )
  return pairs.length === 0 ? null : pairs.join(' ')
}

function refuseUnknownTypes(types: readonly string[]): void {
  const unknown = types.find((type) => !auditTypes.some((known) => known === type))
  if (unknown === undefined) return
  const [noun] = unknown.split('.')
  const near = auditTypes.filter((known) => known.startsWith(`${noun}.`))
  throw new LanyardError('ERR_USAGE', `no type of entry is named "${unknown}"`, {
    hint: `it is one of ${(near.length > 0 ? near : auditTypes).join(', ')}`,
  })
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= 1000) return limit
  throw new LanyardError('ERR_USAGE', `limit "${text}" must be a number from 1 to 1000`)
}
