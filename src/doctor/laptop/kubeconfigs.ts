import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml'
import { advice, command, shellWord } from '../checks.ts'
import { type Edit, openSource, type Source } from '../config/source.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import type { LaptopFacts, LaptopPorts } from './facts.ts'
import { textOf } from './text.ts'

export type Section = 'clusters' | 'contexts' | 'users'

/** One named entry of a kubeconfig, in the file where kubectl takes it from. */
export interface Entry {
  readonly name: string
  readonly source: Source
  /** Its `cluster`, `context` or `user`; empty where there is none. */
  readonly body: YAMLMap
}

/** What kubectl sees of all kubeconfigs together: of one name, the first. */
export interface Merged {
  readonly files: readonly string[]
  readonly findings: readonly Finding[]
  /** False where kubectl itself stops at what is wrong with the files. */
  readonly isReadable: boolean
  readonly currentContext: { readonly name: string; readonly source: Source } | null
  readonly entries: Readonly<Record<Section, readonly Entry[]>>
  readonly sources: readonly Source[]
}

/** The files that kubectl reads, in its order. */
export function kubeconfigPaths({ kubeconfig, env, home, platform }: LaptopFacts): string[] {
  if (kubeconfig !== null) return [kubeconfig]
  const listed = (env['KUBECONFIG'] ?? '').split(platform === 'win32' ? ';' : ':')
  const named = [...new Set(listed.filter((path) => path !== ''))]
  return named.length > 0 ? named : [`${home}/.kube/config`]
}

export async function readKubeconfigs(facts: LaptopFacts, ports: LaptopPorts): Promise<Merged> {
  const files = kubeconfigPaths(facts)
  const findings: Finding[] = []
  const sources: Source[] = []
  for (const file of files) {
    const read = await readOne(file, facts, ports)
    if (read === null) continue
    if ('check' in read) findings.push(read)
    else sources.push(read)
  }
  const isReadable = findings.length === 0
  if (isReadable && sources.length === 0) findings.push(nothingThere(files, facts))
  const all = sources.flatMap(entriesOf)
  findings.push(...sources.flatMap(duplicatesWithin), ...(await locksBeside(files, ports)))
  return {
    files,
    findings,
    isReadable: isReadable && !findings.some(({ status }) => status === 'failed'),
    sources,
    currentContext: currentContextOf(sources),
    entries: {
      clusters: firstOfEach(all, 'clusters'),
      contexts: firstOfEach(all, 'contexts'),
      users: firstOfEach(all, 'users'),
    },
  }
}

async function readOne(
  file: string,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Source | Finding | null> {
  const read = await openSource(file, ports)
  if (read.kind === 'unreadable') {
    if (read.code === 'EFBIG') return tooLongToParse(file, read.reason)
    if (read.code === 'ENOENT' && facts.kubeconfig === null) return null
    const isForbidden = read.code === 'EACCES' || read.code === 'EPERM'
    return finding(
      'kubeconfig.valid',
      'failed',
      `the kubeconfig "${file}" cannot be read: ${read.code}`,
      {
        why: 'kubectl stops at it',
        fixes: isForbidden
          ? [command(`chmod u+r ${shellWord(file)}`, 'laptop')]
          : [advice('give the right file, by --kubeconfig or KUBECONFIG')],
      },
    )
  }
  const { source } = read
  const [fault] = source.document.errors
  const { contents } = source.document
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null)
  if (fault === undefined && (isMap(contents) || isEmpty)) return source
  const line = fault === undefined ? 1 : source.lineAt(fault.pos[0])
  const what = fault === undefined ? 'is no mapping' : `is not valid YAML at line ${line}`
  return finding('kubeconfig.valid', 'failed', `the kubeconfig "${file}" ${what}`, {
    why: 'kubectl stops at it, whatever the command',
    fixes: await backupFixes(file, line, ports),
  })
}

/** kubectl may well take it. */
function tooLongToParse(file: string, reason: string): Finding {
  return finding(
    'kubeconfig.valid',
    'warning',
    `the kubeconfig "${file}" is not looked at: ${reason}`,
    {
      why: 'what is longer is not parsed',
      fixes: [advice('give a shorter one, by --kubeconfig or KUBECONFIG')],
    },
  )
}

/** `setup` leaves what was there before beside it. */
async function backupFixes(file: string, line: number, ports: LaptopPorts): Promise<Fix[]> {
  const slash = file.lastIndexOf('/')
  const directory = slash < 0 ? '.' : file.slice(0, slash)
  const prefix = `${file.slice(slash + 1)}.before-lanyard-`
  const backups = (await ports.list(directory)).filter((name) => name.startsWith(prefix)).toSorted()
  const newest = backups.at(-1)
  const mend = advice(`look at line ${line} and before: indentation, a colon, a quote`)
  if (newest === undefined) return [mend]
  return [
    advice(
      `mend line ${line}, or take what it was before the last setup: "${directory}/${newest}"`,
    ),
  ]
}

