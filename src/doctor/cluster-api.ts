import { day, endsIn, sameCertificates } from './certificates.ts'
import { advice, command, failed, ok, shellWord, skipped, warning } from './checks.ts'
import { type ConnectionFault, chainOf, connectionFault } from './connection.ts'
import { parseObject } from './documents.ts'
import type { Finding, Fix } from './finding.ts'
import { clockSkewSeconds, SOON_DAYS, skewFinding } from './issuer.ts'
import type { KubeconfigAccess } from './kubeconfig-access.ts'
import type { HttpsOutcome, Ports } from './ports.ts'
import type { ClusterFacts } from './subject.ts'

export interface ApiChecked {
  readonly findings: readonly Finding[]
  readonly reachable: boolean
  /** `1.37`, as the apiserver itself says; null where it did not. */
  readonly version: string | null
}

/** The cluster's API as people's kubeconfigs have it: they get server and CA from Lanyard. */
export async function checkClusterApi(
  cluster: ClusterFacts,
  access: KubeconfigAccess | null,
  ports: Ports,
): Promise<ApiChecked> {
  const { server, certificateAuthority } = cluster
  const outcome = await ports.https({
    ...{ url: `${server.replace(/\/$/, '')}/version`, method: 'GET', certificateAuthority },
  })
  const what = `the API of cluster "${cluster.name}"`
  const fault = connectionFault(outcome, { url: server, what, certificateAuthority }, ports.now)
  if (fault !== null) {
    return {
      findings: [unreachable(cluster, fault, access)],
      ...{ reachable: false, version: null },
    }
  }
  const version = versionOf(outcome)
  return {
    findings: [
      ok('cluster.reachable', `${what} answers at ${server}`),
      ...checkExpiry(cluster, outcome, ports.now),
      ...checkVersion(cluster, version),
      skewFinding('clock.apiserver', what, clockSkewSeconds(outcome, ports.now)),
    ],
    reachable: true,
    version,
  }
}

function unreachable(
  cluster: ClusterFacts,
  { kind, sentence, seen }: ConnectionFault,
  access: KubeconfigAccess | null,
): Finding {
  const { name, server } = cluster
  const word = shellWord(name)
  const setServer = (url: string): Fix =>
    command(`lanyard cluster set ${word} --server ${shellWord(url)}`)
  switch (kind) {
    case 'untrusted':
      return untrusted(cluster, { sentence, seen }, access, setServer)
    case 'host':
      return failed('cluster.certificate', `cluster "${name}": ${sentence}`, {
        seen,
        why: 'kubectl refuses a certificate that is for another name',
        fixes: otherServer(server, access, setServer, [
          advice(
            `name it by one of these names: lanyard cluster set ${word} --server URL; or issue a certificate with this one (kubeadm: apiServer.certSANs)`,
          ),
        ]),
      })
    case 'expired':
      return failed('cluster.certificate', `cluster "${name}": ${sentence}`, {
        seen,
        why: 'kubectl refuses it',
        fixes: [advice('renew it there: kubeadm certs renew apiserver')],
      })
    case 'name':
    case 'refused':
    case 'slow':
    case 'plain':
    case 'other':
      return failed(
        'cluster.reachable',
        `the API of cluster "${name}" cannot be reached: ${sentence}`,
        {
          seen: [...seen, `${server} is what people's kubeconfigs get`],
          why: 'from here it cannot be looked at or warmed; where people sit it may be otherwise',
          fixes: otherServer(server, access, setServer, [
            advice(`if it is wrong: lanyard cluster set ${word} --server URL`),
          ]),
        },
      )
  }
}

function untrusted(
  { name, server, certificateAuthority }: ClusterFacts,
  { sentence, seen }: Pick<ConnectionFault, 'sentence' | 'seen'>,
  access: KubeconfigAccess | null,
  setServer: (url: string) => Fix,
): Finding {
  const fixes = caFixes(shellWord(name), access)
  const why =
    'kubectl stops before it sends anything: x509: certificate signed by unknown authority'
  const isSameCa =
    certificateAuthority !== null &&
    access?.fault === null &&
    access.certificateAuthority !== null &&
    sameCertificates(certificateAuthority, access.certificateAuthority)
  if (isSameCa && access.server !== null && access.server !== server) {
    const summary = `what answers at ${server} is not the API of cluster "${name}": ${sentence}`
    return failed('cluster.certificate', summary, { seen, why, fixes: [setServer(access.server)] })
  }
  const summary =
    certificateAuthority === null
      ? `people's kubeconfigs get no CA for cluster "${name}", and the system does not trust its API: ${sentence}`
      : `the CA that people's kubeconfigs get for cluster "${name}" is not that of its API: ${sentence}`
  return failed('cluster.certificate', summary, { seen, why, fixes })
}

