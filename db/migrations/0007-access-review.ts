import type { Migration } from './migration.ts'

/**
 * How Lanyard reads the role bindings of a cluster, encrypted under the key file; and what answers without reading everything: who
 * entered a cluster last, when an application was last signed in to, and what happened since then or from there.
 */
export const accessReview: Migration = {
  number: 7,
  name: 'access review',
  sqlite: `
    CREATE TABLE rbac_readers (
      cluster_id TEXT PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
      server TEXT NOT NULL,
      credentials_jwe TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX device_clusters_by_cluster ON device_clusters (cluster_id, entered_at, device_id);

    DROP INDEX devices_by_client;
    CREATE INDEX devices_by_client ON devices (client_id, authenticated_at);

    CREATE INDEX audit_events_by_time ON audit_events (at);
    CREATE INDEX audit_events_by_address ON audit_events (address, id) WHERE address IS NOT NULL;
  `,
}
