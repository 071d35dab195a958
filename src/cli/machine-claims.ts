import { LanyardError } from '../errors/index.ts'
import type { Pin } from '../machines/index.ts'

export interface ClaimOptions {
  readonly claim?: readonly string[]
  readonly claimJson?: readonly string[]
  readonly claimGlob?: readonly string[]
}

/** What the three options say a token's claims must be. Throws ERR_USAGE. */
export function readPins({ claim = [], claimJson = [], claimGlob = [] }: ClaimOptions): Pin[] {
  return [
    ...claim.map((text): Pin => {
      const { name, value } = split('--claim', text)
      return { kind: 'exact', claim: name, value }
    }),
    ...claimJson.map((text): Pin => {
      const { name, value } = split('--claim-json', text)
      return { kind: 'exact', claim: name, value: readScalar(text, value) }
    }),
    ...claimGlob.map((text): Pin => {
      const { name, value } = split('--claim-glob', text)
      return { kind: 'glob', claim: name, value }
    }),
  ]
}

/** At the first `=`: a value may hold more of them, and the name of a claim none. */
function split(option: string, text: string): { name: string; value: string } {
  const at = text.indexOf('=')
  if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) }
  throw new LanyardError('ERR_USAGE', `${option} ${text}: a claim is written NAME=VALUE`)
}

function readScalar(text: string, json: string): string | number | boolean {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = null
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  throw new LanyardError(
    'ERR_USAGE',
    `--claim-json ${text}: the value is JSON, and a string, a number, true or false`,
  )
}

/** A claim as a person reads it: `ref like refs/heads/*`. */
export function claimText({ kind, claim, value }: Pin): string {
  if (kind === 'glob') return `${claim} like ${value}`
  return `${claim} = ${typeof value === 'string' ? value : JSON.stringify(value)}`
}
