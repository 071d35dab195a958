import type { Context } from 'koa'
import {
  browserConfirmPage,
  consentPage,
  notAdmittedPage,
  type TargetView,
} from '../../views/index.ts'
import { ANY_SIGN_IN, strictest, type WeakSignIn } from '../access/index.ts'
import type { Subject } from '../directory/index.ts'
import { hasCode } from '../errors/index.ts'
import { peerOf, setPagePolicy } from '../http/index.ts'
import type { Interaction } from '../issuer/index.ts'
import { formTarget, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { stepUp } from './second-step.ts'
import { type Flow, mayReach } from './second-step-flow.ts'
import { showSignIn } from './sign-in-page.ts'
import { type Person, personOf } from './visitor.ts'

/**
 * An authorization request that waits for a person: sign in, then, unless a password was just typed, one button. Every step finds the
 * interaction anew by this browser's own cookie, so a link to it is worth nothing elsewhere.
 */
export function interactionRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const interaction = await web.issuer.interactions.find(ctx)
      const flow = await flowOf(ctx, web, interaction)
      const person = flow.here
      if (person === null) return showSignIn(ctx, web, flow)
      const { needs, refusal, stepUp: policy } = interaction
      if (policy !== null) return askForMore(ctx, web, { interaction, flow, person })
      if (refusal !== null) showRefusal(ctx, web, interaction, person, { sentence: refusal })
      else if (needs.signIn) await stepUp(ctx, web, flow)
      else showQuestion(ctx, web, interaction, person)
    },

    /** The same request, for whoever is not the person who is signed in here. */
    async openSignIn(ctx: Context): Promise<void> {
      await showSignIn(ctx, web, await interactionFlow(ctx, web))
    },

    async answer(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const interaction = await web.issuer.interactions.find(ctx)
      if (form.get('answer') !== 'approve') {
        setPagePolicy(ctx)
        const sentence = interaction.refusal ?? 'the person at the browser refused'
        return web.issuer.interactions.refused(ctx, interaction, sentence)
      }
      const flow = await flowOf(ctx, web, interaction)
      const person = flow.here
      if (person === null) return showSignIn(ctx, web, flow)
      if (interaction.needs.signIn) return stepUp(ctx, web, flow)
      setPagePolicy(ctx)
      try {
        await web.issuer.interactions.confirmed(ctx, interaction, { subject: person.subject })
      } catch (error) {
        if (!hasCode(error, 'ERR_SIGN_IN_WEAK')) throw error
        await stepUp(ctx, web, flow)
      }
    },
  }
}

/** What is here is not enough: what would be is asked for, unless this person cannot show it. */
async function askForMore(
  ctx: Context,
  web: Web,
  asked: { readonly interaction: Interaction; readonly flow: Flow; readonly person: Person },
): Promise<void> {
  const { interaction, flow, person } = asked
  const factors = await web.directory.factors.of(person.subject.userId)
  if (mayReach(factors, flow.demand.factors)) return stepUp(ctx, web, flow)
  const sentence =
    interaction.refusal ?? `${person.subject.username} did not sign in with a passkey`
  showRefusal(ctx, web, interaction, person, { sentence, lacksPasskey: true })
}

/** The sign-in that an authorization request waits for. @throws LanyardError ERR_INTERACTION_EXPIRED */
export async function interactionFlow(ctx: Context, web: Web): Promise<Flow> {
  return flowOf(ctx, web, await web.issuer.interactions.find(ctx))
}

async function flowOf(ctx: Context, web: Web, interaction: Interaction): Promise<Flow> {
  const { session, demand, stepUp: policy } = interaction
  return {
    key: `interaction ${interaction.uid}`,
    target: targetView(interaction.target, interaction.returnsTo),
    demand: strictest(demand, policy ?? ANY_SIGN_IN),
    formAction: leadsTo(interaction),
    here: session === null ? null : await personOf(ctx, web, session),
    at: (step) => pathOf(interaction, step === 'other' ? 'sign-in' : step),
    async finish(_, signIn) {
      setPagePolicy(ctx)
      await web.issuer.interactions.signedIn(ctx, interaction, signIn)
    },
    async refuse(_, subject, weak) {
      showWeak(ctx, web, interaction, { subject, weak })
    },
  }
}

function showWeak(
  ctx: Context,
  web: Web,
  interaction: Interaction,
  { subject, weak }: { readonly subject: Subject; readonly weak: WeakSignIn },
): void {
  const lacksPasskey = weak.needs.factors === 'passkey'
  showRefusal(ctx, web, interaction, { subject }, { sentence: weak.message, lacksPasskey })
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
  person: Pick<Person, 'subject'>,
  refusal: { readonly sentence: string; readonly lacksPasskey?: boolean },
): void {
  const page = notAdmittedPage(web.languages.siteFor(ctx), {
    ...questionTarget(ctx, web, interaction, person),
    target: targetView(interaction.target, interaction.returnsTo),
    // It begins with a username, which is case-sensitive.
    sentence: `${refusal.sentence}.`,
    lacksPasskey: refusal.lacksPasskey ?? false,
    reference: peerOf(ctx.req).requestId,
  })
  show(ctx, page, { status: 403, formAction: leadsTo(interaction) })
}

function questionTarget(
  ctx: Context,
  web: Web,
  interaction: Interaction,
  { subject }: Pick<Person, 'subject'>,
) {
  return {
    ...formTarget(ctx, web, pathOf(interaction, 'answer')),
    switchPath: `${web.site.base}${pathOf(interaction, 'sign-in')}`,
    username: subject.username,
  }
}

function confirmation(ctx: Context, web: Web, interaction: Interaction, person: Person): string {
  return browserConfirmPage(web.languages.siteFor(ctx), {
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
  return consentPage(web.languages.siteFor(ctx), {
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
