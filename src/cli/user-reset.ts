import type { Command } from 'commander'
import { leaf } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { facts } from './tell.ts'

/** lanyard user reset-link */
export function addResetLinkCommand(user: Command, session: Session): void {
  leaf(user, 'reset-link <username>', {
    summary: 'makes a link by which the user sets a new password, once, within 24 hours',
    json: { shape: 'ResetLink' },
  }).action((username: string, options: CommonOptions) =>
    session.answer(options, async ({ directory, by }) => {
      const { link, expiresAt } = await directory.resetLinks.make(username, by)
      const { username: name } = await directory.users.get(username)
      return {
        json: { user: name, link, expiresAt: rfc3339(expiresAt) },
        text: facts([
          ['user', name],
          ['expires', rfc3339(expiresAt)],
          ['link', link],
        ]),
        notes: [
          'hint: whoever opens it first sets the password: hand it over so that nobody else reads it',
          `hint: older links of ${name} no longer work`,
        ],
      }
    }),
  )
}
