/** The real oauth2-proxy, built once from the Go module proxy. */
import { createHash } from 'node:crypto'
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { hasCode } from '../../src/errors/index.ts'
import { noteSkipped } from '../support/log-secrets.ts'
import { runProcess } from '../support/process.ts'

/** oauth2-proxy/go.mod pins the same. */
const VERSION = 'v7.15.6'
const PACKAGE = 'github.com/oauth2-proxy/oauth2-proxy/v7'
const moduleDirectory = join(import.meta.dirname, 'oauth2-proxy')
/** Two cores need 90 s; a loaded machine several times that. */
const BUILD_LIMIT_MS = 20 * 60_000

let provided: Promise<string | undefined> | undefined

/** For `describe(…, { skip })`: false where oauth2-proxy can run, else the reason. With CI set it throws instead. */
export async function skipWithoutOauth2Proxy(what: string): Promise<string | false> {
  provided ??= provide()
  if ((await provided) !== undefined) return false
  const reason = `no oauth2-proxy ${VERSION} and no Go to build it`
  const how = 'install Go from https://go.dev/dl and run the tests again: the first run builds it'
  if (process.env['CI']) throw new Error(`${what}: not proved, ${reason}: ${how}`)
  noteSkipped(what, how)
  return reason
}

/** Its path. Throws where {@link skipWithoutOauth2Proxy} would have skipped. */
export async function requireOauth2Proxy(): Promise<string> {
  provided ??= provide()
  const path = await provided
  if (path === undefined) throw new Error(`no oauth2-proxy ${VERSION} on this machine`)
  return path
}

async function provide(): Promise<string | undefined> {
  const sums = await readFile(join(moduleDirectory, 'go.sum'))
  const digest = createHash('sha256').update(sums).digest('hex').slice(0, 12)
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const directory = join(root, 'lanyard-test', `oauth2-proxy-${VERSION}-${digest}`)
  const binary = join(directory, 'oauth2-proxy')
  if (await exists(binary)) return binary
  if (!(await hasGo())) return undefined
  await mkdir(directory, { recursive: true })
  const release = await lock(directory, {
    ...{ stale: 60_000, update: 10_000 },
    retries: { forever: true, minTimeout: 500, maxTimeout: 500, factor: 1 },
  })
  try {
    // Somebody else may have built it meanwhile.
    if (!(await exists(binary))) await build(directory, binary)
    return binary
  } finally {
    await release()
  }
}

async function build(directory: string, binary: string): Promise<void> {
  process.stderr.write(`building oauth2-proxy ${VERSION} (minutes, once; into ${directory})\n`)
  const scratch = await mkdtemp(join(directory, '.build-'))
  try {
    const output = join(scratch, 'oauth2-proxy')
    const { code, stderr } = await runProcess({
      command: 'nice',
      args: [
        ...['-n', '19', 'go', 'build', '-trimpath', '-o', output],
        ...['-ldflags', `-s -w -X ${PACKAGE}/pkg/version.VERSION=${VERSION}`, PACKAGE],
      ],
      cwd: moduleDirectory,
      timeoutMs: BUILD_LIMIT_MS,
      env: {
        ...process.env,
        GOCACHE: process.env['GOCACHE'] ?? join(scratch, 'build'),
        GOMODCACHE: process.env['GOMODCACHE'] ?? join(scratch, 'modules'),
        CGO_ENABLED: '0',
        // The committed go.sum is the only truth, and modules must be removable.
        GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
        GOWORK: 'off',
      },
    })
    if (code !== 0) throw new Error(`go build of oauth2-proxy ended with code ${code}:\n${stderr}`)
    await chmod(output, 0o755)
    // Atomic: whoever looks sees the whole program or none.
    await rename(output, binary)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function hasGo(): Promise<boolean> {
  try {
    const { code } = await runProcess({ command: 'go', args: ['version'], env: process.env })
    return code === 0
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
