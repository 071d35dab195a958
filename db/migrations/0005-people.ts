import type { Migration } from './migration.ts'

/** How people prove who they are, how they come in and what they may change themselves, and what a sign-in must have been. */
export const people: Migration = {
  number: 5,
  name: 'people',
  sqlite: `
    CREATE TABLE passkeys (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      public_key TEXT NOT NULL,
      counter INTEGER NOT NULL,
      transports TEXT NOT NULL,
      backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
      created_at INTEGER NOT NULL,
      last_used_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX passkeys_by_user ON passkeys (user_id);

    CREATE TABLE one_time_codes (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      secret_jwe TEXT NOT NULL,
      last_step INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      confirmed_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE recovery_codes (
      hash TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      consumed_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

    CREATE TABLE spent_challenges (
      hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE invitations (
      id TEXT PRIMARY KEY,
      code_hash TEXT NOT NULL UNIQUE,
      username TEXT,
      email TEXT,
      display_name TEXT,
      invited_by_id TEXT,
      invited_by_name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      consumed_at INTEGER,
      revoked_at INTEGER,
      user_id TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invitations_by_time ON invitations (created_at, id);

    CREATE TABLE invitation_groups (
      invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      PRIMARY KEY (invitation_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invitation_groups_by_group ON invitation_groups (group_id);

    CREATE TABLE reset_links (
      code_hash TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      made_by TEXT NOT NULL CHECK (made_by IN ('admin', 'self')),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      consumed_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reset_links_by_user ON reset_links (user_id);

    CREATE TABLE email_changes (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      email TEXT NOT NULL,
      new_code_hash TEXT NOT NULL UNIQUE,
      old_code_hash TEXT UNIQUE,
      new_proved_at INTEGER,
      old_proved_at INTEGER,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE mail_outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      recipient TEXT NOT NULL,
      kind TEXT NOT NULL,
      message_jwe TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      next_attempt_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      last_fault TEXT,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mail_outbox_by_attempt ON mail_outbox (next_attempt_at);

    ALTER TABLE users ADD COLUMN language TEXT;
    CREATE INDEX users_by_display_name ON users (lower(display_name), username);
    CREATE INDEX users_by_email ON users (lower(email), username) WHERE email IS NOT NULL;
    CREATE INDEX users_disabled ON users (username) WHERE status = 'disabled';

    ALTER TABLE group_users ADD COLUMN expires_at INTEGER;
    CREATE INDEX group_users_by_end ON group_users (expires_at) WHERE expires_at IS NOT NULL;
    ALTER TABLE groups ADD COLUMN factors TEXT NOT NULL DEFAULT 'any' CHECK (factors IN ('any', 'two', 'passkey'));
    ALTER TABLE groups ADD COLUMN max_age INTEGER CHECK (max_age > 0);
    ALTER TABLE groups ADD COLUMN longest_membership INTEGER CHECK (longest_membership > 0);

    CREATE TABLE group_owners (
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, group_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX group_owners_by_group ON group_owners (group_id);

    CREATE TABLE membership_requests (
      id TEXT PRIMARY KEY,
      group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      reason TEXT NOT NULL,
      seconds INTEGER NOT NULL CHECK (seconds > 0),
      state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      decided_at INTEGER,
      decided_by_id TEXT,
      decided_by_name TEXT,
      ends_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX membership_requests_by_group ON membership_requests (group_id, state);
    CREATE UNIQUE INDEX membership_requests_one_waiting ON membership_requests (user_id, group_id)
      WHERE state = 'waiting';

    ALTER TABLE clusters ADD COLUMN factors TEXT NOT NULL DEFAULT 'any' CHECK (factors IN ('any', 'two', 'passkey'));
    ALTER TABLE clusters ADD COLUMN max_age INTEGER CHECK (max_age > 0);
    ALTER TABLE clusters ADD COLUMN step_up TEXT NOT NULL DEFAULT 'withhold' CHECK (step_up IN ('refuse', 'withhold'));
    ALTER TABLE applications ADD COLUMN factors TEXT NOT NULL DEFAULT 'any' CHECK (factors IN ('any', 'two', 'passkey'));
    ALTER TABLE applications ADD COLUMN max_age INTEGER CHECK (max_age > 0);
    ALTER TABLE applications ADD COLUMN step_up TEXT NOT NULL DEFAULT 'withhold' CHECK (step_up IN ('refuse', 'withhold'));
  `,
}
