import { z } from 'zod'
import { editDistance } from '../errors/index.ts'
import { showValue } from './faults.ts'
import type { KeyMeta } from './forms.ts'
import { schema } from './schema.ts'

/** One key of the schema, flattened. */
export interface Key {
  readonly path: readonly string[]
  /** Dotted, as people write it. */
  readonly name: string
  readonly env: string
  readonly schema: z.ZodType
}

/** Every key, in the order of the schema. */
export const keys: readonly Key[] = keysOf(schema, [])

/** The names of sections, such as `tls`. */
export const sections: ReadonlySet<string> = new Set(
  Object.entries(schema.shape).flatMap(([name, part]) => (part instanceof z.ZodObject ? name : [])),
)

function keysOf(object: z.ZodObject, parents: readonly string[]): Key[] {
  return Object.entries(object.shape).flatMap(([part, child]): Key[] => {
    const path = [...parents, part]
    if (child instanceof z.ZodObject) return keysOf(child, path)
    if (!(child instanceof z.ZodType)) throw new TypeError(`"${path.join('.')}" is no zod type`)
    return [{ path, name: path.join('.'), env: envName(path), schema: child }]
  })
}

/** `lifetimes.idToken` is `LANYARD_LIFETIMES_ID_TOKEN`. */
function envName(path: readonly string[]): string {
  const words = path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return ['LANYARD', ...words].join('_')
}

export function metaOf(key: Key): KeyMeta {
  const { description, form, secret } = key.schema.meta() ?? {}
  if (description === undefined || typeof form !== 'string') {
    throw new TypeError(`key "${key.name}" has no description`)
  }
  return { description, form, secret: secret === true }
}

/** A value as a fault may show it. */
export function showGiven(key: Key, value: unknown): string | null {
  return metaOf(key).secret === true ? null : showValue(value)
}

/** The default as it would be written in YAML; undefined for a key that may be left out. */
export function defaultOf(key: Key): unknown {
  return key.schema instanceof z.ZodPrefault ? key.schema.def.defaultValue : undefined
}

/** The known name that a mistaken one most resembles, if it is near enough to be a slip. */
export function nearestName(mistaken: string, known: readonly string[]): string | undefined {
  const last = (name: string): string => (name.split('.').at(-1) ?? name).toLowerCase()
  const scored = known.map((name) => {
    const whole = editDistance(mistaken.toLowerCase(), name.toLowerCase())
    return { name, distance: Math.min(whole, editDistance(last(mistaken), last(name))) }
  })
  scored.sort((a, b) => a.distance - b.distance)
  const [best] = scored
  const limit = Math.max(1, Math.floor(last(mistaken).length / 3))
  return best !== undefined && best.distance <= limit ? best.name : undefined
}
