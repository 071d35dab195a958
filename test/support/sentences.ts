import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { walk } from './house.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A template as the syntax tree has it. */
interface Template {
  readonly quasis: readonly { readonly value: { readonly cooked: string } }[]
}

/** The strings of every sentence that TypeScript below these directories says by `t`, with the file that says it first. */
export function readSentences(directories: readonly string[]): {
  readonly path: string
  readonly strings: readonly string[]
}[] {
  return directories
    .flatMap((directory) =>
      readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(directory, name),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => sentencesOf(path).map((strings) => ({ path, strings })))
}

function sentencesOf(path: string): string[][] {
  const sentences: string[][] = []
  walk(parseSync(path, readFileSync(join(root, path), 'utf8')).program, (node) => {
    if (node.type !== 'TaggedTemplateExpression') return
    const tag = node['tag'] as { readonly name?: unknown; readonly property?: { name?: unknown } }
    if (tag.name !== 't' && tag.property?.name !== 't') return
    const { quasis } = node['quasi'] as Template
    sentences.push(quasis.map(({ value }) => value.cooked))
  })
  return sentences
}
