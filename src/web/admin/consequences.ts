import type { Consequence } from '../../../views/index.ts'
import { mayEnter, type Target } from '../../access/index.ts'
import type { Application, Cluster } from '../../clusters/index.ts'
import type { Effects, MembershipChange } from '../../directory/index.ts'
import type { Web } from '../options.ts'

/** More lines than these are read by nobody. */
const MOST_LINES = 12

/** What somebody may enter, as access knows it. */
export type Door = Exclude<Target, { kind: 'kubectl' }>

/** Every cluster, then every application. */
export async function doorsOf({ clusters }: Web): Promise<Door[]> {
  const [all, applications] = await Promise.all([clusters.list(), clusters.applications.list()])
  return [...all.map(clusterDoor), ...applications.map(applicationDoor)]
}

function clusterDoor(cluster: Cluster): Door {
  const { id, name, audience, everyone, groups, liveGroups, fallbackAfter, policy, stepUp } =
    cluster
  const rules = { everyone, groups, policy, stepUp }
  return { kind: 'cluster', id, name, audience, liveGroups, fallbackAfter, ...rules }
}

function applicationDoor(application: Application): Door {
  const { id, name, clientId, everyone, groups, policy, stepUp } = application
  return { kind: 'application', id, name, clientId, everyone, groups, policy, stepUp }
}

/** What a change of memberships takes from people and gives them: a line for each cluster, application and group that is concerned. */
export async function consequencesOf(web: Web, change: MembershipChange): Promise<Consequence[]> {
  const [effects, doors] = await Promise.all([web.directory.people.effects(change), doorsOf(web)])
  const lines = [
    ...doors.flatMap((door) => doorLines(web, effects, door)),
    ...groupLines(effects, change.group),
  ]
  if (lines.length <= MOST_LINES) return lines
  const left = lines.length - MOST_LINES
  return [
    ...lines.slice(0, MOST_LINES),
    { before: 'And', name: String(left), after: 'more clusters, applications and groups' },
  ]
}

function doorLines({ config, site }: Web, { people, more }: Effects, door: Door): Consequence[] {
  const may = (groups: readonly string[]) => mayEnter(groups, door)
  const lose = people.filter(({ before, after }) => may(before) && !may(after)).length
  const gain = people.filter(({ before, after }) => !may(before) && may(after)).length
  const isLive = door.kind === 'cluster' && door.liveGroups
  const when = isLive ? '10 seconds' : site.words.span(config.lifetimes.idToken * 1000)
  return [
    ...(lose === 0
      ? []
      : [line(lose, more, ['loses', 'lose'], door.kind, door.name, `within ${when}`)]),
    ...(gain === 0
      ? []
      : [line(gain, more, ['may enter', 'may enter'], door.kind, door.name, 'at once')]),
  ]
}

/** Groups that people are in through the one that changes: RBAC may bind them too. */
function groupLines({ people, more }: Effects, changed: string): Consequence[] {
  const lost = new Map<string, number>()
  const won = new Map<string, number>()
  for (const { before, after } of people) {
    for (const name of before) if (!after.includes(name)) lost.set(name, (lost.get(name) ?? 0) + 1)
    for (const name of after) if (!before.includes(name)) won.set(name, (won.get(name) ?? 0) + 1)
  }
  lost.delete(changed)
  won.delete(changed)
  return [
    ...[...lost].map(([name, count]) =>
      line(count, more, ['leaves', 'leave'], 'group', name, 'with it'),
    ),
    ...[...won].map(([name, count]) =>
      line(count, more, ['comes into', 'come into'], 'group', name, 'with it'),
    ),
  ]
}

function line(
  count: number,
  more: boolean,
  [one, many]: readonly [string, string],
  what: string,
  name: string,
  after: string,
): Consequence {
  const who = `${more ? 'More than ' : ''}${count.toLocaleString('en')} ${count === 1 ? `person ${one}` : `people ${many}`}`
  return { before: `${who} ${what}`, name, after }
}
