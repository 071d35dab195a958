import type { Context } from 'koa'
import { type SecretOnceView, secretOncePage, type Words } from '../../../views/index.ts'
import type { GatewayKind } from '../../clusters/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'
import { webhookFlags, webhookKubeconfig } from '../../kubernetes/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import { nameIn } from './cluster.ts'
import { type AdminRouter, adminView, pathOfCluster } from './frame.ts'

const CACHE_TTL_SECONDS = 10

/** What an apiserver's webhook or a proxy shows to Lanyard. */
export function clusterCredentialRoutes(web: Web, admin: AdminRouter): void {
  admin.post('/clusters/:cluster/credentials', async (ctx, person, form) => {
    const name = nameIn(ctx)
    const kind = kindIn(form)
    const { words } = web.languages.siteFor(ctx)
    const { t } = words
    const act = {
      sentence:
        kind === 'webhook'
          ? t`You are about to <b>make a credential of the token webhook for <bdi>${name}</bdi></b>.`
          : t`You are about to <b>make a credential of the proxy for <bdi>${name}</bdi></b>.`,
      cancel: pathOfCluster(name),
    }
    if (!(await requireFresh(ctx, web, person, form, act))) return
    const value = await web.clusters.gateways.issue(name, kind, person.by)
    const view = {
      ...adminView(ctx, web, person),
      ...partsOf(web, words, { name, kind, credential: value }),
    }
    show(ctx, secretOncePage(web.languages.siteFor(ctx), view))
  })

  admin.post('/clusters/:cluster/credentials/revoke', async (ctx: Context, person, form) => {
    const name = nameIn(ctx)
    const kind = kindIn(form)
    const { words } = web.languages.siteFor(ctx)
    const { t } = words
    const act = {
      sentence:
        kind === 'webhook'
          ? t`You are about to <b>revoke all credentials of the token webhook for <bdi>${name}</bdi></b> which gets no answer any more until it has a new one.`
          : t`You are about to <b>revoke all credentials of the proxy for <bdi>${name}</bdi></b> which gets no answer any more until it has a new one.`,
      cancel: pathOfCluster(name),
    }
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await web.clusters.gateways.revokeAll(name, kind, person.by)
    goTo(ctx, web, `${pathOfCluster(name)}?done=revoked`)
  })
}

function kindIn(form: Form): GatewayKind {
  const kind = form.get('kind')
  if (kind === 'webhook' || kind === 'proxy') return kind
  throw new LanyardError('ERR_GATEWAY_KIND', 'the form names neither webhook nor proxy')
}

function partsOf(
  { config, certificateAuthority }: Web,
  { t }: Words,
  {
    name,
    kind,
    credential,
  }: { readonly name: string; readonly kind: GatewayKind; readonly credential: string },
): Pick<SecretOnceView, 'current' | 'title' | 'lead' | 'parts' | 'hints' | 'next'> {
  const common = {
    current: 'clusters',
    title: kind === 'webhook' ? t`Credential of the token webhook` : t`Credential of the proxy`,
    lead: t`For ${name}. Whoever has it can ask Lanyard whose a token is.`,
    next: `${pathOfCluster(name)}#credentials` as const,
  } as const
  if (kind === 'proxy') {
    return {
      ...common,
      parts: [{ caption: t`credential, in the configuration of lanyard proxy`, text: credential }],
      hints: [t`The rest of its configuration: lanyard cluster proxy-config ${name}`],
    }
  }
  const server = `${config.issuer}/webhook/${name}`
  return {
    ...common,
    parts: [
      {
        caption: t`/etc/kubernetes/lanyard-webhook.kubeconfig, mode 0600`,
        text: webhookKubeconfig({ server, certificateAuthority, credential }),
      },
      { caption: t`Flags of kube-apiserver`, text: webhookFlags(CACHE_TTL_SECONDS).join('\n') },
    ],
    hints: [
      t`A token that is revoked works for up to 20 seconds more: 10 of this cache and 10 of the API server’s own.`,
    ],
  }
}
