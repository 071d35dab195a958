import type { Command } from 'commander'
import type { Cluster } from '../clusters/index.ts'
import { LanyardError } from '../errors/index.ts'
import {
  type Binding,
  type BindingFacts,
  bindingFacts,
  clusterAdmin,
  isComponentRole,
  quoteName,
  roleBindings,
} from '../kubernetes/index.ts'
import { collect, leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface RbacOptions extends CommonOptions {
  readonly group?: readonly string[]
  readonly role?: readonly string[]
  readonly namespace?: string
  readonly forAllGroups?: boolean
  readonly clusterAdmins?: readonly string[]
}

/** lanyard cluster rbac */
export function addClusterRbac(cluster: Command, session: Session): void {
  leaf(cluster, 'rbac <name>', {
    summary: 'prints RBAC bindings of groups to ClusterRoles, for kubectl apply',
    json: { shape: 'ClusterBindings' },
  })
    .option('--group <name>', 'a group; may be repeated', collect)
    .option('--role <name>', 'a ClusterRole for each of the groups; may be repeated', collect)
    .option('--namespace <name>', 'in this namespace alone')
    .option('--for-all-groups', 'a start: `view` for every group that may enter')
    .option(
      '--cluster-admins <group>',
      'with --for-all-groups: a group that may do everything; may be repeated',
      collect,
    )
    .action((name: string, options: RbacOptions) =>
      session.answer(options, (rooms) => printBindings(rooms, name, options)),
    )
}

async function printBindings(rooms: Rooms, name: string, options: RbacOptions): Promise<Answer> {
  refuseMixture(options)
  const cluster = await rooms.clusters.get(name)
  const pairs =
    options.forAllGroups === true
      ? await startingPairs(rooms, cluster, options)
      : await namedPairs(rooms, options)
  const { groupsPrefix: prefix } = cluster
  const { namespace } = options
  const bindings = pairs.map(
    (pair): Binding => ({ ...pair, prefix, ...(namespace === undefined ? {} : { namespace }) }),
  )
  const facts = bindings.map(bindingFacts)
  const manifest = roleBindings(bindings)
  const json: Shape<'ClusterBindings'> = { cluster: cluster.name, bindings: facts, manifest }
  return { json, text: manifest, notes: notesOf(cluster, facts) }
}

function refuseMixture(options: RbacOptions): void {
  const wrong = (message: string, hint?: string) =>
    new LanyardError('ERR_USAGE', message, hint === undefined ? {} : { hint })
  const { group, role, namespace, clusterAdmins } = options
  if (options.forAllGroups === true) {
    if (group !== undefined || role !== undefined) {
      throw wrong(
        '--for-all-groups takes neither --group nor --role',
        'it gives every group that may enter `view`; leave it out to choose groups and roles',
      )
    }
    if (clusterAdmins !== undefined && namespace !== undefined) {
      throw wrong('--cluster-admins are admins of the whole cluster, not of one namespace')
    }
    return
  }
  if (clusterAdmins !== undefined) throw wrong('--cluster-admins goes with --for-all-groups')
  if (group === undefined) {
    throw wrong('no group is named', 'name one with --group, or begin with --for-all-groups')
  }
  if (role === undefined) {
    throw wrong('no role is named', 'name a ClusterRole with --role, such as view or edit')
  }
}

type Pair = Pick<Binding, 'groupName' | 'role'>

async function namedPairs(
  rooms: Rooms,
  { group = [], role = [] }: RbacOptions,
): Promise<readonly Pair[]> {
  const groups = await groupsNamed(rooms, group)
  const roles = [...new Set(role)]
  return groups.flatMap((groupName) => roles.map((each) => ({ groupName, role: each })))
}

/** To look and not to touch, for all; everything, for whom the admin names. */
async function startingPairs(
  rooms: Rooms,
  cluster: Cluster,
  { clusterAdmins = [] }: RbacOptions,
): Promise<readonly Pair[]> {
  const admins = await groupsNamed(rooms, clusterAdmins)
  const enter = cluster.everyone ? await allGroups(rooms) : cluster.groups
  if (enter.length === 0) {
    throw new LanyardError('ERR_NO_GROUPS', `no group may enter cluster ${cluster.name}`, {
      hint: `let one in with: lanyard cluster allow ${cluster.name} GROUP`,
    })
  }
  return [
    ...admins.map((groupName) => ({ groupName, role: clusterAdmin })),
    ...enter
      .filter((groupName) => !admins.includes(groupName))
      .map((groupName) => ({ groupName, role: 'view' })),
  ]
}

/** In their stored form, each once. A group that is not here would be a binding that waits for whoever takes its name. */
async function groupsNamed(rooms: Rooms, names: readonly string[]): Promise<readonly string[]> {
  const groups = new Set<string>()
  for (const name of names) groups.add((await rooms.directory.groups.get(name)).name)
  return [...groups]
}

async function allGroups({ directory }: Rooms): Promise<readonly string[]> {
  const names: string[] = []
  for (;;) {
    const after = names.at(-1)
    const page = await directory.groups.list(after === undefined ? {} : { after })
    if (page.length === 0) return names
    names.push(...page.map(({ name }) => name))
  }
}

function notesOf(cluster: Cluster, bindings: readonly BindingFacts[]): string[] {
  const outside = cluster.everyone
    ? []
    : [...new Set(bindings.map(({ group }) => group))].filter(
        (group) => !cluster.groups.includes(group),
      )
  return [
    ...bindings.filter(({ role }) => role === clusterAdmin).map(warnOfAdmin),
    ...[...new Set(bindings.map(({ role }) => role).filter(isComponentRole))].map(
      (role) => `warning: Kubernetes keeps role ${quoteName(role)} for its own components`,
    ),
    ...outside.map(
      (group) =>
        `warning: group ${group} may not enter ${cluster.name}; its people get in only by another group that may: lanyard cluster allow ${cluster.name} ${group}`,
    ),
    ...(cluster.everyone
      ? [`everyone may enter ${cluster.name}; who is in no group gets nothing by these bindings`]
      : []),
  ]
}

function warnOfAdmin({ group, namespace }: BindingFacts): string {
  return namespace === null
    ? `warning: with cluster-admin everybody in ${group} can do everything: read every secret, and change who can do what`
    : `warning: with cluster-admin everybody in ${group} can do everything in namespace ${namespace}, read its secrets too`
}
