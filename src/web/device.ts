import { isIP } from 'node:net'
import type { Context } from 'koa'
import {
  type DeviceCodeView,
  deviceCodePage,
  deviceConfirmPage,
  donePage,
  outsideText,
  type RefusedView,
  refusedPage,
} from '../../views/index.ts'
import { type EpochMs, hasCode, networkOf, type UserId } from '../errors/index.ts'
import { type Form, peerOf } from '../http/index.ts'
import type { PendingDevice } from '../issuer/index.ts'
import { formTarget, goTo, readOwnForm, setRetryAfter, show, waitMinutes } from './answer.ts'
import { targetView } from './interaction.ts'
import type { Web } from './options.ts'
import { mayReach } from './second-step-flow.ts'
import { stepUpPath } from './sign-in.ts'
import { createSignedCookie, type SignedCookie } from './signed-cookie.ts'
import { type Person, personHere } from './visitor.ts'

/** How long a code waits for a step-up. */
const RETURN_MS = 10 * 60_000

/** Which code this browser comes back to, and who had typed it. */
export interface DeviceReturn {
  readonly userCode: string
  readonly userId: UserId
  readonly at: EpochMs
}

export function createDeviceReturns(options: {
  readonly secret: Uint8Array
  readonly issuer: URL
}): SignedCookie<DeviceReturn> {
  const maxAgeSeconds = RETURN_MS / 1000
  return createSignedCookie({ ...options, name: 'lanyard-device-return', maxAgeSeconds })
}

/**
 * RFC 8628: sign in first, then the code, then what it stands for and two buttons. A code in the address is not read: whoever sent the
 * link would have typed it.
 */
export function deviceRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=device')
      const pending = await returned(ctx, web, person)
      if (pending === null) showCode(ctx, web, null)
      else showConfirm(ctx, web, person, pending)
    },

    async enter(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=device')
      const typed = (form.get('user_code') ?? '').toUpperCase()
      const wait = web.codeGuesses.take(person.subject.userId)
      if (wait > 0) {
        setRetryAfter(ctx, wait)
        return showCode(ctx, web, { kind: 'limited', waitMinutes: waitMinutes(wait) })
      }
      const pending = await claimed(ctx, web, typed)
      if (pending === null) {
        return showCode(ctx, web, { kind: 'unknown', typed: outsideText(typed).slice(0, 16) })
      }
      web.codeGuesses.refund(person.subject.userId)
      showConfirm(ctx, web, person, pending)
    },

    async answer(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=device')
      const pending = await pendingFor(web, person, form)
      if (pending === null) return showCode(ctx, web, { kind: 'unknown', typed: '' })
      try {
        if (form.get('answer') === 'approve') await approve(ctx, web, person, pending)
        else await refuse(ctx, web, person, pending)
      } catch (error) {
        if (!hasCode(error, 'ERR_DEVICE_CODE')) throw error
        showCode(ctx, web, { kind: 'unknown', typed: '' })
      }
    },
  }
}

/** What the confirmation was about. This form could be sent with any code, so it costs a guess as the other one does. */
async function pendingFor(
  web: Web,
  { subject }: Person,
  form: Form,
): Promise<PendingDevice | null> {
  if (form.get('person') !== subject.userId) return null
  if (web.codeGuesses.take(subject.userId) > 0) return null
  const pending = await web.issuer.deviceCodes.find(form.get('user_code') ?? '')
  if (pending === undefined) return null
  web.codeGuesses.refund(subject.userId)
  return pending
}

async function claimed(ctx: Context, web: Web, typed: string): Promise<PendingDevice | null> {
  const pending = await web.issuer.deviceCodes.find(typed)
  if (pending === undefined) return null
  return (await web.issuer.deviceCodes.claim(ctx, pending.userCode)) ? pending : null
}

/**
 * The code that this person had typed here when they were sent to show more of themselves. A link cannot bring one: the cookie is ours, and
 * the code still has to be this browser's.
 */