function caFixes(word: string, access: KubeconfigAccess | null): readonly Fix[] {
  if (access === null || access.certificateAuthority === null) {
    return [
      advice(
        `lanyard cluster set ${word} --certificate-authority FILE, with the CA that a kubeconfig that works has (on a control plane: /etc/kubernetes/pki/ca.crt)`,
      ),
    ]
  }
  const view = `kubectl --kubeconfig ${shellWord(access.file)} config view --raw --minify --flatten -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}'`
  return [
    command(`${view} | base64 -d | lanyard cluster set ${word} --certificate-authority /dev/stdin`),
  ]
}

/** The kubeconfig that works knows the address. */
function otherServer(
  server: string,
  access: KubeconfigAccess | null,
  setServer: (url: string) => Fix,
  otherwise: readonly Fix[],
): readonly Fix[] {
  const known = access?.fault === null ? access.server : null
  return known === null || known === server ? otherwise : [setServer(known)]
}

/** Whether Lanyard's record of server and CA is that of the kubeconfig: another CA may verify by chance, or not for long. */
export function checkAddress(cluster: ClusterFacts, access: KubeconfigAccess): Finding {
  const { file, fault, server, certificateAuthority } = access
  if (fault !== null) {
    return failed('cluster.address', `the kubeconfig ${file} is of no use: ${fault}`, {
      why: "the cluster's own view cannot be asked; the other checks go on",
      fixes: [advice('give one of an admin that works: kubectl --kubeconfig FILE get nodes')],
    })
  }
  const own = cluster.certificateAuthority
  if (
    own !== null &&
    certificateAuthority !== null &&
    !sameCertificates(own, certificateAuthority)
  ) {
    return warning(
      'cluster.address',
      `the CA of cluster "${cluster.name}" is not the one in ${file}`,
      {
        why: 'if one is about to be replaced, people need the other at their next setup',
        fixes: caFixes(shellWord(cluster.name), access),
      },
    )
  }
  return ok('cluster.address', `${file} reaches ${server}`)
}

function checkExpiry({ name }: ClusterFacts, outcome: HttpsOutcome, now: number): Finding[] {
  const [leaf] = chainOf(outcome)
  if (leaf === undefined) return []
  const days = Math.floor((leaf.notAfter - now) / 86_400_000)
  if (days >= SOON_DAYS) {
    return [ok('cluster.certificate', `its certificate lasts until ${day(leaf.notAfter)}`)]
  }
  const summary = `the certificate of the API of "${name}" ${endsIn(leaf.notAfter, now)}, on ${day(leaf.notAfter)}`
  return [
    warning('cluster.certificate', summary, {
      why: 'on that day kubectl refuses the cluster, for everybody',
      fixes: [advice('renew it there: kubeadm certs renew apiserver')],
    }),
  ]
}

function versionOf(outcome: HttpsOutcome): string | null {
  if (outcome.kind !== 'answer') return null
  const { gitVersion } = Object(parseObject(outcome.body)) as { gitVersion?: unknown }
  return /^v(\d+\.\d+)\./.exec(String(gitVersion))?.[1] ?? null
}

/** True where the first of two versions (`1.9`, `1.34`) is the older. */
export function isOlder(one: string, other: string): boolean {
  const [a = 0, b = 0] = one.split('.').map(Number)
  const [c = 0, d = 0] = other.split('.').map(Number)
  return a < c || (a === c && b < d)
}

function checkVersion(
  { name, kubernetesVersion }: ClusterFacts,
  version: string | null,
): Finding[] {
  if (version === null) {
    return [
      skipped('cluster.version', `the API of "${name}" does not say its version to strangers`),
    ]
  }
  const set = command(`lanyard cluster set ${shellWord(name)} --kubernetes-version ${version}`)
  if (kubernetesVersion === null) {
    return isOlder(version, '1.34')
      ? [
          warning(
            'cluster.version',
            `"${name}" runs Kubernetes ${version}, and Lanyard was not told`,
            {
              why: 'what Lanyard prints for it is for 1.34 and newer: this one does not start with such a file',
              fixes: [set],
            },
          ),
        ]
      : [ok('cluster.version', `"${name}" runs Kubernetes ${version}`)]
  }
  if (kubernetesVersion === version) {
    return [ok('cluster.version', `"${name}" runs Kubernetes ${version}`)]
  }
  const summary = `"${name}" runs Kubernetes ${version}, and Lanyard was told ${kubernetesVersion}`
  return [
    warning('cluster.version', summary, {
      why: 'what Lanyard prints for it may be of the wrong version',
      fixes: [set],
    }),
  ]
}
