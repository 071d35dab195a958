import { type Command, Option } from 'commander'
import { LanyardError } from '../errors/index.ts'
import type { ShapeName } from './shapes.ts'

/** What a command prints with `-o json`: one of the documented shapes, or a list of one. */
export interface JsonResult {
  readonly shape: ShapeName
  readonly list?: boolean
  /** What `-o csv` prints, where it can, in words. */
  readonly csv?: string
}

export const configDescription = 'the configuration; else lanyard.yaml in the data directory'

const results = new WeakMap<Command, JsonResult>()

/** A command that does something. Each has `-o` and `--config`, and a documented shape. */
export function leaf(
  parent: Command,
  usage: string,
  {
    summary,
    json,
    ownConfig = false,
  }: {
    readonly summary: string
    readonly json: JsonResult
    /** True for a command whose `--config` is something else than Lanyard's configuration. */
    readonly ownConfig?: boolean
  },
): Command {
  const command = parent
    .command(usage)
    .description(summary)
    .addOption(
      new Option('-o, --output <format>', 'how to print the answer')
        .choices(json.csv === undefined ? ['text', 'json'] : ['text', 'json', 'csv'])
        .default('text'),
    )
  if (!ownConfig) command.option('--config <file>', configDescription)
  results.set(command, json)
  return command
}

export function jsonResultOf(command: Command): JsonResult | undefined {
  return results.get(command)
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** A noun: nothing by itself but its help. */
export function noun(program: Command, name: string, summary: string): Command {
  return program.command(name).description(summary).helpCommand(false)
}

/** For a `set` without any option: silence would look like success. */
export function nothingToSet(): LanyardError {
  return new LanyardError('ERR_USAGE', 'nothing to set', { hint: 'see --help for what can be set' })
}
