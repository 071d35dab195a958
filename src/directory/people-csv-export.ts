import type { Context } from './context.ts'
import { GROUP_COLUMNS, USER_COLUMNS } from './people-csv-plan.ts'
import { csvLine } from './people-csv-text.ts'
import { searchUsers } from './search.ts'
import { searchGroups } from './search-groups.ts'

const AT_ONCE = 100

/** Everybody by username, with the groups that they are in themselves and for good: a file knows no end. */
export async function* exportUsers(context: Context): AsyncGenerator<string> {
  yield csvLine(USER_COLUMNS)
  let after: string | null | undefined
  do {
    const page = await searchUsers(context, {
      limit: AT_ONCE,
      lent: false,
      ...(after === undefined || after === null ? {} : { after }),
    })
    yield page.users
      .map((user) => {
        const { username, displayName, email, status, groups } = user
        return csvLine([username, displayName, email ?? '', status, groups.join(' ')])
      })
      .join('')
    after = page.next
  } while (after !== null)
}

/** Every group by name, with the groups that it contains. */
export async function* exportGroups(context: Context): AsyncGenerator<string> {
  yield csvLine(GROUP_COLUMNS)
  let after: string | undefined
  do {
    const page = await searchGroups(context, {
      limit: AT_ONCE,
      ...(after === undefined ? {} : { after }),
    })
    yield page
      .map(({ name, description, groups }) => csvLine([name, description, groups.join(' ')]))
      .join('')
    after = page.length < AT_ONCE ? undefined : page.at(-1)?.name
  } while (after !== undefined)
}
