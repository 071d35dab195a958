import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { MailSettings } from '../../src/mail/index.ts'
import type { Rooms } from '../../src/rooms.ts'
import { poll } from '../support/poll.ts'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** The whole message, with its headers. */
  readonly source: string
  readonly secure: boolean
  readonly username: string | null
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number
  readonly received: readonly Received[]
  /** Every recipient that was named, refused ones too. */
  readonly asked: readonly string[]
  /** What a recipient is answered; null takes it. */
  refuse: (recipient: string) => { readonly code: number; readonly text: string } | null
  /** What whoever sends is answered; null takes it. */
  refuseSender: { readonly code: number; readonly text: string } | null
}

const fault = ({ code, text }: { code: number; text: string }) =>
  Object.assign(new Error(text), { responseCode: code })

/** A real SMTP server on 127.0.0.1. */
export async function startSmtp(
  options: SMTPServerOptions & {
    readonly login?: { readonly username: string; readonly password: string }
    readonly port?: number
  } = {},
): Promise<SmtpServer> {
  const received: Received[] = []
  const asked: string[] = []
  const { login, port: wanted = 0, ...rest } = options
  const state: Pick<SmtpServer, 'refuse' | 'refuseSender'> = {
    refuse: () => null,
    refuseSender: null,
  }
  const server = new SMTPServer({
    authOptional: login === undefined,
    disableReverseLookup: true,
    logger: false,
    ...rest,
    onAuth({ username, password }, _, done) {
      if (username === login?.username && password === login?.password)
        done(null, { user: username })
      else done(new Error(`535 no such password: ${password ?? ''}`))
    },
    onMailFrom: (_address, _session, done) =>
      done(state.refuseSender === null ? null : fault(state.refuseSender)),
    onRcptTo({ address }, _, done) {
      asked.push(address)
      const refusal = state.refuse(address)
      done(refusal === null ? null : fault(refusal))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.once('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString('utf8'),
          secure: session.secure,
          username: typeof session.user === 'string' ? session.user : null,
        })
        done()
      })
    },
  })
  // A client that does not trust the certificate hangs up.
  server.on('error', () => {})
  server.listen(wanted, '127.0.0.1')
  await once(server.server, 'listening')
  return Object.assign(state, {
    port: (server.server.address() as AddressInfo).port,
    received,
    asked,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

/** A relay on this machine, without TLS, as settings have it; null for no mail. */
export function relayOn(port: number | undefined): MailSettings | null {
  if (port === undefined) return null
  return {
    ...{ host: '127.0.0.1', port, implicitTls: false, startTls: 'never' },
    ...{ from: 'lanyard@example.com', username: null, password: null, certificateAuthority: null },
  }
}

/** A server that is such a relay. */
export function startRelay(): Promise<SmtpServer> {
  return startSmtp({ disabledCommands: ['STARTTLS', 'AUTH'] })
}

/** Resolves when everything in the outbox has left it, by this call or by a server's own timer. */
export async function deliverAll({ store, mail }: Pick<Rooms, 'store' | 'mail'>): Promise<void> {
  await poll('the outbox is empty', async () => {
    await mail.deliver({ info: () => {}, warn: () => {} })
    const waiting = await store.query
      .selectFrom('mail_outbox')
      .select('id')
      .where('message_jwe', '!=', '')
      .limit(1)
      .executeTakeFirst()
    return waiting === undefined
  })
}

/** The text of a mail as its reader sees it. */
export function textOf({ source }: Received): string {
  const [head = '', ...body] = source.split('\r\n\r\n')
  const text = body.join('\r\n\r\n')
  if (/^content-transfer-encoding: quoted-printable/im.test(head)) {
    const bytes = text
      .replace(/=\r\n/g, '')
      .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return Buffer.from(text, 'base64').toString('utf8')
  }
  return text
}

/** The first link in a mail. */
export function linkIn(mail: Received | undefined): string {
  const link = mail === undefined ? null : /^https?:\/\/\S+$/m.exec(textOf(mail))
  if (link === null) throw new TypeError('there is no mail with a link')
  return link[0]
}
