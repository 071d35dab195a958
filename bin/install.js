// Installs what package-lock.json names, once. Runs before `npm start`, `npm test` and `npm run check`, on whatever Node the
// machine has: so plain JavaScript, no dependency, and a few milliseconds when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 24
const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.lanyard-installed')
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const lockFile = read(join(root, 'package-lock.json'))
// A published package has no lock file: who installed it has installed what it needs.
if (lockFile !== undefined) process.exitCode = install(lockFile)

/** @param {string} lock @returns {number} the exit code */
function install(lock) {
  const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
  if (read(stamp) === wanted && hasNode()) return 0
  if (!isInstalled(lock)) {
    process.stderr.write('lanyard: installing what package-lock.json names, once\n')
    const code = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    if (code !== 0) return fail(`npm ci failed with exit code ${code}`, code)
  }
  // `ignore-scripts` in somebody's .npmrc leaves the pinned Node out: it comes by its own install script.
  if (!hasNode()) npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
  if (!hasNode()) {
    return fail(`Node ${OLDEST_NODE} or newer is needed, and npm could not install it from here`, 1)
  }
  linkCommands()
  writeFileSync(stamp, wanted)
  return 0
}

/** Whether npm's own record of node_modules agrees with the lock file: true after somebody's own `npm install`. */
function isInstalled(lock) {
  const record = read(join(modules, '.package-lock.json'))
  if (record === undefined) return false
  const { packages: wanted } = JSON.parse(lock)
  const { packages: present } = JSON.parse(record)
  return Object.entries(wanted).every(([path, { optional, version }]) => {
    if (path === '') return true
    const there = present[path]
    return there === undefined ? optional === true : there.version === version
  })
}

function hasNode() {
  return existsSync(pinnedNode) || Number.parseInt(process.versions.node, 10) >= OLDEST_NODE
}

/** npm under the machine's own Node: the pinned one may be replaced while npm runs. */
function npm(args) {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(modules))
    .join(delimiter)
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32',
    stdio: ['ignore', 2, 2],
  })
  if (error !== undefined)
    process.stderr.write(`lanyard: error: cannot run npm: ${error.message}\n`)
  return status ?? 1
}

/** npm links the commands of dependencies only; these make `npx lanyard` and `npm exec kubectl-lanyard` work from a clone. */
function linkCommands() {
  if (process.platform === 'win32') return
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  mkdirSync(join(modules, '.bin'), { recursive: true })
  for (const [name, file] of Object.entries(bin)) {
    const link = join(modules, '.bin', name)
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
      symlinkSync(join('..', '..', file), link)
    }
  }
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function fail(sentence, code) {
  process.stderr.write(`lanyard: error: ${sentence}\n`)
  return code
}
