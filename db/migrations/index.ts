import { first } from './0001-first.ts'

/** One numbered step. The SQL differs by store; a number, once released, never changes. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sqlite: string
}

/** All steps in order. Add a file, add a line here. */
export const migrations: readonly Migration[] = [first]
