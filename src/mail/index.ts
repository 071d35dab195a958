/**
 * mail: what Lanyard writes to people: invitations, links of theirs, notices. It owns the table mail_outbox, and is the only importer of nodemailer.
 *
 * A mail is put into the outbox in the transaction of what it tells, and delivered afterwards, at least once, by whichever server comes
 * first. What may sign somebody in is encrypted until then. Mail is optional everywhere: where no server is set nothing is queued.
 * It knows no user: addresses come from its callers, and it decides nothing about who may have a link.
 */
export { isDeliverable } from './addresses.ts'
export { createMail, type MailOptions } from './create-mail.ts'
export {
  type InvitationLetter,
  invitationLetter,
  type LinkLetter,
  newAddressLetter,
  oldAddressLetter,
  resetLetter,
  testLetter,
} from './letters.ts'
export type {
  Mail,
  MailKind,
  MailMessage,
  MailSettings,
  MailSite,
  Notice,
  NoticeKind,
  SealedMessage,
} from './types.ts'
