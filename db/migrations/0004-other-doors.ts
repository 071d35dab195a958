import type { Migration } from './migration.ts'

/** What the ways in beside OpenID Connect keep: access tokens, gateways' credentials, client authorities, machine rules. */
export const otherDoors: Migration = {
  number: 4,
  name: 'other doors',
  sqlite: `
    CREATE TABLE access_tokens (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      hint TEXT NOT NULL,
      imported_uid TEXT,
      imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)),
      groups TEXT,
      every_cluster INTEGER NOT NULL CHECK (every_cluster IN (0, 1)),
      created_at INTEGER NOT NULL,
      created_address TEXT,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER,
      last_used_at INTEGER,
      last_address TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX access_tokens_by_user ON access_tokens (user_id, created_at);

    CREATE TABLE access_token_clusters (
      token_id TEXT NOT NULL REFERENCES access_tokens (id) ON DELETE CASCADE,
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      PRIMARY KEY (token_id, cluster_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX access_token_clusters_by_cluster ON access_token_clusters (cluster_id);

    CREATE TABLE gateway_credentials (
      hash TEXT PRIMARY KEY,
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('webhook', 'proxy')),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX gateway_credentials_by_cluster ON gateway_credentials (cluster_id, kind);

    CREATE TABLE client_authorities (
      id TEXT PRIMARY KEY,
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      state TEXT NOT NULL CHECK (state IN ('next', 'active')),
      certificate TEXT NOT NULL,
      private_jwe TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      UNIQUE (cluster_id, state)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE cluster_signers (
      cluster_id TEXT PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
      credentials_jwe TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE certificate_requests (
      hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX certificate_requests_by_expiry ON certificate_requests (expires_at);

    CREATE TABLE trusted_issuers (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL CHECK (kind IN ('github', 'gitlab', 'buildkite', 'kubernetes', 'oidc')),
      issuer TEXT NOT NULL UNIQUE,
      jwks_uri TEXT,
      jwks TEXT,
      certificate_authority TEXT,
      single_use INTEGER NOT NULL CHECK (single_use IN (0, 1)),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE machine_rules (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      issuer_id TEXT NOT NULL REFERENCES trusted_issuers (id),
      audience TEXT NOT NULL,
      other_audiences INTEGER NOT NULL CHECK (other_audiences IN (0, 1)),
      claims TEXT NOT NULL,
      username TEXT NOT NULL,
      lifetime INTEGER NOT NULL,
      enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
      created_at INTEGER NOT NULL,
      last_used_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX machine_rules_by_issuer ON machine_rules (issuer_id);

    CREATE TABLE machine_rule_clusters (
      rule_id TEXT NOT NULL REFERENCES machine_rules (id) ON DELETE CASCADE,
      cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      PRIMARY KEY (rule_id, cluster_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX machine_rule_clusters_by_cluster ON machine_rule_clusters (cluster_id);

    CREATE TABLE machine_rule_groups (
      rule_id TEXT NOT NULL REFERENCES machine_rules (id) ON DELETE CASCADE,
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      PRIMARY KEY (rule_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX machine_rule_groups_by_group ON machine_rule_groups (group_id);

    CREATE TABLE machine_tokens_seen (
      hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX machine_tokens_seen_by_expiry ON machine_tokens_seen (expires_at);

    ALTER TABLE clusters ADD COLUMN proxy_server TEXT;
    ALTER TABLE clusters ADD COLUMN proxy_certificate_authority TEXT;
    ALTER TABLE applications ADD COLUMN client_credentials_groups TEXT;
  `,
}
