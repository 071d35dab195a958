import type { GroupRulesView } from '../../../views/index.ts'
import type { Group, GroupChange } from '../../directory/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'
import { goTo, pathParameter } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import { type AdminRouter, pathOfGroup } from './frame.ts'
import { textIn } from './mendable.ts'
import { AGES } from './sign-in-policy.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const LENGTHS = [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR]

/** What a group asks of its members' sign-ins, who may ask to be one, and who looks after it. */
export function groupRulesRoutes(web: Web, admin: AdminRouter): void {
  const { groups, owners } = web.directory
  admin.post('/groups/:group/policy', async (ctx, person, form) => {
    const { name } = await groups.get(pathParameter(ctx, 'group'))
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>change the policy of group <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: pathOfGroup(name) }
    if (!(await requireFresh(ctx, web, person, form, act))) return
    await groups.change(name, rulesIn(form), person.by)
    goTo(ctx, web, `${pathOfGroup(name)}?done=saved#policy`)
  })

  for (const [route, change] of [
    ['/groups/:group/owners', 'add'],
    ['/groups/:group/owners/remove', 'remove'],
  ] as const) {
    admin.post(route, async (ctx, person, form) => {
      const { name } = await groups.get(pathParameter(ctx, 'group'))
      const { username } = await web.directory.users.get(textIn(form, 'username'))
      const { t } = web.languages.siteFor(ctx).words
      const sentence =
        change === 'add'
          ? t`You are about to <b>make an owner of group <bdi>${name}</bdi></b> : ${username}.`
          : t`You are about to <b>take an owner from group <bdi>${name}</bdi></b> : ${username}.`
      const act = { sentence, cancel: pathOfGroup(name) }
      if (!(await requireFresh(ctx, web, person, form, act))) return
      await owners[change](name, username, person.by)
      goTo(ctx, web, `${pathOfGroup(name)}?done=saved#owners`)
    })
  }
}

export async function groupRulesView(
  { directory }: Web,
  { name, policy, longestMembership }: Group,
): Promise<GroupRulesView> {
  const withOwn = (offered: readonly number[], own: number | null) =>
    own === null || offered.includes(own) ? offered : [...offered, own].sort((a, b) => a - b)
  return {
    ...policy,
    longestMembership,
    ages: withOwn(AGES, policy.maxAge),
    lengths: withOwn(LENGTHS, longestMembership),
    owners: await directory.owners.list(name),
  }
}

/** The rules as the form has them; their values are for the room to check. Throws ERR_POLICY_INVALID for what no form of ours sends. */
function rulesIn(form: Form): GroupChange {
  const factors = form.get('factors')
  if (factors !== 'any' && factors !== 'two' && factors !== 'passkey') throw invalid('factors')
  const maxAge = secondsIn(form, 'max_age')
  return {
    policy: { factors, maxAge },
    longestMembership: secondsIn(form, 'longest_membership'),
  }
}

function secondsIn(form: Form, field: string): number | null {
  const text = form.get(field) ?? ''
  if (!/^\d{0,9}$/.test(text)) throw invalid(field)
  return text === '' ? null : Number(text)
}

function invalid(field: string): LanyardError {
  return new LanyardError('ERR_POLICY_INVALID', `the form has no choice in its field ${field}`)
}
