// `npm run check`: every tool that reads the code without running it. Plain JavaScript, like everything in bin/.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// The longest first, so that the short ones fill the second core.
const TOOLS = [
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc'] },
  { name: 'imports', command: ['node', '--test', 'test/imports.test.ts'] },
  { name: 'format', command: ['biome', 'check', '--error-on-warnings'] },
]

// As npm has it, for `node bin/check.js` too.
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
}
const began = performance.now()
const waiting = [...TOOLS]
const results = []
const lanes = Math.max(1, Math.min(2, availableParallelism()))
await Promise.all(Array.from({ length: lanes }, work))
const times = results.map(({ name, ok, ms }) => `${ok ? '' : '✖ '}${name} ${seconds(ms)}`)
process.stdout.write(`check: ${times.join(', ')}; ${seconds(performance.now() - began)} in all\n`)
if (results.some(({ ok }) => !ok)) process.exitCode = 1

async function work() {
  for (let tool = waiting.shift(); tool !== undefined; tool = waiting.shift()) {
    const result = await run(tool)
    results.push(result)
    if (!result.ok) process.stdout.write(`── ${tool.name}\n${result.output.trimEnd()}\n`)
  }
}

function run({ name, command: [file, ...args] }) {
  const start = performance.now()
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const end = (ok) => resolve({ name, ok, output, ms: performance.now() - start })
    child.on('error', (error) => {
      output += `${error.message}\n`
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
