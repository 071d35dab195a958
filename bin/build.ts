// `npm run build`: what the published package and the image run, in dist/. A clone needs none of it: Node runs its TypeScript.
// Bundled, the server starts from a dozen files instead of more than a thousand.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundlePlugin } from '../src/plugin/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Bundles the server and its commands into `outdir`; the packages with native code stay beside it. */
export async function bundleServer(outdir: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'src', 'main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['better-sqlite3', 'argon2', '@zxcvbn-ts/language-common'],
    // What CommonJS packages inside expect to find around them.
    banner: {
      js: `import { createRequire as createRequireHere } from 'node:module'
const require = createRequireHere(import.meta.url), { filename: __filename, dirname: __dirname } = import.meta`,
    },
    legalComments: 'linked',
    logLevel: 'warning',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, 'dist')
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist)
  await bundleServer(join(dist, 'src'))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  await bundlePlugin(join(dist, 'kubectl-lanyard.cjs'), version)
}
