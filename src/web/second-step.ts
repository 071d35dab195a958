import type { Context } from 'koa'
import { codePage, type Html, passkeyPage, recoveryUsedPage } from '../../views/index.ts'
import { AMR, type Factors } from '../access/index.ts'
import type { FactorResult } from '../directory/index.ts'
import { type Form, peerOf } from '../http/index.ts'
import { formTarget, goTo, readOwnForm, setRetryAfter, show, waitMinutes } from './answer.ts'
import type { Web } from './options.ts'
import { askPasskey, verifyPasskey } from './passkeys.ts'
import {
  type Flow,
  type FlowOf,
  goOn,
  type HeldStep,
  heldStep,
  needsOf,
} from './second-step-flow.ts'
import { showSignIn } from './sign-in-page.ts'

/** What comes after a right password, and instead of one: a code, a passkey, and what is to be read before the end. */
export function secondStepRoutes(web: Web, flowOf: FlowOf) {
  return {
    async openCode(ctx: Context): Promise<void> {
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held === null || !hasCodes(held)) goTo(ctx, web, flow.at('sign-in'))
      else showCode(ctx, web, flow, held)
    },

    async submitCode(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held === null || !hasCodes(held)) return showOver(ctx, web, flow)
      const { result, recovery } = await verifyCode(ctx, web, held, form.get('code') ?? '')
      if (result.kind !== 'ok') return showCode(ctx, web, flow, held, failureOf(ctx, result))
      const { subject } = result
      const amr = union(held.amr, AMR.passwordAndCode)
      await goOn(ctx, web, flow, { subject, amr, at: held.at, recovery, before: held })
    },

    async openPasskey(ctx: Context): Promise<void> {
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held !== null) await showPasskeyAfterPassword(ctx, web, flow, held)
      else if (flow.here !== null) await showPasskeyAgain(ctx, web, flow)
      else goTo(ctx, web, flow.at('sign-in'))
    },

    async submitPasskey(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const step = form.get('step')
      if (step === 'second') return submitAfterPassword(ctx, web, flow, form)
      if (step === 'again') return submitAgain(ctx, web, flow, form)
      return submitFirst(ctx, web, flow, form)
    },

    async openContinue(ctx: Context): Promise<void> {
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held?.recovery !== true) return goTo(ctx, web, flow.at('sign-in'))
      const page = recoveryUsedPage(web.languages.siteFor(ctx), {
        ...formTarget(ctx, web, flow.at('continue')),
        username: held.subject.username,
        target: flow.target,
        left: held.factors.recoveryCodesLeft,
      })
      show(ctx, page, { formAction: flow.formAction })
    },

    async submitContinue(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await heldStep(ctx, web, flow)
      if (held === null) return showOver(ctx, web, flow)
      const { subject, amr, at } = held
      await goOn(ctx, web, flow, { subject, amr, at, before: held })
    },
  }
}

/** One answer for a step that is too old, another flow's, used, or made up. */
export async function showOver(ctx: Context, web: Web, flow: Flow): Promise<void> {
  await showSignIn(ctx, web, flow, { username: '', failure: 'expired', status: 400 })
}

/** Recovery codes stand in for a passkey or one-time codes, and for nothing where there is neither. */
function hasCodes({ factors, amr }: HeldStep): boolean {
  if (amr.includes('mfa')) return false
  return factors.oneTimeCode || (factors.passkeys.length > 0 && factors.recoveryCodesLeft > 0)
}

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])]

/** Six digits are the app's; everything else can only be a recovery code. */
async function verifyCode(
  ctx: Context,
  web: Web,
  { subject, factors }: HeldStep,
  typed: string,
): Promise<{ readonly result: FactorResult; readonly recovery: boolean }> {
  const { address, requestId } = peerOf(ctx.req)
  const browser = web.knownBrowsers.find(ctx, subject.username)
  const attempt = { userId: subject.userId, address, browser, requestId }
  const digits = typed.replace(/\s/g, '')
  const { oneTimeCodes, recoveryCodes } = web.directory.factors
  if (factors.oneTimeCode && /^\d{6}$/.test(digits)) {
    return { result: await oneTimeCodes.verify({ ...attempt, code: digits }), recovery: false }
  }
  const code = typed.trim()
  return { result: await recoveryCodes.verify({ ...attempt, code }), recovery: true }
}

interface Failure {
  readonly failure: 'wrong' | { readonly waitMinutes: number }
  readonly status: number
}

function failureOf(ctx: Context, result: Exclude<FactorResult, { kind: 'ok' }>): Failure {
  if (result.kind === 'wrong') return { failure: 'wrong', status: 400 }
  setRetryAfter(ctx, result.retryAfterMs)
  return { failure: { waitMinutes: waitMinutes(result.retryAfterMs) }, status: 429 }
}

function showCode(ctx: Context, web: Web, flow: Flow, held: HeldStep, failed?: Failure): void {
  const path = (step: 'passkey' | 'other') => `${web.site.base}${flow.at(step)}`
  const page = codePage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, flow.at('code')),
    username: held.subject.username,
    target: flow.target,
    oneTimeCode: held.factors.oneTimeCode,
    passkeyPath: held.factors.passkeys.length > 0 ? path('passkey') : null,
    switchPath: path('other'),
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200, formAction: flow.formAction })
}

