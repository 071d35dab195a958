import { prepare, type Transaction } from '../../db/index.ts'
import { type Audit, recordEvent } from '../audit/index.ts'
import { type By, type Clock, type EpochMs, LanyardError } from '../errors/index.ts'
import type { Judgement } from './types.ts'

const HOUR_MS = 3_600_000

type Matched = Extract<Judgement, { readonly kind: 'matched' }>

const insertSeen = prepare<{ hash: string; expiresAt: EpochMs }>()((db, param) =>
  db
    .insertInto('machine_tokens_seen')
    .values({ hash: param('hash'), expires_at: param('expiresAt') })
    .onConflict((conflict) => conflict.column('hash').doNothing()),
)

const touchRule = prepare<{ id: string; now: EpochMs; before: EpochMs }>()((db, param) =>
  db
    .updateTable('machine_rules')
    .set({ last_used_at: param('now') })
    .where('id', '=', param('id'))
    .where((row) =>
      row.or([row('last_used_at', 'is', null), row('last_used_at', '<', param('before'))]),
    ),
)

/**
 * Spends a token in the commit of what was made of it: one conditional insert decides between two that come at once. A token
 * that may come again is recorded at its first entry into each cluster alone.
 * @throws LanyardError ERR_TOKEN_REPLAYED
 */
export async function enter(
  tx: Transaction,
  clock: Clock,
  { issuer, rule, token }: Matched,
  {
    cluster,
    audience,
    jti,
    by,
  }: {
    readonly cluster: string
    readonly audience: string
    readonly jti: string
    readonly by: By
  },
): Promise<void> {
  const now = clock()
  // Where one use is all there is, a second cluster counts as a second use.
  const hash = issuer.singleUse ? token.fingerprint : `${token.fingerprint} ${audience}`
  const isFirst = (await tx.run(insertSeen, { hash, expiresAt: token.expiresAt * 1000 })) > 0
  if (!isFirst && issuer.singleUse) {
    throw new LanyardError('ERR_TOKEN_REPLAYED', 'the token was exchanged before: ask for another')
  }
  if (!isFirst) return
  await tx.run(touchRule, { id: rule.id, now, before: now - HOUR_MS })
  await recordEvent(tx, clock, {
    type: 'machine.entered',
    by,
    target: { kind: 'machine', id: rule.id, name: rule.username },
    clientId: audience,
    detail: { cluster, rule: rule.name, issuer: issuer.name, subject: clip(token.subject), jti },
  })
}

/** Counted like every refusal of a visitor: bounded. An issuer is named only where its key had signed. */
export function countMachineRefusal(
  audit: Audit,
  {
    reason,
    issuer,
  }: { readonly reason: string; readonly issuer: { readonly name: string } | null },
  { address, requestId }: Pick<By, 'address' | 'requestId'>,
  client: string,
): Promise<void> {
  return audit.countRefusal({
    type: 'machine.refused',
    ...(issuer === null ? {} : { account: issuer.name }),
    ...{ address, requestId, detail: { reason, client: clip(client) } },
  })
}

function clip(text: string): string {
  return [...text].slice(0, 256).join('')
}
