export interface KnownCommand {
  readonly options: ReadonlySet<string>
}

const COMMON = ['-o', '--output', '--config', '-h', '--help']

/**
 * The commands of `lanyard` with their options, from docs/reference/commands.md, which another test holds equal to commander's
 * own tree.
 */
export function readReference(markdown: string): ReadonlyMap<string, KnownCommand> {
  const commands = new Map<string, KnownCommand>()
  for (const section of markdown.split('\n## lanyard ').slice(1)) {
    const name = section.slice(0, section.indexOf('\n'))
    const own = section.split('\n').filter((line) => line.startsWith('- `-'))
    const options = own.flatMap((line) => line.match(/(?<=[`\s])--?[a-z][\w-]*/g) ?? [])
    commands.set(name, { options: new Set([...COMMON, ...options]) })
  }
  return commands
}
