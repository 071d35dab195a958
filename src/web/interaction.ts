import type { Context } from 'koa'
import {
  browserConfirmPage,
  consentPage,
  notAdmittedPage,
  signInPage,
  type TargetView,
} from '../../views/index.ts'
import type { Subject } from '../directory/index.ts'
import { peerOf, setPagePolicy } from '../http/index.ts'
import type { Interaction } from '../issuer/index.ts'
import { formTarget, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import {
  checkPassword,
  finishForcedChange,
  PASSWORD_AMR,
  type SignInFailure,
  showForcedChange,
} from './password.ts'
import { type Person, personOf } from './visitor.ts'

/**
 * An authorization request that waits for a person: sign in, then, unless a password was just typed, one button. Every step finds the
 * interaction anew by this browser's own cookie, so a link to it is worth nothing elsewhere.
 */
export function interactionRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const interaction = await web.issuer.interactions.find(ctx)
      const person = await personOfInteraction(ctx, web, interaction)
      const { needs, refusal } = interaction
      if (person !== null && refusal !== null) showRefusal(ctx, web, interaction, person, refusal)
      else if (needs.signIn || person === null) showSignIn(ctx, web, interaction)
      else showQuestion(ctx, web, interaction, person)
    },

    /** The same request, for whoever is not the person who is signed in here. */
    async openSignIn(ctx: Context): Promise<void> {
      showSignIn(ctx, web, await web.issuer.interactions.find(ctx))
    },

    async signIn(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const interaction = await web.issuer.interactions.find(ctx)
      const username = form.get('username') ?? ''
      const password = form.get('password') ?? ''
      const check = await checkPassword(ctx, web, { username, password })
      if (check.kind === 'failed') return showSignIn(ctx, web, interaction, { username, ...check })
      if (check.subject.mustChangePassword) {
        const action = pathOf(interaction, 'password')
        const page = { failure: null, status: 200 }
        return showForcedChange(
          ctx,
          web,
          action,
          check.subject.username,
          page,
          leadsTo(interaction),
        )
      }
      await signedIn(ctx, web, interaction, check.subject)
    },

    async changePassword(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const interaction = await web.issuer.interactions.find(ctx)
      const action = pathOf(interaction, 'password')
      const result = await finishForcedChange(ctx, web, action, form, leadsTo(interaction))
      if (result.kind === 'signed-in') await signedIn(ctx, web, interaction, result.subject)
    },

    async answer(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const interaction = await web.issuer.interactions.find(ctx)
      if (form.get('answer') !== 'approve') {
        setPagePolicy(ctx)
        const sentence = interaction.refusal ?? 'the person at the browser refused'
        return web.issuer.interactions.refused(ctx, interaction, sentence)
      }
      const person = await personOfInteraction(ctx, web, interaction)
      if (interaction.needs.signIn || person === null) return showSignIn(ctx, web, interaction)
      setPagePolicy(ctx)
      await web.issuer.interactions.confirmed(ctx, interaction, { subject: person.subject })
    },
  }
}

async function personOfInteraction(
  ctx: Context,
  web: Web,
  { session }: Interaction,
): Promise<Person | null> {
  return session === null ? null : personOf(ctx, web, session)
}

async function signedIn(
  ctx: Context,
  web: Web,
  interaction: Interaction,
  subject: Subject,
): Promise<void> {
  web.knownBrowsers.remember(ctx, subject)
  setPagePolicy(ctx)
  await web.issuer.interactions.signedIn(ctx, interaction, { subject, amr: PASSWORD_AMR })
}

const pathOf = ({ uid }: Interaction, step: string) =>
  `/interaction/${encodeURIComponent(uid)}/${step}` as const

/**
 * Where the redirects after a form may lead: Chromium holds them to `form-action` too. A loopback client chose its port when it
 * asked, and CSP cannot name an IPv6 address (CSP3 §2.3.1), so there the scheme has to do.
 */
function leadsTo({ loopback, returnsTo }: Interaction): string[] {
  if (!loopback) return [`https://${returnsTo}`]
  return returnsTo.startsWith('[') ? ['http:'] : [`http://${returnsTo}`]
}

/** What the registry says that this request is for. */
export function targetView(
  target: Interaction['target'],
  applicationHost = '',
): Exclude<TargetView, { kind: 'account' }> {
  switch (target.kind) {
    case 'kubectl':
      return { kind: 'kubectl' }
    case 'cluster':
      return { kind: 'cluster', name: target.name }
    case 'application':
      return { kind: 'application', name: target.name, host: applicationHost }
  }
}

function showSignIn(
  ctx: Context,
  web: Web,
  interaction: Interaction,
  failed?: { readonly username: string; readonly failure: SignInFailure; readonly status: number },
): void {
  const page = signInPage(web.site, {
    ...formTarget(ctx, web, pathOf(interaction, 'sign-in')),
    target: targetView(interaction.target, interaction.returnsTo),
    username: failed?.username ?? '',
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200, formAction: leadsTo(interaction) })
}

function showQuestion(ctx: Context, web: Web, interaction: Interaction, person: Person): void {
  const page = interaction.needs.consent
    ? consent(ctx, web, interaction, person)
    : confirmation(ctx, web, interaction, person)
  show(ctx, page, { formAction: leadsTo(interaction) })
}

function showRefusal(
  ctx: Context,
  web: Web,
  interaction: Interaction,
  person: Person,
  refusal: string,
): void {
  const page = notAdmittedPage(web.site, {
    ...questionTarget(ctx, web, interaction, person),
    target: targetView(interaction.target, interaction.returnsTo),
    // It begins with a username, which is case-sensitive.
    sentence: `${refusal}.`,
    reference: peerOf(ctx.req).requestId,
  })
  show(ctx, page, { status: 403, formAction: leadsTo(interaction) })
}

function questionTarget(ctx: Context, web: Web, interaction: Interaction, { subject }: Person) {
  return {
    ...formTarget(ctx, web, pathOf(interaction, 'answer')),
    switchPath: `${web.site.base}${pathOf(interaction, 'sign-in')}`,
    username: subject.username,
  }
}

function confirmation(ctx: Context, web: Web, interaction: Interaction, person: Person): string {
  return browserConfirmPage(web.site, {
    ...questionTarget(ctx, web, interaction, person),
    target: targetView(interaction.target, interaction.returnsTo),
    deviceName: interaction.deviceName,
    requestedAt: interaction.requestedAt,
    now: web.clock(),
    groups: person.subject.groups,
    lifetime: web.config.lifetimes.login * 1000,
  })
}

function consent(ctx: Context, web: Web, interaction: Interaction, person: Person): string {
  const { subject } = person
  const asks = (scope: string) => interaction.scopes.includes(scope)
  return consentPage(web.site, {
    ...questionTarget(ctx, web, interaction, person),
    application: interaction.target.kind === 'kubectl' ? 'kubectl' : interaction.target.name,
    returnsTo: interaction.returnsTo,
    profile: asks('profile') ? { displayName: subject.displayName } : null,
    email:
      asks('email') && subject.email !== null
        ? { address: subject.email, verified: subject.emailVerified }
        : null,
    groups: asks('groups') ? subject.groups : null,
    offline: asks('offline_access'),
  })
}
