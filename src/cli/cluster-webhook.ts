import { type Command, Option } from 'commander'
import { LanyardError } from '../errors/index.ts'
import { type WebhookSettings, webhookFlags, webhookKubeconfig } from '../kubernetes/index.ts'
import { issuerNotes } from './cluster-config.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface WebhookConfigOptions extends CommonOptions {
  readonly cacheTtl: number
  readonly only?: 'flags'
  readonly replace?: boolean
}

/** kube-apiserver keeps every accepted token for this long on top, whatever the webhook's cache (test/cluster/webhook.test.ts). */
const TOKEN_CACHE_SECONDS = 10

/** lanyard cluster webhook-config */
export function addClusterWebhook(cluster: Command, session: Session): void {
  leaf(cluster, 'webhook-config <name>', {
    summary:
      "prints the kubeconfig of an apiserver's token webhook, with a new credential, shown this once",
    json: { shape: 'ClusterWebhookConfig' },
  })
    .option(
      '--cache-ttl <seconds>',
      'how long the apiserver believes an answer, 1 to 3600',
      Number,
      10,
    )
    .addOption(new Option('--only <part>', 'the flags alone, and no credential').choices(['flags']))
    .option('--replace', 'ends the credentials that were printed before')
    .action((name: string, options: WebhookConfigOptions) =>
      session.answer(options, (rooms) => printWebhookConfig(rooms, name, options)),
    )
}

async function printWebhookConfig(
  rooms: Rooms,
  name: string,
  { cacheTtl, only, replace = false }: WebhookConfigOptions,
): Promise<Answer> {
  if (!Number.isSafeInteger(cacheTtl) || cacheTtl < 1 || cacheTtl > 3600) {
    throw new LanyardError('ERR_USAGE', '--cache-ttl must be a whole number of seconds, 1 to 3600')
  }
  const cluster = await rooms.clusters.get(name)
  const flags = webhookFlags(cacheTtl)
  const json = (kubeconfig: string | null): Shape<'ClusterWebhookConfig'> => ({
    ...{ cluster: cluster.name, kubeconfig, flags: [...flags], cacheTtl },
  })
  if (only === 'flags') return { json: json(null), text: `${flags.join('\n')}\n` }
  const { gateways } = rooms.clusters
  if (replace) await gateways.revokeAll(name, 'webhook', rooms.by)
  const settings: WebhookSettings = {
    server: `${rooms.config.issuer}/webhook/${cluster.name}`,
    certificateAuthority: await rooms.certificateAuthority(),
    credential: await gateways.issue(name, 'webhook', rooms.by),
  }
  const kubeconfig = webhookKubeconfig(settings)
  return {
    json: json(kubeconfig),
    text: kubeconfig,
    notes: [
      ...issuerNotes(rooms),
      'warning: the credential in it is shown this once: whoever has it can ask Lanyard whose a token is',
      `hint: save it as /etc/kubernetes/lanyard-webhook.kubeconfig, mode 0600, and start kube-apiserver with: ${flags.join(' ')}`,
      `hint: a token that is revoked works for up to ${cacheTtl + TOKEN_CACHE_SECONDS} seconds more: ${cacheTtl} of this cache and ${TOKEN_CACHE_SECONDS} of the apiserver's own`,
    ],
  }
}
