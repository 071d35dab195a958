import { lstat, mkdir, open, readFile, readlink, realpath, rm, stat } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { hasCode, LanyardError } from '../errors/index.ts'
import { replaceFile } from './guarded-write.ts'
import type { Surroundings } from './surroundings.ts'

const LOCK_TRIES = 30
const LOCK_PAUSE_MS = 100

/** The file to write: the one that was named, else the first in KUBECONFIG, else ~/.kube/config. */
export function kubeconfigPath(around: Surroundings, named: string | undefined): string {
  const listed = (around.env['KUBECONFIG'] ?? '').split(delimiter).find((path) => path !== '')
  return resolve(named ?? listed ?? join(around.home(), '.kube', 'config'))
}

/** Where a symbolic link leads, also when there is nothing there yet: people keep their kubeconfig among their dotfiles. */
async function target(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error
    }
    const link = await lstat(path).catch(() => undefined)
    return link?.isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : path
  }
}

/** kubectl's own lock: a file beside it that must not exist (client-go, clientcmd/loader.go). */
async function lockLikeKubectl(path: string): Promise<() => Promise<void>> {
  const lockPath = `${path}.lock`
  for (let tries = 1; ; tries += 1) {
    try {
      await (await open(lockPath, 'wx', 0o600)).close()
      return () => rm(lockPath, { force: true })
    } catch (cause) {
      if (!hasCode(cause, 'EEXIST')) {
        throw cause
      }
      if (tries === LOCK_TRIES) {
        throw new LanyardError('ERR_KUBECONFIG_LOCKED', `"${path}" is locked by another kubectl`, {
          cause,
          hint: `if none is running: rm '${lockPath}'`,
        })
      }
      await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
    }
  }
}

/** Null where there is no such file. */
export async function readKubeconfig(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return null
    }
    throw error
  }
}

export type Rewritten =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'written'; readonly backup: string | null }

/**
 * Rewrites a kubeconfig under kubectl's lock: at once, with its mode kept and the old text beside it. Where `change` gives back the
 * same text, nothing is touched.
 */
export async function rewriteKubeconfig(
  named: string,
  now: number,
  change: (text: string) => string,
): Promise<Rewritten> {
  const path = await target(named)
  await mkdir(dirname(path), { recursive: true, mode: 0o750 })
  const unlock = await lockLikeKubectl(path)
  try {
    return await rewrite(path, now, change)
  } finally {
    await unlock()
  }
}

async function rewrite(
  path: string,
  now: number,
  change: (text: string) => string,
): Promise<Rewritten> {
  const before = await readKubeconfig(path)
  const after = change(before ?? '')
  if (after === (before ?? '')) {
    return { kind: 'unchanged' }
  }
  if (before === null) {
    await replaceFile(path, after, 0o600)
    return { kind: 'written', backup: null }
  }
  const mode = (await stat(path)).mode & 0o777
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const backup = `${path}.before-lanyard-${stamp}`
  await replaceFile(backup, before, mode)
  await replaceFile(path, after, mode)
  return { kind: 'written', backup }
}
