import { join } from 'node:path'
import { openStore, type Store } from '../../db/index.ts'
import { type Audit, createAudit } from '../../src/audit/index.ts'
import { createDirectory, type Directory } from '../../src/directory/index.ts'
import type { By, Clock, EpochMs } from '../../src/errors/index.ts'
import { createMail, type Mail } from '../../src/mail/index.ts'
import { relayOn } from '../mail/smtp.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const START: EpochMs = Date.UTC(2026, 2, 1)
export const PASSWORD = 'violet teapot orbits seven'

/** An admin command of the operating system's user `root`. */
export const BY: By = { actor: { kind: 'command', name: 'root' }, address: null, requestId: null }
export const VISITOR: By = {
  actor: { kind: 'visitor' },
  address: '192.0.2.7',
  requestId: 'r-aaaa-bbbb',
}

export interface Fixture extends AsyncDisposable {
  readonly store: Store
  readonly audit: Audit
  readonly mail: Mail
  readonly directory: Directory
  readonly file: string
  readonly now: () => EpochMs
  readonly advance: (ms: number) => void
  /** A directory of another process on the same file. */
  readonly another: () => { store: Store; directory: Directory }
}

/** A directory over a real store, a clock that moves when told, and hashing as cheap as argon2 allows. */
export async function openDirectory(
  options: {
    /** The port of an SMTP server on this machine; without one mail is off. */
    readonly smtpPort?: number
  } = {},
): Promise<Fixture> {
  const home = await temporaryDirectory()
  const file = join(home.path, 'lanyard.db')
  let now = START
  const clock: Clock = () => now
  const stores: Store[] = []
  const open = () => {
    const store = openStore({ file, clock })
    stores.push(store)
    const audit = createAudit({ store, clock })
    const mail = createMail({
      ...{ store, clock, settings: relayOn(options.smtpPort) },
      site: { name: 'Example', issuer: 'https://id.example.com' },
      wrapping: new Uint8Array(32).fill(6),
    })
    const directory = createDirectory({
      mail,
      store,
      clock,
      audit,
      adminGroup: 'lanyard-admins',
      secret: new Uint8Array(32).fill(7),
      factorSecret: new Uint8Array(32).fill(8),
      issuer: 'https://id.example.com',
      hashing: { memoryKiB: 1_024, passes: 2, parallelism: 1, concurrency: 1 },
    })
    return { store, audit, mail, directory }
  }
  return {
    ...open(),
    file,
    now: clock,
    advance: (ms) => {
      now += ms
    },
    another: open,
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close()
      await home[Symbol.asyncDispose]()
    },
  }
}
