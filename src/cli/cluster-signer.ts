import type { Command } from 'commander'
import { LanyardError } from '../errors/index.ts'
import { signerRbac } from '../kubernetes/index.ts'
import { readOptionFile } from './files.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339, type Shape } from './shapes.ts'
import { type Answer, facts } from './tell.ts'

interface SignerOptions extends CommonOptions {
  readonly fromFile?: string
  readonly rbac?: boolean
  readonly remove?: boolean
}

const SERVICE_ACCOUNT = 'lanyard-signer'
const NAMESPACE = 'lanyard'

/** lanyard cluster signer */
export function addClusterSigner(cluster: Command, session: Session): void {
  leaf(cluster, 'signer <name>', {
    summary: "lets a cluster's own signer sign client certificates; shows whether it does",
    json: { shape: 'ClusterSigner' },
  })
    .option('--rbac', 'prints what the cluster needs, for kubectl apply -f -')
    .option('--from-file <file>', "that service account's token, which is tried and kept encrypted")
    .option('--remove', 'forgets the token: nothing signs for the cluster any more')
    .action((name: string, options: SignerOptions) =>
      session.answer(options, (rooms) => answerFor(rooms, name, options)),
    )
}

async function answerFor(rooms: Rooms, name: string, options: SignerOptions): Promise<Answer> {
  const { fromFile, rbac = false, remove = false } = options
  if ([fromFile !== undefined, rbac, remove].filter(Boolean).length > 1) {
    throw new LanyardError('ERR_USAGE', '--rbac, --from-file and --remove exclude each other')
  }
  const { signers } = rooms.certificates
  if (rbac) return manifest(rooms, name)
  if (remove) {
    const gone = await signers.remove(name, rooms.by)
    return answer(name, null, [
      gone
        ? `hint: in the cluster: kubectl delete clusterrolebinding,clusterrole ${SERVICE_ACCOUNT} && kubectl delete namespace ${NAMESPACE}`
        : `hint: cluster ${name} had none`,
    ])
  }
  if (fromFile !== undefined) {
    const token = (await readOptionFile('--from-file', fromFile)).trim()
    const { createdAt } = await signers.set(name, token, rooms.by)
    return answer(name, createdAt, [
      `hint: people then type: kubectl lanyard certificate --cluster ${name}`,
      'warning: that signer would sign system:nodes and anybody else: what Lanyard reserves is the only guard, and the token is worth as much',
      'warning: it drops the UID: people are known there by name alone',
    ])
  }
  const state = await signers.find(name)
  return answer(name, state?.createdAt ?? null, [
    ...(state === undefined
      ? [`hint: what the cluster needs first: lanyard cluster signer ${name} --rbac`]
      : []),
  ])
}

async function manifest(rooms: Rooms, name: string): Promise<Answer> {
  await rooms.clusters.get(name)
  const yaml = signerRbac(SERVICE_ACCOUNT, NAMESPACE)
  return {
    json: { cluster: name, set: null, createdAt: null, manifest: yaml } satisfies Json,
    text: yaml,
    notes: [
      `hint: its token: kubectl --namespace ${NAMESPACE} get secret ${SERVICE_ACCOUNT} -o go-template='{{.data.token | base64decode}}' > token`,
      `hint: then: lanyard cluster signer ${name} --from-file token`,
    ],
  }
}

type Json = Shape<'ClusterSigner'>

function answer(name: string, createdAt: number | null, notes: string[]): Answer {
  const since = createdAt === null ? null : rfc3339(createdAt)
  return {
    json: {
      ...{ cluster: name, set: since !== null, createdAt: since, manifest: null },
    } satisfies Json,
    text: facts([
      ['cluster', name],
      ['own signer', since === null ? 'not used' : `used since ${since}`],
    ]),
    notes,
  }
}
