/** Where a line of a fix is typed or edited. */
export type Place = 'server' | 'laptop' | 'apiserver'

/** What an admin does about a finding. Tests apply the first two as they stand. */
export type Fix =
  /** A line for a shell. */
  | { readonly kind: 'command'; readonly place: Place; readonly line: string }
  /** A change of one file: `remove` is the exact text that goes, null to add only; `insert` what comes in its place. */
  | {
      readonly kind: 'edit'
      readonly place: Place
      readonly file: string
      /** 1-based; null where the file has no such line yet. */
      readonly line: number | null
      readonly remove: string | null
      readonly insert: string | null
    }
  /** What no machine can do for them. */
  | { readonly kind: 'advice'; readonly text: string }

/** One thing that was looked at. No secret stands in any member. */
export interface Finding {
  /** Stable, dotted: `issuer.trailing-slash`. For scripts and for the documentation. */
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  /** One line that names the cause, with the value; without capital or full stop. */
  readonly summary: string
  /** What was seen, line by line; empty where the summary says it all. */
  readonly seen: readonly string[]
  /** Why it matters: what breaks, and for whom. Empty where it is ok. */
  readonly why: string
  readonly fixes: readonly Fix[]
}

/** 0 all well, 1 something failed, 2 warnings alone. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ status }) => status === 'failed')) return 1
  return findings.some(({ status }) => status === 'warning') ? 2 : 0
}
