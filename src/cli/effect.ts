import type { Cluster } from '../clusters/index.ts'
import type { Rooms } from './rooms.ts'

/** More names than these help nobody. */
const MAX_NAMES = 5

/** When clusters notice what a command has just taken away: notes for people, none where there is no cluster. */
export async function whenItIsInEffect(rooms: Rooms): Promise<string[]> {
  const clusters = await rooms.clusters.list()
  const live = clusters.filter(({ liveGroups }) => liveGroups)
  const embedded = clusters.filter(({ liveGroups }) => !liveGroups)
  const minutes = Math.ceil(rooms.config.lifetimes.idToken / 60)
  return [
    ...(live.length === 0 ? [] : [`new requests to ${namesOf(live)} notice within 10 seconds`]),
    ...(embedded.length === 0
      ? []
      : [
          `${namesOf(embedded)} believe${embedded.length === 1 ? 's' : ''} tokens until they expire: at most ${minutes} minutes`,
        ]),
  ].map((sentence) => `hint: ${sentence}`)
}

function namesOf(clusters: readonly Cluster[]): string {
  const names = clusters.slice(0, MAX_NAMES).map(({ name }) => name)
  const more = clusters.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}
