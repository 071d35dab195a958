import { LanyardError } from '../errors/index.ts'
import type { Rooms } from './rooms.ts'
import type { Terminal } from './terminal.ts'

/** A password from stdin or the terminal, never from the command line: argv is for every process to read. */
export async function readNewPassword(
  terminal: Terminal,
  rooms: Rooms,
  { username, fromStdin }: { readonly username: string; readonly fromStdin: boolean },
): Promise<string> {
  if (fromStdin) {
    const password = await terminal.readStdin()
    if (password === '') throw new LanyardError('ERR_USAGE', 'stdin holds no password')
    return password
  }
  if (!terminal.isInteractive) {
    throw new LanyardError('ERR_USAGE', 'nobody is at a terminal to type the password', {
      hint: 'give it on stdin with --password-stdin',
    })
  }
  const password = await terminal.askPassword(
    `Password for ${username}`,
    (typed) => rooms.directory.passwordFaults(typed, { username })[0],
  )
  await terminal.askPassword('The same again', (typed) =>
    typed === password ? undefined : 'the two are not the same',
  )
  return password
}

/** Asks before what cannot be undone. Where there is nobody to ask, it must have been said beforehand. */
export async function confirmOrThrow(
  terminal: Terminal,
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes === true) return
  if (!terminal.isInteractive) {
    throw new LanyardError(
      'ERR_USAGE',
      'this cannot be undone, and there is no terminal to ask on',
      {
        hint: 'add --yes to do it without being asked',
      },
    )
  }
  if (!(await terminal.confirm(question))) {
    throw new LanyardError('ERR_CANCELLED', 'cancelled; nothing was changed')
  }
}
