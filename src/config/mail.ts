import { z } from 'zod'
import type { MailConfig } from './config.ts'
import { choice, optionalKey, path, pattern } from './forms.ts'
import type { ParsedKeys } from './schema.ts'

/** RFC 8314 §7.3 for `smtps`, RFC 6409 §3.1 for submission. */
const DEFAULT_PORTS = { smtp: 587, smtps: 465 } as const

/** The keys under `mail`. */
export function mailKeys() {
  return z.strictObject({
    server: optionalKey(
      pattern(
        'smtp://host:port or smtps://host:port, such as smtp://mail.example.com:587',
        /^smtps?:\/\/(?:\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?)(?::\d{1,5})?$/i,
      ),
      'The SMTP server that mail is handed to: `smtps` is TLS from the first byte, `smtp` begins TLS with STARTTLS and goes no further without it. The ports are 465 and 587 unless given. When it is left out no mail is sent: links are handed over by hand.',
    ),
    startTls: optionalKey(
      choice(['required', 'never']),
      'Whether `smtp` begins TLS before anything else. `never` sends mail, and links that sign people in, for everybody on the way to read: only for a relay on the same machine or network. When it is left out: `required`.',
    ),
    from: optionalKey(
      pattern('one plain address, such as lanyard@example.com', /^[^\s@<>()[\]\\,;:"]+@[\w.-]+$/),
      'The address that mail comes from. Its name is `brand.name`.',
    ),
    username: optionalKey(
      pattern('a text of 1 to 256 characters', /^[^\p{Cc}]{1,256}$/u),
      'For a server that asks for one.',
    ),
    password: optionalKey(
      pattern('a text of 1 to 1024 characters, in quotes', /^[^\p{Cc}]{1,1024}$/u),
      'Goes with `mail.username`. It is in no log and no print of the configuration; the environment keeps it out of the file.',
      { secret: true },
    ),
    certificateAuthority: optionalKey(
      path(),
      'A PEM file that the server’s certificate is verified with, in place of the public ones.',
    ),
  })
}

export function mailOf({ mail }: ParsedKeys): MailConfig | null {
  const { server, from, username, password, certificateAuthority } = mail
  if (server === undefined || from === undefined) return null
  // A URL parser that knows the scheme takes care of ports and brackets.
  const { hostname, port } = new URL(server.replace(/^smtps?:/i, 'https:'))
  const implicitTls = /^smtps:/i.test(server)
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: portOf(server, port) ?? DEFAULT_PORTS[implicitTls ? 'smtps' : 'smtp'],
    implicitTls,
    startTls: mail.startTls ?? 'required',
    from,
    username: username ?? null,
    password: password === undefined ? null : () => password,
    certificateAuthority: certificateAuthority ?? null,
  }
}

/** 443 is what a URL of https leaves out. */
function portOf(server: string, port: string): number | undefined {
  if (port !== '') return Number(port)
  return server.endsWith(':443') ? 443 : undefined
}

/** What is sound by itself and wrong together. */
export function checkMail(
  { mail }: ParsedKeys,
  report: (name: string, expected: string, ...involved: readonly string[]) => void,
): void {
  const { server, startTls, from, username, password, certificateAuthority } = mail
  if (server === undefined) {
    const others = { startTls, from, username, password, certificateAuthority }
    const named = Object.entries(others).find(([, value]) => value !== undefined)
    if (named !== undefined) report('mail.server', `a server, as mail.${named[0]} is given`)
    return
  }
  if (from === undefined) report('mail.from', 'the address that mail comes from', 'mail.server')
  if (username !== undefined && password === undefined) {
    report('mail.password', 'the password of mail.username', 'mail.username')
  }
  if (password !== undefined && username === undefined) {
    report('mail.username', 'the username that mail.password belongs to', 'mail.password')
  }
  const port = /:(\d+)$/.exec(server)?.[1]
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) {
    report('mail.server', 'a port from 1 to 65535')
  }
  if (startTls === 'never' && (password !== undefined || /^smtps:/i.test(server))) {
    const expected = 'required: without TLS a password is for everybody to read'
    report('mail.startTls', expected, 'mail.password', 'mail.server')
  }
}
