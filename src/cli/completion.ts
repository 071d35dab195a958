import { Argument, type Command, type Option } from 'commander'
import type { Session } from './session.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/*
 * Each script asks `lanyard complete -- WORD…` and gets one suggestion a line, a tab and what it is. The words go over as they are,
 * without `eval`: a TAB runs nothing that was typed.
 */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_lanyard() {
  local value what
  COMPREPLY=()
  while IFS=$'\\t' read -r value what; do
    COMPREPLY+=("$value")
  done < <(lanyard complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _lanyard lanyard
`,
  zsh: `#compdef lanyard
_lanyard() {
  local value what
  local -a found
  while IFS=$'\\t' read -r value what; do
    found+=("\${value//:/\\\\:}:$what")
  done < <(lanyard complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe lanyard found; else _files; fi
}
compdef _lanyard lanyard
`,
  fish: `complete -c lanyard -f -a '(lanyard complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c lanyard -l config -l certificate-authority -l issuer-ca -r -F
`,
}

/** lanyard completion SHELL, and what its scripts call. */
export function addCompletionCommands(program: Command, session: Session): void {
  program
    .command('completion')
    .description('prints a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .action((shell: Shell) => session.tell.plain(scripts[shell]))
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      const lines = suggest(program, words).map(({ value, what }) => `${value}\t${what}\n`)
      session.tell.plain(lines.join(''))
    })
}

interface Suggestion {
  readonly value: string
  readonly what: string
}

/** What may stand for the last of these words, which may be empty. */
export function suggest(program: Command, words: readonly string[]): Suggestion[] {
  const typed = words.at(-1) ?? ''
  const { command, position, awaiting } = follow(program, words.slice(0, -1))
  return candidates(command, { typed, position, awaiting }).filter(({ value }) =>
    value.startsWith(typed),
  )
}

function candidates(
  command: Command,
  { typed, position, awaiting }: { typed: string; position: number; awaiting: Option | undefined },
): Suggestion[] {
  if (awaiting !== undefined) return (awaiting.argChoices ?? []).map(plain)
  const help = command.createHelp()
  if (typed.startsWith('-')) {
    return help
      .visibleOptions(command)
      .map(({ long, short, description }) => ({ value: long ?? short ?? '', what: description }))
  }
  const names = help
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), what: each.description() }))
  const choices = command.registeredArguments[position]?.argChoices ?? []
  return [...names, ...choices.map(plain)]
}

/** Where the words lead: the command, how many arguments it has already, and the option that waits for its value. */
function follow(program: Command, words: readonly string[]) {
  let command = program
  let position = 0
  let awaiting: Option | undefined
  for (const word of words) {
    if (awaiting !== undefined) {
      awaiting = undefined
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short)
      awaiting = option?.required === true ? option : undefined
    } else {
      const next = command.commands.find((each) => each.name() === word)
      command = next ?? command
      position = next === undefined ? position + 1 : 0
    }
  }
  return { command, position, awaiting }
}

function plain(value: string): Suggestion {
  return { value, what: '' }
}
