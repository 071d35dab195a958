import type { Compilable, CompiledQuery, Kysely, QueryCreator } from 'kysely'
import type { Schema } from './schema.ts'

/** Stands in a query for the parameter of that name. */
export type Param<P> = <K extends keyof P & string>(name: K) => P[K]

/** A query built once at start-up; each store compiles it for its own dialect on first use. */
export interface Prepared<P extends object, R> {
  readonly build: (compileOnly: Kysely<Schema>) => CompiledQuery<R>
  /** Never set; carries the parameters' type. */
  readonly accepts?: (params: P) => void
}

/** SQL and the order in which named parameters and constants are bound. */
export interface Compiled {
  readonly sql: string
  readonly bind: (params: Readonly<Record<string, unknown>>) => unknown[]
}

class ParamRef {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * Declares a query whose values are given later by name:
 * `prepare<{ id: string }>()((db, param) => db.selectFrom('users').selectAll().where('id', '=', param('id')))`.
 */
export function prepare<P extends object>() {
  return <R>(
    build: (db: QueryCreator<Schema>, param: Param<P>) => Compilable<R>,
  ): Prepared<P, R> => {
    // A query holds the reference where the value will stand; its declared type is that of the value.
    const param = ((name: string) => new ParamRef(name)) as unknown as Param<P>
    return { build: (compileOnly) => build(compileOnly, param).compile() }
  }
}

export function compile(query: Prepared<never, unknown>, compileOnly: Kysely<Schema>): Compiled {
  const compiled = query.build(compileOnly)
  const parameters = compiled.parameters
  return {
    sql: compiled.sql,
    bind: (params) =>
      parameters.map((value) => (value instanceof ParamRef ? params[value.name] : value)),
  }
}
