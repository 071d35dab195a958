import type { YAMLMap } from 'yaml'
import { advice, command, shellWord } from '../checks.ts'
import { removeKey, setKey } from '../config/nodes.ts'
import type { Source } from '../config/source.ts'
import type { Fix } from '../finding.ts'
import type { LaptopFacts } from './facts.ts'

/** A line for this machine's shell. */
export function here(line: string): Fix {
  return command(line, 'laptop')
}

/** The edit that gives a key this value, in the writing of the file. */
export function set(source: Source, map: YAMLMap, key: string, value: unknown): Fix {
  const edit = setKey(source, map, key, value)
  return edit === null
    ? advice(`in ${source.file}, set ${key}: ${JSON.stringify(value)}`)
    : { ...edit, place: 'laptop' }
}

/** The edit that takes a key away. */
export function unset(source: Source, map: YAMLMap, key: string): Fix {
  const edit = removeKey(source, map, key)
  return edit === null
    ? advice(`in ${source.file}, take ${key} away`)
    : { ...edit, place: 'laptop' }
}

/** What writes contexts anew from what the issuer says. Only for issuers that this device trusts: setup begins trust. */
export function setupAgain(facts: LaptopFacts, issuer: string, cluster: string | null): Fix {
  const only = cluster === null ? '' : ` --cluster ${shellWord(cluster)}`
  const file = facts.kubeconfig === null ? '' : ` --kubeconfig ${shellWord(facts.kubeconfig)}`
  return here(`kubectl lanyard setup ${shellWord(issuer)}${only}${file}`)
}

export function kubeconfigOption({ kubeconfig }: LaptopFacts): string {
  return kubeconfig === null ? '' : ` --kubeconfig ${shellWord(kubeconfig)}`
}
