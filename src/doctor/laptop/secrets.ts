import type { Finding, Fix } from '../finding.ts'

/** Keys of kubeconfigs whose values are nobody's business. `get-token` is none. */
const secretKey =
  /(^|[\s{,"'])(token|password|id-token|refresh-token|access-token|client-secret|client-key-data|env)["']?\s*:\s*\S/

/** Text of others made fit to print: no tokens, no passwords in addresses, no control characters, bounded. */
export function redact(text: string): string {
  const line = text
    .replace(/\beyJ[\w-]*(?:\.[\w-]*){0,2}/g, '(token)')
    .replace(/\b(Bearer|DPoP) +[\w.~+/=-]+/gi, '$1 (token)')
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*@/gi, '$1')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > 500 ? `${line.slice(0, 500)}…` : line
}

/** The finding as it may be printed. An edit whose lines hold a secret becomes advice: the lines are in the file. */
export function withoutSecrets(finding: Finding): Finding {
  return {
    ...finding,
    summary: redact(finding.summary),
    seen: finding.seen.map(redact),
    fixes: finding.fixes.map(fixWithoutSecrets),
  }
}

function fixWithoutSecrets(fix: Fix): Fix {
  if (fix.kind === 'advice') return { kind: 'advice', text: redact(fix.text) }
  if (fix.kind === 'command') return fix
  const lines = [fix.remove ?? '', fix.insert ?? ''].join('\n').split('\n')
  const isSecret = lines.some(
    (line) => secretKey.test(line) || /\beyJ[\w-]*\.|:\/\/[^/\s@]*@/.test(line),
  )
  if (!isSecret) return fix
  const where = fix.line === null ? '' : ` at line ${fix.line}`
  return { kind: 'advice', text: `change it in ${fix.file}${where}, where secrets stand beside it` }
}
