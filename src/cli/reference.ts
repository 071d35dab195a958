import type { Argument, Command, Option } from 'commander'
import { z } from 'zod'
import { configDescription, jsonResultOf } from './leaf.ts'
import { createProgram } from './program.ts'
import type { Session } from './session.ts'
import { type ShapeName, shapes } from './shapes.ts'

const introduction = `# Commands

\`lanyard\` works on the data directory: run it on the server's machine, as the server's user. From a clone, \`npx lanyard\`. A running server honours a change within a second. The issuer is what the server called itself at its last start, unless the configuration names one.

- The answer is on stdout, as text for people or with \`-o json\` in the [shapes](#shapes) below. Notes and errors are on stderr.
- Passwords are asked for on the terminal, or read from stdin with \`--password-stdin\`. They are never arguments.
- Exit codes are in [exit-codes.md](exit-codes.md).
- Completion: \`source <(lanyard completion bash)\`, the same with \`zsh\`; \`lanyard completion fish | source\`.

This page is written from the commands in \`src/cli/\`.
`

const noWork = (): never => {
  throw new TypeError('the reference runs no command')
}
const nobody: Session = {
  tell: { answer: noWork, plain: noWork, aside: noWork, note: noWork, error: noWork },
  terminal: { isInteractive: false, askPassword: noWork, confirm: noWork, readStdin: noWork },
  answer: noWork,
  examine: noWork,
  run: noWork,
  say: noWork,
}

/** docs/reference/commands.md */
export function renderCommands(): string {
  const sections = leavesOf(createProgram(nobody)).map(renderCommand)
  const definitions = (Object.keys(shapes) as ShapeName[]).map(renderShape)
  return [
    introduction,
    ...sections,
    '\n## Shapes\nTimes are RFC 3339 in UTC. Members may be added; none changes its meaning.\n',
    ...definitions,
  ].join('')
}

/** Commands that do something, in the order of the help. */
function leavesOf(command: Command): Command[] {
  const visible = command.createHelp().visibleCommands(command)
  return visible.length === 0 ? [command] : visible.flatMap(leavesOf)
}

function renderCommand(command: Command): string {
  const words = [command.name()]
  for (let up = command.parent; up !== null; up = up.parent) words.unshift(up.name())
  const result = jsonResultOf(command)
  const shape =
    result === undefined
      ? ''
      : `\`-o json\`: ${result.list === true ? 'a list of ' : ''}[${result.shape}](#${result.shape.toLowerCase()})${result.csv === undefined ? '' : `; \`-o csv\`: ${result.csv}`}\n`
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.long !== '--help' && (result === undefined || !isCommon(option)))
  return [
    `\n## ${words.join(' ')}\n`,
    `\`${words.join(' ')}${command.registeredArguments.map(renderArgument).join('')}\`\n\n`,
    `${sentence(command.description())}\n\n`,
    ...options.map(renderOption),
    options.length === 0 ? '' : '\n',
    shape,
  ].join('')
}

function renderArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? ` <${name}>` : ` [${name}]`
}

function renderOption(option: Option): string {
  const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
  const required = option.mandatory ? '; required' : ''
  return `- \`${option.flags}\`: ${option.description}${choices}${required}\n`
}

function isCommon({ long, description }: Option): boolean {
  return long === '--output' || (long === '--config' && description === configDescription)
}

function renderShape(name: ShapeName): string {
  const rows = membersOf(z.toJSONSchema(shapes[name]), '')
  return `\n### ${name}\n| member | type | |\n|---|---|---|\n${rows.join('')}`
}

/** The part of JSON Schema that the shapes use. */
interface Schema {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly description?: string
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

function membersOf(schema: unknown, prefix: string): string[] {
  const { properties = {} } = schema as Schema
  return Object.entries(properties).flatMap(([name, member]) => {
    const row = `| \`${prefix}${name}\` | ${typeOf(member)} | ${member.description ?? ''} |\n`
    const some = member.anyOf?.[0] ?? member
    const list = some.items?.properties !== undefined
    return [row, ...membersOf(some.items ?? some, `${prefix}${name}${list ? '[]' : ''}.`)]
  })
}

function typeOf(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`
  if (schema.format === 'date-time') return 'time'
  return schema.type ?? 'any'
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
