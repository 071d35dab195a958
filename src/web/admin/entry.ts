import type { Context } from 'koa'
import type { SignInPolicy, StepUp } from '../../access/index.ts'
import type { By } from '../../errors/index.ts'
import { goTo } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import type { AdminRouter } from './frame.ts'
import { type Mendable, mendable, textIn } from './mendable.ts'
import { policyIn } from './sign-in-policy.ts'

interface EntryChange {
  readonly everyone?: boolean
  readonly policy?: SignInPolicy
  readonly stepUp?: StepUp
}

/** What people enter: a cluster or an application, whose page has these forms. */
export interface Entrance {
  /** With the name as its parameter. */
  readonly route: `/${string}`
  readonly register: {
    allow(name: string, group: string, by: By): Promise<unknown>
    disallow(name: string, group: string, by: By): Promise<unknown>
    change(name: string, change: EntryChange, by: By): Promise<unknown>
  }
  nameIn(ctx: Context): string
  pathOf(name: string): `/${string}`
  /** The page again, where a form was refused. */
  show(ctx: Context, person: Person, name: string, fault: Mendable): Promise<void>
}

/** Who may enter, and what is asked of their sign-in. */
export function entryRoutes(web: Web, admin: AdminRouter, entrance: Entrance): void {
  const { route, register, nameIn, pathOf, show } = entrance
  admin.post(`${route}/groups`, async (ctx, person, form) => {
    const name = nameIn(ctx)
    const group = textIn(form, 'group')
    try {
      await web.directory.groups.get(group)
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>let group ${group} into <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: pathOf(name) }
      if (!(await requireFresh(ctx, web, person, form, act))) return
      await register.allow(name, group, person.by)
    } catch (error) {
      return show(ctx, person, name, mendable(error))
    }
    goTo(ctx, web, `${pathOf(name)}?done=allowed`)
  })

  admin.post(`${route}/groups/remove`, async (ctx, person, form) => {
    const name = nameIn(ctx)
    const group = textIn(form, 'group')
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>let group ${group} no more into <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: pathOf(name) }
    if (!(await requireFresh(ctx, web, person, form, act))) return
    try {
      await register.disallow(name, group, person.by)
    } catch (error) {
      return show(ctx, person, name, mendable(error))
    }
    goTo(ctx, web, `${pathOf(name)}?done=disallowed`)
  })

  admin.post(`${route}/everyone`, async (ctx, person, form) => {
    const name = nameIn(ctx)
    const everyone = form.get('everyone') === 'yes'
    const { t } = web.languages.siteFor(ctx).words
    const sentence = everyone
      ? t`You are about to <b>let every active user into <bdi>${name}</bdi></b>.`
      : t`You are about to <b>let only the named groups into <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: pathOf(name) }
    if (!(await requireFresh(ctx, web, person, form, act, { always: everyone }))) return
    await register.change(name, { everyone }, person.by)
    goTo(ctx, web, `${pathOf(name)}?done=everyone`)
  })

  admin.post(`${route}/policy`, async (ctx, person, form) => {
    const name = nameIn(ctx)
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>change the sign-in policy of <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: pathOf(name) }
    if (!(await requireFresh(ctx, web, person, form, act))) return
    try {
      await register.change(name, policyIn(form), person.by)
    } catch (error) {
      return show(ctx, person, name, mendable(error))
    }
    goTo(ctx, web, `${pathOf(name)}?done=policy`)
  })
}
