import { type Command, Option } from 'commander'
import { ANY_SIGN_IN } from '../access/index.ts'
import type { SigningAlg } from '../clusters/index.ts'
import { addClusterRbacReader } from './access-review-reader.ts'
import { addClusterClientCa } from './cluster-client-ca.ts'
import { addConfigCommand } from './cluster-config.ts'
import { addClusterDelete } from './cluster-delete.ts'
import { addClusterKubeconfig } from './cluster-kubeconfig.ts'
import { addClusterProxy } from './cluster-proxy.ts'
import { addClusterRbac } from './cluster-rbac.ts'
import { addClusterSigner } from './cluster-signer.ts'
import { addClusterWebhook } from './cluster-webhook.ts'
import { addAllowCommands, entryOf, whoMayEnter } from './entry.ts'
import { readOptionFile } from './files.ts'
import { collect, leaf, nothingToSet, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { clusterShape, rfc3339 } from './shapes.ts'
import { type PolicyOptions, policyChange, policyText, withPolicy } from './sign-in-policy.ts'
import { type Answer, facts, table } from './tell.ts'

interface ValueOptions extends CommonOptions, PolicyOptions {
  readonly groups?: 'live' | 'embedded'
  readonly fallbackAfter?: number | false
  readonly kubernetesVersion?: string
  readonly replica?: readonly string[] | false
  readonly name?: string
  readonly server?: string
  readonly certificateAuthority?: string | false
  readonly proxyServer?: string | false
  readonly proxyCa?: string
  readonly signingAlg?: SigningAlg
  readonly everyone?: boolean
  readonly usernamePrefix?: string
  readonly groupsPrefix?: string
}
interface AddOptions extends ValueOptions {
  readonly server: string
  readonly audience?: string
  readonly group?: readonly string[]
}
/** lanyard cluster … */
export function addClusterCommands(program: Command, session: Session): void {
  const cluster = noun(program, 'cluster', 'Kubernetes APIs and who may enter them')

  withValues(
    leaf(cluster, 'add <name>', {
      summary: 'adds a cluster; only the groups named for it may enter',
      json: { shape: 'Cluster' },
    }).requiredOption('--server <url>', 'the https URL of its API'),
  )
    .option('--audience <id>', 'its client id and `aud`, for ever; the name unless given')
    .option('--group <name>', 'a group that may enter; may be repeated', collect)
    .action((name: string, options: AddOptions) =>
      session.answer(options, (rooms) => addCluster(rooms, name, options)),
    )

  leaf(cluster, 'list', {
    summary: 'lists clusters by name',
    json: { shape: 'Cluster', list: true },
  }).action((options: CommonOptions) => session.answer(options, listClusters))

  leaf(cluster, 'show <name>', {
    summary: 'shows a cluster',
    json: { shape: 'ClusterDetails' },
  }).action((name: string, options: CommonOptions) =>
    session.answer(options, (rooms) => showCluster(rooms, name)),
  )
  addConfigCommand(cluster, session)

  withValues(
    leaf(cluster, 'set <name>', { summary: 'changes a cluster', json: { shape: 'Cluster' } }),
  )
    .option('--name <name>', 'a new name; the audience stays')
    .option('--server <url>', 'the https URL of its API')
    .option('--no-certificate-authority', "kubectl trusts what the person's system trusts")
    .option('--no-proxy-server', 'people reach its apiserver themselves')
    .option('--no-everyone', 'only the groups named for it may enter')
    .option('--no-replica', 'one apiserver stands behind its server')
    .option('--no-fallback-after', 'tokens never carry groups while its groups are live')
    .action((name: string, options: ValueOptions) =>
      session.answer(options, (rooms) => setCluster(rooms, name, options)),
    )

  addAllowCommands(cluster, session, {
    shape: 'Cluster',
    registerOf: ({ clusters }) => clusters,
    shapeOf: clusterShape,
  })
  addClusterRbac(cluster, session)
  addClusterKubeconfig(cluster, session)
  addClusterProxy(cluster, session)
  addClusterWebhook(cluster, session)
  addClusterClientCa(cluster, session)
  addClusterSigner(cluster, session)
  addClusterRbacReader(cluster, session)
  addClusterDelete(cluster, session)
}

function withValues(command: Command): Command {
  return withPolicy(command)
    .option('--certificate-authority <file>', "PEM of the API's CA, for kubectl")
    .option('--proxy-server <url>', 'of `lanyard proxy` before it: what kubeconfigs get instead')
    .option('--proxy-ca <file>', "PEM of that proxy's CA, for kubectl")
    .addOption(
      new Option(
        '--signing-alg <alg>',
        'ES256 needs an AuthenticationConfiguration or a flag',
      ).choices(['RS256', 'ES256']),
    )
    .option('--everyone', 'every active user may enter')
    .option('--username-prefix <prefix>', 'what its apiserver puts before usernames')
    .option('--groups-prefix <prefix>', 'what its apiserver puts before groups')
    .addOption(
      new Option(
        '--groups <how>',
        'live: its apiserver asks for them; embedded: tokens carry them',
      ).choices(['live', 'embedded']),
    )
    .option(
      '--fallback-after <seconds>',
      'tokens carry groups after so long without live ones; never unless given',
      Number,
    )
    .option('--kubernetes-version <version>', 'such as 1.34; for what `cluster config` prints')
    .option(
      '--replica <url>',
      'one of several apiservers behind its server; may be repeated',
      collect,
    )
}

async function valuesOf(options: ValueOptions) {
  const { server, signingAlg, everyone, usernamePrefix, groupsPrefix } = options
  const { groups, fallbackAfter, kubernetesVersion, replica } = options
  const { certificateAuthority: path, proxyServer, proxyCa } = options
  return {
    ...(server === undefined ? {} : { server }),
    ...(signingAlg === undefined ? {} : { signingAlg }),
    ...(everyone === undefined ? {} : { everyone }),
    ...(usernamePrefix === undefined ? {} : { usernamePrefix }),
    ...(groupsPrefix === undefined ? {} : { groupsPrefix }),
    ...(groups === undefined ? {} : { liveGroups: groups === 'live' }),
    ...(typeof fallbackAfter === 'number' ? { fallbackAfter } : {}),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(Array.isArray(replica) ? { replicas: replica } : {}),
    ...(typeof path === 'string'
      ? { certificateAuthority: await readOptionFile('--certificate-authority', path) }
      : {}),
    ...(typeof proxyServer === 'string' ? { proxyServer } : {}),
    ...(proxyCa === undefined
      ? {}
      : { proxyCertificateAuthority: await readOptionFile('--proxy-ca', proxyCa) }),
  }
}

async function addCluster(rooms: Rooms, name: string, options: AddOptions): Promise<Answer> {
  const { server, audience, group } = options
  const added = await rooms.clusters.add(
    {
      ...(await valuesOf(options)),
      ...policyChange(options, ANY_SIGN_IN),
      name,
      server,
      ...(audience === undefined ? {} : { audience }),
      ...(group === undefined ? {} : { groups: group }),
    },
    rooms.by,
  )
  const closed = !added.everyone && added.groups.length === 0
  return {
    json: clusterShape(added),
    text: `cluster ${added.name} added: ${entryOf(added)}`,
    notes: [
      ...(closed ? [`hint: let a group in with: lanyard cluster allow ${added.name} GROUP`] : []),
      `hint: what its kube-apiserver needs: lanyard cluster config ${added.name} --for kubeadm`,
    ],
  }
}

async function listClusters({ clusters }: Rooms): Promise<Answer> {
  const list = await clusters.list()
  return {
    json: list.map(clusterShape),
    text: table(
      ['NAME', 'SERVER', 'AUDIENCE', 'MAY ENTER'],
      list.map((cluster) => [cluster.name, cluster.server, cluster.audience, whoMayEnter(cluster)]),
    ),
    notes: list.length === 0 ? ['no clusters'] : [],
  }
}

async function setCluster(rooms: Rooms, name: string, options: ValueOptions): Promise<Answer> {
  const change = {
    ...(await valuesOf(options)),
    ...policyChange(options, (await rooms.clusters.get(name)).policy),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.certificateAuthority === false ? { certificateAuthority: null } : {}),
    ...(options.proxyServer === false ? { proxyServer: null } : {}),
    ...(options.fallbackAfter === false ? { fallbackAfter: null } : {}),
    ...(options.replica === false ? { replicas: [] } : {}),
  }
  if (Object.keys(change).length === 0) throw nothingToSet()
  const changed = await rooms.clusters.change(name, change, rooms.by)
  return { json: clusterShape(changed), text: `cluster ${changed.name} changed` }
}

