import type { Store, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type Clock, LanyardError, messageOf } from '../errors/index.ts'
import { deliverableAddress, isDeliverable } from './addresses.ts'
import { noticeMessage } from './letters.ts'
import {
  dropExpired,
  dropMail,
  isEmpty,
  mailOff,
  markSent,
  pauseAfter,
  postpone,
  putMail,
  takeMail,
  type WaitingMail,
} from './outbox.ts'
import { openMessage, sealMessage } from './sealed.ts'
import { handOver, SmtpFault } from './smtp.ts'
import type { Mail, MailMessage, MailSettings, MailSite } from './types.ts'

/** In one go: the next one follows in seconds. */
const MOST_AT_ONCE = 50

export interface MailOptions {
  readonly store: Store
  readonly clock: Clock
  /** Null where no server is set. */
  readonly settings: MailSettings | null
  readonly site: MailSite
  /** 32 bytes that waiting mails are encrypted under. */
  readonly wrapping: Uint8Array
}

interface Logged extends MailOptions {
  readonly log: Parameters<Mail['deliver']>[0]
}

interface Context extends Logged {
  readonly settings: MailSettings
}

/** @throws TypeError for a key of another length */
export function createMail(options: MailOptions): Mail {
  const { clock, settings, site, wrapping } = options
  if (wrapping.length !== 32) throw new TypeError('the outbox needs a key of 32 bytes')
  /** The server's own outage: nothing is tried before this. */
  let pausedUntil = 0
  let outages = 0
  return {
    enabled: settings !== null,
    site,
    async seal(message) {
      deliverableAddress(message.to)
      return sealMessage(wrapping, message)
    },
    async queue(tx, { jwe, ...sealed }) {
      return settings !== null && putMail(tx, clock(), { ...sealed, body: { jwe } })
    },
    async notify(tx, notice) {
      if (settings === null || !isDeliverable(notice.to)) return false
      const { kind, to, expiresAt } = noticeMessage(site, notice)
      return putMail(tx, clock(), { kind, to, expiresAt, body: { notice } })
    },
    async deliver(log) {
      if (await isEmpty(options.store)) return 0
      await giveUpExpired({ ...options, log })
      if (settings === null || clock() < pausedUntil) return 0
      const { delivered, serverFailed } = await deliverDue({ ...options, settings, log })
      outages = serverFailed ? outages + 1 : 0
      if (serverFailed) pausedUntil = clock() + pauseAfter(outages)
      return delivered
    },
    async send(message) {
      if (settings === null) throw mailOff()
      deliverableAddress(message.to)
      try {
        await handOver(settings, message, { name: site.name, now: clock() })
      } catch (error) {
        if (!(error instanceof SmtpFault)) throw error
        throw new LanyardError('ERR_MAIL', error.message, {
          hint: 'see the keys under mail in docs/reference/configuration.md',
          cause: error,
        })
      }
    },
  }
}

async function deliverDue(context: Context): Promise<{ delivered: number; serverFailed: boolean }> {
  let delivered = 0
  for (let tried = 0; tried < MOST_AT_ONCE; tried += 1) {
    const mail = await takeMail(context.store, context.clock())
    if (mail === undefined) break
    const outcome = await deliverOne(context, mail)
    if (outcome === 'sent') delivered += 1
    if (outcome === 'server') return { delivered, serverFailed: true }
  }
  return { delivered, serverFailed: false }
}

async function deliverOne(
  context: Context,
  mail: WaitingMail,
): Promise<'sent' | SmtpFault['kind']> {
  const { store, clock, settings, site, log } = context
  try {
    await handOver(settings, await wordsOf(context, mail), { name: site.name, now: clock() })
  } catch (error) {
    const { kind, message: fault } =
      error instanceof SmtpFault ? error : new SmtpFault('refused', messageOf(error), error)
    if (kind === 'refused') await giveUp(context, mail, fault)
    else {
      await postpone(store, clock(), mail, fault)
      log.warn({ mail: mail.id, kind: mail.kind, attempts: mail.attempts, fault }, 'mail waits')
    }
    return kind
  }
  await markSent(store, mail.id)
  log.info({ mail: mail.id, kind: mail.kind, attempts: mail.attempts }, 'mail sent')
  return 'sent'
}

async function wordsOf(
  { wrapping, site }: Context,
  { kind, to, expiresAt, body }: WaitingMail,
): Promise<Pick<MailMessage, 'to' | 'subject' | 'text'>> {
  if ('notice' in body) return { ...noticeMessage(site, body.notice), to }
  return { to, ...(await openMessage(wrapping, { kind, to, expiresAt, jwe: body.jwe })) }
}

async function giveUp(context: Logged, mail: WaitingMail, fault: string): Promise<void> {
  await context.store.write(async (tx) => {
    await dropMail(tx, mail.id)
    await recordFailure(tx, context, mail, fault)
  })
  context.log.warn({ mail: mail.id, kind: mail.kind, fault }, 'mail given up')
}

async function giveUpExpired(context: Logged): Promise<void> {
  const expired = await context.store.write(async (tx) => {
    const mails = await dropExpired(tx, context.clock())
    for (const mail of mails) await recordFailure(tx, context, mail, whyExpired(mail))
    return mails
  })
  for (const mail of expired) {
    const { id, kind } = mail
    context.log.warn({ mail: id, kind, fault: whyExpired(mail) }, 'mail given up')
  }
}

const whyExpired = ({ lastFault }: WaitingMail) =>
  lastFault === null ? 'it waited too long' : `it waited too long: ${lastFault}`

function recordFailure(
  tx: Transaction,
  { clock }: Logged,
  { kind, to, attempts }: WaitingMail,
  fault: string,
): Promise<void> {
  return recordEvent(tx, clock, {
    type: 'mail.failed',
    by: { actor: { kind: 'system' }, address: null, requestId: null },
    target: { kind: 'server' },
    detail: { kind, to, attempts, fault },
  })
}
