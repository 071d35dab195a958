import { advice, failed, ok, skipped, warning } from './checks.ts'
import type { Finding } from './finding.ts'
import type { Ports } from './ports.ts'
import type { ClusterFacts, ProbeFacts } from './subject.ts'

/**
 * The warm-up's record: whether each apiserver of the cluster was seen to take a live token. While Lanyard does not answer
 * (`isServed` false), the record says nothing of now: no apiserver can get the groups.
 */
export function checkWarmUp(cluster: ClusterFacts, isServed: boolean, ports: Ports): Finding[] {
  const { name, liveGroups, replicas, server, probes } = cluster
  if (!liveGroups) return []
  if (!isServed) {
    const why = 'Lanyard does not answer: every apiserver refuses within about ten seconds'
    return [skipped('cluster.live', `whether "${name}" takes live groups is not known`, why)]
  }
  const addresses = replicas.length > 0 ? replicas : [server]
  return addresses.map((address) => {
    const probe = probes.find((each) => each.address === address)
    if (probe === undefined) {
      return warning('cluster.live', `no apiserver of "${name}" was warmed at ${address} yet`, {
        why: 'the first token with live groups after its start is refused by Kubernetes, unless Lanyard sends one first',
        fixes: [
          advice(
            'it happens by itself when that apiserver asks for the discovery document: is Lanyard running, and can it reach this address?',
          ),
        ],
      })
    }
    return judge(name, probe, ports.now)
  })
}

function judge(name: string, probe: ProbeFacts, now: number): Finding {
  const { address, outcome, detail } = probe
  const since = ago(now - probe.sinceAt)
  if (outcome === 'accepted') {
    return ok('cluster.live', `"${name}" at ${address} takes live groups, since ${since}`, [
      `last asked ${ago(now - probe.probedAt)}`,
    ])
  }
  const seen = [detail, `last asked ${ago(now - probe.probedAt)}`].filter((line) => line !== '')
  if (outcome === 'refused') {
    return failed('cluster.live', `"${name}" at ${address} refuses live groups: ${detail}`, {
      seen,
      why: 'nobody can enter it while it does',
      fixes: [advice('see cluster.token and --config FILE for the cause')],
    })
  }
  return warning('cluster.live', `"${name}" could not be warmed at ${address}: ${detail}`, {
    seen,
    why: 'the first request of a person after its start may be refused; the next one passes',
    fixes: [
      advice(
        'let the server reach the API, or name the apiservers: lanyard cluster set --replica URL',
      ),
    ],
  })
}

function ago(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 2) return 'a moment ago'
  return minutes < 120 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`
}
