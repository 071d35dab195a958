import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import { LanyardError } from '../errors/index.ts'

export interface HashingOptions {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
  /** Hashes at work at once. */
  readonly concurrency: number
}

/** Places at the pool, those at work included: at 25 ms a hash, the last waits about two seconds. */
const PLACES = 64
/** libuv has four threads, and signing needs one of them. */
const MAX_CONCURRENCY = 3
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A place at the pool. Dispose it when done. */
export interface HashingPlace extends Disposable {
  /** argon2id, as a PHC string. */
  hash(password: string): Promise<string>
  /** A null hash costs the same and matches nothing. */
  verify(hash: string | null, password: string): Promise<boolean>
}

export interface Hashing {
  /** Takes a place before anything is counted against anybody. @throws LanyardError ERR_BUSY */
  reserve(): HashingPlace
}

/** OWASP's minimum for argon2id: 19 MiB, two passes; one core is left to signing. */
export function defaultHashing(): HashingOptions {
  return {
    memoryKiB: 19_456,
    passes: 2,
    parallelism: 1,
    concurrency: Math.min(Math.max(1, availableParallelism() - 1), MAX_CONCURRENCY),
  }
}

export function createHashing(options: HashingOptions): Hashing {
  const limit = pLimit(options.concurrency)
  const nobody = hashOfNobody(options)
  let taken = 0

  const hash = async (password: string) => {
    const argon2 = await import('argon2')
    return argon2.hash(normalise(password), {
      type: argon2.argon2id,
      memoryCost: options.memoryKiB,
      timeCost: options.passes,
      parallelism: options.parallelism,
      hashLength: HASH_BYTES,
    })
  }
  const verify = async (known: string | null, password: string) => {
    const argon2 = await import('argon2')
    const matches = await argon2.verify(known ?? nobody, normalise(password))
    return matches && known !== null
  }

  return {
    reserve() {
      if (taken >= PLACES) {
        throw new LanyardError('ERR_BUSY', 'too many passwords are being checked at this moment', {
          hint: 'try again in a few seconds',
        })
      }
      taken++
      let held = true
      return {
        hash: (password) => limit(hash, password),
        verify: (known, password) => limit(verify, known, password),
        [Symbol.dispose]() {
          if (held) taken--
          held = false
        },
      }
    },
  }
}

/** SP 800-63B-4 §3.1.1.2: normalised, so that one password is one sequence of bytes on every keyboard. */
function normalise(password: string): string {
  return password.normalize('NFKC')
}

/** Random bytes in the shape of a hash: comparing with it takes as long as with a real one. */
function hashOfNobody({ memoryKiB, passes, parallelism }: HashingOptions): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${part(SALT_BYTES)}$${part(HASH_BYTES)}`
}