async function submitFirst(ctx: Context, web: Web, flow: Flow, form: Form): Promise<void> {
  const result = await verifyPasskey(ctx, web, form, null)
  if (result.kind === 'ok') return passkeyProved(ctx, web, flow, result)
  if (result.kind === 'limited') return showLimited(ctx, web, flow, result.retryAfterMs)
  await showSignIn(ctx, web, flow, { username: '', failure: 'passkey', status: 400 })
}

async function submitAgain(ctx: Context, web: Web, flow: Flow, form: Form): Promise<void> {
  if (flow.here === null) return showOver(ctx, web, flow)
  const result = await verifyPasskey(ctx, web, form, flow.here.subject.userId)
  if (result.kind === 'ok') return passkeyProved(ctx, web, flow, result)
  if (result.kind === 'limited') return showLimited(ctx, web, flow, result.retryAfterMs)
  await showPasskeyAgain(ctx, web, flow, true)
}

async function submitAfterPassword(ctx: Context, web: Web, flow: Flow, form: Form): Promise<void> {
  const held = await heldStep(ctx, web, flow)
  if (held === null) return showOver(ctx, web, flow)
  const result = await verifyPasskey(ctx, web, form, held.subject.userId)
  if (result.kind === 'limited') return showLimited(ctx, web, flow, result.retryAfterMs)
  if (result.kind !== 'ok') return showPasskeyAfterPassword(ctx, web, flow, held, true)
  const { subject } = result
  const { at, recovery } = held
  const amr = union(held.amr, AMR.passkey)
  await goOn(ctx, web, flow, { subject, amr, at, recovery, before: held })
}

/** Too many from this network: here not even a passkey is looked at. */
async function showLimited(
  ctx: Context,
  web: Web,
  flow: Flow,
  retryAfterMs: number,
): Promise<void> {
  setRetryAfter(ctx, retryAfterMs)
  const failure = { waitMinutes: waitMinutes(retryAfterMs), everyWay: true }
  await showSignIn(ctx, web, flow, { failure, status: 429 })
}

async function passkeyProved(
  ctx: Context,
  web: Web,
  flow: Flow,
  { subject }: Extract<FactorResult, { kind: 'ok' }>,
): Promise<void> {
  await goOn(ctx, web, flow, { subject, amr: AMR.passkey, at: web.clock(), before: null })
}

interface PasskeyStep {
  readonly step: 'second' | 'again'
  readonly person: HeldStep['subject']
  readonly needs: Factors
  readonly other: { readonly path: `/${string}`; readonly label: Html } | null
  readonly failed: boolean
}

async function showPasskeyAfterPassword(
  ctx: Context,
  web: Web,
  flow: Flow,
  held: HeldStep,
  failed = false,
): Promise<void> {
  const needs = needsOf(flow, held)
  const { t } = web.languages.siteFor(ctx).words
  const label = held.factors.oneTimeCode ? t`Use a one-time code` : t`Use a recovery code`
  const other = hasCodes(held) ? { path: flow.at('code'), label } : null
  await showPasskey(ctx, web, flow, { step: 'second', person: held.subject, needs, other, failed })
}

async function showPasskeyAgain(ctx: Context, web: Web, flow: Flow, failed = false): Promise<void> {
  const { here } = flow
  if (here === null) return goTo(ctx, web, flow.at('sign-in'))
  const { oneTimeCode } = await web.directory.factors.of(here.subject.userId)
  const { t } = web.languages.siteFor(ctx).words
  const label = oneTimeCode ? t`Password and one-time code` : t`Password`
  const other = { path: flow.at('other'), label }
  const needs = needsOf(flow, null)
  await showPasskey(ctx, web, flow, { step: 'again', person: here.subject, needs, other, failed })
}

async function showPasskey(
  ctx: Context,
  web: Web,
  flow: Flow,
  { step, person, needs, other, failed }: PasskeyStep,
): Promise<void> {
  const { base } = web.site
  const page = passkeyPage(web.languages.siteFor(ctx), {
    ...(await askPasskey(ctx, web, flow.at('passkey'), person.userId)),
    step,
    username: person.username,
    target: flow.target,
    onlyPasskey: needs === 'passkey',
    other:
      needs === 'passkey' || other === null
        ? null
        : { path: `${base}${other.path}`, label: other.label },
    switchPath: `${base}${flow.at('other')}`,
    failed,
  })
  const status = failed ? 400 : 200
  show(ctx, page, { status, formAction: flow.formAction })
}

/** Somebody who is here already and must show it anew, or more of it. */
export async function stepUp(ctx: Context, web: Web, flow: Flow): Promise<void> {
  const { here } = flow
  if (here === null) return showSignIn(ctx, web, flow)
  const { passkeys } = await web.directory.factors.of(here.subject.userId)
  if (passkeys.length > 0) return goTo(ctx, web, flow.at('passkey'))
  await showSignIn(ctx, web, flow, { username: here.subject.username })
}
