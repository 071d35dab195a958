import type { Context } from 'koa'
import {
  type ApplicationFields,
  type ApplicationFormView,
  applicationFormPage,
  secretOncePage,
} from '../../../views/index.ts'
import {
  type Application,
  type ApplicationChange,
  type NewApplication,
  type PresetName,
  presetNames,
  presetRegistration,
  presetSettings,
} from '../../clusters/index.ts'
import type { Form } from '../../http/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { applicationIn } from './application.ts'
import { type AdminRouter, adminView, pathOfApplication } from './frame.ts'
import { linesIn, type Mendable, mendable, textIn } from './mendable.ts'
import { namesIn } from './names.ts'
import { refuseStale, versionOf } from './version.ts'

const LIMITS = { limitBytes: 65_536 } as const
type Kind = ApplicationFormView['kind']

/** Adding an application, and changing what is known of one. */
export function applicationFormRoutes(web: Web, admin: AdminRouter): void {
  admin.get('/new-application', async (ctx, person) => {
    showForm(ctx, web, person, fieldsOf(null), newKind(new Map()))
  })
  admin.post('/applications', (ctx, person, form) => addApplication(ctx, web, person, form), LIMITS)

  admin.get('/applications/:application/edit', async (ctx, person) => {
    const application = await web.clusters.applications.get(applicationIn(ctx))
    const fields = fieldsOf(application)
    showForm(ctx, web, person, fields, editKind(application.name, versionOf(fields)))
  })
  admin.post(
    '/applications/:application',
    async (ctx, person, form) => {
      const name = applicationIn(ctx)
      const application = await web.clusters.applications.get(name)
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>change application <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: pathOfApplication(name) }
      if (!(await requireFresh(ctx, web, person, form, act))) return
      try {
        refuseStale(form, fieldsOf(application), 'application')
        await web.clusters.applications.change(name, changeIn(form), person.by)
        await web.issuer.refresh()
      } catch (error) {
        const kind = editKind(name, form.get('version') ?? '')
        return showForm(ctx, web, person, typedIn(form), kind, mendable(error))
      }
      goTo(ctx, web, `${pathOfApplication(textIn(form, 'name'))}?done=changed`)
    },
    LIMITS,
  )
}

async function addApplication(ctx: Context, web: Web, person: Person, form: Form): Promise<void> {
  const name = textIn(form, 'name')
  const { t } = web.languages.siteFor(ctx).words
  const sentence = t`You are about to <b>add application <bdi>${name}</bdi></b>.`
  const act = { sentence, cancel: '/admin/new-application' } as const
  if (!(await requireFresh(ctx, web, person, form, act))) return
  let added: Awaited<ReturnType<Web['clusters']['applications']['add']>>
  try {
    added = await web.clusters.applications.add(newApplication(form), person.by)
  } catch (error) {
    return showForm(ctx, web, person, typedIn(form), newKind(form), mendable(error))
  }
  await web.issuer.refresh()
  const { application, secret } = added
  const next = pathOfApplication(application.name)
  const settings = settingsOf(web, form, application, secret)
  if (secret === null && settings.length === 0) return goTo(ctx, web, `${next}?done=added`)
  const view = {
    ...({ ...adminView(ctx, web, person), current: 'applications', next } as const),
    title: t`Application ${application.name}`,
    lead: secret === null ? t`It has no secret.` : t`Its secret is in what stands here.`,
    parts: [
      ...(secret === null ? [] : [{ caption: 'client_secret', text: secret }]),
      ...settings.map(({ where, text }) => ({ caption: where, text })),
    ],
    hints: [],
  }
  show(ctx, secretOncePage(web.languages.siteFor(ctx), view))
}

function settingsOf(
  { config, certificateAuthority }: Web,
  form: Form,
  { clientId }: Application,
  secret: string | null,
) {
  const preset = presetIn(form)
  if (preset === null) return []
  const url = textIn(form, 'url')
  return presetSettings(preset, {
    ...{ url, issuer: config.issuer, clientId, secret, certificateAuthority },
  })
}

function presetIn(form: Form): PresetName | null {
  return presetNames.find((name) => name === form.get('preset')) ?? null
}

function showForm(
  ctx: Context,
  web: Web,
  person: Person,
  fields: ApplicationFields,
  kind: Kind,
  fault: Mendable | null = null,
): void {
  const view = { ...adminView(ctx, web, person), fields, kind, fault }
  show(ctx, applicationFormPage(web.languages.siteFor(ctx), view), { status: fault?.status ?? 200 })
}

function newKind(form: Form): Kind {
  return {
    ...{ kind: 'new', presets: presetNames, preset: form.get('preset') ?? '' },
    ...{ url: textIn(form, 'url'), clientId: textIn(form, 'client_id') },
    ...{ groups: textIn(form, 'groups'), everyone: form.has('everyone') },
    isPublic: form.has('public'),
  }
}

function editKind(application: string, version: string): Kind {
  return { kind: 'edit', application, version }
}

function fieldsOf(application: Application | null): ApplicationFields {
  return {
    name: application?.name ?? '',
    redirect_uris: application?.redirectUris.join('\n') ?? '',
    post_logout_redirect_uris: application?.postLogoutRedirectUris.join('\n') ?? '',
    backchannel_logout_uri: application?.backchannelLogoutUri ?? '',
    signing_alg: application?.signingAlg ?? 'RS256',
  }
}

function typedIn(form: Form): ApplicationFields {
  return {
    name: textIn(form, 'name'),
    redirect_uris: textIn(form, 'redirect_uris'),
    post_logout_redirect_uris: textIn(form, 'post_logout_redirect_uris'),
    backchannel_logout_uri: textIn(form, 'backchannel_logout_uri'),
    signing_alg: textIn(form, 'signing_alg'),
  }
}

function newApplication(form: Form): NewApplication {
  const { backchannelLogoutUri, ...values } = changeIn(form)
  const preset = presetIn(form)
  const known = preset === null ? null : presetRegistration(preset, textIn(form, 'url'))
  const clientId = textIn(form, 'client_id')
  return {
    ...values,
    redirectUris: [...(known?.redirectUris ?? []), ...values.redirectUris],
    postLogoutRedirectUris: [
      ...(known?.postLogoutRedirectUris ?? []),
      ...values.postLogoutRedirectUris,
    ],
    ...(backchannelLogoutUri === null ? {} : { backchannelLogoutUri }),
    ...(clientId === '' ? {} : { clientId }),
    public: known?.public ?? form.has('public'),
    everyone: form.has('everyone'),
    groups: namesIn(form.get('groups') ?? ''),
  }
}

function changeIn(form: Form) {
  const typed = typedIn(form)
  return {
    name: typed.name,
    redirectUris: linesIn(form, 'redirect_uris'),
    postLogoutRedirectUris: linesIn(form, 'post_logout_redirect_uris'),
    backchannelLogoutUri: typed.backchannel_logout_uri === '' ? null : typed.backchannel_logout_uri,
    signingAlg: typed.signing_alg === 'ES256' ? 'ES256' : 'RS256',
  } as const satisfies ApplicationChange
}
