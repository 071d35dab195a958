import { day, readCertificates, sameCertificates } from '../certificates.ts'
import { advice, shellWord } from '../checks.ts'
import { connectionFault } from '../connection.ts'
import type { Finding, Fix } from '../finding.ts'
import { clockSkewSeconds, skewFinding } from '../issuer.ts'
import { redact } from '../secrets.ts'
import { finding } from './checks.ts'
import type { Target } from './context.ts'
import { here, kubeconfigOption, set, setupAgain, unset } from './edits.ts'
import type { EnterableCluster, LaptopFacts, LaptopPorts } from './facts.ts'
import type { Entry } from './kubeconfigs.ts'

/** The cluster's entry as kubectl reads it. */
interface ClusterEntry {
  readonly server: string
  /** PEM; null where the system is to be trusted. */
  readonly certificateAuthority: string | null
  readonly isInsecure: boolean
}

interface Context {
  readonly entry: Entry
  /** What the issuer says of the same cluster; null where it was not asked, or lists none. */
  readonly listed: EnterableCluster | null
  readonly issuer: string | null
  readonly facts: LaptopFacts
  readonly ports: LaptopPorts
}

/** The cluster's entry: in itself, against what the issuer says now, and whether there is an API behind it. */
export async function checkClusterEntry(
  target: Target,
  listed: EnterableCluster | null,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Finding[]> {
  const { cluster: entry, issuer } = target
  if (entry === null) return []
  const context = { entry, listed, issuer, facts, ports }
  const read = await readCluster(context)
  if ('check' in read) return [read]
  const found = [...checkInsecure(context, read), ...checkStale(context, read)]
  if (found.some(({ status }) => status === 'failed')) return found
  return [...found, ...(await checkApi(context, read))]
}

/** `setup` where the entry is one that it wrote, else the edits that do the same. */
function anew({ entry, listed, issuer, facts }: Context): readonly Fix[] {
  if (listed === null || issuer === null) {
    return [
      issuer === null
        ? advice('run: kubectl lanyard setup ISSUER')
        : setupAgain(facts, issuer, null),
    ]
  }
  if (entry.name === `${listed.name}@${new URL(issuer).host}`) {
    return [setupAgain(facts, issuer, listed.name)]
  }
  const { source, body } = entry
  const { server, certificateAuthority: ca } = listed
  if (body.get('server') !== server) return [set(source, body, 'server', server)]
  const data = ca === null ? null : Buffer.from(ca).toString('base64')
  const name = `clusters.${entry.name}`
  const option = kubeconfigOption(facts)
  const without = (key: string): Fix[] =>
    body.has(key) ? [here(`kubectl config unset ${shellWord(`${name}.${key}`)}${option}`)] : []
  return [
    ...without('certificate-authority'),
    ...(data === null
      ? without('certificate-authority-data')
      : [
          here(
            `kubectl config set ${shellWord(`${name}.certificate-authority-data`)} ${data}${option}`,
          ),
        ]),
  ]
}

async function readCluster(context: Context): Promise<ClusterEntry | Finding> {
  const { entry, ports } = context
  const { body, name, source } = entry
  const server = body.get('server')
  const bad = (summary: string): Finding =>
    finding('kubeconfig.cluster', 'failed', summary, {
      why: 'kubectl stops before it asks anything',
      fixes: anew(context),
    })
  if (typeof server !== 'string' || !URL.canParse(server)) {
    return bad(`the cluster "${name}" has no server that is an address`)
  }
  if (new URL(server).protocol !== 'https:') {
    return finding(
      'kubeconfig.cluster',
      'failed',
      `the server of cluster "${name}" is not https: ${redact(server)}`,
      {
        why: 'kubectl would send tokens in the clear, and kube-apiserver takes none there',
        fixes: anew(context),
      },
    )
  }
  const isInsecure = body.get('insecure-skip-tls-verify') === true
  const data = body.get('certificate-authority-data')
  const file = body.get('certificate-authority')
  if (typeof data === 'string' && data !== '') {
    const pem = Buffer.from(data, 'base64').toString('utf8')
    return readCertificates(pem) === undefined
      ? bad(`the certificate-authority-data of cluster "${name}" is no certificate`)
      : { server, certificateAuthority: pem, isInsecure }
  }
  if (typeof file !== 'string' || file === '')
    return { server, certificateAuthority: null, isInsecure }
  const directory = source.file.includes('/')
    ? source.file.slice(0, source.file.lastIndexOf('/'))
    : '.'
  const read = await ports.readFile(file.startsWith('/') ? file : `${directory}/${file}`)
  if (read.kind === 'unreadable') {
    return bad(`the CA file "${file}" of cluster "${name}" cannot be read: ${read.code}`)
  }
  return readCertificates(read.text) === undefined
    ? bad(`the CA file "${file}" of cluster "${name}" holds no certificate`)
    : { server, certificateAuthority: read.text, isInsecure }
}

function checkInsecure(
  { entry }: Context,
  { certificateAuthority, isInsecure }: ClusterEntry,
): Finding[] {
  if (!isInsecure) return []
  const summary = `the cluster "${entry.name}" has insecure-skip-tls-verify`
  const fixes = [unset(entry.source, entry.body, 'insecure-skip-tls-verify')]
  return certificateAuthority === null
    ? [
        finding('kubeconfig.cluster', 'warning', summary, {
          why: 'whoever stands between gets the token',
          fixes,
        }),
      ]
    : [
        finding('kubeconfig.cluster', 'failed', `${summary} beside a CA`, {
          why: 'kubectl refuses the two together',
          fixes,
        }),
      ]
}

function checkStale(context: Context, { server, certificateAuthority }: ClusterEntry): Finding[] {
  const { entry, listed, ports } = context
  const found: Finding[] = []
  const isSameServer =
    listed === null || listed.server.replace(/\/$/, '') === server.replace(/\/$/, '')
  if (listed !== null && !isSameServer) {
    found.push(
      finding(
        'cluster.server',
        'failed',
        `the address of "${listed.name}" is ${listed.server} now, and ${redact(server)} in the kubeconfig`,
        {
          why: 'the admin has moved the API: the old address answers no more, or not as the same cluster',
          fixes: anew(context),
        },
      ),
    )
  }
  if (listed !== null && !sameTrust(certificateAuthority, listed.certificateAuthority)) {
    found.push(
      finding(
        'cluster.certificate',
        found.length > 0 ? 'warning' : 'failed',
        `the CA of "${listed.name}" in the kubeconfig is not the one that the issuer lists now`,
        {
          seen: [`cluster "${entry.name}" in ${entry.source.file}`],
          why: 'the admin has replaced it: kubectl says x509: certificate signed by unknown authority',
          fixes: anew(context),
        },
      ),
    )
  }
  const over = (readCertificates(certificateAuthority ?? '') ?? []).find(
    ({ notAfter }) => notAfter <= ports.now,
  )
  if (over !== undefined && found.length === 0) {
    found.push(
      finding(
        'cluster.certificate',
        'failed',
        `the CA of cluster "${entry.name}" ended on ${day(over.notAfter)}: ${over.subject}`,
        {
          why: 'kubectl says x509: certificate has expired or is not yet valid',
          fixes:
            listed === null
              ? anew(context)
              : [advice('tell your admin: the one that the issuer lists is the same')],
        },
      ),
    )
  }
  if (listed !== null && found.length === 0) {
    found.push(
      finding(
        'cluster.server',
        'ok',
        `server and CA of "${listed.name}" are those that the issuer lists`,
      ),
    )
  }
  return found
}

function sameTrust(one: string | null, other: string | null): boolean {
  return one === null || other === null ? one === other : sameCertificates(one, other)
}

async function checkApi(context: Context, cluster: ClusterEntry): Promise<Finding[]> {
  const { entry, ports } = context
  const { server, certificateAuthority } = cluster
  // What kubectl would do differently is told by kubectl itself, at the end.
  if (['proxy-url', 'tls-server-name'].some((key) => entry.body.has(key)))
    return overridden(context)
  const what = `the API of cluster "${entry.name}"`
  const outcome = await ports.https({
    ...{ url: `${server.replace(/\/$/, '')}/version`, method: 'GET', certificateAuthority },
  })
  const fault = connectionFault(outcome, { url: server, what, certificateAuthority }, ports.now)
  if (fault === null) {
    return [
      finding('cluster.reachable', 'ok', `${what} answers`),
      skewFinding('clock.apiserver', what, clockSkewSeconds(outcome, ports.now)),
    ]
  }
  const isTls = ['untrusted', 'host', 'expired'].includes(fault.kind)
  return [
    finding(
      isTls ? 'cluster.certificate' : 'cluster.reachable',
      'failed',
      `${what}: ${fault.sentence}`,
      {
        seen: fault.seen,
        why: isTls ? 'kubectl says x509, and sends nothing' : 'this is no matter of logins',
        fixes: [
          context.listed === null
            ? advice(
                'when the issuer answers again, this compares address and CA with what it lists',
              )
            : advice(
                isTls
                  ? 'tell your admin: the CA is the one that the issuer lists (lanyard cluster set NAME --certificate-authority FILE)'
                  : 'is the VPN on? else tell your admin: the address is the one that the issuer lists',
              ),
        ],
      },
    ),
  ]
}

/** What `setup` never writes. */
function overridden({ entry, facts }: Context): Finding[] {
  return (['proxy-url', 'tls-server-name'] as const)
    .filter((key) => entry.body.has(key))
    .map((key) =>
      finding(
        'kubeconfig.cluster',
        'warning',
        `the cluster "${entry.name}" has ${key}, which setup does not write`,
        {
          why: 'if kubectl fails below, it may be this',
          fixes: [
            here(
              `kubectl config unset ${shellWord(`clusters.${entry.name}.${key}`)}${kubeconfigOption(facts)}`,
            ),
          ],
        },
      ),
    )
}
