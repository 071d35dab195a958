import type { Command } from 'commander'

/** What other command lines call it. */
const otherWords: Readonly<Record<string, string>> = {
  create: 'add',
  del: 'delete',
  describe: 'show',
  edit: 'set',
  get: 'show',
  ls: 'list',
  new: 'add',
  passwd: 'password',
  remove: 'delete',
  rename: 'set',
  rm: 'delete',
  update: 'set',
}

/** The command that was meant, where its word is another program's or stands in the wrong place. */
export function meantCommand(program: Command, argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'))
  const [first = ''] = words
  const noun = childOf(program, first)
  if (noun === undefined) {
    // add user bob
    const second = childOf(program, words[1] ?? '')
    const verb = second === undefined ? undefined : verbOf(second, first)
    return second === undefined || verb === undefined ? undefined : `${second.name()} ${verb}`
  }
  // user rm bob, user bob add
  const verb = words
    .slice(1)
    .map((word) => verbOf(noun, word))
    .find((found) => found !== undefined)
  return verb === undefined ? undefined : `${noun.name()} ${verb}`
}

function verbOf(noun: Command, word: string): string | undefined {
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  return [word, other ?? word].find((each) => childOf(noun, each) !== undefined)
}

function childOf(command: Command, name: string): Command | undefined {
  return command.commands.find((each) => each.name() === name)
}
