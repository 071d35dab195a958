import { chmod, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles kubectl-lanyard into one executable file for Node 20 and newer. The file appears whole or not at all: kubectl may
 * be running its predecessor.
 * @param {string} outfile absolute; its directory must exist
 */
export async function bundlePlugin(outfile) {
  const draft = `${outfile}.${process.pid}.tmp`
  try {
    await build({
      absWorkingDir: root,
      stdin: {
        contents: "import { main } from './src/plugin/main.ts'; void main(process.argv.slice(2))",
        loader: 'ts',
        resolveDir: root,
      },
      outfile: draft,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      // Names stay: an unexpected error's stack is all that a bug report has.
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
      logLevel: 'error',
      banner: { js: '#!/usr/bin/env node' },
    })
    await chmod(draft, 0o755)
    await rename(draft, outfile)
  } finally {
    await rm(draft, { force: true })
  }
}
