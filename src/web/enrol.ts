import type { Context } from 'koa'
import {
  enrolPage,
  type Html,
  oneTimeCodePage,
  type QrView,
  type RecoveryCodesView,
  recoveryCodesPage,
} from '../../views/index.ts'
import { AMR } from '../access/index.ts'
import type { Factors } from '../directory/index.ts'
import { hasCode } from '../errors/index.ts'
import { byOfRequest } from '../http/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { bindingOf, makePasskey, registrationOf } from './passkeys.ts'
import { showOver } from './second-step.ts'
import {
  type Flow,
  type FlowOf,
  type HeldStep,
  heldStep,
  keepProof,
  needsOf,
  nextStep,
} from './second-step-flow.ts'

/** The name of a passkey that was made in the middle of a sign-in; its owner gives it another one on the account page. */
const FIRST_NAME = 'First passkey'

/**
 * Where more is asked of a sign-in than a person has: the second factor is set up now, with the password that was just right. Every step asks
 * again whether this person has none, so that a password alone never adds to the factors of somebody who has some.
 */
export function enrolRoutes(web: Web, flowOf: FlowOf) {
  /** What was proved, by somebody who has to set something up; null where the request is answered. */
  async function enrolling(ctx: Context, flow: Flow): Promise<HeldStep | null> {
    const held = await heldStep(ctx, web, flow)
    if (held !== null && nextStep(held.factors, held.amr, needsOf(flow, held)) === 'enrol') {
      return held
    }
    await showOver(ctx, web, flow)
    return null
  }

  return {
    async open(ctx: Context): Promise<void> {
      const flow = await flowOf(ctx)
      const held = await enrolling(ctx, flow)
      if (held !== null) await showEnrol(ctx, web, flow, held)
    },

    async beginCode(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await enrolling(ctx, flow)
      if (held === null) return
      if (needsOf(flow, held) === 'passkey') return goTo(ctx, web, flow.at('enrol'))
      const begun = await web.directory.factors.oneTimeCodes.begin(held.userId)
      showCodeSetup(ctx, web, { ...codeSetup(ctx, web, flow, held), begun })
    },

    async confirmCode(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await enrolling(ctx, flow)
      if (held === null) return
      const code = (form.get('code') ?? '').replace(/\s/g, '')
      const by = byOfRequest(ctx.req, held.subject)
      try {
        await web.directory.factors.oneTimeCodes.confirm(held.userId, code, by)
      } catch (error) {
        if (hasCode(error, 'ERR_CODE_NOT_BEGUN')) return goTo(ctx, web, flow.at('enrol'))
        if (!hasCode(error, 'ERR_CODE_WRONG')) throw error
        return showCodeSetup(ctx, web, { ...codeSetup(ctx, web, flow, held), begun: null })
      }
      await enrolled(ctx, web, flow, { held, amr: AMR.passwordAndCode })
    },

    async addPasskey(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const flow = await flowOf(ctx)
      const held = await enrolling(ctx, flow)
      if (held === null) return
      const response = registrationOf(form)
      if (response === null) return showEnrol(ctx, web, flow, held, true)
      const { userId, subject } = held
      const registration = { userId, binding: bindingOf(ctx, web), name: FIRST_NAME, response }
      try {
        await web.directory.factors.passkeys.register(registration, byOfRequest(ctx.req, subject))
      } catch (error) {
        if (!hasCode(error, 'ERR_PASSKEY') && !hasCode(error, 'ERR_PASSKEY_EXISTS')) throw error
        return showEnrol(ctx, web, flow, held, true)
      }
      await enrolled(ctx, web, flow, { held, amr: AMR.passwordAndPasskey })
    },
  }
}

/** The new factor counts for this sign-in: it was just shown to work. First its owner gets what helps when it is lost. */
async function enrolled(
  ctx: Context,
  web: Web,
  flow: Flow,
  { held, amr }: { readonly held: HeldStep; readonly amr: readonly string[] },
): Promise<void> {
  if (!web.secondSteps.spend(ctx, held.id)) return showOver(ctx, web, flow)
  const { subject, at, userId } = held
  const codes = await web.directory.factors.recoveryCodes.renew(
    userId,
    byOfRequest(ctx.req, subject),
  )
  keepProof(ctx, web, flow, { subject, amr, at, before: held }, needsOf(flow, held))
  const kept = formTarget(ctx, web, flow.at('continue'))
  showRecoveryCodes(ctx, web, { username: subject.username, codes, kept }, flow.formAction)
}

/** Shown once: the page is in no address, and nothing keeps it. */
export function showRecoveryCodes(
  ctx: Context,
  web: Web,
  view: RecoveryCodesView,
  formAction: readonly string[] = [],
): void {
  show(ctx, recoveryCodesPage(web.languages.siteFor(ctx), view), { formAction })
}

async function showEnrol(
  ctx: Context,
  web: Web,
  flow: Flow,
  held: HeldStep,
  failed = false,
): Promise<void> {
  const needs = needsOf(flow, held)
  const asks = needs === 'passkey' ? 'passkey' : 'two'
  const page = enrolPage(web.languages.siteFor(ctx), {
    username: held.subject.username,
    target: flow.target,
    asks,
    passkey: await makePasskey(ctx, web, flow.at('enrol/passkey'), held.userId),
    oneTimeCode: asks === 'passkey' ? null : formTarget(ctx, web, flow.at('enrol/code')),
    switchPath: `${web.site.base}${flow.at('other')}`,
    failed,
  })
  show(ctx, page, { status: failed ? 400 : 200, formAction: flow.formAction })
}

type Begun = Awaited<ReturnType<Factors['oneTimeCodes']['begin']>>

function codeSetup(ctx: Context, web: Web, flow: Flow, { subject }: HeldStep) {
  const { t } = web.languages.siteFor(ctx).words
  return {
    username: subject.username,
    confirm: flow.at('enrol/code/confirm'),
    again: flow.at('enrol/code'),
    leave: { path: flow.at('enrol'), label: t`Another way` },
    formAction: flow.formAction,
  }
}

/** The page that sets up one-time codes; `begun` is null after a wrong code, which leaves the secret as it is. */
export function showCodeSetup(
  ctx: Context,
  web: Web,
  setup: {
    readonly username: string
    readonly confirm: `/${string}`
    readonly again: `/${string}`
    readonly leave: { readonly path: `/${string}`; readonly label: Html }
    readonly formAction?: readonly string[]
    readonly begun: Begun | null
  },
): void {
  const { begun, formAction = [] } = setup
  const page = oneTimeCodePage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, setup.confirm),
    username: setup.username,
    shown: begun === null ? null : { secret: begun.secret, qr: qrOf(begun.qr) },
    again: formTarget(ctx, web, setup.again),
    leave: { path: `${web.site.base}${setup.leave.path}`, label: setup.leave.label },
  })
  show(ctx, page, { status: begun === null ? 400 : 200, formAction })
}

/** Takes a QR code out of its document, so that the page's own template escapes it: a page's policy lets in no image but files of ours. */
function qrOf(svg: string): QrView {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const path = [...svg.matchAll(/ d="([^"]*)"/g)].at(-1)?.[1]
  if (!Number.isInteger(size) || path === undefined) throw new TypeError('this is no QR code')
  return { size, path }
}
