import { advice, command, failed, shellWord, warning } from '../checks.ts'
import type { Finding } from '../finding.ts'
import { type Meaning, type SentenceContext, settings } from './meaning.ts'
import { sentences } from './sentences.ts'

/** Longer ones are cut: a log line may hold a whole key set. */
const MAX_SHOWN = 300

/** What a sentence of kube-apiserver means; null where it is none that is known. `[invalid bearer token, …]` may stand around it. */
export function explainSentence(reason: string, context: SentenceContext): Meaning | null {
  const bare = reason.replace(/^\[invalid bearer token, ([\s\S]*)\]$/, '$1').trim()
  if (bare === 'invalid bearer token') return unknownIssuer(context)
  for (const { pattern, mean } of sentences) {
    const match = pattern.exec(bare)
    if (match !== null) return mean(match, context)
  }
  return null
}

/** The same of a token that Lanyard itself has just made: what is wrong is the settings, and nobody's login. */
export function explainOwnToken(reason: string, context: SentenceContext): Meaning | null {
  const meaning = explainSentence(reason, context)
  if (meaning === null) return null
  const fixes = meaning.fixes.filter((fix) => fix.kind !== 'command' || fix.place !== 'laptop')
  return { ...meaning, fixes: fixes.length === 0 ? [settings(context)] : fixes }
}

function unknownIssuer({ issuer, cluster }: SentenceContext): Meaning {
  const name = cluster === null ? 'NAME' : shellWord(cluster)
  return {
    cause:
      "kube-apiserver was not told of this issuer yet: no issuer of its settings is the token's, or it is no token at all",
    why: `${issuer === null ? 'the issuer' : issuer} must stand there byte for byte, without a slash more or less; or kube-apiserver runs without these settings`,
    fixes: [
      command(`lanyard cluster config ${name} --for kubeadm`),
      advice(
        `where it was told: lanyard doctor ${name} --config FILE compares what it goes by, and lanyard doctor ${name} --token - looks at the token`,
      ),
    ],
  }
}

/** The text after `err=` in a line of kube-apiserver's log, unquoted, or in the lines below `err=<`; null where there is none. */
export function errorInLog(text: string): string | null {
  const quoted = /\berr="((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  if (quoted !== undefined) return unquote(quoted)
  const block = /\berr=<\r?\n([\s\S]*?)\n\s*>/.exec(text)?.[1]
  return block?.replace(/^\t/gm, '') ?? null
}

const short: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
}

/** Go's strconv.Unquote. */
function unquote(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_all, byte?: string, four?: string, eight?: string, one?: string) => {
      const hex = byte ?? four ?? eight
      if (hex === undefined) return short[one ?? ''] ?? one ?? ''
      const point = Number.parseInt(hex, 16)
      return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point)
    },
  )
}

/** A token that somebody pasted with the line has no place in what is printed. */
export function withoutTokens(text: string): string {
  return text.replace(/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, '<token>')
}

/** A 401's line of kube-apiserver's log, or the sentence alone, as a finding. */
export function explainLog(text: string, context: SentenceContext): Finding {
  const reason = errorInLog(text) ?? text.trim()
  const shown = withoutTokens(reason).slice(0, MAX_SHOWN)
  const meaning = explainSentence(reason, context)
  if (meaning !== null) {
    const { cause, why, fixes } = meaning
    return failed('log.explained', withoutTokens(cause), { seen: [`err: ${shown}`], why, fixes })
  }
  if (/AuthenticationConfiguration|authentication configuration/.test(reason)) {
    return failed('log.explained', `kube-apiserver does not take its settings: ${shown}`, {
      why: 'after a start it does not run; after a change of the file the old settings stay in force',
      fixes: [
        advice(
          `lanyard doctor ${context.cluster === null ? 'NAME' : shellWord(context.cluster)} --config FILE names the line of each mistake`,
        ),
      ],
    })
  }
  return warning('log.explained', `this sentence is not known: ${shown}`, {
    why: 'it comes from another way to sign in (a service account, a webhook, a certificate), or from another version',
  })
}
