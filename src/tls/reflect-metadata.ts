/*
 * The X.509 library finds its algorithms through tsyringe, which refuses to load unless somebody has extended `Reflect`. It stores and reads
 * tables on constructors and asks for nothing else of the usual polyfill, so these three are all that is lent to it.
 */

type Table = Map<unknown, unknown>

const tables = new WeakMap<object, Table>()

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const table: Table = tables.get(target) ?? new Map()
  tables.set(target, table.set(key, value))
}

function getOwnMetadata(key: unknown, target: object): unknown {
  return tables.get(target)?.get(key)
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (tables.get(at)?.has(key) === true) return getOwnMetadata(key, at)
  }
  return undefined
}

// Whoever brought the whole polyfill keeps it.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { defineMetadata, getMetadata, getOwnMetadata })
}