async function returned(
  ctx: Context,
  web: Web,
  { subject }: Person,
): Promise<PendingDevice | null> {
  const carried = web.deviceReturns.read(ctx)
  if (carried?.userId !== subject.userId) return null
  return web.clock() - carried.at < RETURN_MS ? claimed(ctx, web, carried.userCode) : null
}

async function approve(
  ctx: Context,
  web: Web,
  person: Person,
  pending: PendingDevice,
): Promise<void> {
  const { subject, session } = person
  const { amr, authenticatedAt } = session
  const by = { subject, amr, authenticatedAt }
  const approval = await web.issuer.deviceCodes.approve(ctx, pending.userCode, by)
  if (approval.kind === 'refused' && approval.needs !== null) {
    const { factors } = approval.needs
    if (mayReach(await web.directory.factors.of(subject.userId), factors)) {
      web.deviceReturns.write(ctx, {
        ...{ userCode: pending.userCode, userId: subject.userId, at: web.clock() },
      })
      return goTo(ctx, web, stepUpPath('device', factors))
    }
  }
  web.deviceReturns.clear(ctx)
  if (approval.kind === 'refused') {
    // What the person may not approve today nobody else is to approve with the same code.
    await web.issuer.deviceCodes.refuse(ctx, pending.userCode, person.by)
    // It begins with a username, which is case-sensitive.
    const sentence = `${approval.sentence}.`
    return showRefused(ctx, web, { kind: 'policy', sentence }, 403)
  }
  const page = donePage(web.languages.siteFor(ctx), {
    username: subject.username,
    deviceName: approval.device.name,
    target: targetView(pending.target),
    expiresAt: approval.device.expiresAt,
  })
  show(ctx, page)
}

async function refuse(
  ctx: Context,
  web: Web,
  person: Person,
  { userCode }: PendingDevice,
): Promise<void> {
  const refused = await web.issuer.deviceCodes.refuse(ctx, userCode, person.by)
  if (refused) showRefused(ctx, web, { kind: 'person' })
  else showCode(ctx, web, { kind: 'unknown', typed: '' })
}

function showRefused(ctx: Context, web: Web, by: RefusedView['by'], status = 200): void {
  show(ctx, refusedPage(web.languages.siteFor(ctx), { by, reference: peerOf(ctx.req).requestId }), {
    status,
  })
}

function showCode(ctx: Context, web: Web, failure: DeviceCodeView['failure']): void {
  const status = failure === null ? 200 : failure.kind === 'limited' ? 429 : 400
  const page = deviceCodePage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/device'),
    failure,
  })
  show(ctx, page, { status })
}

function showConfirm(ctx: Context, web: Web, person: Person, pending: PendingDevice): void {
  const browserAddress = peerOf(ctx.req).address
  const page = deviceConfirmPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/device/answer'),
    person: person.subject.userId,
    userCode: pending.userCode,
    username: person.subject.username,
    target: targetView(pending.target),
    deviceName: pending.deviceName,
    requestAddress: pending.requestAddress,
    browserAddress,
    distance: distanceOf(pending.requestAddress, browserAddress),
    requestedAt: pending.requestedAt,
    now: web.clock(),
    groups: person.subject.groups,
    lifetime: web.config.lifetimes.login * 1000,
  })
  show(ctx, page)
}

/** How far the device is from this browser, as far as addresses tell. */
export function distanceOf(
  device: string | null,
  browser: string,
): 'same-address' | 'same-network' | 'elsewhere' {
  if (device === null) return 'elsewhere'
  if (device === browser || (isLoopback(device) && isLoopback(browser))) return 'same-address'
  return networkOf(device) === networkOf(browser) ? 'same-network' : 'elsewhere'
}

/** `localhost` is 127.0.0.1 to one program and ::1 to the next. */
function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
