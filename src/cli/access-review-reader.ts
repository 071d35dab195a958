import type { Command } from 'commander'
import type { RbacReader } from '../access-review/index.ts'
import { LanyardError } from '../errors/index.ts'
import { readerRbac } from '../kubernetes/index.ts'
import { readOptionFile } from './files.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339, type Shape } from './shapes.ts'
import { type Answer, facts } from './tell.ts'

interface ReaderOptions extends CommonOptions {
  readonly kubeconfig?: string
  readonly rbac?: boolean
  readonly remove?: boolean
}

const SERVICE_ACCOUNT = 'lanyard-rbac-reader'
const NAMESPACE = 'lanyard'

/** lanyard cluster rbac-reader */
export function addClusterRbacReader(cluster: Command, session: Session): void {
  leaf(cluster, 'rbac-reader <name>', {
    summary: "lets an access review read a cluster's role bindings; shows whether it does",
    json: { shape: 'ClusterRbacReader' },
  })
    .option('--rbac', 'prints what the cluster needs, for kubectl apply -f -')
    .option('--kubeconfig <file>', "that service account's, which is tried and kept encrypted")
    .option('--remove', 'forgets it: the role bindings are read no more')
    .action((name: string, options: ReaderOptions) =>
      session.answer(options, (rooms) => answerFor(rooms, name, options)),
    )
}

async function answerFor(rooms: Rooms, name: string, options: ReaderOptions): Promise<Answer> {
  const { kubeconfig, rbac = false, remove = false } = options
  if ([kubeconfig !== undefined, rbac, remove].filter(Boolean).length > 1) {
    throw new LanyardError('ERR_USAGE', '--rbac, --kubeconfig and --remove exclude each other')
  }
  const { readers } = rooms.accessReviews
  if (rbac) return manifest(rooms, name)
  if (remove) {
    const gone = await readers.remove(name, rooms.by)
    return answer(name, undefined, [
      gone
        ? `hint: in the cluster: kubectl delete clusterrolebinding,clusterrole ${SERVICE_ACCOUNT} && kubectl --namespace ${NAMESPACE} delete serviceaccount,secret ${SERVICE_ACCOUNT}`
        : `hint: cluster ${name} had none`,
    ])
  }
  if (kubeconfig !== undefined) {
    const text = await readOptionFile('--kubeconfig', kubeconfig)
    return answer(name, await readers.set(name, text, rooms.by), [
      'hint: what it reads: lanyard access review',
    ])
  }
  const state = await readers.find(name)
  return answer(name, state, [
    ...(state === undefined
      ? [`hint: what the cluster needs first: lanyard cluster rbac-reader ${name} --rbac`]
      : []),
  ])
}

async function manifest(rooms: Rooms, name: string): Promise<Answer> {
  const cluster = await rooms.clusters.get(name)
  const yaml = readerRbac(SERVICE_ACCOUNT, NAMESPACE)
  return {
    json: { ...nothing(name), set: null, manifest: yaml } satisfies Json,
    text: yaml,
    notes: [
      `hint: its kubeconfig: kubectl --namespace ${NAMESPACE} get secret ${SERVICE_ACCOUNT} -o go-template='${kubeconfigTemplate(cluster.server)}' > reader.kubeconfig`,
      `hint: then: lanyard cluster rbac-reader ${name} --kubeconfig reader.kubeconfig && rm reader.kubeconfig`,
    ],
  }
}

/** JSON is YAML; a server is a URL without quotes. */
function kubeconfigTemplate(server: string): string {
  const [ca, token] = ['@ca', '@token']
  const name = 'reader'
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server, 'certificate-authority-data': ca } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [{ name, user: { token } }],
  })
    .replace(ca, '{{with index .data "ca.crt"}}{{.}}{{end}}')
    .replace(token, '{{.data.token | base64decode}}')
}

type Json = Shape<'ClusterRbacReader'>

function nothing(name: string) {
  return { cluster: name, set: false, server: null, createdAt: null, manifest: null }
}

function answer(name: string, reader: RbacReader | undefined, notes: string[]): Answer {
  const since = reader === undefined ? null : rfc3339(reader.createdAt)
  const server = reader?.server ?? null
  return {
    json: { ...nothing(name), set: since !== null, server, createdAt: since } satisfies Json,
    text: facts([
      ['cluster', name],
      ['role bindings', since === null ? 'not read' : `read since ${since}`],
      ['from', server],
    ]),
    notes,
  }
}
