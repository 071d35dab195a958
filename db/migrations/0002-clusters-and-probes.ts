import type { Migration } from './migration.ts'

/** How groups reach a cluster, what is known of its apiservers, and where an application hears of a logout. */
export const clustersAndProbes: Migration = {
  number: 2,
  name: 'clusters and probes',
  sqlite: `
    ALTER TABLE clusters ADD COLUMN live_groups INTEGER NOT NULL DEFAULT 0 CHECK (live_groups IN (0, 1));
    ALTER TABLE clusters ADD COLUMN fallback_after INTEGER CHECK (fallback_after > 0);
    ALTER TABLE clusters ADD COLUMN kubernetes_version TEXT;
    ALTER TABLE clusters ADD COLUMN replicas TEXT NOT NULL DEFAULT '[]';

    CREATE TABLE cluster_probes (
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      address TEXT NOT NULL,
      outcome TEXT NOT NULL,
      detail TEXT NOT NULL,
      probed_at INTEGER NOT NULL,
      since_at INTEGER NOT NULL,
      PRIMARY KEY (cluster_id, address)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE applications ADD COLUMN backchannel_logout_uri TEXT;
  `,
}
