import { type Command, Option } from 'commander'
import { type Cluster, reachedAt } from '../clusters/index.ts'
import { LanyardError } from '../errors/index.ts'
import {
  type KubeconfigIssuer,
  kubeloginKubeconfig,
  pluginKubeconfig,
} from '../kubernetes/index.ts'
import { issuerNotes } from './cluster-config.ts'
import { readIssuerCa } from './files.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface KubeconfigOptions extends CommonOptions {
  readonly for: 'plugin' | 'kubelogin'
  readonly issuerCa?: string
  readonly clientCertificate?: boolean
}

/** lanyard cluster kubeconfig */
export function addClusterKubeconfig(cluster: Command, session: Session): void {
  leaf(cluster, 'kubeconfig <name>', {
    summary: 'prints a kubeconfig for anybody who may enter; nothing in it is a secret',
    json: { shape: 'ClusterKubeconfig' },
  })
    .addOption(
      new Option('--for <program>', 'what logs the person in')
        .choices(['plugin', 'kubelogin'])
        .default('plugin'),
    )
    .option('--client-certificate', 'the plugin gets a client certificate instead of a token')
    .option('--issuer-ca <file>', "PEM of the issuer's CA; Lanyard's own unless given")
    .action((name: string, options: KubeconfigOptions) =>
      session.answer(options, (rooms) => printKubeconfig(rooms, name, options)),
    )
}

async function printKubeconfig(
  rooms: Rooms,
  name: string,
  options: KubeconfigOptions,
): Promise<Answer> {
  const { issuer } = rooms.config
  const cluster = await rooms.clusters.get(name)
  const certificateAuthority =
    options.issuerCa === undefined
      ? await rooms.certificateAuthority()
      : await readIssuerCa(options.issuerCa)
  const kubeconfig = write(cluster, { issuer, certificateAuthority }, options)
  const json: Shape<'ClusterKubeconfig'> = {
    ...{ cluster: cluster.name, for: options.for, context: cluster.name, kubeconfig },
  }
  return {
    json,
    text: kubeconfig,
    notes: [
      ...issuerNotes(rooms),
      ...(options.for === 'plugin' ? [trustHint(issuer, certificateAuthority)] : []),
    ],
  }
}

function write(
  cluster: Cluster,
  issuer: KubeconfigIssuer,
  { for: program, clientCertificate = false }: KubeconfigOptions,
): string {
  if (clientCertificate && program === 'kubelogin') {
    throw new LanyardError('ERR_USAGE', 'kubelogin knows no client certificates', {
      hint: 'leave out --for kubelogin',
    })
  }
  // A proxy ends the TLS connection that a client certificate is shown on.
  if (clientCertificate) return pluginKubeconfig(cluster, issuer, 'get-certificate')
  const reached = { ...cluster, ...reachedAt(cluster) }
  if (program === 'kubelogin') return kubeloginKubeconfig(reached, issuer)
  return pluginKubeconfig(reached, issuer)
}

/** No kubeconfig may choose by which CA a login's issuer is known: the person names it, once. */
function trustHint(issuer: string, certificateAuthority: string | null): string {
  const ca = certificateAuthority === null ? '' : ' --certificate-authority CA.crt'
  return `hint: whoever uses it says once on their machine: kubectl lanyard login --issuer ${issuer}${ca}`
}
