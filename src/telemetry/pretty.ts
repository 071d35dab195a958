/** One line of the log for a person: time, level, message, then the fields. Nothing in it can move the terminal's cursor. */
export function prettyLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>
  const clock = typeof time === 'string' ? time.slice(11, 19) : ''
  const head = `${clock} ${String(level).padEnd(5)} ${printable(typeof msg === 'string' ? msg : '')}`
  const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${fieldText(value)}`)
  return `${head}${shown.join('')}${errorText(err)}\n`
}

function fieldText(value: unknown): string {
  const plain = typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)
  return printable(plain ? value : JSON.stringify(value))
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { stack, message } = err as { stack?: unknown; message?: unknown }
  const lines = String(stack ?? message).split('\n')
  return lines.map((line) => `\n    ${printable(line.trim())}`).join('')
}

/** Device names and typed user names end up here: control and bidirectional characters are shown as escapes. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
