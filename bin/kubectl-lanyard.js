#!/usr/bin/env node
// The bundle runs on Node 20 and newer and starts fastest; a clone has none until `npm run build`, and runs the source.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const bundle = fileURLToPath(new URL('../dist/kubectl-lanyard.cjs', import.meta.url))
if (existsSync(bundle)) {
  createRequire(import.meta.url)(bundle)
} else {
  const { launch } = await import('./launch.js')
  await launch('kubectl-lanyard', 'plugin/main')
}
