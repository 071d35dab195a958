import { nameFault } from '../kubernetes/index.ts'
import { explainLog } from './apiserver/explain-log.ts'
import { replayToken } from './apiserver/replay.ts'
import { readAuthenticationConfiguration } from './apiserver/settings.ts'
import { replayFinding } from './apiserver/to-finding.ts'
import { advice, failed, ok, warning } from './checks.ts'
import { checkAddress, checkClusterApi } from './cluster-api.ts'
import { checkConfig } from './config/check-config.ts'
import { fetchWith } from './config/replay.ts'
import { checkKeyStates } from './documents.ts'
import type { Finding } from './finding.ts'
import { checkIssuer } from './issuer.ts'
import { type KubeconfigAccess, openKubeconfig } from './kubeconfig-access.ts'
import { checkWarmUp } from './live.ts'
import { checkLifetime, checkPerson, checkPolicy, checkTokenSize } from './person.ts'
import type { Ports } from './ports.ts'
import { checkProbe, type ProbeSeen } from './probe.ts'
import { checkBindings } from './rbac.ts'
import { withoutSecrets } from './secrets.ts'
import type { ClusterFacts, IssuerFacts, PersonQuestion } from './subject.ts'

export interface DoctorInput {
  readonly issuer: IssuerFacts
  /** Those that are looked at. */
  readonly clusters: readonly ClusterFacts[]
  /** All names of the directory; a thousand of each at most. */
  readonly names: { readonly users: readonly string[]; readonly groups: readonly string[] }
  /** The rest is of one cluster, the first. */
  readonly person: PersonQuestion | null
  /** Of an admin of that cluster: the cluster's own view. */
  readonly kubeconfig: string | null
  /** Files of its kube-apiserver. */
  readonly configs: readonly string[]
}

/** All checks of the server's doctor, in the order in which one thing needs another. */
export async function runDoctor(input: DoctorInput, ports: Ports): Promise<Finding[]> {
  const { issuer, clusters } = input
  const findings = [
    ...(await checkIssuer(issuer, ports)),
    ...checkKeyStates(issuer),
    checkLifetime(issuer.idTokenSeconds, clusters),
    ...checkNames(input),
  ]
  const isServed = !findings.some(
    ({ check, status }) => check === 'issuer.reachable' && status === 'failed',
  )
  for (const cluster of clusters) {
    findings.push(...(await checkCluster(cluster, input, isServed, ports)))
  }
  return findings.map(withoutSecrets)
}

async function checkCluster(
  cluster: ClusterFacts,
  { issuer, person, kubeconfig, configs }: DoctorInput,
  isServed: boolean,
  ports: Ports,
): Promise<Finding[]> {
  const access = kubeconfig === null ? null : await openKubeconfig(kubeconfig, ports)
  const api = await checkClusterApi(cluster, access, ports)
  const config =
    configs.length === 0
      ? []
      : (await checkConfig(configs, { cluster, issuer, version: api.version }, ports)).findings
  const hasConfig = config.some(({ status }) => status === 'failed')
  const probe = await checkProbe({
    ...{ cluster, issuer, access, hasConfig, ports, isReachable: api.reachable },
  })
  return [
    ...config,
    ...(person === null ? [checkPolicy(cluster)] : checkPerson(cluster, person)),
    checkTokenSize(cluster, issuer.maxTokenBytes),
    ...checkPrefixes(cluster),
    ...api.findings,
    ...(access === null ? [] : [checkAddress(cluster, access)]),
    ...probe.findings,
    ...warmUp(cluster, probe, isServed, ports),
    ...(await checkRbac(cluster, access, probe, hasConfig, person)),
  ]
}

/** What an apiserver answers now is newer than what is on record. */
function warmUp(
  cluster: ClusterFacts,
  { groupsPrefix }: ProbeSeen,
  isServed: boolean,
  ports: Ports,
): Finding[] {
  const isSeen = cluster.replicas.length === 0 && groupsPrefix === cluster.groupsPrefix
  if (cluster.liveGroups && isSeen) {
    return [ok('cluster.live', `"${cluster.name}" asks for live groups, and uses them`)]
  }
  return checkWarmUp(cluster, isServed, ports)
}

