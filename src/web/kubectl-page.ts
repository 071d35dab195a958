import type { Context } from 'koa'
import { kubectlPage, noClusterPage } from '../../views/index.ts'
import { type Cluster, reachedAt } from '../clusters/index.ts'
import { LanyardError } from '../errors/index.ts'
import { setPagePolicy } from '../http/index.ts'
import {
  type KubeconfigIssuer,
  kubeloginKubeconfig,
  pluginKubeconfig,
} from '../kubernetes/index.ts'
import { goTo, pathParameter, show } from './answer.ts'
import type { Web } from './options.ts'
import { type Person, personHere } from './visitor.ts'

/** How a person gets kubectl going for each cluster that they may enter. Nothing here is a secret. */
export function kubectlRoutes(web: Web) {
  return {
    async openFirst(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=kubectl')
      const clusters = await web.clusters.forSubject(person.subject.groups)
      const [first] = clusters
      if (first === undefined) {
        return show(
          ctx,
          noClusterPage(web.languages.siteFor(ctx), { username: person.subject.username }),
        )
      }
      showCluster(ctx, web, person, clusters, first)
    },

    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=kubectl')
      const clusters = await web.clusters.forSubject(person.subject.groups)
      showCluster(ctx, web, person, clusters, clusterOf(ctx, clusters))
    },

    downloadKubeconfig: (ctx: Context) =>
      downloadFor(ctx, web, (cluster, issuer) => ({
        filename: `${cluster.name}.kubeconfig.yaml`,
        body: pluginKubeconfig(cluster, issuer),
      })),

    downloadForKubelogin: (ctx: Context) =>
      downloadFor(ctx, web, (cluster, issuer) => ({
        filename: `${cluster.name}.kubelogin.yaml`,
        body: kubeloginKubeconfig(cluster, issuer),
      })),

    /** The CA is public: whoever connects is shown its certificates. */
    async downloadCa(ctx: Context): Promise<void> {
      if (web.certificateAuthority === null) return
      download(ctx, 'lanyard-ca.crt', 'application/x-pem-file', web.certificateAuthority)
    },
  }
}

/** The same words for a cluster that does not exist and for one that this person may not enter. */
function clusterOf(ctx: Context, clusters: readonly Cluster[]): Cluster {
  const cluster = clusters.find(({ name }) => name === pathParameter(ctx, 'cluster'))
  if (cluster === undefined) {
    throw new LanyardError('ERR_CLUSTER_UNKNOWN', 'there is no such cluster that you may enter', {
      hint: 'ask your admin to put you in a group that may enter it',
    })
  }
  return cluster
}

async function downloadFor(
  ctx: Context,
  web: Web,
  write: (
    cluster: Cluster,
    issuer: KubeconfigIssuer,
  ) => { readonly filename: string; readonly body: string },
): Promise<void> {
  const person = await personHere(ctx, web)
  if (person === null) return goTo(ctx, web, '/sign-in?next=kubectl')
  const cluster = clusterOf(ctx, await web.clusters.forSubject(person.subject.groups))
  const { certificateAuthority } = web
  const file = write(
    { ...cluster, ...reachedAt(cluster) },
    { issuer: web.config.issuer, certificateAuthority },
  )
  download(ctx, file.filename, 'application/yaml', file.body)
}

function download(ctx: Context, filename: string, type: string, body: string): void {
  setPagePolicy(ctx)
  ctx.set('Content-Disposition', `attachment; filename="${filename}"`)
  ctx.type = type
  ctx.body = body
}

function showCluster(
  ctx: Context,
  web: Web,
  { subject }: Person,
  clusters: readonly Cluster[],
  cluster: Cluster,
): void {
  const page = kubectlPage(web.languages.siteFor(ctx), {
    username: subject.username,
    issuer: web.config.issuer,
    ownCa: web.certificateAuthority !== null,
    clusters: clusters.map(({ name }) => name),
    cluster: {
      name: cluster.name,
      server: reachedAt(cluster).server,
      audience: cluster.audience,
      seenAs: `${cluster.usernamePrefix}${subject.username}`,
      seenGroups: subject.groups.map((group) => `${cluster.groupsPrefix}${group}`),
    },
  })
  show(ctx, page)
}
