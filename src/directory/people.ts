import type { By } from '../errors/index.ts'
import { keepAnAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { type Counts, countDirectory } from './counts.ts'
import { type Effects, effectsOf, type MembershipChange } from './counts-effects.ts'
import { addMember, removeMember } from './groups.ts'
import { createPeopleCsv, type PeopleCsv } from './people-csv.ts'
import { searchUsers, type UserPage, type UserQuery } from './search.ts'
import {
  type FoundGroup,
  type FoundMember,
  groupsAround,
  type MemberQuery,
  searchGroups,
  searchMembers,
} from './search-groups.ts'
import type { Page } from './types.ts'

/** People and groups by the many: what lists, overviews and changes to a selection are made of. */
export interface People {
  search(query?: UserQuery): Promise<UserPage>
  searchGroups(page?: Page): Promise<FoundGroup[]>
  /** `count` is at most 1,001, which stands for more. @throws LanyardError ERR_GROUP_UNKNOWN */
  searchMembers(
    group: string,
    query?: MemberQuery,
  ): Promise<{ readonly members: FoundMember[]; readonly more: boolean; readonly count: number }>
  /**
   * `contains` are the groups in it, `inside` those that it is a member of itself, `above` it and every group that its members are in.
   * @throws LanyardError ERR_GROUP_UNKNOWN
   */
  around(group: string): Promise<{
    readonly contains: string[]
    readonly inside: string[]
    readonly above: string[]
  }>
  readonly csv: PeopleCsv
  counts(): Promise<Counts>
  /** What a change would do to people's groups, without doing it. @throws LanyardError ERR_GROUP_UNKNOWN, ERR_USER_UNKNOWN */
  effects(change: MembershipChange): Promise<Effects>
  /**
   * Adds or removes all of these, or none; resolves with how many were changed.
   * @throws LanyardError ERR_GROUP_UNKNOWN, ERR_USER_UNKNOWN, ERR_LAST_ADMIN
   */
  changeMembers(
    change: {
      readonly kind: 'add-users' | 'remove-users'
      readonly group: string
      readonly users: readonly string[]
    },
    by: By,
  ): Promise<number>
}

export function createPeople(context: Context): People {
  return {
    csv: createPeopleCsv(context),
    search: (query = {}) => searchUsers(context, query),
    searchGroups: (page = {}) => searchGroups(context, page),
    searchMembers: (group, query = {}) => searchMembers(context, group, query),
    around: (group) => groupsAround(context, group),
    counts: () => countDirectory(context),
    effects: (change) => effectsOf(context, change),
    changeMembers: (change, by) => changeMembers(context, change, by),
  }
}

function changeMembers(
  context: Context,
  { kind, group, users }: Parameters<People['changeMembers']>[0],
  by: By,
): Promise<number> {
  return context.store.write((tx) =>
    keepAnAdmin(tx, context.adminGroup, async () => {
      let changed = 0
      for (const user of users) {
        const did =
          kind === 'add-users'
            ? await addMember(tx, context, group, { user }, { by, endsAt: null })
            : await removeMember(tx, context, group, { user }, by)
        if (did) changed += 1
      }
      return changed
    }),
  )
}
