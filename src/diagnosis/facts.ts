import { mayEnter } from '../access/index.ts'
import type { Cluster } from '../clusters/index.ts'
import { knownIssuer } from '../config/index.ts'
import type { ClusterFacts, IssuerFacts, PersonFacts, PersonQuestion } from '../doctor/index.ts'
import { LanyardError } from '../errors/index.ts'
import { authenticationConfiguration, oidcFlags } from '../kubernetes/index.ts'
import type { DiagnosisRooms as Rooms } from './rooms.ts'

/** Where kubeadm and its likes keep what the apiserver reads. */
const usualAuthorityFile = '/etc/kubernetes/pki/lanyard-ca.crt'
const MOST_PEOPLE = 1000

/** What Lanyard knows of its issuer. `authority` is given where it is not Lanyard's own. */
export async function issuerFacts(rooms: Rooms, authority: string | null): Promise<IssuerFacts> {
  const { config } = rooms
  return {
    url: config.issuer,
    serves: knownIssuer(config),
    isDefault: config.issuerIsDefault,
    certificateAuthority: authority ?? (await rooms.certificateAuthority()),
    tls: config.tls.kind,
    certificateFile: config.tls.kind === 'files' ? config.tls.certificate : null,
    idTokenSeconds: config.lifetimes.idToken,
    maxTokenBytes: config.maxTokenBytes,
    keys: await keysOf(rooms),
  }
}

async function keysOf(rooms: Rooms): Promise<IssuerFacts['keys']> {
  const { keys } = await rooms.issuer()
  return (await keys.list()).map(({ kid, alg, state }) => ({ kid, alg, state }))
}

/** Everybody with all their groups, a thousand at most. */
export async function readPeople({ directory }: Rooms): Promise<readonly PersonFacts[]> {
  const users = await directory.users.list({ limit: MOST_PEOPLE })
  const people = await Promise.all(
    users.map(async ({ id, hasPassword }): Promise<PersonFacts | null> => {
      const subject = await directory.subject(id)
      if (subject === undefined) return null
      const { username, email, emailVerified, status, mustChangePassword, groups } = subject
      return { username, email, emailVerified, status, mustChangePassword, hasPassword, groups }
    }),
  )
  return people.filter((person) => person !== null)
}

export async function clusterFacts(
  rooms: Rooms,
  cluster: Cluster,
  issuer: IssuerFacts,
  people: readonly PersonFacts[],
): Promise<ClusterFacts> {
  const { clusters } = rooms
  const trust = {
    ...cluster,
    issuer: issuer.url,
    certificateAuthority: issuer.certificateAuthority,
    maxTokenLifetimeSeconds: Math.max(3600, issuer.idTokenSeconds),
  }
  const target = await clusters.target(cluster.audience)
  const { keys, probeToken } = await rooms.issuer()
  const isSigning = (await keys.list()).some(
    ({ alg, state }) => alg === cluster.signingAlg && state === 'active',
  )
  return {
    ...cluster,
    authenticationConfiguration: authenticationConfiguration({
      ...trust,
      apiVersion: isBefore134(cluster.kubernetesVersion) ? 'v1beta1' : 'v1',
    }),
    flags: oidcFlags({ ...trust, certificateAuthorityFile: usualAuthorityFile }),
    probes: await readProbes(rooms, cluster),
    people: people.filter(
      ({ status, groups }) =>
        status === 'active' && target !== undefined && mayEnter(groups, target),
    ),
    probeToken: isSigning ? (): Promise<string> => probeToken(cluster) : null,
  }
}

/** apiserver.config.k8s.io/v1 came with 1.34. */
function isBefore134(version: string | null): boolean {
  return version !== null && Number(version.slice('1.'.length)) < 34
}

async function readProbes({ store }: Rooms, { id }: Cluster): Promise<ClusterFacts['probes']> {
  const rows = await store.query
    .selectFrom('cluster_probes')
    .selectAll()
    .where('cluster_id', '=', id)
    .execute()
  return rows.map(({ address, outcome, detail, probed_at, since_at }) => ({
    ...{ address, outcome, detail, probedAt: probed_at, sinceAt: since_at },
  }))
}

/** `--user`: the name in any spelling, those that resemble it, and what the policy says. */
export async function personQuestion(
  rooms: Rooms,
  name: string,
  cluster: Cluster,
  people: readonly PersonFacts[],
): Promise<PersonQuestion> {
  const { clusters } = rooms
  const found = await findUser(rooms, name)
  const person = people.find(({ username }) => username === found) ?? null
  const target = await clusters.target(cluster.audience)
  const start = name.toLowerCase().slice(0, 3)
  return {
    username: name,
    person,
    similar: people.map(({ username }) => username).filter((each) => each.startsWith(start)),
    mayEnter: person !== null && target !== undefined && mayEnter(person.groups, target),
  }
}

async function findUser({ directory }: Rooms, name: string): Promise<string | undefined> {
  try {
    return (await directory.users.find(name))?.username
  } catch (error) {
    // A name that nobody can have is nobody's.
    if (error instanceof LanyardError) return undefined
    throw error
  }
}

/** Which clusters are looked at. Throws ERR_CLUSTER_UNKNOWN, and ERR_USAGE where one has to be named. */
export async function chosenClusters(
  { clusters }: Rooms,
  name: string | undefined,
  needsOne: string | undefined,
): Promise<readonly Cluster[]> {
  if (name !== undefined) return [await clusters.get(name)]
  const all = await clusters.list()
  if (needsOne === undefined || all.length === 1) return all
  throw new LanyardError(
    'ERR_USAGE',
    all.length === 0
      ? `${needsOne} is about a cluster, and there is none`
      : `${needsOne} is about one cluster, and there are ${all.length}`,
    {
      hint:
        all.length === 0
          ? 'add it first: lanyard cluster add NAME --server URL'
          : `name it: lanyard doctor ${all[0]?.name ?? 'NAME'} ${needsOne}`,
    },
  )
}
