import type { Context } from 'koa'
import { AMR, ANY_SIGN_IN, FACTORS, type Factors } from '../access/index.ts'
import type { Subject } from '../directory/index.ts'
import { goTo, readOwnForm } from './answer.ts'
import type { Web } from './options.ts'
import { checkPassword, finishForcedChange, showForcedChange } from './password.ts'
import { type Place, pathOf, placeOf, targetOf } from './places.ts'
import { stepUp } from './second-step.ts'
import {
  type Flow,
  type FlowOf,
  goOn,
  heldStep,
  needsOf,
  nextStep,
  type Step,
} from './second-step-flow.ts'
import { showSignIn } from './sign-in-page.ts'
import { personHere } from './visitor.ts'

/** Signing in to this server's own pages. */
export function signInRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const flow = await placeFlow(ctx, web)
      if (flow.here === null || ctx.query['other'] !== undefined) {
        return showSignIn(ctx, web, flow)
      }
      if (needOf(ctx) === null) goTo(ctx, web, pathOf(placeOf(ctx.query['next'])))
      else await stepUp(ctx, web, flow)
    },
  }
}

/** The password step of any flow. */
export function passwordRoutes(web: Web, flowOf: FlowOf) {
  return {
    async submit(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const username = form.get('username') ?? ''
      const password = form.get('password') ?? ''
      const check = await checkPassword(ctx, web, { username, password })
      if (check.kind === 'failed') return showSignIn(ctx, web, flow, { username, ...check })
      await passwordProved(ctx, web, flow, check.subject)
    },

    /** For a password that an admin has set, once everything else is proved. */
    async openChange(ctx: Context): Promise<void> {
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held === null) return goTo(ctx, web, flow.at('sign-in'))
      const { username } = held.subject
      showForcedChange(ctx, web, flow.at('password'), username, undefined, flow.formAction)
    },

    async change(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      // Threat 16: the password alone changes no password where more is due.
      const mayChange = async (subject: Subject): Promise<boolean> => {
        const amr = held?.userId === subject.userId ? held.amr : AMR.password
        const factors = await web.directory.factors.of(subject.userId)
        if (nextStep(factors, amr, needsOf(flow, held)) === 'finish') return true
        await passwordProved(ctx, web, flow, subject)
        return false
      }
      const action = flow.at('password')
      const { formAction } = flow
      const result = await finishForcedChange(ctx, web, { action, form, formAction, mayChange })
      if (result.kind === 'answered') return
      const { subject } = result
      const before = held?.userId === subject.userId ? held : null
      const amr = before?.amr ?? AMR.password
      await goOn(ctx, web, flow, { subject, amr, at: web.clock(), before })
    },
  }
}

/** Goes on after a right password: this alone signs nobody in who has set up more. */
export async function passwordProved(
  ctx: Context,
  web: Web,
  flow: Flow,
  subject: Subject,
): Promise<void> {
  await goOn(ctx, web, flow, { subject, amr: AMR.password, at: web.clock(), before: null })
}

/** What a link asks of the sign-in: it can ask for more, never for less. */
function needOf(ctx: Context): Factors | null {
  return FACTORS.find((factors) => factors === ctx.query['need']) ?? null
}

/** Where a person who is signed in shows anew that it is them, and comes back from. */
export function stepUpPath(place: Place, need: Factors): `/${string}` {
  return `/sign-in?next=${place}&need=${need}`
}

/** The flow to one of our own pages, as the address says it. */
export async function placeFlow(ctx: Context, web: Web): Promise<Flow> {
  return flowTo(ctx, web, placeOf(ctx.query['next']), needOf(ctx))
}

/** The flow to one of our own pages. */
export async function flowTo(
  ctx: Context,
  web: Web,
  place: Place,
  need: Factors | null = null,
): Promise<Flow> {
  const query = need === null ? `next=${place}` : `next=${place}&need=${need}`
  const at = (step: Step): `/${string}` => {
    if (step === 'sign-in') return `/sign-in?${query}`
    return step === 'other' ? `/sign-in?${query}&other=yes` : `/sign-in/${step}?${query}`
  }
  return {
    key: `place ${query}`,
    target: targetOf(place),
    demand: { ...ANY_SIGN_IN, factors: need ?? 'any' },
    formAction: [],
    here: await personHere(ctx, web),
    at,
    async finish(_, signIn) {
      await web.issuer.browser.signIn(ctx, signIn)
      goTo(ctx, web, pathOf(place))
    },
    // Nothing is refused here: what asked for more says so itself.
    async refuse() {
      goTo(ctx, web, pathOf(place))
    },
  }
}
