import type { Html } from './html.ts'
import type { Words } from './words/words.ts'

/** What every form says that was sent too often. */
export function tooManyAttempts({ t }: Words, waitMinutes: number): Html {
  return waitMinutes === 1
    ? t`Too many attempts. Wait 1 minute, then try again.`
    : t`Too many attempts. Wait ${waitMinutes} minutes, then try again.`
}
