import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { LanyardError, messageOf } from '../errors/index.ts'

/** Where an apiserver is, and as whom the proxy talks to it. All files are absolute paths. */
export interface UpstreamConfig {
  readonly server: string
  /** PEM file; null where the system's trust will do. */
  readonly certificateAuthority: string | null
  readonly mode: 'front-proxy' | 'impersonation'
  readonly clientCertificate: string | null
  readonly clientKey: string | null
  /** Of a service account; read again when it changes. */
  readonly tokenFile: string | null
}

export interface ClusterConfig {
  readonly name: string
  /** Lanyard's own URL: who a token is, is asked below it. */
  readonly issuer: string
  readonly issuerCertificateAuthority: string | null
  readonly credential: string
  /** Host names by which clients reach this cluster, beside the path `/clusters/<name>`. */
  readonly hosts: readonly string[]
  readonly upstream: UpstreamConfig
}

export interface Limits {
  /** Of one user at one cluster, on average over five seconds. */
  readonly requestsPerSecond: number
  /** Requests of one user that are open at one time, watches included. */
  readonly openPerUser: number
  readonly connections: number
  /** Refused tokens a minute from one address, before new tokens from there are not asked about. */
  readonly refusedPerMinute: number
}

export interface ProxyConfig {
  readonly listen: { readonly host: string; readonly port: number }
  readonly health: { readonly host: string; readonly port: number }
  readonly tls: { readonly certificate: string; readonly key: string }
  readonly clusters: readonly ClusterConfig[]
  readonly limits: Limits
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    readonly format: 'pretty' | 'json'
  }
}

const DEFAULT_LIMITS: Limits = {
  requestsPerSecond: 200,
  openPerUser: 2_000,
  connections: 10_000,
  refusedPerMinute: 60,
}

const address = z
  .string()
  .regex(/^(?:\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'expected host:port, such as 0.0.0.0:9443')
  .transform((text) => {
    const colon = text.lastIndexOf(':')
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    }
  })
  .refine(({ port }) => port <= 65_535, 'expected a port up to 65535')
const httpsUrl = z
  .string()
  .regex(
    /^https:\/\/[^\s/?#@\\]+(?:\/[\w.~/-]*)?$/,
    'expected an https URL without user, query or fragment',
  )
  .refine((text) => URL.canParse(text), 'expected an https URL')
  .transform((text) => text.replace(/\/+$/, ''))
const path = z.string().min(1, 'expected a path')
const count = (max: number) => z.int().min(1).max(max)

const upstreamSchema = z
  .strictObject({
    server: httpsUrl,
    certificateAuthority: path.optional(),
    mode: z.enum(['front-proxy', 'impersonation']),
    clientCertificate: path.optional(),
    clientKey: path.optional(),
    tokenFile: path.optional(),
  })
  .check(({ value, issues }) => {
    const fault = credentialFault(value)
    if (fault !== null) issues.push({ code: 'custom', message: fault, input: value, path: [] })
  })

const clusterSchema = z.strictObject({
  issuer: httpsUrl,
  issuerCertificateAuthority: path.optional(),
  credential: z
    .string()
    .regex(/^[\w.~-]{32,512}$/, 'expected what `lanyard cluster proxy-config` printed')
    .optional(),
  credentialFile: path.optional(),
  hosts: z
    .array(z.string().regex(/^[a-z0-9.-]{1,253}$/, 'expected a host name in lower case'))
    .default([]),
  upstream: upstreamSchema,
})

const schema = z.strictObject({
  listen: address.prefault('0.0.0.0:9443'),
  health: address.prefault('127.0.0.1:9444'),
  tls: z.strictObject({ certificate: path, key: path }),
  clusters: z
    .record(
      z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected the name of a cluster'),
      clusterSchema,
    )
    .refine((clusters) => Object.keys(clusters).length > 0, 'expected at least one cluster'),
  limits: z
    .strictObject({
      requestsPerSecond: count(100_000),
      openPerUser: count(1_000_000),
      connections: count(1_000_000),
      refusedPerMinute: count(100_000),
    })
    .partial()
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      format: z.enum(['pretty', 'json']).default('json'),
    })
    .prefault({}),
})

