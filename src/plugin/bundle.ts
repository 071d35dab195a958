import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import type { BuildOptions, Plugin } from 'esbuild'

const HERE = fileURLToPath(new URL('.', import.meta.url))

const SHAPE = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
  logOverride: { 'empty-import-meta': 'silent' },
} as const satisfies BuildOptions

/**
 * Everything but the hot path, packed into one string: V8 scans the whole of a script before its first line runs, and 700 KB of
 * commands would cost every cached token more than Node's own start leaves to spend.
 */
function packedCommands(version: string): Plugin {
  return {
    name: 'packed-commands',
    setup(build) {
      build.onLoad({ filter: /[\\/]plugin[\\/]commands\.ts$/ }, async () => {
        const commands = await build.esbuild.build({
          ...SHAPE,
          entryPoints: [`${HERE}commands.ts`],
          define: { PLUGIN_VERSION: JSON.stringify(version) },
          write: false,
        })
        const packed = brotliCompressSync(commands.outputFiles[0]?.contents ?? '').toString(
          'base64',
        )
        return {
          loader: 'js',
          contents: `
            import { compileFunction } from 'node:vm'
            import { brotliDecompressSync } from 'node:zlib'
            const source = brotliDecompressSync(Buffer.from('${packed}', 'base64')).toString()
            const commands = { exports: {} }
            compileFunction(source, ['module', 'exports', 'require'], {
              filename: 'kubectl-lanyard/commands.cjs',
            })(commands, commands.exports, require)
            export const { runCommand } = commands.exports`,
        }
      })
    },
  }
}

/**
 * Writes the plugin as one executable CommonJS file that runs on Node 20 and newer. Needs esbuild, a devDependency.
 */
export async function bundlePlugin(outfile: string, version: string): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    ...SHAPE,
    entryPoints: [`${HERE}main.ts`],
    outfile,
    banner: { js: '#!/usr/bin/env node' },
    plugins: [packedCommands(version)],
  })
  await chmod(outfile, 0o755)
}
