import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleServer } from '../../bin/build.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Lays out what the published package holds, with this repository's node_modules beside it; resolves with the command to run. */
export async function layOutPackage(directory: string): Promise<string> {
  await mkdir(join(directory, 'views'), { recursive: true })
  await Promise.all([
    bundleServer(join(directory, 'dist', 'src')),
    cp(join(root, 'bin'), join(directory, 'bin'), { recursive: true }),
    cp(join(root, 'package.json'), join(directory, 'package.json')),
    cp(join(root, 'views', 'assets'), join(directory, 'views', 'assets'), { recursive: true }),
  ])
  // Not the whole folder: the compile cache is written into the package's own.
  await mkdir(join(directory, 'node_modules'))
  for (const name of ['better-sqlite3', 'argon2', '@zxcvbn-ts']) {
    await symlink(join(root, 'node_modules', name), join(directory, 'node_modules', name))
  }
  return join(directory, 'bin', 'lanyard.js')
}
