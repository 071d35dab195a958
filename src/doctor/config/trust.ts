import { parse } from 'yaml'
import { prefixFault } from '../../kubernetes/index.ts'
import { advice, shellWord } from '../checks.ts'
import type { Fix } from '../finding.ts'
import type { ClusterFacts, IssuerFacts } from '../subject.ts'

/** What kube-apiserver's files are held against. */
export interface Trust {
  readonly cluster: ClusterFacts
  readonly issuer: IssuerFacts
  /** The version of the cluster, `1.34`; null where nothing is known. */
  readonly version: string | null
}

/** The one entry of `jwt` that Lanyard prints for the cluster. */
export function printedEntry({ cluster }: Trust): Readonly<Record<string, unknown>> {
  const { jwt } = parse(cluster.authenticationConfiguration) as {
    jwt: readonly Readonly<Record<string, unknown>>[]
  }
  const [entry] = jwt
  if (entry === undefined) throw new TypeError('Lanyard prints one entry')
  return entry
}

/** Where the file is right and Lanyard was told otherwise. */
export function tellLanyard(
  { cluster }: Trust,
  option: '--username-prefix' | '--groups-prefix',
  prefix: string,
): readonly Fix[] {
  if (prefixFault(prefix) !== null) return []
  const word = prefix === '' ? "''" : shellWord(prefix)
  return [
    advice(
      `or, if the file is right: lanyard cluster set ${shellWord(cluster.name)} ${option} ${word}`,
    ),
  ]
}

export function quoted(value: string): string {
  return value === '' ? 'nothing' : `"${value}"`
}

/** How two issuers differ, in words, where it is a small thing; empty where they are two things. */
export function differenceOf(written: string, issuer: string): string {
  if (written.replace(/\/+$/, '') === issuer) return ': the slash at its end counts'
  if (written.trim() === issuer) return ': the space counts'
  if (written.toLowerCase() === issuer.toLowerCase()) return ': letter case counts'
  if (written.replace(/^http:/, 'https:') === issuer) return ': it must be https'
  return ''
}
