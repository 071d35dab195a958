import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkDirectory, type Owner } from './guarded-file.ts'

/** Makes the directory and the one above it, 0700, and refuses those that are not this user's alone. */
export async function makeGuardedDirectory(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  checkDirectory(dirname(path), owner)
  checkDirectory(path, owner)
}

/**
 * Replaces a file at once: other processes see the old text or the new. The new file is made beside it under a name that cannot be
 * planted beforehand, and reaches the disk before it takes the old one's place.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    const file = await open(draft, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Writes a secret file: 0600, in a directory of this user's alone. */
export async function writeGuarded(path: string, value: object, owner: Owner): Promise<void> {
  await makeGuardedDirectory(dirname(path), owner)
  await replaceFile(path, `${JSON.stringify(value)}\n`, 0o600)
}
