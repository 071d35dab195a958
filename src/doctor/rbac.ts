import { advice, command, failed, ok, shellWord, skipped } from './checks.ts'
import { parseObject } from './documents.ts'
import type { Finding, Fix } from './finding.ts'
import { faultOf, type KubeconfigAccess, succeeded } from './kubeconfig-access.ts'
import type { ClusterFacts, PersonFacts } from './subject.ts'

interface Subject {
  readonly kind: string
  readonly name: string
  readonly binding: string
}

/** What its apiserver puts before names, as seen there; what Lanyard thinks where it was not seen. */
export interface Prefixes {
  readonly username: string
  readonly groups: string
}

/** Whether one of the groups that may enter is bound, under the name that the apiserver sees. */
export async function checkBindings(
  cluster: ClusterFacts,
  access: KubeconfigAccess,
  prefixes: Prefixes,
  person: PersonFacts | null,
): Promise<Finding> {
  const subjects = await readSubjects(access)
  if (typeof subjects === 'string') {
    return skipped('rbac.binding', 'the bindings cannot be read', subjects)
  }
  const groups = person === null ? groupsThatEnter(cluster) : person.groups
  const users = person === null ? cluster.people.map(({ username }) => username) : [person.username]
  const bound = subjects.filter(
    ({ kind, name }) =>
      (kind === 'Group' && groups.some((group) => name === prefixes.groups + group)) ||
      (kind === 'User' && users.some((user) => name === prefixes.username + user)),
  )
  const whose = person === null ? `of cluster "${cluster.name}"` : `of ${person.username}`
  if (bound.length > 0) {
    const names = [...new Set(bound.map(({ kind, name }) => `${kind.toLowerCase()} ${name}`))]
    const what = person === null ? 'bound' : `${person.username} is bound`
    return ok('rbac.binding', `${what} in "${cluster.name}": ${names.slice(0, 5).join(', ')}`)
  }
  const expected = groups.map((group) => prefixes.groups + group)
  return failed('rbac.binding', cause(subjects, groups, expected, whose), {
    seen: [
      `kube-apiserver sees: ${expected.map((name) => `Group "${name}"`).join(', ') || 'no group'}`,
    ],
    why: 'people are let in and may do nothing: Forbidden. Names in bindings are compared by letter and case, with the prefix',
    fixes: bind(cluster, access, person),
  })
}

function groupsThatEnter({ everyone, groups, people }: ClusterFacts): readonly string[] {
  return everyone ? [...new Set(people.flatMap((person) => person.groups))] : groups
}

function cause(
  subjects: readonly Subject[],
  groups: readonly string[],
  expected: readonly string[],
  whose: string,
): string {
  for (const [index, group] of groups.entries()) {
    const right = expected[index] ?? group
    const near = subjects.find(
      ({ name }) => bare(name) === bare(right) || bare(name) === bare(group),
    )
    if (near === undefined) continue
    const what = near.kind === 'Group' ? `"${near.name}"` : `a ${near.kind} "${near.name}"`
    return `the binding ${near.binding} names ${what}, and kube-apiserver sees the group "${right}"`
  }
  return `no binding in the cluster names a group ${whose}`
}

/** A name without what people mistake: case, spaces, and a prefix up to a colon. */
function bare(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^[^:]*:/, '')
}

function bind(
  cluster: ClusterFacts,
  access: KubeconfigAccess,
  person: PersonFacts | null,
): readonly Fix[] {
  const group =
    person === null
      ? cluster.groups[0]
      : (cluster.groups.find((each) => person.groups.includes(each)) ?? person.groups[0])
  if (group === undefined) return [advice('put them into a group, and bind that')]
  const words = `${shellWord(cluster.name)} --group ${shellWord(group)} --role view`
  return [
    command(
      `lanyard cluster rbac ${words} | kubectl --kubeconfig ${shellWord(access.file)} apply -f -`,
    ),
  ]
}

async function readSubjects(access: KubeconfigAccess): Promise<readonly Subject[] | string> {
  const outcome = await access.kubectl([
    ...['get', 'clusterrolebindings,rolebindings', '--all-namespaces', '-o', 'json'],
  ])
  if (!succeeded(outcome)) return faultOf(outcome)
  const { items } = Object(parseObject(outcome.stdout)) as { items?: unknown }
  if (!Array.isArray(items)) return 'kubectl printed no list'
  return items.flatMap((item: unknown) => {
    const { metadata, subjects } = Object(item) as {
      metadata?: { name?: unknown }
      subjects?: unknown
    }
    const list: unknown[] = Array.isArray(subjects) ? subjects : []
    return list.map((subject) => {
      const { kind, name } = Object(subject) as { kind?: unknown; name?: unknown }
      return {
        ...{ kind: String(kind), name: String(name) },
        binding: String(metadata?.name),
      }
    })
  })
}
