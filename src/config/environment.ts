import type { Fault } from './faults.ts'
import type { Given, Source } from './file.ts'
import { keys, nearestName } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export const keySecretName = 'LANYARD_KEY_SECRET'

/** Kubernetes puts these into every pod of a namespace that has a Service called `lanyard…`. */
const serviceLink = /^LANYARD_(?:\w+_)?(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/

/** Reads the `LANYARD_…` variables. An empty one counts as not set. */
export function readEnvironment(env: Environment, directory: string): Source {
  const given: Given[] = []
  const faults: Fault[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('LANYARD_') || name === keySecretName || value === undefined) continue
    if (value === '' || serviceLink.test(name)) continue
    const at = { file: 'environment', line: null, key: name }
    const key = keys.find(({ env }) => env === name)
    if (key !== undefined) {
      given.push({ key, value, at, directory })
      continue
    }
    const near = nearestName(name, [...keys.map(({ env }) => env), keySecretName])
    const expected = near === undefined ? 'a known variable' : `${near}, as none has this name`
    faults.push({ ...at, value: null, expected })
  }
  return { given, faults }
}

/** 32 bytes as base64 or base64url. The value is in no fault. */
export function parseKeySecret(env: Environment): Uint8Array | null | Fault {
  const text = env[keySecretName]
  if (text === undefined || text === '') return null
  if (/^[\w+/-]{43}=?$/.test(text)) return new Uint8Array(Buffer.from(text, 'base64'))
  return {
    file: 'environment',
    line: null,
    key: keySecretName,
    value: null,
    expected: '32 random bytes as base64, such as `openssl rand -base64 32` prints',
  }
}
