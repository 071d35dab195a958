import { advice } from './checks.ts'
import type { Finding, Fix } from './finding.ts'
import { hide, holdsSecret } from './secret-text.ts'

type Edit = Extract<Fix, { kind: 'edit' }>

/** Characters of one thing that is told. */
const MAX_TOLD = 2000

/** One line of others' words made fit to print: no secrets, no control characters, bounded. */
export function redact(text: string): string {
  const line = plain(hide(text)).replaceAll('\n', ' ')
  return line.length > 500 ? `${line.slice(0, 500)}…` : line
}

function told(text: string): string {
  const shown = plain(hide(text))
  return shown.length > MAX_TOLD ? `${shown.slice(0, MAX_TOLD)}…` : shown
}

function plain(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** The finding as it may be printed and put into JSON. An edit whose lines hold a secret becomes advice: the lines are in the file. */
export function withoutSecrets(finding: Finding): Finding {
  const { summary, seen, why, fixes } = finding
  return {
    ...finding,
    ...{ summary: told(summary), seen: seen.map(told), why: told(why) },
    fixes: fixes.map(fixWithoutSecrets),
  }
}

function fixWithoutSecrets(fix: Fix): Fix {
  if (fix.kind === 'advice') return advice(plain(hide(fix.text)))
  if (fix.kind === 'command') {
    const line = hide(fix.line)
    return line === fix.line ? fix : advice(`run, with what is hidden filled in: ${line}`)
  }
  const isSecret = [fix.remove, fix.insert].some((text) => text !== null && holdsSecret(text))
  return isSecret ? advice(plain(hide(adviceFor(fix)))) : fix
}

/** What the edit changes, without the lines: an edit that hides a part of them would destroy what stands there. */
function adviceFor({ file, line, remove, insert }: Edit): string {
  const hidden = 'not shown, because secrets stand there'
  if (remove === null || line === null) {
    return `in ${file}${line === null ? '' : `, before line ${line}`}, add what is ${hidden}`
  }
  const last = line + remove.split('\n').length - 1
  const lines = last === line ? `line ${line}` : `lines ${line} to ${last}`
  const named = `${lines}, beginning with "${keyOf(remove)}" and ${hidden}`
  if (insert === null) return `in ${file}, take away ${named}`
  if (remove.trim() === insert.trim()) {
    const spaces = insert.length - insert.trimStart().length
    return `in ${file}, let ${spaces} spaces stand before ${named}`
  }
  const { start, key, removed, value } = changeOf(remove, insert)
  if (key === '' || value === '' || /\n/.test(removed + value) || holdsSecret(value)) {
    const wanted = holdsSecret(insert) ? '' : `; what has to be there:\n${insert}`
    return `in ${file}, change ${named}${wanted}`
  }
  const at = line + remove.slice(0, start).split('\n').length - 1
  return `in ${file}, line ${at}, set ${key} to ${value}, and leave the rest of the line, ${hidden}`
}

/** The first key of a text, or the beginning of a PEM block. */
function keyOf(text: string): string {
  return /^[\s{[-]*["']?([\w.-]+)["']?\s*[:=]/.exec(text)?.[1] ?? ''
}

interface Change {
  readonly start: number
  /** Empty where the change has none before it on its line. */
  readonly key: string
  /** The words that differ. */
  readonly removed: string
  readonly value: string
}

function changeOf(remove: string, insert: string): Change {
  const shorter = Math.min(remove.length, insert.length)
  let start = 0
  while (start < shorter && remove[start] === insert[start]) start += 1
  let same = 0
  while (same < shorter - start && remove.at(-1 - same) === insert.at(-1 - same)) same += 1
  // To whole words: `v9` alone says nothing.
  while (start > 0 && !/[\s,[\]{}"']/.test(insert.charAt(start - 1))) start -= 1
  let end = insert.length - same
  while (end < insert.length && !/[\s,[\]{}"']/.test(insert.charAt(end))) end += 1
  const key = /([\w.-]+)["']?\s*[:=]\s*[[{]?\s*["']?$/.exec(insert.slice(0, start))?.[1] ?? ''
  const removed = remove.slice(start, Math.max(start, remove.length - insert.length + end))
  return { start, key, removed, value: insert.slice(start, end).trim() }
}
