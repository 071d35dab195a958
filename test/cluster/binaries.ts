import { createHash } from 'node:crypto'
import { access, constants, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { hasCode } from '../../src/errors/index.ts'
import { noteSkipped } from '../support/log-secrets.ts'
import { type Environment, runProcess } from '../support/process.ts'
import { buildBinaries } from './build.ts'
import {
  BINARY_NAMES,
  type BinaryName,
  type Line,
  NEWEST,
  RELEASES,
  sourcesOf,
} from './kube/releases.ts'

/** The path of each program. Of the newest line all are there; of others no controller manager. */
export type Binaries = Readonly<Record<Exclude<BinaryName, 'kube-controller-manager'>, string>> &
  Found
type Found = Readonly<Partial<Record<BinaryName, string>>>

/** The Go module that pins a line. */
export function moduleDirectory(line: Line): string {
  return join(import.meta.dirname, 'kube', line)
}

/** `${XDG_CACHE_HOME:-~/.cache}/lanyard-test/kube-<version>-<first 12 digits of go.sum's SHA-256>`: new pins, new directory. */
export async function cacheDirectory(env: Environment, line: Line = NEWEST): Promise<string> {
  const sums = await readFile(join(moduleDirectory(line), 'go.sum'))
  const digest = createHash('sha256').update(sums).digest('hex').slice(0, 12)
  const root = env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(root, 'lanyard-test', `kube-${RELEASES[line].version}-${digest}`)
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

async function reportsRightVersion(name: BinaryName, path: string, line: Line): Promise<boolean> {
  const result = await runProcess({
    command: path,
    args: name === 'kubectl' ? ['version', '--client'] : ['--version'],
    env: { HOME: '/nonexistent' },
  })
  const version = RELEASES[line].version.replaceAll('.', '\\.')
  // The versions of etcd that all of these lines speak to.
  const right = name === 'etcd' ? /^etcd Version: 3\.([6-9]|\d\d)\./m : RegExp(`v${version}$`, 'm')
  return result.code === 0 && right.test(result.stdout)
}

async function findOne(
  name: BinaryName,
  env: Environment,
  line: Line,
): Promise<string | undefined> {
  const assets = env['KUBEBUILDER_ASSETS'] ?? ''
  const path = env['PATH'] ?? ''
  for (const directory of [assets, ...path.split(delimiter)]) {
    if (directory === '') continue
    const candidate = join(directory, name)
    if ((await isExecutable(candidate)) && (await reportsRightVersion(name, candidate, line))) {
      return candidate
    }
  }
  // What is here was built from the line's go.sum and renamed into place when it was whole: it need not be asked.
  const built = join(await cacheDirectory(env, line), name)
  return (await isExecutable(built)) ? built : undefined
}

/** What is on this machine: KUBEBUILDER_ASSETS, then PATH, where they report exactly the right version, then the cache. */
export async function findBinaries(env: Environment, line: Line = NEWEST): Promise<Found> {
  const found = await Promise.all(
    [...sourcesOf(line)].map(
      async ([name, source]) => [name, await findOne(name, env, source)] as const,
    ),
  )
  return Object.fromEntries(found.filter(([, path]) => path !== undefined))
}

function missingIn(found: Found, line: Line): BinaryName[] {
  return [...sourcesOf(line).keys()].filter((name) => found[name] === undefined)
}

function areComplete(found: Found, line: Line): found is Binaries {
  return missingIn(found, line).length === 0
}

/**
 * Finds a line's programs and builds once what is missing, which takes minutes and says so on stderr.
 * Resolves with undefined where something is missing and there is no Go to build it; throws when a build fails.
 */
export async function provideBinaries(
  env: Environment,
  line: Line = NEWEST,
): Promise<Binaries | undefined> {
  const found = await findBinaries(env, line)
  if (areComplete(found, line)) return found
  const bySource = Map.groupBy(missingIn(found, line), (name) => sourcesOf(line).get(name) ?? line)
  for (const [source, missing] of bySource) {
    const built = await buildBinaries({
      ...{ missing, env, version: RELEASES[source].version },
      directory: await cacheDirectory(env, source),
      moduleDirectory: moduleDirectory(source),
    })
    if (!built) return undefined
  }
  const all = await findBinaries(env, line)
  if (!areComplete(all, line)) {
    throw new Error(
      `the build left no complete control plane in ${await cacheDirectory(env, line)}`,
    )
  }
  return all
}

const provided = new Map<Line, Promise<Binaries | undefined>>()

function provideOnce(line: Line): Promise<Binaries | undefined> {
  const known = provided.get(line)
  if (known !== undefined) return known
  const providing = provideBinaries(process.env, line)
  provided.set(line, providing)
  return providing
}

/** The programs for this process's tests: looked for once. Throws where {@link skipWithoutCluster} would have skipped. */
export async function requireBinaries(line: Line = NEWEST): Promise<Binaries> {
  const binaries = await provideOnce(line)
  if (binaries === undefined) {
    throw new Error(`no Kubernetes ${RELEASES[line].version} on this machine`)
  }
  return binaries
}

/**
 * For `describe(…, { skip })`: false where a control plane can run, else the reason. `what` names what stays unproved, for
 * the run's closing lines. With CI set it throws instead: there, unproved is failed.
 */
export async function skipWithoutCluster(
  what: string,
  line: Line = NEWEST,
): Promise<string | false> {
  if ((await provideOnce(line)) !== undefined) return false
  const { version } = RELEASES[line]
  const reason = `no Kubernetes ${version} and no Go to build it`
  const how = `install Go from https://go.dev/dl and run the tests again (the first run builds for about 6 minutes), or set KUBEBUILDER_ASSETS to a directory with ${BINARY_NAMES.join(', ')} of version ${version}`
  if (process.env['CI']) throw new Error(`${what}: not proved, ${reason}: ${how}`)
  noteSkipped(what, how)
  return reason
}

/**
 * As {@link skipWithoutCluster}, for a line that is too old to be built for every run of the tests: it is run where its
 * programs are there already. CI builds nothing for it either, and does not fail for the lack of it.
 */
export async function skipUnlessBuilt(what: string, line: Line): Promise<string | false> {
  if (areComplete(await findBinaries(process.env, line), line)) return false
  const how = `npm run test:matrix -- ${line}, which builds kube-apiserver ${RELEASES[line].version} for some minutes, once`
  if (!process.env['CI']) noteSkipped(what, how)
  return `no kube-apiserver ${RELEASES[line].version} yet; it is built by ${how}`
}
