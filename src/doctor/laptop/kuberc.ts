import { isMap, isSeq } from 'yaml'
import { advice, shellWord } from '../checks.ts'
import { appendItems, setKey } from '../config/nodes.ts'
import { type Edit, openSource, type Source } from '../config/source.ts'
import { parseObject } from '../documents.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import { resolveCommand } from './command.ts'
import type { LaptopFacts, LaptopPorts } from './facts.ts'
import { COMMAND, type Stanza } from './stanza.ts'

const POLICY = 'credentialPluginPolicy'
const LIST = 'credentialPluginAllowlist'

/** The kuberc may forbid credential plugins, or name those that kubectl may run (Kubernetes 1.35 and newer). */
export async function checkKuberc(
  stanza: Stanza,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Finding[]> {
  const named = facts.env['KUBERC'] ?? ''
  // kubectl reads `KUBERC=off` as no file at all.
  if (named === 'off') return []
  const file = named === '' ? `${facts.home}/.kube/kuberc` : named
  const read = await openSource(file, ports)
  if (read.kind === 'unreadable') return unreadable(file, named, read.code)
  const { source } = read
  const { contents } = source.document
  if (source.document.errors.length > 0 || !isMap(contents)) {
    return [
      finding(
        'kuberc.policy',
        'warning',
        `the kuberc "${file}" is not valid YAML, or has several documents`,
        {
          why: 'kubectl warns at every command, and may not read what it says of plugins',
          fixes: [advice(`mend it, or try without: KUBERC=off kubectl …`)],
        },
      ),
    ]
  }
  const policy = source.document.getIn([POLICY])
  const key = await entryKey(ports)
  if (policy === 'DenyAll') return [denied(source, key)]
  if (policy !== 'Allowlist') {
    return [finding('kuberc.policy', 'ok', `the kuberc "${file}" lets every plugin run`)]
  }
  if (await isListed(source, stanza, facts, ports)) {
    return [finding('kuberc.policy', 'ok', `the kuberc "${file}" lists ${stanza.command}`)]
  }
  return [unlisted(source, stanza, key)]
}

function unreadable(file: string, named: string, code: string): Finding[] {
  if (code === 'ENOENT' && named === '') return []
  if (code === 'EFBIG') {
    const summary = `the kuberc "${file}" is not looked at: it is too long`
    return [
      finding('kuberc.policy', 'warning', summary, {
        why: 'what is longer than 256 KiB is not parsed',
      }),
    ]
  }
  return [
    finding('kuberc.policy', 'warning', `the kuberc "${file}" cannot be read: ${code}`, {
      why: 'kubectl stops or warns at every command',
      fixes: named === '' ? [] : [{ kind: 'command', place: 'laptop', line: 'unset KUBERC' }],
    }),
  ]
}

/** `name` in 1.35, `command` from 1.36 on. */
async function entryKey(ports: LaptopPorts): Promise<'name' | 'command'> {
  const ran = await ports.run('kubectl', ['version', '--client', '-o', 'json'])
  if (ran.kind !== 'ended' || ran.code !== 0) return 'command'
  const { clientVersion } = Object(parseObject(ran.stdout)) as {
    clientVersion?: { minor?: unknown }
  }
  return Number.parseInt(String(clientVersion?.minor), 10) <= 35 ? 'name' : 'command'
}

function denied(source: Source, key: string): Finding {
  const map = source.document.contents
  const policy = isMap(map) ? setKey(source, map, POLICY, 'Allowlist') : null
  return finding(
    'kuberc.policy',
    'failed',
    `the kuberc "${source.file}" forbids every credential plugin: ${POLICY} DenyAll`,
    {
      why: 'kubectl says: plugin "kubectl-lanyard" not allowed',
      fixes: policy === null ? [byHand(source, key)] : withList(source, policy, key),
    },
  )
}

/** One edit of the policy's line, the list behind it: edits of other lines would move it. */
function withList(source: Source, policy: Edit, key: string): Fix[] {
  const map = source.document.contents
  const listed = isMap(map) && map.has(LIST)
  const list = `${LIST}:\n- ${key}: ${COMMAND}`
  if (!listed) return [{ ...policy, place: 'laptop', insert: `${policy.insert ?? ''}\n${list}` }]
  const more = appendItems(source, [LIST], [{ [key]: COMMAND }])
  if (more === null) return [{ ...policy, place: 'laptop' }, byHand(source, key)]
  const edits = [policy, more].toSorted((a, b) => (b.line ?? Infinity) - (a.line ?? Infinity))
  return edits.map((edit) => ({ ...edit, place: 'laptop' as const }))
}

function byHand({ file }: Source, key: string): Fix {
  return advice(`in ${file}, add to ${LIST}: - ${key}: ${COMMAND}`)
}

function unlisted(source: Source, { command }: Stanza, key: string): Finding {
  const map = source.document.contents
  const added =
    appendItems(source, [LIST], [{ [key]: command }]) ??
    (isMap(map) ? setKey(source, map, LIST, [{ [key]: command }]) : null)
  return finding(
    'kuberc.policy',
    'failed',
    `the allow-list of the kuberc "${source.file}" lacks ${command}`,
    {
      why: `kubectl says: plugin path is not permitted by the credential plugin allowlist; ${shellWord(command)} is what it must list`,
      fixes: added === null ? [byHand(source, key)] : [{ ...added, place: 'laptop' }],
    },
  )
}

/** kubectl compares what both sides lead to on the PATH. */
async function isListed(
  source: Source,
  stanza: Stanza,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<boolean> {
  const list = source.document.getIn([LIST])
  if (!isSeq(list)) return false
  const own = await resolveCommand(stanza, facts, ports)
  for (const item of list.items) {
    const listed = isMap(item) ? (item.get('command') ?? item.get('name')) : undefined
    if (typeof listed !== 'string') continue
    if (listed === stanza.command) return true
    const at = await resolveCommand({ ...stanza, command: listed }, facts, ports)
    if (at !== null && own !== null && at.path === own.path) return true
  }
  return false
}
