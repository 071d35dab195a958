import type { Fix } from '../finding.ts'
import { lineAt } from './nodes.ts'
import type { Source } from './source.ts'
import type { Trust } from './trust.ts'

export type Path = readonly (string | number)[]

/** One entry of `jwt` that is meant to be Lanyard's. */
export interface Entry {
  readonly source: Source
  readonly index: number
  readonly trust: Trust
}

export const at = ({ index }: Entry, ...rest: Path): Path => ['jwt', index, ...rest]

/** `file:12: the line` */
export function seen({ source }: Entry, path: Path): readonly string[] {
  const line = lineAt(source, path)
  return line === null ? [] : [`${source.file}:${line}: ${source.quote(line)}`]
}

export function fixesOf(...fixes: readonly (Fix | null)[]): readonly Fix[] {
  return fixes.filter((fix) => fix !== null)
}
