import { createHash } from 'node:crypto'
import { access, constants, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { hasCode } from '../../src/errors/index.ts'
import { noteSkipped } from '../support/log-secrets.ts'
import { type Environment, runProcess } from '../support/process.ts'
import { BINARY_NAMES, type BinaryName, buildBinaries, KUBERNETES_VERSION } from './build.ts'

/** The path of each program. */
export type Binaries = Readonly<Record<BinaryName, string>>

export const moduleDirectory = join(import.meta.dirname, 'kube')

/** `${XDG_CACHE_HOME:-~/.cache}/lanyard-test/kube-<version>-<first 12 digits of go.sum's SHA-256>`: new pins, new directory. */
export async function cacheDirectory(env: Environment): Promise<string> {
  const sums = await readFile(join(moduleDirectory, 'go.sum'))
  const digest = createHash('sha256').update(sums).digest('hex').slice(0, 12)
  const root = env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(root, 'lanyard-test', `kube-${KUBERNETES_VERSION}-${digest}`)
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES') || hasCode(error, 'ENOTDIR')) {
      return false
    }
    throw error
  }
}

const kubernetes = new RegExp(`v${KUBERNETES_VERSION.replaceAll('.', '\\.')}$`, 'm')
const versions: Readonly<Record<BinaryName, { args: readonly string[]; right: RegExp }>> = {
  // The versions of etcd that this line of Kubernetes speaks to.
  etcd: { args: ['--version'], right: /^etcd Version: 3\.([6-9]|\d\d)\./m },
  kubectl: { args: ['version', '--client'], right: kubernetes },
  'kube-controller-manager': { args: ['--version'], right: kubernetes },
  'kube-apiserver': { args: ['--version'], right: kubernetes },
}

async function reportsRightVersion(name: BinaryName, path: string): Promise<boolean> {
  const { args, right } = versions[name]
  const result = await runProcess({ command: path, args, env: { HOME: '/nonexistent' } })
  return result.code === 0 && right.test(result.stdout)
}

async function findOne(name: BinaryName, env: Environment): Promise<string | undefined> {
  const assets = env['KUBEBUILDER_ASSETS'] ?? ''
  const path = env['PATH'] ?? ''
  for (const directory of [assets, ...path.split(delimiter)]) {
    if (directory === '') continue
    const candidate = join(directory, name)
    if ((await isExecutable(candidate)) && (await reportsRightVersion(name, candidate))) {
      return candidate
    }
  }
  // What is here was built from kube/go.sum and renamed into place when it was whole: it need not be asked.
  const built = join(await cacheDirectory(env), name)
  return (await isExecutable(built)) ? built : undefined
}

/** What is on this machine: KUBEBUILDER_ASSETS, then PATH, where they report exactly the right version, then the cache. */
export async function findBinaries(env: Environment): Promise<Partial<Binaries>> {
  const found = await Promise.all(
    BINARY_NAMES.map(async (name) => [name, await findOne(name, env)] as const),
  )
  return Object.fromEntries(found.filter(([, path]) => path !== undefined))
}

function areComplete(found: Partial<Binaries>): found is Binaries {
  return BINARY_NAMES.every((name) => found[name] !== undefined)
}

/**
 * Finds the control plane's programs and builds once what is missing, which takes minutes and says so on stderr.
 * Resolves with undefined where something is missing and there is no Go to build it; throws when a build fails.
 */
export async function provideBinaries(env: Environment): Promise<Binaries | undefined> {
  const found = await findBinaries(env)
  if (areComplete(found)) return found
  const missing = BINARY_NAMES.filter((name) => found[name] === undefined)
  const directory = await cacheDirectory(env)
  const built = await buildBinaries({ missing, directory, moduleDirectory, env })
  if (!built) return undefined
  const all = await findBinaries(env)
  if (!areComplete(all)) throw new Error(`the build left no complete control plane in ${directory}`)
  return all
}

let provided: Promise<Binaries | undefined> | undefined

/** The programs for this process's tests: looked for once. Throws where {@link skipWithoutCluster} would have skipped. */
export async function requireBinaries(): Promise<Binaries> {
  provided ??= provideBinaries(process.env)
  const binaries = await provided
  if (binaries === undefined) throw new Error(`no Kubernetes ${KUBERNETES_VERSION} on this machine`)
  return binaries
}

/**
 * For `describe(…, { skip })`: false where a control plane can run, else the reason. `what` names what stays unproved, for
 * the run's closing lines. With CI set it throws instead: there, unproved is failed.
 */
export async function skipWithoutCluster(what: string): Promise<string | false> {
  provided ??= provideBinaries(process.env)
  if ((await provided) !== undefined) return false
  const reason = `no Kubernetes ${KUBERNETES_VERSION} and no Go to build it`
  const how = `install Go from https://go.dev/dl and run the tests again (the first run builds for about 6 minutes), or set KUBEBUILDER_ASSETS to a directory with ${BINARY_NAMES.join(', ')} of version ${KUBERNETES_VERSION}`
  if (process.env['CI']) throw new Error(`${what}: not proved, ${reason}: ${how}`)
  noteSkipped(what, how)
  return reason
}
