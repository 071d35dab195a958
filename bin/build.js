// `npm run build`: what the published package runs, in dist/. A clone needs none of it: Node runs its TypeScript.
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePlugin } from '../src/plugin/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
await rm(dist, { recursive: true, force: true })
await mkdir(dist)
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status === 0) {
  await cp(join(root, 'views', 'assets'), join(dist, 'views', 'assets'), { recursive: true })
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  await bundlePlugin(join(dist, 'kubectl-lanyard.cjs'), version)
} else {
  process.exitCode = status ?? 1
}
