import type { Store } from '../../../db/index.ts'
import { recordEvent } from '../../audit/index.ts'
import type { By, Clock } from '../../errors/index.ts'
import type { WarmUpRooms } from './warm-up.ts'

const SYSTEM: By = { actor: { kind: 'system' }, address: null, requestId: null }

/** Keeps what the apiservers said, for doctor and the pages: one row per address, gone with its cluster. */
export function createProbeRecord({
  store,
  clock,
}: {
  readonly store: Store
  readonly clock: Clock
}): Pick<WarmUpRooms, 'record' | 'recordFallback'> {
  return {
    async record({ id, ...cluster }, address, seen, now) {
      const at = clock()
      const values = {
        outcome: seen.outcome,
        detail: seen.detail.slice(0, 500),
        probed_at: at,
        since_at: at - Math.round(now - seen.since),
      }
      const addresses = cluster.replicas.length > 0 ? cluster.replicas : [cluster.server]
      await store.write(async (tx) => {
        const living = await tx.query
          .selectFrom('clusters')
          .select('id')
          .where('id', '=', id)
          .executeTakeFirst()
        // The cluster may have been deleted while its apiserver was being asked.
        if (living === undefined) return
        await tx.query
          .deleteFrom('cluster_probes')
          .where('cluster_id', '=', id)
          .where('address', 'not in', addresses)
          .execute()
        await tx.query
          .insertInto('cluster_probes')
          .values({ cluster_id: id, address, ...values })
          .onConflict((conflict) => conflict.columns(['cluster_id', 'address']).doUpdateSet(values))
          .execute()
      })
    },
    async recordFallback({ id, name, audience, fallbackAfter }, began) {
      await store.write((tx) =>
        recordEvent(tx, clock, {
          type: began ? 'cluster.fallback_began' : 'cluster.fallback_ended',
          by: SYSTEM,
          target: { kind: 'cluster', id, name },
          clientId: audience,
          detail: fallbackAfter === null ? {} : { afterSeconds: fallbackAfter },
        }),
      )
    },
  }
}
