import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { hasCode, LanyardError } from '../errors/index.ts'
import type { Conversation } from './conversation.ts'
import type { Owner } from './guarded-file.ts'
import { makeGuardedDirectory } from './guarded-write.ts'

const STALE_MS = 5_000
const POLL_MS = 100

/**
 * Runs `work` while no other process of this user works on the same issuer. The lock lies in the state directory, which is this user's
 * alone; that of a process that died is taken over after five seconds.
 *
 * @throws LanyardError ERR_LOCK_TIMEOUT after `patienceMs`
 */
export async function withLock<T>(
  directory: string,
  {
    owner,
    patienceMs,
    conversation,
  }: { owner: Owner; patienceMs: number; conversation: Conversation },
  work: () => Promise<T>,
): Promise<T> {
  await makeGuardedDirectory(directory, owner)
  const lockfilePath = join(directory, 'lock')
  let release: () => Promise<void>
  try {
    release = await lock(directory, {
      lockfilePath,
      realpath: false,
      stale: STALE_MS,
      retries: {
        retries: Math.ceil(patienceMs / POLL_MS),
        factor: 1,
        minTimeout: POLL_MS / 2,
        maxTimeout: POLL_MS,
        randomize: true,
      },
      // Losing the lock (the machine slept) costs at most a second exchange, which is harmless: nothing rotates.
      onCompromised: () => conversation.detail(`lost the lock "${lockfilePath}"`),
    })
  } catch (cause) {
    if (!hasCode(cause, 'ELOCKED')) {
      throw cause
    }
    const waited = Math.round(patienceMs / 1000)
    throw new LanyardError(
      'ERR_LOCK_TIMEOUT',
      `another kubectl-lanyard has held "${lockfilePath}" for more than ${waited} s`,
      { cause, hint: 'finish the login that it waits for, or end that process, and try again' },
    )
  }
  try {
    return await work()
  } finally {
    // A lock that was lost and taken over by another is not ours to give back.
    await release().catch(() => undefined)
  }
}
