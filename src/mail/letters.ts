import { oneLine, plainWords } from './addresses.ts'
import type { MailKind, MailMessage, MailSite, Notice, NoticeKind } from './types.ts'

/** RFC 5322 asks for lines of at most 78 characters where that is possible; links are left whole. */
export interface LinkLetter {
  readonly to: string
  readonly link: string
  readonly username: string
  readonly expiresAt: number
}

export interface InvitationLetter extends Omit<LinkLetter, 'username'> {
  readonly invitedBy: string
}

const NOTICE_LIFETIME_MS = 3 * 86_400_000

export function invitationLetter(site: MailSite, letter: InvitationLetter): MailMessage {
  return linkMessage(site, 'invitation', letter, {
    subject: 'You are invited',
    before: [`${plainWords(letter.invitedBy)} invited you to ${site.name}.`, 'Set your password:'],
    after: ['If you did not expect this, leave it: nothing happens without you.'],
  })
}

export function resetLetter(site: MailSite, letter: LinkLetter): MailMessage {
  return linkMessage(site, 'reset', letter, {
    subject: 'Set a new password',
    before: [
      `Somebody, probably you, asked for a new password of ${letter.username}.`,
      'Set it here:',
    ],
    after: ['If it was not you, leave it: your password stays as it is.'],
  })
}

/** To the address that somebody wants to have. */
export function newAddressLetter(site: MailSite, letter: LinkLetter): MailMessage {
  // It may be a stranger's, and a username may look like an address of the web.
  const username = plainWords(letter.username)
  return linkMessage(site, 'email_change', letter, {
    subject: 'Confirm your address',
    before: [`User ${username} wants to be written to at this address.`, 'Confirm it:'],
    after: [`If you are not ${username}, leave it: nothing happens without you.`],
  })
}

/** To the address that somebody had until now. */
export function oldAddressLetter(
  site: MailSite,
  letter: LinkLetter & { readonly newAddress: string },
): MailMessage {
  return linkMessage(site, 'email_change', letter, {
    subject: 'Confirm that your address changes',
    before: [
      `User ${letter.username} wants to be written to at another address: ${letter.newAddress}`,
      'Confirm that it was you:',
    ],
    after: [
      'If it was not you, leave it: the address stays as it is.',
      'Then change your password: somebody may be signed in as you.',
      `${site.issuer}/account/password`,
    ],
  })
}

export function testLetter(site: MailSite, to: string, expiresAt: number): MailMessage {
  return {
    ...{ kind: 'notice', to, expiresAt },
    subject: subjectOf(site, 'A test'),
    text: lines([`This is a test from ${site.issuer}.`, 'Mail from there reaches you.']),
  }
}

const what: Readonly<Record<NoticeKind, readonly [subject: string, sentence: string]>> = {
  device_signed_in: ['A new device', 'A device signed in as you that was not seen there before'],
  email_changed: ['Your address has changed', 'Mail for your account now goes to'],
  factor_added: ['A new way to sign in', 'A way to sign in as you was added'],
  factor_removed: ['A way to sign in was removed', 'A way to sign in as you was removed'],
  password_changed: ['Your password has changed', 'Your password was changed'],
  password_reset: ['Your password was reset', 'A new password was set by a link'],
  password_set: ['Your password was set by an admin', 'An admin set your password'],
}

/** A notice as it is sent: what, when, from where, and what to do if it was somebody else. */
export function noticeMessage(site: MailSite, notice: Notice): MailMessage {
  const [subject, sentence] = what[notice.kind]
  const isAddress = notice.kind === 'email_changed'
  const about = notice.about === null ? null : isAddress ? notice.about : plainWords(notice.about)
  return {
    ...{ kind: 'notice', to: notice.to, expiresAt: notice.at + NOTICE_LIFETIME_MS },
    subject: subjectOf(site, subject),
    text: lines([
      `${sentence}${about === null ? '' : `: ${about}`}`,
      '',
      `User: ${notice.username}`,
      `Time: ${timeOf(notice.at)}`,
      `From: ${notice.address ?? 'the server itself'}`,
      '',
      'Was this not you? Change your password, revoke what you do not know, and tell your admin:',
      `${site.issuer}/account`,
    ]),
  }
}

function linkMessage(
  site: MailSite,
  kind: MailKind,
  { to, link, expiresAt }: { to: string; link: string; expiresAt: number },
  words: { subject: string; before: readonly string[]; after: readonly string[] },
): MailMessage {
  const { before, after } = words
  return {
    ...{ kind, to, expiresAt },
    subject: subjectOf(site, words.subject),
    text: lines([
      ...before,
      '',
      link,
      '',
      `The link works once, until ${timeOf(expiresAt)}.`,
      ...after,
    ]),
  }
}

const subjectOf = ({ name }: MailSite, words: string) => `${words} – ${oneLine(name, 64)}`

/** Each is one line, whatever stands in it. */
const lines = (all: readonly string[]) => `${all.map((line) => oneLine(line, 990)).join('\n')}\n`

/** The zone is always written: the server cannot know the reader's. */
function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
