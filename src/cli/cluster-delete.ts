import type { Command } from 'commander'
import type { Cluster, Holders } from '../clusters/index.ts'
import { leaf } from './leaf.ts'
import { confirmOrThrow } from './passwords.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339, type Shape } from './shapes.ts'
import { type Answer, table } from './tell.ts'

/** As many as fit on a screen or two; the count is of all. */
const LISTED = 50

interface DeleteOptions extends CommonOptions {
  readonly yes?: boolean
}

/** lanyard cluster delete */
export function addClusterDelete(cluster: Command, session: Session): void {
  leaf(cluster, 'delete <name>', {
    summary:
      'deletes a cluster, ends its tokens and says who has a context for it; nobody can have its audience again',
    json: { shape: 'ClusterDeleted' },
  })
    .option('-y, --yes', 'do not ask')
    .action((name: string, options: DeleteOptions) =>
      session.answer(options, (rooms) => deleteCluster(rooms, session, name, options)),
    )
}

async function deleteCluster(
  rooms: Rooms,
  session: Session,
  name: string,
  options: DeleteOptions,
): Promise<Answer> {
  const cluster = await rooms.clusters.get(name)
  const held = await rooms.clusters.holders(name, LISTED)
  const asked = options.yes !== true && session.terminal.isInteractive
  if (asked && held.devices > 0) {
    for (const line of [whoEntered(held, name), ...tableOf(held).split('\n')]) {
      session.tell.note(line)
    }
  }
  const question = `Delete cluster ${name}? Nobody can have its audience ${cluster.audience} again.`
  await confirmOrThrow(session.terminal, question, options)
  await rooms.clusters.delete(name, rooms.by)
  return {
    json: shapeOf(cluster, held),
    text: [`cluster ${name} deleted`, ...(held.devices === 0 ? [] : [tableOf(held)])].join('\n'),
    notes: held.devices === 0 ? [] : notesOf(cluster, held),
  }
}

function notesOf({ name }: Cluster, held: Holders): string[] {
  const hidden = held.devices - held.holders.length
  return [
    `${whoEntered(held, name)}${hidden > 0 ? ` (above are the last ${LISTED})` : ''}`,
    `hint: each of them removes it with: ${removalOf(name)}; their next setup says so too`,
  ]
}

function whoEntered({ people, devices }: Holders, name: string): string {
  const who = people === 1 ? '1 person has' : `${people} people have`
  const where = devices === 1 ? 'one machine' : `${devices} machines`
  return `${who} entered ${name}, on ${where}; a kubeconfig there has a context for it`
}

function tableOf({ holders }: Holders): string {
  return table(
    ['USERNAME', 'DEVICE', 'CLIENT', 'ENTERED'],
    holders.map(({ username, device, clientId, enteredAt }) => [
      ...[username, device, clientId, rfc3339(enteredAt)],
    ]),
  )
}

function shapeOf(cluster: Cluster, held: Holders): Shape<'ClusterDeleted'> {
  const { people, devices, holders } = held
  return {
    ...{ deleted: cluster.name, audience: cluster.audience, people, devices },
    holders: holders.map((holder) => ({ ...holder, enteredAt: rfc3339(holder.enteredAt) })),
    removeContext: removalOf(cluster.name),
  }
}

/** `setup` and the downloads call the context as the cluster is called. */
function removalOf(name: string): string {
  return `kubectl config delete-context ${name}`
}
