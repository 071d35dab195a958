import type { Command } from 'commander'
import { type AuditEntry, auditTypes } from '../audit/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { machineOfJti } from '../machines/index.ts'
import { collect, leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { auditEntryShape, deviceShape, rfc3339, userShape } from './shapes.ts'
import { type Answer, facts, table } from './tell.ts'

interface ListOptions extends CommonOptions {
  readonly limit?: string
  readonly before?: string
  readonly type?: readonly string[]
  readonly user?: string
  readonly device?: string
  readonly since?: string
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

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
    .option('--device <id>', 'only of this login')
    .option('--since <when>', 'only since then: 30m, 24h, 7d, or an RFC 3339 time')
    .action((options: ListOptions) =>
      session.answer(options, (rooms) => listEntries(rooms, options)),
    )

  leaf(audit, 'who <jti>', {
    summary:
      "from a credential-id in kube-apiserver's audit log (a token's jti, a certificate's SHA-256) to device, sign-in and person",
    json: { shape: 'Who' },
  }).action((jti: string, options: CommonOptions) =>
    session.answer(options, (rooms) => showWho(rooms, jti)),
  )
}

async function listEntries(rooms: Rooms, options: ListOptions): Promise<Answer> {
  const { before, type, device, since } = options
  refuseUnknownTypes(type ?? [])
  const user =
    options.user === undefined ? undefined : await rooms.directory.users.get(options.user)
  const entries = await rooms.audit.list({
    limit: parseLimit(options.limit ?? '100'),
    ...(before === undefined ? {} : { beforeId: before }),
    ...(type === undefined ? {} : { types: type }),
    ...(user === undefined ? {} : { userId: user.id, account: user.username }),
    ...(device === undefined ? {} : { deviceId: device }),
    ...(since === undefined ? {} : { sinceMs: parseSince(since, rooms.clock()) }),
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

async function showWho(rooms: Rooms, credential: string): Promise<Answer> {
  // As kube-apiserver writes it: `JTI=<jti>`, or `X509SHA256=<hex>` for a client certificate.
  const jti = (await jtiOfCertificate(rooms, credential)) ?? credential.replace(/^JTI=/, '')
  const device = await (await rooms.issuer()).devices.who(jti)
  if (device === undefined) {
    throw new LanyardError(
      'ERR_JTI_UNKNOWN',
      `no device is behind the token "${credential.replace(/^JTI=/, '')}"`,
      {
        hint: hintFor(credential, jti),
      },
    )
  }
  const user = await rooms.directory.users.byId(device.userId)
  const [signIn] = await rooms.audit.list({
    deviceId: device.id,
    types: ['device.signed_in'],
    limit: 1,
  })
  return {
    json: {
      device: deviceShape(device),
      user: user === undefined ? null : userShape(user),
      signIn: signIn === undefined ? null : auditEntryShape(signIn),
    },
    text: facts([
      ['person', personOf(user?.username, user?.displayName, signIn)],
      ['user id', device.userId],
      ['device', `${device.name} (${device.id})`],
      ['client', device.clientId],
      ['signed in', `${rfc3339(device.authenticatedAt)} by ${device.amr.join(', ')}`],
      ['from', device.createdAddress],
      ['last used', rfc3339(device.lastUsedAt)],
      ['expires', rfc3339(device.expiresAt)],
      ['revoked', device.revokedAt === null ? null : rfc3339(device.revokedAt)],
      ['audit entry', signIn?.id ?? null],
    ]),
  }
}

/** Where else to look: not everything that enters a cluster has a device. */
function hintFor(credential: string, jti: string): string {
  if (credential.startsWith('ACCESSTOKEN=')) {
    return 'it is an access token’s, which has no device: see lanyard token list, or lanyard audit list --type access_token.created'
  }
  return machineOfJti(jti) === undefined
    ? 'pass the jti, or the credential-id from a line of the audit log of kube-apiserver'
    : 'it is a machine’s, which has no device: see lanyard audit list --type machine.entered'
}

/** The device behind a client certificate, as the start of a jti; undefined for what is none of Lanyard's. */
async function jtiOfCertificate(rooms: Rooms, credential: string): Promise<string | undefined> {
  const sha256 = /^(?:X509SHA256=)?([0-9a-f]{64})$/i.exec(credential)?.[1]?.toLowerCase()
  if (sha256 === undefined) return undefined
  // An event is found by what happened to its target, whoever or whatever that is.
  const [signed] = await rooms.audit.list({
    ...{ userId: sha256, types: ['certificate.signed'], limit: 1 },
  })
  return signed?.deviceId === undefined || signed.deviceId === null
    ? undefined
    : // Any jti of that device: the first part is its id.
      `${signed.deviceId}.${'0'.repeat(16)}`
}

function personOf(
  username: string | undefined,
  displayName: string | undefined,
  signIn: AuditEntry | undefined,
): string {
  if (username !== undefined) return `${username} (${displayName ?? username})`
  return `${signIn?.actor.name ?? 'unknown'} (deleted)`
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

function parseSince(text: string, now: EpochMs): EpochMs {
  const ago = /^(\d{1,6})([smhd])$/.exec(text)
  if (ago !== null) return now - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs]
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
  const at = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new LanyardError(
    'ERR_USAGE',
    `time "${text}" must be like 30m, 24h, 7d or 2026-07-01T12:00:00Z`,
  )
}
