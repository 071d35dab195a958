import { advice, failed, ok, shellWord, skipped, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { explainSentence, withoutTokens } from './explain-log.ts'
import type { SentenceContext } from './meaning.ts'
import type { AuthenticatorSettings, Replay, Step } from './types.ts'

export interface ReplayContext extends SentenceContext {
  readonly settings: AuthenticatorSettings
  /** The AuthenticationConfiguration that was read, for edits by line; null where it is not at hand. */
  readonly file: { readonly path: string; readonly text: string } | null
}

/** A key set may stand in a sentence: nobody reads it there. */
const MAX_SHOWN = 400

/** What becomes of the token, as one finding. Neither the token nor an access token in it stands anywhere in it. */
export function replayFinding(replay: Replay, context: ReplayContext): Finding {
  const { verdict, steps } = replay
  const seen = steps.map(shown)
  if (verdict.kind === 'undecided') {
    return skipped(
      'token.verdict',
      `what kube-apiserver would answer cannot be told`,
      verdict.reason,
    )
  }
  if (verdict.kind === 'authenticated') return accepted(replay, seen)
  if (verdict.log === null) {
    return failed('token.verdict', `kube-apiserver reads no token: ${steps.at(-1)?.detail ?? ''}`, {
      ...{ seen, why: `the client gets ${verdict.client}, and nothing is logged` },
      fixes: [advice('give what stands after "Authorization: Bearer ", and nothing else')],
    })
  }
  const log = withoutTokens(verdict.log).slice(0, MAX_SHOWN)
  const all = [...seen, `err: ${log}`]
  const near = nearIssuer(steps, context)
  if (near !== null) return failed('token.verdict', near.summary, { ...near, seen: all })
  const meaning = explainSentence(verdict.log, context)
  const step = steps.findLast(({ status }) => status === 'failed')
  return failed(
    'token.verdict',
    `refused: ${withoutTokens(meaning?.cause ?? step?.detail ?? log)}`,
    {
      ...{ seen: all, why: meaning?.why ?? '' },
      fixes: [...editsFor(replay, context), ...(meaning?.fixes ?? [])],
    },
  )
}

function shown({ step, status, detail }: Step): string {
  return withoutTokens(`${status.padEnd(7)} ${step}: ${detail}`).slice(0, MAX_SHOWN)
}

function accepted({ verdict }: Replay, seen: readonly string[]): Finding {
  if (verdict.kind !== 'authenticated') throw new TypeError('nobody was authenticated')
  const { username, groups } = verdict.user
  const reserved = [username, ...groups].filter(
    (name) => name.startsWith('system:') && name !== 'system:authenticated',
  )
  if (username === '') {
    return warning('token.verdict', 'kube-apiserver takes the token, for somebody without a name', {
      ...{ seen, why: 'an empty username passes when it comes from a claim' },
      fixes: [advice('add the rule: type(claims.NAME) == string && claims.NAME != ""')],
    })
  }
  if (reserved.length > 0) {
    const names = reserved.map((name) => `"${name}"`).join(', ')
    return warning('token.verdict', `kube-apiserver takes the token, with the reserved ${names}`, {
      ...{ seen, why: 'nothing refuses such names but a prefix or a rule over the user' },
      fixes: [advice('add the userValidationRules that `lanyard cluster config` prints')],
    })
  }
  return ok(
    'token.verdict',
    `kube-apiserver takes the token: "${username}", in ${groups.join(', ')}`,
    seen,
  )
}

interface Near {
  readonly summary: string
  readonly why: string
  readonly fixes: readonly Fix[]
}

/** An issuer that is almost the token's: the commonest mistake, and its log says nothing of it. */
function nearIssuer(steps: readonly Step[], context: ReplayContext): Near | null {
  if (steps.some(({ step, status }) => step === 'issuer' && status === 'ok')) return null
  const { authenticators, source } = context.settings
  for (const [index, { issuer }] of authenticators.entries()) {
    const aside = steps.find(({ detail }) => detail.endsWith(` is not ${JSON.stringify(issuer)}`))
    const given = /^iss "(.*)" is not "/.exec(aside?.detail ?? '')?.[1]
    const difference = given === undefined ? null : differenceOf(given, issuer)
    if (given === undefined || difference === null) continue
    const path = source === 'flags' ? 'oidc-issuer-url' : `jwt[${index}].issuer.url`
    const edit = editOf(context, path, issuer, given)
    return {
      summary: `refused: the issuer of the settings differs from the token's by ${difference}: "${issuer}", and the token has "${given}"`,
      why: 'the two are compared byte for byte; another issuer is no mistake to kube-apiserver, so that its log says no more than "invalid bearer token"',
      fixes: [edit ?? advice(`set the issuer of kube-apiserver to ${shellWord(given)}`)],
    }
  }
  return null
}

function differenceOf(given: string, configured: string): string | null {
  const bare = (url: string) => url.replace(/\/+$/, '')
  if (bare(given) === bare(configured)) return 'a slash at its end'
  if (given.toLowerCase() === configured.toLowerCase()) return 'capital letters'
  const secure = (url: string) => bare(url).replace(/^http:/, 'https:')
  if (secure(given) === secure(configured)) return 'its scheme'
  const [one, other] = [hostOf(given), hostOf(configured)]
  if (one === null || other === null) return null
  if (one.hostname === other.hostname && one.pathname === other.pathname) return 'its port'
  return null
}

function hostOf(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null
}

/** The line of the file with the one value for the other; null where the file is not at hand or the line says something else. */
function editOf(
  { settings, file }: ReplayContext,
  path: string,
  old: string,
  value: string,
): Fix | null {
  const line = settings.lines.get(path)
  if (file === null || line === undefined || settings.source !== 'configuration') return null
  const remove = file.text.split('\n')[line - 1]
  if (remove === undefined || !remove.includes(old)) return null
  const insert = remove.replace(old, () => value)
  return { kind: 'edit', place: 'apiserver', file: file.path, line, remove, insert }
}

/** What can be edited exactly: an audience that is known, and was refused. */
function editsFor({ steps, authenticator }: Replay, context: ReplayContext): readonly Fix[] {
  const failedStep = steps.findLast(({ status }) => status === 'failed')?.step
  const { audience, settings } = context
  if (failedStep !== 'audience' || audience === null || authenticator === null) return []
  const index = settings.authenticators.indexOf(authenticator)
  const [first] = authenticator.audiences
  if (first === undefined || authenticator.audiences.includes(audience)) return []
  const edit = editOf(context, `jwt[${index}].issuer.audiences[0]`, first, audience)
  return edit === null ? [] : [edit]
}
