import type { Migration } from './migration.ts'

/** What people and groups are read from: the counter `directory` moves with every row of these, whoever writes it. */
const DIRECTORY_TABLES = ['users', 'passwords', 'groups', 'group_users', 'group_groups']

const directoryTriggers = DIRECTORY_TABLES.flatMap((table) =>
  ['INSERT', 'UPDATE', 'DELETE'].map(
    (change) => `
    CREATE TRIGGER ${table}_${change.toLowerCase()}_moves_directory AFTER ${change} ON ${table}
      BEGIN UPDATE revisions SET value = value + 1 WHERE name = 'directory'; END;`,
  ),
).join('')

/** Everything that 0.1 keeps. */
export const first: Migration = {
  number: 1,
  name: 'first',
  sqlite: `
    CREATE TABLE revisions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO revisions VALUES ('clients', 1), ('keys', 1), ('directory', 1);

    CREATE TABLE users (
      id TEXT PRIMARY KEY,
      username TEXT NOT NULL UNIQUE,
      display_name TEXT NOT NULL,
      email TEXT,
      email_verified INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
      status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
      created_at INTEGER NOT NULL,
      sessions_valid_from INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE passwords (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
      changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE groups (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      description TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE group_users (
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX group_users_by_group ON group_users (group_id);

    CREATE TABLE group_groups (
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      member_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      PRIMARY KEY (member_id, group_id),
      CHECK (group_id <> member_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX group_groups_by_group ON group_groups (group_id);

    CREATE TABLE tombstones (
      kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'audience')),
      name TEXT NOT NULL,
      buried_at INTEGER NOT NULL,
      PRIMARY KEY (kind, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE failure_budgets (
      key TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      window_started_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      unproved INTEGER NOT NULL CHECK (unproved IN (0, 1))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX failure_budgets_unproved ON failure_budgets (window_started_at) WHERE unproved = 1;

    CREATE TABLE setup_links (
      code_hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL,
      consumed_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE clusters (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      audience TEXT NOT NULL UNIQUE,
      server TEXT NOT NULL,
      certificate_authority TEXT,
      signing_alg TEXT NOT NULL CHECK (signing_alg IN ('RS256', 'ES256')),
      username_prefix TEXT NOT NULL,
      groups_prefix TEXT NOT NULL,
      everyone INTEGER NOT NULL CHECK (everyone IN (0, 1)),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE cluster_groups (
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      PRIMARY KEY (cluster_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX cluster_groups_by_group ON cluster_groups (group_id);

    CREATE TABLE applications (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      client_id TEXT NOT NULL UNIQUE,
      secret_hash TEXT,
      redirect_uris TEXT NOT NULL,
      post_logout_redirect_uris TEXT NOT NULL,
      signing_alg TEXT NOT NULL CHECK (signing_alg IN ('RS256', 'ES256')),
      everyone INTEGER NOT NULL CHECK (everyone IN (0, 1)),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE application_groups (
      application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      PRIMARY KEY (application_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX application_groups_by_group ON application_groups (group_id);

    CREATE TABLE devices (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      name TEXT NOT NULL,
      jkt TEXT,
      amr TEXT NOT NULL,
      acr TEXT NOT NULL,
      authenticated_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      created_address TEXT,
      last_used_at INTEGER NOT NULL,
      last_address TEXT,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX devices_by_user ON devices (user_id);

    CREATE TABLE device_clusters (
      device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      cluster_id TEXT NOT NULL,
      entered_at INTEGER NOT NULL,
      PRIMARY KEY (device_id, cluster_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine_rows (
      id TEXT PRIMARY KEY,
      model TEXT NOT NULL,
      payload TEXT NOT NULL,
      grant_id TEXT,
      uid TEXT,
      user_code TEXT,
      account_id TEXT,
      client_id TEXT,
      expires_at INTEGER NOT NULL,
      consumed_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX engine_rows_by_grant ON engine_rows (grant_id) WHERE grant_id IS NOT NULL;
    CREATE UNIQUE INDEX engine_rows_by_uid ON engine_rows (uid) WHERE uid IS NOT NULL;
    CREATE UNIQUE INDEX engine_rows_by_user_code ON engine_rows (user_code) WHERE user_code IS NOT NULL;
    CREATE INDEX engine_rows_by_account ON engine_rows (account_id)
      WHERE account_id IS NOT NULL AND model IN ('Session', 'Grant');

    CREATE TABLE dpop_proofs (
      id TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE signing_keys (
      kid TEXT PRIMARY KEY,
      alg TEXT NOT NULL CHECK (alg IN ('RS256', 'ES256')),
      state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired', 'removed')),
      public_jwk TEXT NOT NULL,
      private_jwe TEXT NOT NULL,
      published_at INTEGER NOT NULL,
      activates_at INTEGER NOT NULL,
      retired_at INTEGER,
      removes_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (alg) WHERE state = 'active';
    CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (alg) WHERE state = 'next';

    CREATE TABLE audit_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      actor_kind TEXT NOT NULL,
      actor_id TEXT,
      actor_name TEXT,
      target_kind TEXT,
      target_id TEXT,
      target_name TEXT,
      client_id TEXT,
      device_id TEXT,
      address TEXT,
      request_id TEXT,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_events_by_device ON audit_events (device_id) WHERE device_id IS NOT NULL;
    CREATE INDEX audit_events_by_actor ON audit_events (actor_id, id) WHERE actor_id IS NOT NULL;
    CREATE INDEX audit_events_by_target ON audit_events (target_id, id) WHERE target_id IS NOT NULL;
    CREATE TRIGGER audit_events_keep_rows BEFORE DELETE ON audit_events
      BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
    CREATE TRIGGER audit_events_keep_values BEFORE UPDATE ON audit_events
      BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;

    CREATE TABLE audit_refusals (
      key TEXT NOT NULL,
      minute_at INTEGER NOT NULL,
      type TEXT NOT NULL,
      target_name TEXT,
      address TEXT,
      request_id TEXT,
      detail TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (minute_at, key)
    ) STRICT, WITHOUT ROWID;
    ${directoryTriggers}
  `,
}
