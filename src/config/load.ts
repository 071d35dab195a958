import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { hasCode, messageOf } from '../errors/index.ts'
import type { Settings, TlsConfig } from './config.ts'
import { crossFaults } from './cross-checks.ts'
import { type Environment, parseKeySecret, readEnvironment } from './environment.ts'
import { ConfigError, type Fault, showValue } from './faults.ts'
import { type Given, readFileSource, type Source } from './file.ts'
import { showGiven } from './keys.ts'
import { mailOf } from './mail.ts'
import { type ParsedKeys, schema } from './schema.ts'

export interface LoadOptions {
  /** `--config`; else `lanyard.yaml` in the data directory is read if it is there. */
  readonly configPath?: string | undefined
  readonly env: Environment
  readonly cwd: string
  /** Whether a person reads the log. */
  readonly isTerminal?: boolean
}

const pathKeys: ReadonlySet<string> = new Set([
  'data',
  'tls.certificate',
  'tls.key',
  'brand.logo',
  'audit.stream',
  'mail.certificateAuthority',
])

/** The one stream that is no file. */
const STDOUT = 'stdout'

/** Files that must be there from the start. */
const readableKeys: ReadonlySet<string> = new Set(['brand.logo', 'mail.certificateAuthority'])

/**
 * Reads the file and the environment, which wins.
 * @throws ConfigError (ERR_CONFIG) with every fault of both.
 */
export function loadConfig({ configPath, env, cwd, isTerminal = false }: LoadOptions): Settings {
  const environment = readEnvironment(env, cwd)
  const file = readConfigFile(configPath, env, cwd)
  const given = [...file.given, ...environment.given]
  const faults = [...file.faults, ...environment.faults]
  const sound = new Map<string, Given>()
  for (const entry of given) {
    const fault = faultOf(entry)
    if (fault === undefined) sound.set(entry.key.name, entry)
    else faults.push(fault)
  }
  const secret = parseKeySecret(env)
  if (secret !== null && !(secret instanceof Uint8Array)) faults.push(secret)
  const parsed = schema.parse(nest(sound.values(), cwd))
  faults.push(...crossFaults(parsed, sound, faults))
  if (faults.length > 0) throw new ConfigError(sortFaults(faults))
  return settingsOf(parsed, isTerminal, secret instanceof Uint8Array ? secret : null)
}

function readConfigFile(configPath: string | undefined, env: Environment, cwd: string): Source {
  const dataDirectory = resolve(cwd, env['LANYARD_DATA'] || './data')
  const path =
    configPath === undefined ? join(dataDirectory, 'lanyard.yaml') : resolve(cwd, configPath)
  const shown = relative(cwd, path).startsWith('..') ? path : relative(cwd, path)
  try {
    const source = readFileSource(readFileSync(path, 'utf8'), shown, dirname(path))
    return configPath === undefined ? refuseDataKey(source) : source
  } catch (error) {
    // A directory that cannot be entered is told as such when it is prepared.
    const isAbsent = hasCode(error, 'ENOENT') || !canEnter(dataDirectory)
    if (configPath === undefined && isAbsent) return { given: [], faults: [] }
    const expected = `a file that can be read: ${messageOf(error)}`
    return {
      given: [],
      faults: [{ file: shown, line: null, key: '--config', value: null, expected }],
    }
  }
}

function canEnter(directory: string): boolean {
  try {
    accessSync(directory, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A file found in the data directory cannot move it: the next start would look for the file elsewhere. */
function refuseDataKey({ given, faults }: Source): Source {
  const misplaced = given.filter(({ key }) => key.name === 'data')
  const expected = 'it only in a file named by --config, or as LANYARD_DATA'
  return {
    given: given.filter(({ key }) => key.name !== 'data'),
    faults: [
      ...faults,
      ...misplaced.map(({ at, value }) => ({ ...at, value: showValue(value), expected })),
    ],
  }
}

function faultOf({ key, value, at, directory }: Given): Fault | undefined {
  const result = key.schema.safeParse(value)
  if (!result.success) {
    const expected = result.error.issues[0]?.message ?? 'another value'
    return { ...at, value: showGiven(key, value), expected }
  }
  if (!readableKeys.has(key.name)) return undefined
  try {
    accessSync(resolve(directory, String(value)), constants.R_OK)
    return undefined
  } catch {
    return { ...at, value: showValue(value), expected: 'a file that can be read' }
  }
}

/** The sound values as the schema's own shape, with paths made absolute. */
function nest(sound: Iterable<Given>, cwd: string): Record<string, unknown> {
  const sections: Record<string, Record<string, unknown>> = {
    tls: {},
    lifetimes: {},
    accessTokens: {},
    admin: {},
    audit: {},
    mail: {},
    brand: {},
    log: {},
  }
  const root: Record<string, unknown> = { data: resolve(cwd, './data'), ...sections }
  for (const { key, value, directory } of sound) {
    const [first = '', second] = key.path
    const isPath = pathKeys.has(key.name) && !(key.name === 'audit.stream' && value === STDOUT)
    const stored = isPath ? resolve(directory, String(value)) : value
    const section = sections[first]
    if (section !== undefined && second !== undefined) section[second] = stored
    else root[first] = stored
  }
  return root
}

function sortFaults(faults: readonly Fault[]): Fault[] {
  // The file's lines in order, then the environment.
  return faults.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0)
}

function settingsOf(parsed: ParsedKeys, isTerminal: boolean, secret: Uint8Array | null): Settings {
  const { listen, brand, log } = parsed
  const defaultIssuer = listen.port === 0 ? null : `https://localhost:${listen.port}`
  return {
    issuer: parsed.issuer ?? defaultIssuer,
    issuerIsDefault: parsed.issuer === undefined,
    listen,
    data: parsed.data,
    tls: tlsOf(parsed),
    trustedProxies: parsed.trustedProxies,
    lifetimes: parsed.lifetimes,
    accessTokens: {
      allowed: parsed.accessTokens.mode === 'allowed',
      maxLifetime: parsed.accessTokens.maxLifetime,
    },
    audit: { stream: streamOf(parsed), retention: parsed.audit.retention ?? null },
    mail: mailOf(parsed),
    admin: parsed.admin,
    adminGroup: parsed.adminGroup,
    maxTokenBytes: parsed.maxTokenBytes,
    brand: {
      name: brand.name,
      logo: brand.logo ?? null,
      accent: brand.accent?.toLowerCase() ?? null,
    },
    log: { level: log.level, format: log.format ?? (isTerminal ? 'pretty' : 'json') },
    keySecret: secret === null ? null : () => secret,
  }
}

function streamOf({ audit: { stream } }: ParsedKeys): Settings['audit']['stream'] {
  if (stream === undefined) return null
  return stream === STDOUT ? { kind: 'stdout' } : { kind: 'file', path: stream }
}

function tlsOf({ tls: { mode, certificate, key } }: ParsedKeys): TlsConfig {
  if (certificate !== undefined && key !== undefined) return { kind: 'files', certificate, key }
  return { kind: mode === 'none' ? 'none' : 'own' }
}