async function showCluster({ config, clusters }: Rooms, name: string): Promise<Answer> {
  const cluster = await clusters.get(name)
  const { issuer } = config
  const closed = !cluster.everyone && cluster.groups.length === 0
  return {
    json: { ...clusterShape(cluster), issuer },
    text: facts([
      ['name', cluster.name],
      ['server', cluster.server],
      ['replicas', cluster.replicas],
      ['proxy', cluster.proxyServer],
      ['Kubernetes', cluster.kubernetesVersion],
      ['audience', cluster.audience],
      ['may enter', whoMayEnter(cluster)],
      ['sign-in', policyText(cluster)],
      ['groups that ask for more', cluster.stepUp],
      ['groups', cluster.liveGroups ? 'live' : 'embedded'],
      ['fallback after', cluster.fallbackAfter],
      ['signing', cluster.signingAlg],
      ['username prefix', cluster.usernamePrefix],
      ['groups prefix', cluster.groupsPrefix],
      ['issuer', issuer],
      ['created', rfc3339(cluster.createdAt)],
    ]),
    notes: [
      ...(closed
        ? [`hint: no group may enter yet: lanyard cluster allow ${cluster.name} GROUP`]
        : []),
      `hint: what its kube-apiserver needs: lanyard cluster config ${cluster.name} --for kubeadm`,
    ],
  }
}
