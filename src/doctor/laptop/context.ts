import { advice, shellWord } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import { here, kubeconfigOption, setupAgain } from './edits.ts'
import type { LaptopFacts } from './facts.ts'
import { type Entry, hiddenBy, type Merged, type Section } from './kubeconfigs.ts'
import { COMMAND, canonicalIssuer, isOurs, readStanza, type Stanza } from './stanza.ts'
import { textOf } from './text.ts'

/** What is looked at: one context with what it joins, as far as it is there. */
export interface Target {
  /** Null where none could be chosen. */
  readonly context: string | null
  readonly cluster: Entry | null
  readonly user: Entry | null
  /** Null where the user does not log in by this plugin. */
  readonly stanza: Stanza | null
  /** As the stanza means it; the only one known on this device where there is no stanza. */
  readonly issuer: string | null
  readonly audience: string | null
  readonly findings: readonly Finding[]
}

/** Contexts that log in by this plugin. */
function ownContexts({ entries }: Merged): string[] {
  return entries.contexts
    .filter(({ body }) => {
      const user = entries.users.find(({ name }) => name === body.get('user'))
      const stanza = user === undefined ? null : readStanza(user)
      return stanza !== null && isOurs(stanza)
    })
    .map(({ name }) => name)
}

export function chooseContext(merged: Merged, facts: LaptopFacts): Target {
  const wanted = facts.context ?? merged.currentContext?.name ?? null
  const own = ownContexts(merged)
  const exists = wanted !== null && merged.entries.contexts.some(({ name }) => name === wanted)
  if (exists) return join(merged, facts, wanted, [])
  const [first = null] = own
  const missing = missingContext(merged, facts, wanted, own)
  return join(merged, facts, first, missing === null ? [] : [missing])
}

function missingContext(
  merged: Merged,
  facts: LaptopFacts,
  wanted: string | null,
  own: readonly string[],
): Finding | null {
  // What is wrong with the files says it already.
  if (merged.sources.length === 0) return null
  const named = facts.context !== null
  const summary =
    wanted === null
      ? 'no context is in use: current-context is missing'
      : `there is no context ${JSON.stringify(wanted)}${named ? '' : ', which current-context names'}`
  const all = merged.entries.contexts.map(({ name }) => name)
  return finding('kubeconfig.context', 'failed', summary, {
    seen: [`contexts: ${all.join(', ') || 'none'}`],
    why: 'kubectl does not know which cluster is meant, and tries http://localhost:8080 or stops',
    fixes: contextFixes(facts, own, named),
  })
}

function contextFixes(facts: LaptopFacts, own: readonly string[], named: boolean): Fix[] {
  const [first, ...more] = own
  const [issuer, ...others] = facts.issuers
  if (first === undefined) {
    return issuer === undefined || others.length > 0
      ? [advice('run: kubectl lanyard setup ISSUER')]
      : [setupAgain(facts, issuer, null)]
  }
  if (named) return [advice(`name one of these: ${own.join(', ')}`)]
  const use = here(`kubectl config use-context ${shellWord(first)}${kubeconfigOption(facts)}`)
  return more.length === 0 ? [use] : [use, advice(`or one of: ${more.join(', ')}`)]
}

function join(
  merged: Merged,
  facts: LaptopFacts,
  context: string | null,
  found: readonly Finding[],
): Target {
  const findings = [...found]
  const [onlyIssuer = null, ...others] = facts.issuers
  const fallback = others.length === 0 ? onlyIssuer : null
  const entry = merged.entries.contexts.find(({ name }) => name === context)
  if (entry === undefined) {
    return {
      ...{ context: null, cluster: null, user: null, stanza: null, audience: null },
      ...{ issuer: fallback, findings },
    }
  }
  const part = (section: Section, key: 'cluster' | 'user'): Entry | null => {
    const name = entry.body.get(key)
    const present = merged.entries[section].find((each) => each.name === name) ?? null
    if (present === null)
      findings.push(missingPart(entry, key, textOf(name) ?? '', fallback, facts))
    else findings.push(...hidden(present, section, merged))
    return present
  }
  const cluster = part('clusters', 'cluster')
  const user = part('users', 'user')
  const read = user === null ? null : readStanza(user)
  const stanza = read !== null && isOurs(read) ? read : null
  const issuer = canonicalIssuer(stanza?.issuer ?? '')
  if (findings.length === 0) {
    findings.push(finding('kubeconfig.context', 'ok', `the context is "${entry.name}"`))
  }
  return {
    ...{ context: entry.name, cluster, user, stanza, findings },
    ...{
      issuer: issuer ?? (stanza === null ? fallback : null),
      audience: stanza?.audience ?? null,
    },
  }
}

function missingPart(
  context: Entry,
  key: 'cluster' | 'user',
  name: string,
  issuer: string | null,
  facts: LaptopFacts,
): Finding {
  return finding(
    'kubeconfig.context',
    'failed',
    `the context "${context.name}" names the ${key} "${name}", which is in no kubeconfig`,
    {
      why:
        key === 'user'
          ? 'kubectl asks for a username, or is nobody to the cluster'
          : 'kubectl does not know where the cluster is',
      fixes:
        issuer === null
          ? [advice('run: kubectl lanyard setup ISSUER')]
          : [setupAgain(facts, issuer, null)],
    },
  )
}

/** Of one name kubectl takes the first, and says nothing. */
function hidden(effective: Entry, section: Section, merged: Merged): Finding[] {
  const other = hiddenBy(effective, section, merged.sources)
  if (other === null) return []
  const noun = section.slice(0, -1)
  const runsPlugin = (entry: Entry): boolean => {
    const stanza = section === 'users' ? readStanza(entry) : null
    return stanza?.command === COMMAND
  }
  const isWorse = section === 'clusters' || (runsPlugin(other) && !runsPlugin(effective))
  const { file } = effective.source
  return [
    finding(
      'kubeconfig.duplicate',
      isWorse ? 'failed' : 'warning',
      `the ${noun} "${effective.name}" of ${file} hides the one of ${other.source.file}`,
      {
        why: 'of one name kubectl takes the first of KUBECONFIG, and the two differ',
        fixes: [
          here(
            `kubectl --kubeconfig ${shellWord(file)} config delete-${noun} ${shellWord(effective.name)}`,
          ),
        ],
      },
    ),
  ]
}
