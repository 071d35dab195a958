import { parseObject } from './documents.ts'
import type { Ports, RunOutcome } from './ports.ts'

/** What kubectl does with the kubeconfig that the admin named: the cluster's own view. */
export interface KubeconfigAccess {
  readonly file: string
  /** Of the context in use; null where the file cannot be read by kubectl. */
  readonly server: string | null
  /** PEM; null where the file has none, or names a file. */
  readonly certificateAuthority: string | null
  /** Why it is of no use, in kubectl's words; null where it answers. */
  readonly fault: string | null
  kubectl(args: readonly string[], input?: string): Promise<RunOutcome>
}

export async function openKubeconfig(file: string, ports: Ports): Promise<KubeconfigAccess> {
  const kubectl: KubeconfigAccess['kubectl'] = (args, input) =>
    ports.run('kubectl', ['--kubeconfig', file, ...args], {
      timeoutMs: 15_000,
      ...(input === undefined ? {} : { input }),
    })
  const view = await kubectl([
    ...['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'],
  ])
  const where = { file, kubectl, server: null, certificateAuthority: null }
  if (!succeeded(view)) return { ...where, fault: faultOf(view) }
  const { server, certificateAuthority } = readCluster(view.stdout)
  const version = await kubectl(['get', '--raw', '/version', '--request-timeout=10s'])
  const fault = succeeded(version) ? null : faultOf(version)
  return { ...where, server, certificateAuthority, fault }
}

export function succeeded(
  outcome: RunOutcome,
): outcome is Extract<RunOutcome, { kind: 'ended' }> & { readonly code: 0 } {
  return outcome.kind === 'ended' && outcome.code === 0
}

/** What a program said last, on one line. */
export function faultOf(outcome: RunOutcome): string {
  if (outcome.kind === 'failed') {
    return outcome.code === 'ENOENT' ? 'kubectl is not on the PATH' : outcome.reason
  }
  const lines = outcome.stderr.split('\n').filter((line) => line.trim() !== '')
  return (lines.at(-1) ?? `it ended with code ${outcome.code}`).replace(/^error: /, '')
}

function readCluster(text: string): Pick<KubeconfigAccess, 'server' | 'certificateAuthority'> {
  const clusters = parseObject(text)?.['clusters']
  const first: unknown = Array.isArray(clusters) ? clusters[0] : undefined
  const { cluster } = Object(first) as { cluster?: Partial<Record<string, unknown>> }
  const server = cluster?.['server']
  const data = cluster?.['certificate-authority-data']
  return {
    server: typeof server === 'string' ? server : null,
    certificateAuthority:
      typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : null,
  }
}
