import { z } from 'zod'
import type { Invitation } from '../directory/index.ts'

const text = () => z.string()
const time = () => z.iso.datetime()

const invitation = z.strictObject({
  id: text(),
  username: text().nullable().describe('null: whoever accepts chooses'),
  email: text().nullable(),
  displayName: text().nullable(),
  groups: z
    .array(text())
    .describe('that whoever accepts will be in; those that are gone are left out'),
  state: z.enum(['open', 'accepted', 'revoked', 'expired']),
  invitedBy: text(),
  createdAt: time(),
  expiresAt: time(),
  userId: text().nullable().describe('of whoever accepted it'),
})

/** The documented shapes of `lanyard invitation`, `lanyard mail` and links that are handed over. */
export const invitationShapes = {
  Invitation: invitation,
  MadeInvitation: invitation.extend({
    link: text().describe('said once; it proves no address'),
    mailed: z
      .boolean()
      .describe('whether a mail with another link, which proves the address, is on its way'),
  }),
  ResetLink: z.strictObject({
    user: text(),
    link: text().describe('said once'),
    expiresAt: time(),
  }),
  MailTest: z.strictObject({ to: text(), server: text().describe('host:port') }),
}

export function invitationShape(from: Invitation): z.output<typeof invitation> {
  return {
    ...from,
    groups: [...from.groups],
    createdAt: new Date(from.createdAt).toISOString().replace('.000Z', 'Z'),
    expiresAt: new Date(from.expiresAt).toISOString().replace('.000Z', 'Z'),
  }
}
