import type { Cluster } from '../clusters/index.ts'
import { type EpochMs, LanyardError, messageOf } from '../errors/index.ts'
import { type Activity, readActivity } from './activity.ts'
import { readClusterBindings } from './cluster-bindings.ts'
import { joinBindings, readGroupNames } from './join-bindings.ts'
import { type Membership, readMembers } from './members.ts'
import { type PrivilegedGroup, readPrivilegedGroups } from './privileged-groups.ts'
import { createReaders, type KeptReader, type Readers } from './readers.ts'
import type { ReviewRooms } from './rooms.ts'
import type {
  AccessReview,
  AccessReviews,
  ClusterReview,
  GroupReview,
  IdleLogin,
  MemberReview,
} from './types.ts'

const DAY_MS = 86_400_000
const USUAL_DAYS = 90
const MOST_DAYS = 3_650
const USUAL_MOST = 1_000

/** Opens the room. */
export function createAccessReviews(rooms: ReviewRooms): AccessReviews {
  const readers = createReaders(rooms)
  return {
    readers: readers.api,
    async review({ dormantDays = USUAL_DAYS, most = USUAL_MOST, group } = {}) {
      refuseDays(dormantDays)
      const { query } = rooms.store
      const clusters = await readClusters(rooms, readers)
      const privileged = await readPrivilegedGroups(query, rooms.adminGroup, clusters, group)
      const read = await readGroups(rooms, privileged.groups, { dormantDays, most })
      return {
        ...{ at: rooms.clock(), dormantDays, clusters, ...read },
        hasMore: privileged.hasMore || read.groups.some(({ hasMore }) => hasMore),
      }
    },
  }
}

function refuseDays(days: number): void {
  if (Number.isSafeInteger(days) && days >= 1 && days <= MOST_DAYS) return
  throw new LanyardError(
    'ERR_REVIEW_DAYS',
    `dormant after ${days} days must be a whole number from 1 to ${MOST_DAYS}`,
  )
}

/** All at once: each has its own few seconds, and one that is away keeps nobody waiting for the others. */
async function readClusters(rooms: ReviewRooms, readers: Readers): Promise<ClusterReview[]> {
  const all = await readers.all()
  const names = all.size === 0 ? [] : await readGroupNames(rooms.store.query)
  return Promise.all(
    (await rooms.clusters.list()).map(async (cluster) => {
      const open = all.get(cluster.id)
      const nothing = { cluster: cluster.name, fault: null, bound: [], unknown: [], unbound: [] }
      if (open === undefined) return { ...nothing, state: 'none', hasMore: false } as const
      try {
        return await readCluster(rooms, cluster, names, await open())
      } catch (error) {
        if (!(error instanceof LanyardError)) throw error
        return { ...nothing, state: 'failed', fault: messageOf(error), hasMore: false } as const
      }
    }),
  )
}

async function readCluster(
  { store, outbound }: ReviewRooms,
  cluster: Cluster,
  groupNames: readonly string[],
  kept: KeptReader,
): Promise<ClusterReview> {
  const door = { ...kept, cluster: cluster.name, clusterId: cluster.id, outbound }
  const { bound, hasMore } = await readClusterBindings(door)
  const joined = await joinBindings(store.query, cluster, bound, groupNames)
  return {
    ...{ ...joined, cluster: cluster.name, state: 'read', fault: null },
    hasMore: hasMore || joined.hasMore,
  }
}

async function readGroups(
  { store, clock }: ReviewRooms,
  groups: readonly PrivilegedGroup[],
  { dormantDays, most }: { readonly dormantDays: number; readonly most: number },
): Promise<Pick<AccessReview, 'groups' | 'idle'>> {
  const now = clock()
  const lists: { group: PrivilegedGroup; members: Membership[]; hasMore: boolean }[] = []
  let left = most
  for (const group of groups) {
    const read = await readMembers(store.query, group.id, now, left)
    lists.push({ group, ...read })
    left -= read.members.length
  }
  const people = new Map(lists.flatMap(({ members }) => members.map((each) => [each.userId, each])))
  const activity = await readActivity(store.query, [...people.keys()], now)
  const since = now - dormantDays * DAY_MS
  return {
    groups: lists.map(
      ({ group: { name, reasons }, members, hasMore }): GroupReview => ({
        ...{ name, reasons, hasMore },
        members: members.map((member) => reviewOf(member, activity.get(member.userId), since)),
      }),
    ),
    idle: [...people.values()].flatMap((member) =>
      idleOf(member.username, activity.get(member.userId), since),
    ),
  }
}

function reviewOf(
  member: Membership,
  activity: Activity | undefined,
  since: EpochMs,
): MemberReview {
  const { username, displayName, status, through, endsAt, createdAt } = member
  const logins = activity?.logins ?? []
  return {
    ...{ username, displayName, status, through, endsAt },
    signedInAt: activity?.signedInAt ?? null,
    enteredAt: activity?.enteredAt ?? null,
    devices: logins.filter(({ kind }) => kind === 'device').length,
    accessTokens: logins.filter(({ kind }) => kind === 'access token').length,
    isDormant: Math.max(activity?.lastAt ?? 0, createdAt) < since,
  }
}

function idleOf(username: string, activity: Activity | undefined, since: EpochMs): IdleLogin[] {
  return (activity?.logins ?? [])
    .filter(({ lastUsedAt, createdAt }) => (lastUsedAt ?? createdAt) < since)
    .map(({ kind, name, lastUsedAt, expiresAt }) => ({
      ...{ kind, username, name, lastUsedAt, expiresAt },
    }))
}
