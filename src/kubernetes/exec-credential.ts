import type { EpochMs } from '../errors/index.ts'

export const execApiVersion = 'client.authentication.k8s.io/v1'

/** What a credential plugin prints for kubectl. */
export interface ExecCredential {
  readonly apiVersion: typeof execApiVersion
  readonly kind: 'ExecCredential'
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

/**
 * kubectl calls again when `now > expirationTimestamp`, with no leeway: pass a moment a little before the token's `exp`.
 * RFC 3339 in whole seconds, never later than `expiresAt`.
 */
export function execCredential({
  token,
  expiresAt,
}: {
  readonly token: string
  readonly expiresAt: EpochMs
}): ExecCredential {
  const seconds = new Date(Math.floor(expiresAt / 1000) * 1000)
  return {
    apiVersion: execApiVersion,
    kind: 'ExecCredential',
    status: { token, expirationTimestamp: seconds.toISOString().replace('.000Z', 'Z') },
  }
}

/** What kubectl tells a credential plugin in KUBERNETES_EXEC_INFO. */
export interface ExecInfo {
  readonly apiVersion: string
  /** True where the plugin may ask on the terminal. */
  readonly interactive: boolean
}

/** Null where the variable is absent or is no ExecCredential. */
export function readExecInfo(text: string | undefined): ExecInfo | null {
  if (text === undefined) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const { apiVersion, kind, spec } = Object(value) as Partial<Record<string, unknown>>
  if (typeof apiVersion !== 'string' || kind !== 'ExecCredential') return null
  const { interactive } = Object(spec) as { interactive?: unknown }
  return { apiVersion, interactive: interactive === true }
}

/** The `exec` member of a kubeconfig's user. */
export interface ExecStanza {
  readonly apiVersion: typeof execApiVersion
  readonly command: string
  readonly args: readonly string[]
  /** Beside the caller's own environment. */
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always'
  /** Whether kubectl tells the command which cluster asks, CA included. */
  readonly provideClusterInfo: boolean
  /** kubectl shows it when the command is not found. */
  readonly installHint: string
}

export const pluginCommand = 'kubectl-lanyard'

/** What the plugin gives kubectl: a token, or a client certificate with its key. */
export type PluginCredential = 'get-token' | 'get-certificate'

/** A bare command: kubectl finds it on the PATH, and an allowlist can name it. */
export function execStanza({
  issuer,
  audience,
  installHint,
  credential = 'get-token',
}: {
  readonly issuer: string
  readonly audience: string
  readonly installHint: string
  readonly credential?: PluginCredential
}): ExecStanza {
  return {
    apiVersion: execApiVersion,
    command: pluginCommand,
    args: [credential, '--issuer', issuer, '--audience', audience],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: true,
    installHint,
  }
}
