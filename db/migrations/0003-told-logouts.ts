import type { Migration } from './migration.ts'

/** Which ended logins an application was told of: each is told once, whichever process does it. */
export const toldLogouts: Migration = {
  number: 3,
  name: 'told logouts',
  sqlite: `
    ALTER TABLE devices ADD COLUMN logout_told_at INTEGER;
    CREATE INDEX devices_by_client ON devices (client_id);
  `,
}