function nothingThere(files: readonly string[], facts: LaptopFacts): Finding {
  const [only, ...more] = facts.issuers
  const setup = only === undefined || more.length > 0 ? 'ISSUER' : shellWord(only)
  const line = `kubectl lanyard setup ${setup}`
  return finding('kubeconfig.found', 'failed', `there is no kubeconfig: ${files.join(', ')}`, {
    why: 'kubectl knows no cluster, and tries http://localhost:8080',
    fixes: [setup === 'ISSUER' ? advice(`run: ${line}`) : command(line, 'laptop')],
  })
}

function itemsOf(source: Source, section: Section): readonly YAMLMap[] {
  const list = source.document.getIn([section])
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : []
}

function entriesOf(source: Source): { section: Section; entry: Entry }[] {
  return (['clusters', 'contexts', 'users'] as const).flatMap((section) =>
    itemsOf(source, section).flatMap((item) => {
      const name = item.get('name')
      const body = item.get(section.slice(0, -1))
      if (typeof name !== 'string' || !isMap(body)) return []
      return [{ section, entry: { name, source, body } }]
    }),
  )
}

function firstOfEach(
  all: readonly { section: Section; entry: Entry }[],
  section: Section,
): Entry[] {
  const found = new Map<string, Entry>()
  for (const each of all) {
    if (each.section === section && !found.has(each.entry.name)) {
      found.set(each.entry.name, each.entry)
    }
  }
  return [...found.values()]
}

function currentContextOf(sources: readonly Source[]): Merged['currentContext'] {
  for (const source of sources) {
    const name = source.document.getIn(['current-context'])
    if (typeof name === 'string' && name !== '') return { name, source }
  }
  return null
}

/** client-go refuses a file that has a name twice. */
function duplicatesWithin(source: Source): Finding[] {
  return (['clusters', 'contexts', 'users'] as const).flatMap((section) => {
    const names = itemsOf(source, section).map((item) => textOf(item.get('name')))
    const again = names.flatMap((name, at) => (names.indexOf(name) === at ? [] : [at]))
    const twice = names[again[0] ?? names.length]
    if (twice === undefined || twice === null) return []
    // From below: an edit moves the lines behind it.
    const edits = again.toReversed().map((index) => itemLines(source, section, index))
    const known = edits.filter((edit) => edit !== null)
    const summary = `"${source.file}" has the ${section.slice(0, -1)} "${twice}" twice`
    return [
      finding('kubeconfig.duplicate', 'failed', summary, {
        why: 'kubectl refuses the whole file',
        fixes:
          known.length === edits.length
            ? known
            : [advice(`take one of the two out of "${source.file}"`)],
      }),
    ]
  })
}

/** The edit that takes one item of a section away. */
function itemLines(source: Source, section: Section, index: number): Edit | null {
  const item = itemsOf(source, section)[index]
  const [start, end] = item?.range ?? [0, 0]
  const from = source.text.lastIndexOf('\n', start - 1) + 1
  if (item === undefined || !/^\s*-\s*$/.test(source.text.slice(from, start))) return null
  const to = source.text.slice(0, end).trimEnd().length
  const remove = source.text.slice(from, to)
  return {
    kind: 'edit',
    place: 'laptop',
    file: source.file,
    line: source.lineAt(from),
    remove,
    insert: null,
  }
}

const LOCK_MS = 10_000

async function locksBeside(files: readonly string[], ports: LaptopPorts): Promise<Finding[]> {
  const found: Finding[] = []
  for (const file of files) {
    const lock = await ports.stat(`${file}.lock`)
    if (lock === null || ports.now - lock.changedAt < LOCK_MS) continue
    found.push(
      finding('kubeconfig.locked', 'warning', `a lock was left behind: "${file}.lock"`, {
        why: 'kubectl config and kubectl lanyard setup cannot write to the kubeconfig',
        fixes: [command(`rm ${shellWord(`${file}.lock`)}`, 'laptop')],
      }),
    )
  }
  return found
}

/** What an entry of this name in a later file says; null where there is none that differs. */
export function hiddenBy(
  effective: Entry,
  section: Section,
  others: readonly Source[],
): Entry | null {
  for (const source of others) {
    if (source === effective.source) continue
    const other = entriesOf(source).find(
      (each) => each.section === section && each.entry.name === effective.name,
    )
    if (other === undefined) continue
    const same =
      JSON.stringify(other.entry.body.toJSON()) === JSON.stringify(effective.body.toJSON())
    if (!same) return other.entry
  }
  return null
}
