import { advice, shellWord } from '../checks.ts'
import { isOlder } from '../cluster-api.ts'
import type { Finding } from '../finding.ts'
import { finding } from './checks.ts'
import { here, set } from './edits.ts'
import type { LaptopFacts, LaptopPorts } from './facts.ts'
import { COMMAND, type Stanza } from './stanza.ts'

interface Found {
  readonly path: string
  readonly isExecutable: boolean
}

function directoriesOf({ env, platform }: LaptopFacts): string[] {
  const list = (env['PATH'] ?? '').split(platform === 'win32' ? ';' : ':')
  return [...new Set(list.filter((directory) => directory !== ''))]
}

/** Every file of this name on the PATH, in its order. */
export async function onPath(
  name: string,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Found[]> {
  const found: Found[] = []
  for (const directory of directoriesOf(facts)) {
    const path = `${directory.replace(/\/$/, '')}/${name}`
    const stat = await ports.stat(path)
    if (stat === null || stat.kind === 'directory') continue
    found.push({ path, isExecutable: await ports.may(path, 'execute') })
  }
  return found
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '.'
}

/** The file that kubectl would run; null where there is none. */
export async function resolveCommand(
  { entry, command }: Stanza,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Found | null> {
  if (!command.includes('/')) {
    const found = await onPath(command, facts, ports)
    return found.find(({ isExecutable }) => isExecutable) ?? found[0] ?? null
  }
  // client-go: a command with a separator in it is relative to the kubeconfig that names it.
  const path = command.startsWith('/') ? command : `${directoryOf(entry.source.file)}/${command}`
  if ((await ports.stat(path)) === null) return null
  return { path, isExecutable: await ports.may(path, 'execute') }
}

/** That kubectl finds the command which the stanza names. */
export async function checkCommand(
  stanza: Stanza,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Finding> {
  const { entry, map, command } = stanza
  const found = await resolveCommand(stanza, facts, ports)
  if (found?.isExecutable === true)
    return finding('plugin.command', 'ok', `kubectl runs ${found.path}`)
  const why = 'kubectl says: exec: executable not found'
  if (found !== null) {
    return finding('plugin.command', 'failed', `"${found.path}" is not executable`, {
      why,
      fixes: [here(`chmod +x ${shellWord(found.path)}`)],
    })
  }
  const isElsewhere = (await onPath(COMMAND, facts, ports)).some(({ isExecutable }) => isExecutable)
  if (isElsewhere) {
    const relative = command.includes('/') && !command.startsWith('/')
    const where = relative ? `, looked for in ${directoryOf(entry.source.file)}` : ''
    return finding('plugin.command', 'failed', `the command "${command}" does not exist${where}`, {
      why: relative ? `a path in a kubeconfig begins in its own directory. ${why}` : why,
      fixes: [set(entry.source, map, 'command', COMMAND)],
    })
  }
  const directory = directoryOf(facts.plugin.path)
  const isInstalled = facts.plugin.path.endsWith(`/${COMMAND}`)
  return finding('plugin.command', 'failed', `"${command}" is on no directory of the PATH`, {
    seen: [`this runs from ${facts.plugin.path}`],
    why,
    fixes: isInstalled
      ? [
          here(`export PATH=${shellWord(directory)}:"$PATH"`),
          ...(command === COMMAND ? [] : [set(entry.source, map, 'command', COMMAND)]),
        ]
      : [advice(`install ${COMMAND} into a directory of the PATH`)],
  })
}

const VERSION = /^kubectl-lanyard (\S+)$/m

/** Copies of the plugin: kubectl takes the first, and `kubectl lanyard` too. */
export async function checkCopies(facts: LaptopFacts, ports: LaptopPorts): Promise<Finding[]> {
  const copies = (await onPath(COMMAND, facts, ports)).filter(({ isExecutable }) => isExecutable)
  const [first, ...later] = copies
  if (first === undefined || later.length === 0) return []
  const versions = new Map<string, string | null>()
  for (const { path } of copies) {
    const ran = await ports.run(path, ['version'], { timeoutMs: 10_000 })
    const said = ran.kind === 'ended' && ran.code === 0 ? VERSION.exec(ran.stdout)?.[1] : undefined
    versions.set(path, said ?? null)
  }
  const own = versions.get(first.path) ?? null
  const seen = copies.map(
    ({ path }) => `${path}: ${versions.get(path) ?? 'does not tell its version'}`,
  )
  const newer = later.find(({ path }) => {
    const version = versions.get(path) ?? null
    return version !== null && (own === null || isOlder(own, version) || isOlderPatch(own, version))
  })
  if (newer === undefined) {
    return [
      finding(
        'plugin.copies',
        'ok',
        `the first of ${copies.length} copies on the PATH is ${first.path}`,
        { seen },
      ),
    ]
  }
  const about = own === null ? 'does not tell its version' : `is of version ${own}`
  return [
    finding(
      'plugin.copies',
      'failed',
      `an older copy of the plugin is first on the PATH: "${first.path}" ${about}`,
      {
        seen,
        why: `kubectl runs that one and not "${newer.path}"`,
        fixes: [here(`rm ${shellWord(first.path)}`)],
      },
    ),
  ]
}

function isOlderPatch(one: string, other: string): boolean {
  const numbers = (version: string): number[] =>
    (version.split('-')[0] ?? '').split('.').map(Number)
  const [a, b] = [numbers(one), numbers(other)]
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** Plugin against server, by the first two numbers: within them each understands the other. */
export function checkVersion(facts: LaptopFacts, issuer: string, server: string | null): Finding {
  const { version } = facts.plugin
  if (version === null || server === null) {
    const whose =
      version === null ? 'this plugin runs from source' : `${issuer} does not say its version`
    return finding('plugin.version', 'skipped', whose)
  }
  if (!isOlderPatch(version, server)) {
    return finding(
      'plugin.version',
      'ok',
      `the plugin is of version ${version}, the server of ${server}`,
    )
  }
  return finding(
    'plugin.version',
    'warning',
    `the plugin is of version ${version}, and the server of ${server}`,
    {
      why: 'what the server has learnt since, an older plugin does not know',
      fixes: [advice(`install the plugin anew: ${issuer}/account/kubectl says how`)],
    },
  )
}
