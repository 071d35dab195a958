/** One numbered step. The SQL differs by store; a number, once released, never changes. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sqlite: string
}
