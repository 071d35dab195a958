import { advice, command, shellWord } from '../checks.ts'
import type { Fix } from '../finding.ts'

/** What is known of the cluster whose kube-apiserver speaks; null where it is not. */
export interface SentenceContext {
  readonly cluster: string | null
  readonly issuer: string | null
  readonly audience: string | null
}

export interface Meaning {
  /** One line, with the values. */
  readonly cause: string
  readonly why: string
  readonly fixes: readonly Fix[]
}

export interface Sentence {
  /** As it stands in a log; docs/explanation/what-kube-apiserver-checks.md has each of them. */
  readonly example: string
  readonly pattern: RegExp
  readonly mean: (match: readonly string[], context: SentenceContext) => Meaning
}

/** The command that prints the settings as they should be. */
export function settings({ cluster }: SentenceContext): Fix {
  const name = cluster === null ? 'NAME' : shellWord(cluster)
  return command(`lanyard cluster config ${name} --for structured`)
}

export function meaning(cause: string, why: string, ...fixes: readonly Fix[]): Meaning {
  return { cause, why, fixes }
}

export const clocks = advice(
  'compare the clocks of the issuer and of every control plane node: timedatectl status',
)
