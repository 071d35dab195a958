import type { Context } from 'koa'
import { applicationPage, secretOncePage, type Words } from '../../../views/index.ts'
import { goTo, pathParameter, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { entryRoutes } from './entry.ts'
import { type AdminRouter, adminView, pathOfApplication } from './frame.ts'
import { type Mendable, mendable } from './mendable.ts'
import { policyView } from './sign-in-policy.ts'

const notes = ({ t }: Words) => ({
  added: t`The application is added.`,
  changed: t`The application is changed.`,
  allowed: t`The group may enter, from the next sign-in on.`,
  disallowed: t`The group may enter no more.`,
  everyone: t`Who may enter is changed.`,
  policy: t`The sign-in policy is saved. It is asked of every token from now on.`,
})

/** One application and what is done to it. */
export function applicationRoutes(web: Web, admin: AdminRouter): void {
  const { applications } = web.clusters
  admin.get('/applications/:application', (ctx, person) =>
    showApplication(ctx, web, person, applicationIn(ctx)),
  )
  entryRoutes(web, admin, {
    route: '/applications/:application',
    nameIn: applicationIn,
    pathOf: pathOfApplication,
    register: applications,
    show: (ctx, person, name, fault) => showApplication(ctx, web, person, name, fault),
  })

  admin.post('/applications/:application/secret', async (ctx, person, form) => {
    const name = applicationIn(ctx)
    const { t } = web.languages.siteFor(ctx).words
    const act = {
      sentence: t`You are about to <b>make a new secret for <bdi>${name}</bdi></b> whose old one ends at once.`,
      cancel: pathOfApplication(name),
    }
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    let made: Awaited<ReturnType<typeof applications.rotateSecret>>
    try {
      made = await applications.rotateSecret(name, person.by)
    } catch (error) {
      return showApplication(ctx, web, person, name, mendable(error))
    }
    await web.issuer.refresh()
    const view = {
      ...adminView(ctx, web, person),
      ...({ current: 'applications', title: t`Secret of ${name}`, hints: [] } as const),
      lead: t`The one before works no more.`,
      parts: [{ caption: 'client_secret', text: made.secret }],
      next: pathOfApplication(name),
    }
    show(ctx, secretOncePage(web.languages.siteFor(ctx), view))
  })

  admin.post('/applications/:application/delete', async (ctx, person, form) => {
    const name = applicationIn(ctx)
    await applications.get(name)
    const { t } = web.languages.siteFor(ctx).words
    const sentence = t`You are about to <b>delete application <bdi>${name}</bdi></b>.`
    const act = { sentence, cancel: pathOfApplication(name) }
    if (!(await requireFresh(ctx, web, person, form, act, { always: true }))) return
    await applications.delete(name, person.by)
    await web.issuer.refresh()
    goTo(ctx, web, '/admin/applications?done=deleted')
  })
}

async function showApplication(
  ctx: Context,
  web: Web,
  person: Person,
  name: string,
  fault: Mendable | null = null,
): Promise<void> {
  const { applications } = web.clusters
  const [application, signIns] = await Promise.all([
    applications.get(name),
    applications.lastSignIns(),
  ])
  const { clientId, public: isPublic, redirectUris, postLogoutRedirectUris } = application
  const { backchannelLogoutUri, everyone, groups, signingAlg } = application
  const page = applicationPage(web.languages.siteFor(ctx), {
    ...adminView(ctx, web, person, notes),
    ...{ name, clientId, isPublic, redirectUris, postLogoutRedirectUris, backchannelLogoutUri },
    ...{ everyone, groups, signingAlg, fault, issuer: web.config.issuer },
    policy: policyView(application),
    tokenLifetime: web.languages.siteFor(ctx).words.span(web.config.lifetimes.idToken * 1000),
    lastSignInAt: signIns.get(clientId) ?? null,
  })
  show(ctx, page, { status: fault?.status ?? 200 })
}

export function applicationIn(ctx: Context): string {
  return pathParameter(ctx, 'application')
}
