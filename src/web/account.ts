import type { Context } from 'koa'
import { accountPage, passwordPage } from '../../views/index.ts'
import { type DeviceId, LanyardError } from '../errors/index.ts'
import { tokenRows } from './access-tokens.ts'
import { activityOf } from './activity.ts'
import { formTarget, goTo, pathParameter, readOwnForm, show } from './answer.ts'
import { type DoneNotes, doneNote } from './done.ts'
import { factorsView } from './factors.ts'
import type { Web } from './options.ts'
import { changePassword, type PasswordChangeResult } from './password.ts'
import { flowTo, passwordProved } from './sign-in.ts'
import { type Person, personHere } from './visitor.ts'

const doneNotes: DoneNotes = {
  setup: ({ t }) => t`You are the first admin. Add a first cluster next, on the admin’s pages.`,
  password: ({ t }) => t`Your password is changed. You are signed out everywhere else.`,
  revoked: ({ t }) => t`The device is revoked.`,
  'revoked-all': ({ t }) => t`All your devices are revoked.`,
  'token-revoked': ({ t }) => t`The access token is revoked.`,
  'passkey-added': ({ t }) => t`The passkey is added.`,
  'passkey-renamed': ({ t }) => t`The passkey has its new name.`,
  'passkey-removed': ({ t }) => t`The passkey is removed. It opens nothing here any more.`,
  'codes-removed': ({ t }) => t`One-time codes are removed.`,
  'codes-added': ({ t }) => t`One-time codes are set up. Your password always asks for one now.`,
}

/** A person's own page: what Lanyard knows of them, and what they can end. */
export function accountRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) goTo(ctx, web, '/sign-in?next=account')
      else await showAccount(ctx, web, person)
    },

    async openPassword(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) goTo(ctx, web, '/sign-in?next=password')
      else showPassword(ctx, web, person)
    },

    async submitPassword(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=password')
      const result = await changePassword(ctx, web, person.subject, form)
      if (result.kind === 'failed') return showPassword(ctx, web, person, result)
      // Every session ended with the old password; this browser, which knows the new one, begins another.
      const subject = await web.directory.subject(person.subject.userId)
      if (subject === undefined) return goTo(ctx, web, '/sign-in')
      await passwordProved(ctx, web, await flowTo(ctx, web, 'changed'), subject)
    },

    async revokeDevice(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      const deviceId = pathParameter(ctx, 'deviceId') as DeviceId
      const devices = await web.issuer.devices.list(person.subject.userId)
      if (!devices.some((device) => device.id === deviceId)) {
        throw new LanyardError('ERR_DEVICE_UNKNOWN', 'you have no such device')
      }
      await web.issuer.devices.revoke(deviceId, person.by)
      goTo(ctx, web, '/account?done=revoked')
    },

    async revokeAll(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      await web.issuer.devices.revokeAll(person.subject.userId, { by: person.by })
      goTo(ctx, web, '/account?done=revoked-all')
    },
  }
}

async function showAccount(ctx: Context, web: Web, person: Person): Promise<void> {
  const { subject } = person
  const now = web.clock()
  const site = web.languages.siteFor(ctx)
  const { t } = site.words
  const [devices, entered, groups, ends, clusters, clients, activity, tokens, factors] =
    await Promise.all([
      web.issuer.devices.list(subject.userId),
      web.issuer.devices.clustersOf(subject.userId),
      web.directory.groups.of(subject.userId),
      web.directory.groups.ends(subject.userId),
      web.clusters.forSubject(subject.groups),
      web.clusters.clients(),
      activityOf(web, site.words, subject),
      tokenRows(web, person),
      factorsView(web, person),
    ])
  const nameOf = (clientId: string) => {
    const client = clients.find((candidate) => candidate.clientId === clientId)
    if (client === undefined) return t`a client that is gone`
    if (client.kind === 'kubectl') return t`kubectl, all clusters`
    return client.kind === 'cluster' ? t`cluster ${client.name}` : t`application ${client.name}`
  }
  const page = accountPage(site, {
    now,
    username: subject.username,
    admin: web.directory.isAdmin(subject),
    displayName: subject.displayName,
    email:
      subject.email === null ? null : { address: subject.email, verified: subject.emailVerified },
    groups: groups.map((group) => ({ ...group, endsAt: ends.get(group.name) ?? null })),
    clusters: clusters.map(({ name }) => name),
    devices: devices.map((device) => ({
      id: device.id,
      name: device.name,
      client: nameOf(device.clientId),
      clusters: entered.get(device.id) ?? [],
      createdAt: device.createdAt,
      lastUsedAt: device.lastUsedAt,
      address: device.lastAddress,
      expiresAt: device.expiresAt,
    })),
    factors,
    activity,
    tokens,
    tokensAllowed: web.config.accessTokens.allowed,
    done: doneNote(ctx, web, doneNotes),
    csrf: web.csrf.token(ctx),
    tokenLifetime: site.words.span(web.config.lifetimes.idToken * 1000),
  })
  show(ctx, page)
}

function showPassword(
  ctx: Context,
  web: Web,
  { subject }: Person,
  failed?: Extract<PasswordChangeResult, { kind: 'failed' }>,
): void {
  const page = passwordPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/account/password'),
    username: subject.username,
    reason: 'wish',
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
}
