import type { Html, Words } from '../../../views/index.ts'
import { mayEnter, type Target } from '../../access/index.ts'
import type { Application, Cluster } from '../../clusters/index.ts'
import type { Effects, MembershipChange } from '../../directory/index.ts'
import type { Web } from '../options.ts'
import {
  applicationSentences,
  clusterSentences,
  groupSentences,
  type Sentences,
} from './consequence-sentences.ts'

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
export async function consequencesOf(
  web: Web,
  words: Words,
  change: MembershipChange,
): Promise<Html[]> {
  const [effects, doors] = await Promise.all([web.directory.people.effects(change), doorsOf(web)])
  const lines = [
    ...doors.flatMap((door) => doorLines(web, words, effects, door)),
    ...groupLines(words, effects, change.group),
  ]
  if (lines.length <= MOST_LINES) return lines
  const { t } = words
  const left = lines.length - MOST_LINES
  return [
    ...lines.slice(0, MOST_LINES),
    t`And <b><bdi>${left}</bdi></b> more clusters, applications and groups.`,
  ]
}

function doorLines({ config }: Web, words: Words, { people, more }: Effects, door: Door): Html[] {
  const may = (groups: readonly string[]) => mayEnter(groups, door)
  const lose = people.filter(({ before, after }) => may(before) && !may(after)).length
  const gain = people.filter(({ before, after }) => !may(before) && may(after)).length
  const isLive = door.kind === 'cluster' && door.liveGroups
  const when = words.span(isLive ? 10_000 : config.lifetimes.idToken * 1000)
  const say = door.kind === 'cluster' ? clusterSentences : applicationSentences
  return [
    ...(lose === 0 ? [] : [line(words, say.lose, { count: lose, more, name: door.name, when })]),
    ...(gain === 0 ? [] : [line(words, say.gain, { count: gain, more, name: door.name, when })]),
  ]
}

/** Groups that people are in through the one that changes: RBAC may bind them too. */
function groupLines(words: Words, { people, more }: Effects, changed: string): Html[] {
  const lost = new Map<string, number>()
  const won = new Map<string, number>()
  for (const { before, after } of people) {
    for (const name of before) if (!after.includes(name)) lost.set(name, (lost.get(name) ?? 0) + 1)
    for (const name of after) if (!before.includes(name)) won.set(name, (won.get(name) ?? 0) + 1)
  }
  lost.delete(changed)
  won.delete(changed)
  const { lose, gain } = groupSentences
  return [
    ...[...lost].map(([name, count]) => line(words, lose, { count, more, name, when: '' })),
    ...[...won].map(([name, count]) => line(words, gain, { count, more, name, when: '' })),
  ]
}

interface Fact {
  readonly count: number
  /** Whether there are more people than were counted. */
  readonly more: boolean
  readonly name: string
  readonly when: string
}

function line(
  { language, t }: Words,
  sentences: Sentences,
  { count, more, name, when }: Fact,
): Html {
  const shown = count.toLocaleString(language)
  if (more) return sentences.over(t, name, when, shown)
  return count === 1 ? sentences.one(t, name, when) : sentences.many(t, name, when, shown)
}
