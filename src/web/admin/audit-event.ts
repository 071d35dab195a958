import type { EventRow, Html, Words } from '../../../views/index.ts'
import type { AuditEntry } from '../../audit/index.ts'

const BAD = /\.(?:reuse_detected|deleted|disabled)$/
const WARN = /\.(?:refused|removed|revoked|revoke[ds]?|withdrawn)$|_(?:removed|revoked|reset)$/

/** An entry of the record as a line, with everything that it holds beneath. */
export function eventRow(language: Words, entry: AuditEntry): EventRow {
  const { t } = language
  const { id, at, type, actor, target, address, count } = entry
  const words = type.replace('.', ' ').replaceAll('_', ' ')
  return {
    ...{ id, at, address },
    who: actor.name ?? { visitor: t`somebody`, system: 'Lanyard' }[actor.kind] ?? actor.kind,
    what: count > 1 ? t`${words}, ${count} times` : words,
    target: target === null ? null : (target.name ?? target.id),
    state: BAD.test(type) ? 'bad' : WARN.test(type) ? 'warn' : 'plain',
    facts: factsOf(language, entry),
  }
}

function factsOf({ t }: Words, entry: AuditEntry): EventRow['facts'] {
  const { id, type, actor, target, clientId, deviceId, requestId, detail, count } = entry
  const known = (label: Html, value: string | null): EventRow['facts'] =>
    value === null || value === '' ? [] : [[label, value]]
  const targetText = target === null ? null : [target.kind, target.id].filter(Boolean).join(' ')
  return [
    [t`Event`, type],
    ...known(t`Who`, actor.id === null ? actor.kind : `${actor.kind} ${actor.id}`),
    ...known(t`On`, targetText),
    ...known(t`Client`, clientId),
    ...known(t`Device`, deviceId),
    ...known(t`Reference`, requestId),
    ...Object.entries(detail).map(
      ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)] as const,
    ),
    ...(count > 1 ? [[t`Counted`, t`${count} within a minute`] as const] : []),
    ...known(t`Entry`, count > 1 ? null : id),
  ]
}
