import type { Finding, Ports } from '../doctor/index.ts'
import type { Clock, ClusterId, EpochMs } from '../errors/index.ts'
import { clusterFacts, issuerFacts, readPeople } from './facts.ts'
import { createPorts } from './ports.ts'
import type { DiagnosisRooms } from './rooms.ts'

/** What the doctor said of one cluster, and when. */
export interface Examination {
  readonly at: EpochMs
  readonly findings: readonly Finding[]
}

export interface Diagnosis {
  /** Looks at the issuer and at this cluster now, and remembers what was found. Throws ERR_CLUSTER_UNKNOWN. */
  examine(cluster: string): Promise<Examination>
  /** What the last look of this process found; undefined where there was none. */
  last(clusterId: ClusterId): Examination | undefined
}

/** Every check of `lanyard doctor NAME` that needs neither a kubeconfig nor files of the apiserver's. */
export function createDiagnosis(
  rooms: DiagnosisRooms & { readonly clock: Clock; readonly ports?: Omit<Ports, 'now'> },
): Diagnosis {
  const { clock, clusters, directory } = rooms
  const seen = new Map<ClusterId, Examination>()
  return {
    async examine(name) {
      const cluster = await clusters.get(name)
      // As large as the rest of a server: loaded by who asks, and no start waits for it.
      const { runDoctor } = await import('../doctor/index.ts')
      const issuer = await issuerFacts(rooms, null)
      const people = await readPeople(rooms)
      const groups = await directory.groups.list()
      const findings = await runDoctor(
        {
          ...{ issuer, person: null, kubeconfig: null, configs: [] },
          clusters: [await clusterFacts(rooms, cluster, issuer, people)],
          names: {
            users: people.map(({ username }) => username),
            groups: groups.map((group) => group.name),
          },
        },
        // A server asks whom it asks: no proxy of its environment is in the way.
        { ...createPorts({ env: {}, clock }), ...rooms.ports, now: clock() },
      )
      const examination = { at: clock(), findings }
      seen.set(cluster.id, examination)
      return examination
    },
    last: (clusterId) => seen.get(clusterId),
  }
}
