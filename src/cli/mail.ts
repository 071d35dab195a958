import type { Command } from 'commander'
import { testLetter } from '../mail/index.ts'
import { leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'

const MINUTE_MS = 60_000

/** lanyard mail … */
export function addMailCommands(program: Command, session: Session): void {
  const mail = noun(program, 'mail', 'what is sent to people')

  leaf(mail, 'test <address>', {
    summary: 'hands a test mail to the mail server now, and says what it answers',
    json: { shape: 'MailTest' },
  }).action((address: string, options: CommonOptions) =>
    session.answer(options, async (rooms) => {
      await rooms.mail.send(testLetter(rooms.mail.site, address, rooms.clock() + MINUTE_MS))
      const { host = '', port = 0 } = rooms.config.mail ?? {}
      const server = `${host}:${port}`
      return {
        json: { to: address, server },
        text: `${server} took a mail to ${address}`,
        notes: ['hint: it said yes; whether the mail arrives is seen in the mailbox'],
      }
    }),
  )
}
