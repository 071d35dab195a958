import { readFileSync } from 'node:fs'
import { messageOf } from '../errors/index.ts'
import { deliverableAddress, oneLine } from './addresses.ts'
import type { MailMessage, MailSettings } from './types.ts'

/** How long a server may leave us waiting for anything. */
const PATIENCE_MS = 15_000

/**
 * Why a mail did not leave: `refused` says that this one never will, `later` that this one may, `server` that none will before something
 * at the server, or in how it is reached, has changed. `sentence` is a clause for a log or a terminal.
 */
export class SmtpFault extends Error {
  readonly kind: 'refused' | 'later' | 'server'

  constructor(kind: SmtpFault['kind'], sentence: string, cause: unknown) {
    super(sentence, { cause })
    this.name = 'SmtpFault'
    this.kind = kind
  }
}

/** Hands one mail to the server. Throws SmtpFault. */
export async function handOver(
  settings: MailSettings,
  message: Pick<MailMessage, 'to' | 'subject' | 'text'>,
  { name, now }: { readonly name: string; readonly now: number },
): Promise<void> {
  const to = deliverableAddress(message.to)
  const from = deliverableAddress(settings.from)
  try {
    // Only what sends mail waits for it to be loaded: most commands do not.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport(optionsOf(settings))
    await transport.sendMail({
      // As parts, and not as text to be taken apart: no name or address can become a second one, or a header.
      from: { name: oneLine(name, 64), address: from },
      to: { name: '', address: to },
      envelope: { from, to: [to] },
      subject: oneLine(message.subject),
      text: message.text,
      date: new Date(now),
      // RFC 3834 §5: no absence note answers this.
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  } catch (error) {
    throw faultOf(error, settings, withoutEnds(message.text))
  }
}

function optionsOf(settings: MailSettings) {
  const { host, port, implicitTls, startTls, username, password, certificateAuthority } = settings
  const ca = certificateAuthority === null ? null : readFileSync(certificateAuthority, 'utf8')
  return {
    host,
    port,
    secure: implicitTls,
    requireTLS: !implicitTls && startTls === 'required',
    ignoreTLS: !implicitTls && startTls === 'never',
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === null ? {} : { ca }) },
    ...(username === null || password === null
      ? {}
      : { auth: { user: username, pass: password() } }),
  }
}

/** What a link that lets somebody in ends with is longer than a word. */
const SHORTEST_END = 20

/**
 * Takes the ends of a mail's links out of what is said of it: a filter that names the link it does not like would put one that still opens
 * something into the log.
 */
function withoutEnds(text: string): (words: string) => string {
  const links = text.match(/https?:\/\/\S+/g) ?? []
  const ends = links
    .flatMap((link) => link.split(/[/~]/))
    .filter((end) => end.length >= SHORTEST_END && /^[\w-]+$/.test(end))
    .map((end) => new RegExp(end, 'gi'))
  return (words) => ends.reduce((rest, end) => rest.replace(end, '…'), words)
}

/** The recipient's own refusal, or the text's; what is said to MAIL FROM is about us (RFC 5321 §4.2.1). */
const OF_THIS_MAIL: ReadonlySet<unknown> = new Set(['RCPT TO', 'DATA'])

function faultOf(
  error: unknown,
  { host, port }: MailSettings,
  withoutEnds: (words: string) => string,
): SmtpFault {
  const server = `${host}:${port}`
  const { code, command, responseCode, response } = Object(error) as Record<string, unknown>
  const answer = typeof response === 'string' ? oneLine(withoutEnds(response)) : ''
  const why = oneLine(withoutEnds(messageOf(error)))
  // What was answered to a password may repeat it.
  if (code === 'EAUTH') {
    return new SmtpFault('server', `${server} does not take the username and password`, null)
  }
  if (code === 'ENOAUTH') {
    return new SmtpFault('server', `${server} takes no username and password`, null)
  }
  // It was not even asked: the address or the text cannot be said in SMTP.
  if (code === 'EENVELOPE' && typeof responseCode !== 'number') {
    return new SmtpFault('refused', `this cannot be sent: ${why}`, error)
  }
  if (typeof responseCode !== 'number') {
    return new SmtpFault('server', `${server} cannot be used: ${why}`, error)
  }
  const sentence = `${server} answered: ${answer}`
  const isOfThisMail = OF_THIS_MAIL.has(command) || code === 'EMESSAGE'
  if (isOfThisMail && responseCode >= 500) return new SmtpFault('refused', sentence, error)
  // RFC 5321 §3.8: with 421 it closes the connection to everybody.
  if (isOfThisMail && responseCode !== 421) return new SmtpFault('later', sentence, error)
  return new SmtpFault('server', sentence, error)
}
