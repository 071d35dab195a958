import { type Command, Option } from 'commander'
import { stringify } from 'yaml'
import { LanyardError } from '../errors/index.ts'
import { issuerNotes } from './cluster-config.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

type Mode = 'front-proxy' | 'impersonation'

interface ProxyConfigOptions extends CommonOptions {
  readonly mode: Mode
  readonly only?: 'rbac' | 'flags'
  readonly replace?: boolean
}

/** lanyard cluster proxy-config */
export function addClusterProxy(cluster: Command, session: Session): void {
  leaf(cluster, 'proxy-config <name>', {
    summary:
      'prints the file of `lanyard proxy` for a cluster, with a new credential, shown this once',
    json: { shape: 'ClusterProxyConfig' },
  })
    .addOption(
      new Option('--mode <mode>', 'how its apiserver knows people from the proxy')
        .choices(['front-proxy', 'impersonation'])
        .default('impersonation'),
    )
    .addOption(
      new Option('--only <part>', 'what the cluster itself needs, and no credential').choices([
        'rbac',
        'flags',
      ]),
    )
    .option('--replace', 'ends the credentials that were printed before')
    .action((name: string, options: ProxyConfigOptions) =>
      session.answer(options, (rooms) => printProxyConfig(rooms, name, options)),
    )
}

async function printProxyConfig(
  rooms: Rooms,
  name: string,
  { mode, only, replace = false }: ProxyConfigOptions,
): Promise<Answer> {
  const cluster = await rooms.clusters.get(name)
  const flags = mode === 'front-proxy' ? frontProxyFlags : []
  const manifest = mode === 'impersonation' ? impersonationManifest() : null
  const part = only === undefined ? null : partOf(only, flags, manifest)
  const json = (configuration: string | null): Shape<'ClusterProxyConfig'> => ({
    ...{ cluster: cluster.name, mode, configuration, flags: [...flags], manifest },
  })
  if (part !== null) return { json: json(null), text: part }
  const { gateways } = rooms.clusters
  if (replace) await gateways.revokeAll(name, 'proxy', rooms.by)
  const credential = await gateways.issue(name, 'proxy', rooms.by)
  const hasOwnCa = (await rooms.certificateAuthority()) !== null
  const configuration = configurationOf({
    ...{ name: cluster.name, server: cluster.server, mode, credential },
    ...{ issuer: rooms.config.issuer, hasOwnCa },
    hasServerCa: cluster.certificateAuthority !== null,
  })
  return {
    json: json(configuration),
    text: configuration,
    notes: [...issuerNotes(rooms), ...notesFor(cluster.name, mode, cluster.proxyServer)],
  }
}

function partOf(only: 'rbac' | 'flags', flags: readonly string[], manifest: string | null): string {
  if (only === 'rbac' && manifest !== null) return manifest
  if (only === 'flags' && flags.length > 0) return flags.join('\n')
  throw new LanyardError('ERR_USAGE', `there is no part "${only}" in this mode`, {
    hint: 'a front proxy needs flags of the apiserver, impersonation needs rbac',
  })
}

/** What makes an apiserver take a certificate's word for who somebody is. The names are what the proxy writes. */
const frontProxyFlags = [
  '--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt',
  '--requestheader-allowed-names=lanyard-proxy',
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-uid-headers=X-Remote-Uid',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
]

function configurationOf(facts: {
  readonly name: string
  readonly server: string
  readonly mode: Mode
  readonly credential: string
  readonly issuer: string
  readonly hasOwnCa: boolean
  readonly hasServerCa: boolean
}): string {
  const { name, server, mode, credential, issuer, hasOwnCa, hasServerCa } = facts
  const certificate = { clientCertificate: 'lanyard-proxy.crt', clientKey: 'lanyard-proxy.key' }
  return stringify({
    listen: '0.0.0.0:9443',
    health: '127.0.0.1:9444',
    tls: { certificate: 'tls.crt', key: 'tls.key' },
    clusters: {
      [name]: {
        issuer,
        ...(hasOwnCa ? { issuerCertificateAuthority: 'lanyard-ca.crt' } : {}),
        credential,
        upstream: {
          server,
          ...(hasServerCa ? { certificateAuthority: `${name}-ca.crt` } : {}),
          mode,
          ...(mode === 'front-proxy' ? certificate : { tokenFile: 'token' }),
        },
      },
    },
  })
}

/** Extra keys have each to be named: RBAC knows no `userextras/*`. */
const extraKeys = ['authentication.kubernetes.io/credential-id']

/** The least that impersonation needs: to act as others, and to ask whether one of them may act as another. */
function impersonationManifest(): string {
  const name = 'lanyard-proxy'
  const metadata = { name, namespace: 'kube-system' }
  const authentication = 'authentication.k8s.io'
  const documents = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } },
      rules: [
        {
          ...{ apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'] },
          verbs: ['impersonate'],
        },
        {
          apiGroups: [authentication],
          resources: ['uids', ...extraKeys.map((key) => `userextras/${key}`)],
          verbs: ['impersonate'],
        },
        {
          ...{ apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] },
          verbs: ['create'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]
  return documents.map((document) => stringify(document)).join('---\n')
}

function notesFor(name: string, mode: Mode, proxyServer: string | null): string[] {
  const what = `lanyard cluster proxy-config ${name} --mode ${mode} --only`
  return [
    'warning: the credential in it is shown this once: whoever has it can ask Lanyard whose a token is',
    mode === 'impersonation'
      ? `hint: what the cluster needs: ${what} rbac | kubectl apply -f -`
      : `hint: what kube-apiserver needs: ${what} flags`,
    ...(proxyServer === null
      ? [
          `hint: then people get its address: lanyard cluster set ${name} --proxy-server https://HOST:9443/clusters/${name}`,
        ]
      : []),
  ]
}