async function checkRbac(
  cluster: ClusterFacts,
  access: KubeconfigAccess | null,
  { usernamePrefix, groupsPrefix }: ProbeSeen,
  hasConfig: boolean,
  person: PersonQuestion | null,
): Promise<Finding[]> {
  if (access === null || access.fault !== null) return []
  // Where the files are wrong, what is seen will not stay.
  const seen = hasConfig ? null : { usernamePrefix, groupsPrefix }
  const prefixes = {
    username: seen?.usernamePrefix ?? cluster.usernamePrefix,
    groups: seen?.groupsPrefix ?? cluster.groupsPrefix,
  }
  return [await checkBindings(cluster, access, prefixes, person?.person ?? null)]
}

function checkNames({ names }: DoctorInput): Finding[] {
  const faults = [
    ...names.users.map((name) => ({ noun: 'user', name, fault: nameFault('user', name) })),
    ...names.groups.map((name) => ({ noun: 'group', name, fault: nameFault('group', name) })),
  ].filter(({ fault }) => fault !== null)
  if (faults.length === 0) return [ok('names.reserved', 'no name is one of Kubernetes itself')]
  return faults.map(({ noun, name, fault }) =>
    failed('names.reserved', fault?.message ?? name, {
      why: 'nobody with this name, or in this group, is given a token: Kubernetes would take them for its own',
      fixes: [advice(`lanyard ${noun} delete, and add the ${noun} under another name`)],
    }),
  )
}

/** Names that kubeadm and others bind to great rights, without a prefix that keeps people's apart. */
function checkPrefixes({ name, groupsPrefix, people }: ClusterFacts): Finding[] {
  if (groupsPrefix !== '') return []
  const risky = people.flatMap(({ username, groups }) =>
    groups
      .filter((group) => group.startsWith('kubeadm:') || group === 'masters')
      .map((group) => ({ username, group })),
  )
  const [first] = risky
  if (first === undefined) return []
  const summary = `${first.username} is in "${first.group}", which is kubeadm's own name in "${name}"`
  return [
    warning('cluster.prefix', summary, {
      why: 'kubeadm binds kubeadm:cluster-admins to cluster-admin: without a prefix the member of a group of that name is one',
      fixes: [advice('rename the group, or give the cluster a groups prefix')],
    }),
  ]
}

export interface TokenQuestion {
  readonly issuer: IssuerFacts
  readonly cluster: ClusterFacts | null
  /** Files of kube-apiserver; without them it is what Lanyard prints for the cluster. */
  readonly configs: readonly string[]
  /** Either of the two. */
  readonly token: string | null
  readonly logLine: string | null
}

/** `--token` and `--explain`. */
export async function runTokenDoctor(question: TokenQuestion, ports: Ports): Promise<Finding[]> {
  const { issuer, cluster, configs, token, logLine } = question
  const context = {
    issuer: issuer.url,
    cluster: cluster?.name ?? null,
    audience: cluster?.audience ?? null,
  }
  if (logLine !== null) return [withoutSecrets(explainLog(logLine, context))]
  if (token === null || cluster === null) return []
  const printed = readAuthenticationConfiguration(cluster.authenticationConfiguration)
  const trust = { cluster, issuer, version: cluster.kubernetesVersion }
  const checked = await checkConfig(configs, trust, ports)
  const settings = checked.settings ?? printed
  const replay = await replayToken({
    ...{ token, settings, now: ports.now },
    ...{ fetchDocument: fetchWith(ports), askClaimsEndpoint: true },
  })
  const wrong = checked.findings.filter(({ status }) => status === 'failed')
  const said = replayFinding(replay, { ...context, settings, file: checked.file })
  return [...wrong, said].map(withoutSecrets)
}
