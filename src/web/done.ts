import type { Context } from 'koa'
import type { Html, Words } from '../../views/index.ts'
import type { Web } from './options.ts'

/** What a page says after an act: a closed list, so that a link cannot put words into it. */
export type DoneNotes = Readonly<Record<string, (words: Words) => Html>>

/** The note that the address names, in the reader's language. */
export function doneNote(ctx: Context, web: Web, notes: DoneNotes): Html | null {
  const done = ctx.query['done']
  if (typeof done !== 'string' || !Object.hasOwn(notes, done)) return null
  return notes[done]?.(web.languages.siteFor(ctx).words) ?? null
}
