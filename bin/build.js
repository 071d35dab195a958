// `npm run build`: what the published package runs, in dist/. A clone needs none of it: Node runs its TypeScript.
import { spawnSync } from 'node:child_process'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePlugin } from './bundle-plugin.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
await rm(dist, { recursive: true, force: true })
await mkdir(dist)
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status === 0) {
  await cp(join(root, 'views', 'assets'), join(dist, 'views', 'assets'), { recursive: true })
  await bundlePlugin(join(dist, 'kubectl-lanyard.cjs'))
} else {
  process.exitCode = status ?? 1
}
