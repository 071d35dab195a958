import type { Router } from '@koa/router'
import type { Context } from 'koa'
import { groupPage, type Html, type Words } from '../../../views/index.ts'
import type { Group, MembershipChange } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'
import { goTo, pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requirePasskey } from '../passkey-proof.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { consequencesOf, doorsOf } from './consequences.ts'
import { type AdminRouter, adminView, createAdminRouter, pathOfGroup, queryText } from './frame.ts'
import { groupRulesView } from './group-rules.ts'

/** Whether somebody may manage the members of a group. */
type MayManage = (person: Person, group: string) => boolean | Promise<boolean>

/** An admin, or an owner of this very group. */
export function mayManage({ directory }: Web): MayManage {
  return async ({ subject }, group) => {
    if (directory.isAdmin(subject)) return true
    const owned = await directory.owners.of(subject.userId)
    return owned.includes(group)
  }
}

const notes = ({ t }: Words) => ({
  made: t`The group is made. Nobody is in it yet.`,
  added: t`Added.`,
  removed: t`Removed.`,
  'put-in': t`The group is in it.`,
  'taken-out': t`The group is out of it.`,
  saved: t`Saved.`,
})

const PAGE = 50

/** One group: its members for whoever may manage them, and the rest for admins. */
export function groupRoutes(
  web: Web,
  { admin, router, mayManage }: { admin: AdminRouter; router: Router; mayManage: MayManage },
): void {
  const own = createAdminRouter(web, router, (person, ctx) =>
    mayManage(person, pathParameter(ctx, 'group')),
  )
  own.get('/groups/:group', (ctx, person) => showGroup(ctx, web, person))
  own.post('/groups/:group/members', changeMember(web, 'add-users'))
  own.post('/groups/:group/members/remove', changeMember(web, 'remove-users'))
  admin.post('/groups/:group/groups', changeNesting(web, 'add-group'))
  admin.post('/groups/:group/groups/remove', changeNesting(web, 'remove-group'))

  admin.post('/groups/:group/description', async (ctx, person, form) => {
    const { name } = await groupOf(ctx, web)
    await web.directory.groups.change(
      name,
      { description: form.get('description') ?? '' },
      person.by,
    )
    goTo(ctx, web, `${pathOfGroup(name)}?done=saved`)
  })

  admin.post('/groups/:group/delete', async (ctx, person, form) => {
    const { name } = await groupOf(ctx, web)
    const { words } = web.languages.siteFor(ctx)
    const { t } = words
    const act = {
      sentence: t`You are about to <b>delete group <bdi>${name}</bdi></b> for ever: nobody can make a group of this name again.`,
      cancel: pathOfGroup(name),
      consequences: await consequencesOf(web, words, { kind: 'delete-group', group: name }),
    }
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await web.directory.groups.delete(name, person.by)
    goTo(ctx, web, '/admin/groups?done=deleted')
  })
}

/** @throws LanyardError ERR_GROUP_UNKNOWN */
function groupOf(ctx: Context, { directory }: Web): Promise<Group> {
  return directory.groups.get(pathParameter(ctx, 'group'))
}

type Submit = (ctx: Context, person: Person, form: Form) => Promise<void>

function changeMember(web: Web, kind: 'add-users' | 'remove-users'): Submit {
  return async (ctx, person, form) => {
    const { name, longestMembership } = await groupOf(ctx, web)
    const { id, username } = await web.directory.users.get((form.get('username') ?? '').trim())
    const adds = kind === 'add-users'
    const change = { kind, group: name, users: [username] } as const
    const { t } = web.languages.siteFor(ctx).words
    const sentence = adds
      ? t`You are about to <b>add ${username} to <bdi>${name}</bdi></b>.`
      : t`You are about to <b>remove ${username} from <bdi>${name}</bdi></b>.`
    const isLent = longestMembership !== null && !web.directory.isAdmin(person.subject)
    if (adds && isLent) {
      // Threat 16: whoever may approve requests alone goes round neither the passkey nor the other person by this form.
      if (id === person.subject.userId) throw notOneself()
      const act = { sentence, cancel: pathOfGroup(name) }
      if ((await requirePasskey(ctx, web, person, form, act)) === null) return
    } else if (!(await confirmed(ctx, web, person, form, { sentence, name, change }))) return
    await web.directory.people.changeMembers(change, person.by)
    goTo(ctx, web, `${pathOfGroup(name)}?done=${adds ? 'added' : 'removed'}#members`)
  }
}

function notOneself(): LanyardError {
  return new LanyardError('ERR_REQUEST_OWN', 'nobody puts themselves into a group that is lent', {
    hint: 'ask for it on your account page: another owner answers',
  })
}

function changeNesting(web: Web, kind: 'add-group' | 'remove-group'): Submit {
  return async (ctx, person, form) => {
    const { name } = await groupOf(ctx, web)
    const inner = await web.directory.groups.get((form.get('group') ?? '').trim())
    const adds = kind === 'add-group'
    const change = { kind, group: name, member: inner.name } as const
    const { t } = web.languages.siteFor(ctx).words
    const sentence = adds
      ? t`You are about to <b>put group ${inner.name} into <bdi>${name}</bdi></b>.`
      : t`You are about to <b>take group ${inner.name} out of <bdi>${name}</bdi></b>.`
    const wanted = { sentence, name, change, always: true }
    if (!(await confirmed(ctx, web, person, form, wanted))) return
    const { groups } = web.directory
    if (adds) await groups.addMember(name, { group: inner.name }, person.by)
    else await groups.removeMember(name, { group: inner.name }, person.by)
    goTo(ctx, web, `${pathOfGroup(name)}?done=${adds ? 'put-in' : 'taken-out'}#nesting`)
  }
}

async function confirmed(
  ctx: Context,
  web: Web,
  person: Person,
  form: Form,
  wanted: {
    readonly sentence: Html
    readonly name: string
    readonly change: MembershipChange
    readonly always?: boolean
  },
): Promise<boolean> {
  const { sentence, name, change, always = false } = wanted
  const consequences = await consequencesOf(web, web.languages.siteFor(ctx).words, change)
  const act = { sentence, consequences, cancel: pathOfGroup(name) }
  return requireFresh(ctx, web, person, form, act, { always })
}

async function showGroup(ctx: Context, web: Web, person: Person): Promise<void> {
  const group = await groupOf(ctx, web)
  const nested = queryText(ctx, 'show') === 'all'
  const after = queryText(ctx, 'after')
  const [found, around, doors] = await Promise.all([
    web.directory.people.searchMembers(group.name, { nested, after, limit: PAGE }),
    web.directory.people.around(group.name),
    doorsOf(web),
  ])
  const above = new Set(around.above)
  const isAdmin = web.directory.isAdmin(person.subject)
  const page = groupPage(web.languages.siteFor(ctx), {
    ...adminView(ctx, web, person, notes),
    group: { name: group.name, description: group.description },
    isAdmin,
    rules: isAdmin ? await groupRulesView(web, group) : null,
    ...{ nested, after, count: found.count, contains: around.contains, inside: around.inside },
    members: found.members.map(({ status, ...member }) => ({
      ...member,
      locked: status === 'disabled',
    })),
    next: found.more ? (found.members.at(-1)?.username ?? '') : '',
    doors: doors.flatMap(({ kind, name, groups }) => {
      const through = groups.filter((one) => above.has(one))
      return through.length === 0 ? [] : [{ kind, name, through }]
    }),
  })
  show(ctx, page)
}
