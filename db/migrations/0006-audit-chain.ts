import type { Migration } from './migration.ts'

const START = '0'.repeat(64)

/**
 * What shows that the audit record was tampered with. `audit_chain` is one row: up to where retention has deleted (`anchor`), which
 * events are older than the chain (`adopted`), and the last event (`head`), all under a MAC. `audit_stream` is how far the stream has come.
 */
export const auditChain: Migration = {
  number: 6,
  name: 'audit chain',
  sqlite: `
    ALTER TABLE audit_events ADD COLUMN hash TEXT;

    CREATE TABLE audit_chain (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      anchor_id INTEGER NOT NULL CHECK (anchor_id <= head_id),
      anchor_hash TEXT NOT NULL,
      adopted_id INTEGER NOT NULL CHECK (adopted_id <= head_id),
      adopted_hash TEXT NOT NULL,
      head_id INTEGER NOT NULL,
      head_hash TEXT NOT NULL,
      began_at INTEGER,
      mac TEXT
    ) STRICT;
    INSERT INTO audit_chain VALUES (1, 0, '${START}', 0, '${START}', 0, '${START}', NULL, NULL);
    CREATE TRIGGER audit_chain_stays BEFORE DELETE ON audit_chain
      BEGIN SELECT RAISE(ABORT, 'the chain of audit events stays'); END;
    CREATE TRIGGER audit_chain_goes_on BEFORE UPDATE OF anchor_id ON audit_chain
      WHEN NEW.anchor_id < OLD.anchor_id
      BEGIN SELECT RAISE(ABORT, 'the chain of audit events only goes on'); END;

    DROP TRIGGER audit_events_keep_rows;
    CREATE TRIGGER audit_events_keep_rows BEFORE DELETE ON audit_events
      WHEN OLD.id > coalesce((SELECT anchor_id FROM audit_chain), 0)
      BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;

    CREATE TABLE audit_stream (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      event_id INTEGER NOT NULL
    ) STRICT;
    INSERT INTO audit_stream VALUES (1, 0);
  `,
}
