import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { lock } from 'proper-lockfile'
import { hasCode } from '../../src/errors/index.ts'
import { type Environment, type Result, runProcess } from '../support/process.ts'
import type { BinaryName } from './kube/releases.ts'

const packages: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
}

/** Two cores need 4 minutes for kube-apiserver, the largest; a loaded machine gets several times that. */
const BUILD_LIMIT_MS = 45 * 60_000

export interface BuildOptions {
  /** Of Kubernetes: `1.37.2`. */
  readonly version: string
  readonly missing: readonly BinaryName[]
  /** Where the programs go. Made when it does not exist. */
  readonly directory: string
  /** The Go module that pins the versions. */
  readonly moduleDirectory: string
  readonly env: Environment
  readonly say?: (line: string) => void
}

/** Without these, Kubernetes reports a placeholder for its version. */
function linkerFlags(version: string): string {
  const [major, minor] = version.split('.')
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '1970-01-01T00:00:00Z',
  }
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(
    (path) => Object.entries(values).map(([key, value]) => `-X ${path}.${key}=${value}`),
  )
  return ['-s', '-w', ...settings].join(' ')
}

/**
 * Go's caches for one build would leave 4.6 GB in the home directory of somebody who may never use Go: they are put into
 * `scratch`, unless the environment names caches, which are then wanted.
 */
function goEnvironment(env: Environment, scratch: string): Environment {
  return {
    ...env,
    GOCACHE: env['GOCACHE'] ?? join(scratch, 'build'),
    GOMODCACHE: env['GOMODCACHE'] ?? join(scratch, 'modules'),
    CGO_ENABLED: '0',
    // The committed go.sum is the only truth: never updated, never left out by a workspace; and modules that can be removed.
    GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
    GOWORK: 'off',
    GOOS: undefined,
    GOARCH: undefined,
  }
}

async function runGo(args: readonly string[], cwd: string, env: Environment): Promise<Result> {
  return runProcess({ command: 'go', args, cwd, env, timeoutMs: BUILD_LIMIT_MS })
}

async function hasGo(env: Environment): Promise<boolean> {
  try {
    return (await runProcess({ command: 'go', args: ['version'], env })).code === 0
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Holds the directory's lock; whoever waits says so once. */
async function takeLock(directory: string, say: (line: string) => void) {
  const options = { stale: 60_000, update: 10_000 }
  try {
    return await lock(directory, options)
  } catch (error) {
    if (!hasCode(error, 'ELOCKED')) throw error
    say('another process is building the control plane: waiting for it')
    const retries = { forever: true, minTimeout: 500, maxTimeout: 500, factor: 1 }
    return lock(directory, { ...options, retries })
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

async function buildOne(name: BinaryName, options: BuildOptions, scratch: string): Promise<void> {
  const output = join(scratch, name)
  const result = await runGo(
    ['build', '-trimpath', '-ldflags', linkerFlags(options.version), '-o', output, packages[name]],
    options.moduleDirectory,
    goEnvironment(options.env, scratch),
  )
  if (result.code !== 0) {
    throw new Error(`go build of ${name} ended with code ${result.code}:\n${result.stderr}`)
  }
  await chmod(output, 0o755)
  // Atomic: whoever looks sees the whole program or none.
  await rename(output, join(options.directory, name))
}

/**
 * Builds the missing programs into the directory, one after another (two at once need more memory than small machines have).
 * Resolves with false where there is no Go. Two processes at once build once: the second waits and finds them.
 */
export async function buildBinaries(options: BuildOptions): Promise<boolean> {
  const { version, directory, missing, say = (line) => process.stderr.write(`${line}\n`) } = options
  if (!(await hasGo(options.env))) return false
  await mkdir(directory, { recursive: true })
  const release = await takeLock(directory, say)
  const scratch = await mkdtemp(join(directory, '.build-'))
  try {
    for (const [index, name] of missing.entries()) {
      if (await exists(join(directory, name))) continue
      say(
        `building ${name} for Kubernetes ${version} (${index + 1} of ${missing.length}; minutes, once; into ${directory})`,
      )
      const start = performance.now()
      await buildOne(name, options, scratch)
      say(`built ${name} in ${Math.round((performance.now() - start) / 1000)} s`)
    }
    return true
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await release()
  }
}
