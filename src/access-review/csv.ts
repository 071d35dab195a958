import { csvLine } from '../directory/index.ts'
import type { EpochMs } from '../errors/index.ts'
import type { AccessReview, Reason } from './types.ts'

type Cell = string | number | boolean | null

/** Every membership of a privileged group, one a line (RFC 4180). */
export function membershipsCsv({ groups }: AccessReview): string {
  return csv(
    [
      ...['group', 'why', 'username', 'name', 'status', 'through', 'ends', 'signed_in'],
      ...['entered', 'devices', 'access_tokens', 'dormant'],
    ],
    groups.flatMap(({ name, reasons, members }) =>
      members.map((member) => [
        ...[name, reasons.map(reasonText).join('; ')],
        ...[member.username, member.displayName, member.status, member.through.join(' > ')],
        ...[timeOf(member.endsAt), timeOf(member.signedInAt), timeOf(member.enteredAt)],
        ...[member.devices, member.accessTokens, member.isDormant],
      ]),
    ),
  )
}

/** Who is bound to what in the clusters that can be read, and the names in bindings that nobody has here. */
export function bindingsCsv({ clusters }: AccessReview): string {
  return csv(
    ['cluster', 'kind', 'name', 'known', 'role', 'namespace', 'binding', 'near'],
    clusters.flatMap(({ cluster, bound, unknown }) => [
      ...bound.map((each) => [
        ...[cluster, each.kind, each.name, true, `${each.roleKind} ${each.role}`],
        ...[each.namespace, each.binding, null],
      ]),
      ...unknown.map((each) => [
        ...[cluster, each.kind, each.subject, false, null, null, each.bindings.join('; ')],
        each.near,
      ]),
    ]),
  )
}

/** A reason in a few words, for people. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'admins':
      return 'administers Lanyard'
    case 'cluster-admin': {
      const where = reason.namespace === null ? '' : ` in namespace ${reason.namespace}`
      return `cluster-admin in ${reason.cluster}${where}`
    }
    case 'policy': {
      const factors = { any: [], two: ['two factors'], passkey: ['a passkey'] }[reason.factors]
      const age = reason.maxAge === null ? [] : [`a sign-in within ${spanOf(reason.maxAge)}`]
      return `asks for ${[...factors, ...age].join(' and ')}`
    }
    case 'requestable':
      return `may be asked for, for ${spanOf(reason.longestSeconds)} at most`
  }
}

function timeOf(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows]
    .map((row) => csvLine(row.map((cell) => (cell === null ? '' : String(cell)))))
    .join('')
}

/** In the largest unit that says it exactly. */
function spanOf(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
  ] as const
  const [size, unit] = units.find(([each]) => seconds % each === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