function credentialFault(upstream: {
  readonly mode: string
  readonly clientCertificate?: string | undefined
  readonly clientKey?: string | undefined
  readonly tokenFile?: string | undefined
}): string | null {
  const { mode, clientCertificate, clientKey, tokenFile } = upstream
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    return 'expected clientCertificate and clientKey together'
  }
  const hasCertificate = clientCertificate !== undefined
  if (mode === 'front-proxy' && (!hasCertificate || tokenFile !== undefined)) {
    return 'expected clientCertificate and clientKey, and no tokenFile: a front proxy is known by its certificate'
  }
  if (mode === 'impersonation' && hasCertificate === (tokenFile !== undefined)) {
    return 'expected either tokenFile, or clientCertificate and clientKey'
  }
  return null
}

/**
 * Reads the proxy's file; paths in it are relative to it.
 * @throws LanyardError ERR_CONFIG with every fault.
 */
export function loadProxyConfig(file: string): ProxyConfig {
  const directory = dirname(resolve(file))
  const parsed = schema.safeParse(readYaml(file))
  if (!parsed.success) {
    throw configError(
      file,
      parsed.error.issues.map(
        ({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`,
      ),
    )
  }
  const { clusters, limits, tls, ...rest } = parsed.data
  const absolute = (name: string) => resolve(directory, name)
  const made = Object.entries(clusters).map(([name, cluster]) =>
    clusterOf(file, name, cluster, absolute),
  )
  const hosts = made.flatMap((cluster) => cluster.hosts)
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index)
  if (twice !== undefined) throw configError(file, [`hosts: ${twice} names two clusters`])
  return {
    ...rest,
    tls: { certificate: absolute(tls.certificate), key: absolute(tls.key) },
    clusters: made,
    limits: {
      requestsPerSecond: limits.requestsPerSecond ?? DEFAULT_LIMITS.requestsPerSecond,
      openPerUser: limits.openPerUser ?? DEFAULT_LIMITS.openPerUser,
      connections: limits.connections ?? DEFAULT_LIMITS.connections,
      refusedPerMinute: limits.refusedPerMinute ?? DEFAULT_LIMITS.refusedPerMinute,
    },
  }
}

function clusterOf(
  file: string,
  name: string,
  { upstream, issuerCertificateAuthority: ca, ...cluster }: z.output<typeof clusterSchema>,
  absolute: (name: string) => string,
): ClusterConfig {
  const orNull = (path: string | undefined) => (path === undefined ? null : absolute(path))
  return {
    name,
    issuer: cluster.issuer,
    hosts: cluster.hosts,
    issuerCertificateAuthority: orNull(ca),
    credential: credentialOf(file, name, cluster, absolute),
    upstream: {
      server: upstream.server,
      mode: upstream.mode,
      certificateAuthority: orNull(upstream.certificateAuthority),
      clientCertificate: orNull(upstream.clientCertificate),
      clientKey: orNull(upstream.clientKey),
      tokenFile: orNull(upstream.tokenFile),
    },
  }
}

function credentialOf(
  file: string,
  name: string,
  {
    credential,
    credentialFile,
  }: Pick<z.output<typeof clusterSchema>, 'credential' | 'credentialFile'>,
  absolute: (name: string) => string,
): string {
  if ((credential === undefined) === (credentialFile === undefined)) {
    throw configError(file, [`clusters.${name}: expected either credential or credentialFile`])
  }
  if (credential !== undefined) return credential
  try {
    return readFileSync(absolute(credentialFile ?? ''), 'utf8').trim()
  } catch (error) {
    throw configError(file, [`clusters.${name}.credentialFile: ${messageOf(error)}`])
  }
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw configError(file, [messageOf(error).split('\n')[0] ?? ''])
  }
}

function configError(file: string, faults: readonly string[]): LanyardError {
  const lines = faults.map((fault) => `\n  ${fault}`).join('')
  const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  return new LanyardError('ERR_CONFIG', `the proxy's configuration ${file} has ${many}:${lines}`, {
    hint: '`lanyard cluster proxy-config NAME` prints one that is whole',
  })
}
