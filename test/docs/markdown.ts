import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every page, as a path from the root. */
export const pages: readonly string[] = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).toSorted()

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** One command that a page shows, without its program. */
export interface Call {
  readonly line: string
  readonly words: readonly string[]
}

const FENCE = /^```[\s\S]*?^```$/gm

/** Where the links and images of a page lead, `<img src>` and reference links included. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replace(FENCE, '').replace(/`[^`\n]*`/g, '')
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
  const images = [...prose.matchAll(/<img [^>]*src="([^"]+)"/g)]
  const references = [...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)]
  return [...inline, ...images, ...references].map(([, link = '']) => link)
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(FENCE, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

/** Every call of a program that a page shows: in lines of transcripts, and as code in a sentence. */
export function callsOf(markdown: string, program: 'npx lanyard' | 'kubectl lanyard'): Call[] {
  const fenced = (markdown.match(FENCE) ?? []).flatMap((block) => block.split('\n'))
  const spans = markdown.replace(FENCE, '').match(/`[^`\n]+`/g) ?? []
  const lines = [...fenced, ...spans.map((span) => span.slice(1, -1))]
  return lines.flatMap((line) => callsIn(line, program))
}

function callsIn(line: string, program: string): Call[] {
  const [, rest] = line.split(`${program} `)
  if (rest === undefined) return []
  const command = rest.split(/ [|&<>#]|;/)[0] ?? ''
  const words = command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []
  return words.length === 0 || words[0] === '…' ? [] : [{ line, words }]
}
