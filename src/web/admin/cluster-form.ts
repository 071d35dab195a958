import type { Context } from 'koa'
import { type ClusterFields, type ClusterFormView, clusterFormPage } from '../../../views/index.ts'
import type { Cluster, ClusterChange, NewCluster } from '../../clusters/index.ts'
import type { Form } from '../../http/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { nameIn } from './cluster.ts'
import { type AdminRouter, adminView, pathOfCluster } from './frame.ts'
import { linesIn, type Mendable, mendable, textIn } from './mendable.ts'
import { namesIn } from './names.ts'
import { refuseStale, versionOf } from './version.ts'

const LIMITS = { limitBytes: 65_536 } as const
type Kind = ClusterFormView['kind']

/** Adding a cluster, and changing what is known of one. */
export function clusterFormRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/new-cluster', async (ctx, person) => {
    showForm(ctx, web, person, fieldsOf(null), newKind(new Map()))
  })
  admin.post(
    '/clusters',
    async (ctx, person, form) => {
      const name = textIn(form, 'name')
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>add cluster <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: '/admin/new-cluster' } as const
      if (!(await requireFresh(ctx, web, person, form, act))) return
      try {
        await web.clusters.add(newCluster(form), person.by)
        await web.issuer.refresh()
      } catch (error) {
        return showForm(ctx, web, person, typedIn(form), newKind(form), mendable(error))
      }
      goTo(ctx, web, `${pathOfCluster(name)}?done=added`)
    },
    LIMITS,
  )

  admin.get('/clusters/:cluster/edit', async (ctx, person) => {
    const cluster = await web.clusters.get(nameIn(ctx))
    const fields = fieldsOf(cluster)
    showForm(ctx, web, person, fields, editKind(cluster.name, versionOf(fields)))
  })
  admin.post(
    '/clusters/:cluster',
    async (ctx, person, form) => {
      const name = nameIn(ctx)
      const cluster = await web.clusters.get(name)
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>change cluster <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: pathOfCluster(name) }
      if (!(await requireFresh(ctx, web, person, form, act))) return
      try {
        refuseStale(form, fieldsOf(cluster), 'cluster')
        await web.clusters.change(name, changeIn(form), person.by)
        await web.issuer.refresh()
      } catch (error) {
        const kind = editKind(name, form.get('version') ?? '')
        return showForm(ctx, web, person, typedIn(form), kind, mendable(error))
      }
      goTo(ctx, web, `${pathOfCluster(textIn(form, 'name'))}?done=changed`)
    },
    LIMITS,
  )
}

function showForm(
  ctx: Context,
  web: Web,
  person: Person,
  fields: ClusterFields,
  kind: Kind,
  fault: Mendable | null = null,
): void {
  const view = { ...adminView(ctx, web, person), fields, kind, fault }
  show(ctx, clusterFormPage(web.languages.siteFor(ctx), view), { status: fault?.status ?? 200 })
}

function newKind(form: Form): Kind {
  return {
    kind: 'new',
    audience: textIn(form, 'audience'),
    groups: textIn(form, 'groups'),
    everyone: form.has('everyone'),
    groupsMode: form.get('groups_mode') ?? 'live',
  }
}

function editKind(cluster: string, version: string): Kind {
  return { kind: 'edit', cluster, version }
}

function fieldsOf(cluster: Cluster | null): ClusterFields {
  return {
    name: cluster?.name ?? '',
    server: cluster?.server ?? '',
    certificate_authority: cluster?.certificateAuthority ?? '',
    kubernetes_version: cluster?.kubernetesVersion ?? '',
    signing_alg: cluster?.signingAlg ?? 'RS256',
    username_prefix: cluster?.usernamePrefix ?? '',
    groups_prefix: cluster?.groupsPrefix ?? '',
    replicas: cluster?.replicas.join('\n') ?? '',
    proxy_server: cluster?.proxyServer ?? '',
    proxy_certificate_authority: cluster?.proxyCertificateAuthority ?? '',
    fallback_after: cluster?.fallbackAfter?.toString() ?? '',
  }
}

function typedIn(form: Form): ClusterFields {
  const typed: Record<keyof ClusterFields, string> = fieldsOf(null)
  for (const name of Object.keys(typed) as (keyof ClusterFields)[]) typed[name] = textIn(form, name)
  return typed
}

function newCluster(form: Form): NewCluster {
  const { name, server, kubernetesVersion, fallbackAfter, ...rest } = valuesIn(form)
  const { certificateAuthority, proxyServer, proxyCertificateAuthority, ...values } = rest
  const audience = textIn(form, 'audience')
  return {
    ...{ name, server, ...values },
    ...(kubernetesVersion === null ? {} : { kubernetesVersion }),
    ...(fallbackAfter === null ? {} : { fallbackAfter }),
    ...(certificateAuthority === null ? {} : { certificateAuthority }),
    ...(proxyServer === null ? {} : { proxyServer }),
    ...(proxyCertificateAuthority === null ? {} : { proxyCertificateAuthority }),
    ...(audience === '' ? {} : { audience }),
    groups: namesIn(form.get('groups') ?? ''),
    everyone: form.has('everyone'),
    liveGroups: form.get('groups_mode') !== 'embedded',
  }
}

function changeIn(form: Form): ClusterChange {
  const { kubernetesVersion, proxyServer, proxyCertificateAuthority, ...values } = valuesIn(form)
  return {
    ...values,
    proxyServer,
    ...(proxyServer === null ? {} : { proxyCertificateAuthority }),
    ...(kubernetesVersion === null ? {} : { kubernetesVersion }),
  }
}

/** An empty field is null; what is wrong with a value is for the room to say. */
function valuesIn(form: Form) {
  const typed = typedIn(form)
  const orNull = (text: string) => (text === '' ? null : text)
  return {
    name: typed.name,
    server: typed.server,
    certificateAuthority: orNull(typed.certificate_authority),
    kubernetesVersion: orNull(typed.kubernetes_version),
    signingAlg: typed.signing_alg === 'ES256' ? ('ES256' as const) : ('RS256' as const),
    usernamePrefix: typed.username_prefix,
    groupsPrefix: typed.groups_prefix,
    replicas: linesIn(form, 'replicas'),
    proxyServer: orNull(typed.proxy_server),
    proxyCertificateAuthority: orNull(typed.proxy_certificate_authority),
    fallbackAfter: typed.fallback_after === '' ? null : Number(typed.fallback_after),
  }
}
