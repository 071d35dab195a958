import type { Context } from 'koa'
import {
  groupsPage,
  type Html,
  type NewGroupView,
  newGroupPage,
  type Words,
} from '../../../views/index.ts'
import type { FoundGroup } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../../http/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { doorsOf } from './consequences.ts'
import { type AdminRouter, adminView, pathOfGroup, queryText } from './frame.ts'

const notes = ({ t }: Words) => ({ deleted: t`The group is deleted.` })

const PAGE = 50

/** All groups, and one more. */
export function groupsRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/groups', async (ctx, person) => {
    const site = web.languages.siteFor(ctx)
    const text = queryText(ctx, 'q')
    const after = queryText(ctx, 'after')
    const [found, doors] = await Promise.all([
      web.directory.people.searchGroups({ prefix: text, after, limit: PAGE + 1 }),
      doorsOf(web),
    ])
    const rows = found.slice(0, PAGE)
    const page = groupsPage(site, {
      ...adminView(ctx, web, person, notes),
      ...{ text, after, next: found.length > PAGE ? (rows.at(-1)?.name ?? '') : '' },
      rows: rows.map((group) => ({
        ...{ name: group.name, description: group.description, users: group.users },
        ...{ groups: group.groups, needs: needsOf(site.words, group) },
        opens: doors.filter((door) => door.groups.includes(group.name)).map(({ name }) => name),
      })),
    })
    show(ctx, page)
  })

  admin.get('/new-group', async (ctx, person) => {
    showNew(ctx, web, person, null)
  })

  admin.post('/groups', async (ctx, person, form) => {
    try {
      const { name } = await web.directory.groups.add(typedOf(form), person.by)
      goTo(ctx, web, `${pathOfGroup(name)}?done=made`)
    } catch (error) {
      showNew(ctx, web, person, { form, error })
    }
  })
}

/** What a group asks of a sign-in, in words. */
function needsOf(words: Words, { factors, maxAge }: Pick<FoundGroup, 'factors' | 'maxAge'>): Html {
  const { t } = words
  if (maxAge === null) {
    return { any: t`any factor`, two: t`two factors`, passkey: t`a passkey` }[factors]
  }
  const age = words.span(maxAge * 1000)
  return {
    any: t`any factor, within ${age}`,
    two: t`two factors, within ${age}`,
    passkey: t`a passkey, within ${age}`,
  }[factors]
}

function typedOf(form: Form): NewGroupView['typed'] {
  const text = (name: string) => (form.get(name) ?? '').trim()
  return { name: text('name'), description: text('description') }
}

function showNew(
  ctx: Context,
  web: Web,
  person: Person,
  failed: { readonly form: Form; readonly error: unknown } | null,
): void {
  const view = adminView(ctx, web, person)
  if (failed === null) {
    const typed = { name: '', description: '' }
    show(ctx, newGroupPage(web.languages.siteFor(ctx), { ...view, typed, failure: null }))
    return
  }
  const { form, error } = failed
  if (!(error instanceof LanyardError) || !/^ERR_(?:NAME|GROUP|DESCRIPTION)/.test(error.code)) {
    throw error
  }
  const field = error.code === 'ERR_DESCRIPTION' ? 'description' : 'name'
  const failure = { field, sentence: sentenceOf(error.message) } as const
  const page = newGroupPage(web.languages.siteFor(ctx), { ...view, typed: typedOf(form), failure })
  show(ctx, page, { status: errorStatus(error.code) })
}
