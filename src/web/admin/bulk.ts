import type { Html, Words } from '../../../views/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { goTo } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import { consequencesOf } from './consequences.ts'
import type { AdminRouter } from './frame.ts'
import { ticked } from './names.ts'

/** One group for several people at once, after its consequence was read. */
export function bulkRoutes(web: Web, admin: AdminRouter): void {
  admin.post('/users/groups', async (ctx, person, form) => {
    const users = ticked(form, 'user.').sort()
    const removes = form.get('act') === 'remove'
    const typed = (form.get('group') ?? '').trim()
    if (users.length === 0) {
      throw new LanyardError('ERR_SELECTION', 'nobody is selected', {
        hint: 'go back and tick the people whose groups you want to change',
      })
    }
    const { name: group } = await web.directory.groups.get(typed)
    const kind = removes ? 'remove-users' : 'add-users'
    const change = { kind, group, users } as const
    const { words } = web.languages.siteFor(ctx)
    const act = {
      sentence: sentenceOf(words, change),
      consequences: await consequencesOf(web, words, change),
      cancel: '/admin/users',
    } as const
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await web.directory.people.changeMembers(change, person.by)
    goTo(ctx, web, `/admin/users?done=${removes ? 'removed' : 'added'}`)
  })
}

interface Change {
  readonly kind: 'add-users' | 'remove-users'
  readonly group: string
  readonly users: readonly string[]
}

function sentenceOf({ t }: Words, { kind, group, users }: Change): Html {
  const [first = ''] = users
  if (kind === 'add-users') {
    return users.length === 1
      ? t`You are about to <b>add ${first} to <bdi>${group}</bdi></b>.`
      : t`You are about to <b>add ${users.length} people to <bdi>${group}</bdi></b>.`
  }
  return users.length === 1
    ? t`You are about to <b>remove ${first} from <bdi>${group}</bdi></b>.`
    : t`You are about to <b>remove ${users.length} people from <bdi>${group}</bdi></b>.`
}
