import { advice, type CheckName, command, shellWord } from './checks.ts'
import type { Fix } from './finding.ts'

/** What is known of the cluster whose apiserver wrote the sentence. Fixes name it. */
export interface ExplainContext {
  readonly issuer: string
  readonly cluster: string | null
  readonly audience: string | null
  readonly signingAlg: string | null
}

export interface Explanation {
  readonly check: CheckName
  /** The cause, in one line. */
  readonly cause: string
  readonly why: string
  readonly fixes: readonly Fix[]
}

type Explain = (
  match: RegExpExecArray,
  context: ExplainContext,
) => Omit<Explanation, 'check' | 'why'> & Partial<Pick<Explanation, 'check' | 'why'>>

const show = ({ cluster }: ExplainContext): string =>
  `lanyard cluster config ${cluster === null ? 'NAME' : shellWord(cluster)} --for structured`

const byConfig = (context: ExplainContext): Fix =>
  advice(`find the line with: lanyard doctor ${context.cluster ?? 'NAME'} --config FILE`)

/** kube-apiserver's own sentences, the more particular first. */
const known: readonly (readonly [RegExp, CheckName, Explain])[] = [
  [
    /token is expired \(Token Expiry: ([^)]*)\)/,
    'clock.apiserver',
    ([, at]) =>
      at?.startsWith('0001-') === true
        ? {
            cause: 'the token has no end',
            fixes: [advice('it is none of Lanyard’s: they all have')],
          }
        : {
            cause: `the token had ended, at ${at}, by the apiserver's clock`,
            fixes: [
              advice('log in again; if it was fresh, the clocks differ: timedatectl set-ntp true'),
            ],
          },
  ],
  [
    /before the nbf|current time .* before the nbf/,
    'clock.apiserver',
    () => ({
      cause: "the token is not good yet by the apiserver's clock",
      fixes: [advice('the clocks differ by more than a minute: timedatectl set-ntp true')],
    }),
  ],
  [
    /expected audience (.*) got \[(.*?)\](?:\]|$)/,
    'config.audience',
    ([, expected, got], context) => ({
      cause: `its configuration takes the audience ${expected}, and the token is for ${got}`,
      why: `tokens for this cluster carry ${JSON.stringify(context.audience ?? 'its audience')} alone`,
      fixes: [
        byConfig(context),
        advice('or the token is for another cluster: kubectl config current-context'),
      ],
    }),
  ],
  [
    /signed with unsupported algorithm, expected \[(.*)\] got "?(\w*)"?/,
    'config.algorithm',
    ([, expected = '', got], { cluster }) => ({
      cause: `its configuration takes tokens signed with ${expected}, and this one is signed with ${got}`,
      fixes:
        cluster !== null && expected.includes('RS256')
          ? [command(`lanyard cluster set ${shellWord(cluster)} --signing-alg RS256`)]
          : [advice(`add --oidc-signing-algs=${got} to kube-apiserver`)],
    }),
  ],
  [
    /fetching keys oidc: failed to decode keys|could not unmarshal as JSON/,
    'documents.keys',
    () => ({
      cause: 'the key set holds a key of a kind that makes kube-apiserver drop the whole set',
      fixes: [advice('take that key out: RSA and P-256 are safe')],
    }),
  ],
  [
    /fetching keys oidc: get keys failed Get "?([^": ]*:\/\/[^"]*)"?: (.*?)\]?$/,
    'issuer.reachable',
    ([, url, reason]) => ({
      cause: `it cannot get the key set ${url}: ${reason?.replace(/\]$/, '')}`,
      fixes: [advice('try it where kube-apiserver runs: curl --cacert CA URL')],
    }),
  ],
  [
    /failed to verify (?:id token )?signature/,
    'documents.caching',
    () => ({
      cause: 'no key that it holds verifies the signature',
      why: 'the token is forged or damaged, or a cached key set lacks the new key',
      fixes: [advice('if all tokens are refused since a rotation: see documents.caching')],
    }),
  ],
  [
    /authenticator not initialized/,
    'issuer.reachable',
    (_, { issuer }) => ({
      cause: `it has not been able to read ${issuer}/.well-known/openid-configuration since it started`,
      why: 'it cannot resolve or reach the issuer, does not trust its certificate, or the document names another issuer; it tries again every 10 seconds',
      fixes: [
        advice(
          'its log says which, in lines with "oidc authenticator: initializing plugin"; `lanyard doctor NAME --config FILE` compares the CA',
        ),
      ],
    }),
  ],
  [
    /verifier not initialized for issuer/,
    'cluster.live',
    () => ({
      cause: 'this was the first token with live groups after its start or a reload',
      why: 'Kubernetes refuses the first one; Lanyard sends one of its own beforehand where it can reach the API',
      fixes: [advice('try again; if it comes back, see cluster.live')],
    }),
  ],
  [
    /could not expand distributed claims: (.*?)\]?$/,
    'cluster.live',
    ([, reason]) => ({
      cause: `it could not get the groups: ${reason}`,
      why: 'live groups are asked from Lanyard: an error there is a refusal of the whole token',
      fixes: [advice("Lanyard's log says why, in a line with `groups refused`")],
    }),
  ],
  [
    /source does not exist/,
    'cluster.live',
    () => ({
      cause: 'the token names a source of claims that it does not hold',
      fixes: [advice('it is none of Lanyard’s')],
    }),
  ],
  [
    /parse username claims? "([^"]*)": claim not present/,
    'config.username',
    ([, claim], context) => ({
      cause: `its configuration reads the username from "${claim}", which the token does not have`,
      why: 'tokens carry the username in preferred_username',
      fixes: [byConfig(context)],
    }),
  ],
  [
    /email not verified|email_verified/,
    'config.username',
    (_, context) => ({
      cause: 'its configuration reads the username from "email", and this address is not verified',
      fixes: [
        advice('lanyard user set NAME --email-verified, once it is; or use preferred_username'),
        byConfig(context),
      ],
    }),
  ],
  [
    /parse groups claim "([^"]*)": (.*?)\]?$/,
    'config.groups',
    ([, claim, reason], context) => ({
      cause: `the claim "${claim}" that its configuration reads groups from has another shape: ${reason}`,
      fixes: [byConfig(context)],
    }),
  ],
  [
    /required claim (\S+) (?:not present in ID token|value does not match\. Got = (.*), want = (.*?)\]?$)/,
    'config.rules',
    ([, claim, got, want], context) => ({
      cause:
        got === undefined
          ? `its configuration wants the claim "${claim}", which the token does not have`
          : `its configuration wants ${claim} to be ${want}, and the token says ${got}`,
      why:
        claim === 'token_use'
          ? 'ID tokens for clusters say kube; login, application and access tokens are for others'
          : 'a token without it is refused, for everybody',
      fixes: [byConfig(context)],
    }),
  ],
  [
    /validation (?:expression|rule).*?'(.*)' failed: (.*?)\]?$/,
    'config.rules',
    ([, expression, message], context) => ({
      cause: `a rule of its configuration says no: ${message}`,
      why: `the rule is ${expression}`,
      fixes: [byConfig(context)],
    }),
  ],
  [
    /expression '(.*)' resulted in error: (.*?)\]?$/,
    'config.rules',
    ([, expression, reason], context) => ({
      cause: `an expression of its configuration fails on the token: ${expression}: ${reason}`,
      why: 'a claim that is missing is an error, not nothing: write claims.?name.orValue(…)',
      fixes: [byConfig(context)],
    }),
  ],
  [
    /^\[?invalid bearer token\]?$/,
    'config.issuer',
    (_, context) => ({
      cause: "no issuer of its configuration is the token's",
      why: `the token's issuer is ${context.issuer}: it must stand there letter by letter, without a slash at its end; or kube-apiserver runs without these settings at all`,
      fixes: [byConfig(context), advice(`compare with: ${show(context)}`)],
    }),
  ],
]

/** What a reason for a refusal means; `err=` of kube-apiserver's log, or `status.error` of a TokenReview. */
export function explainReason(reason: string, context: ExplainContext): Explanation | null {
  for (const [pattern, check, explain] of known) {
    const match = pattern.exec(reason)
    if (match !== null) return { check, why: '', ...explain(match, context) }
  }
  return null
}

/** The reason in a line of kube-apiserver's log, unquoted; null where the line has none. */
export function reasonInLogLine(line: string): string | null {
  const match = /\berr=("(?:[^"\\]|\\.)*")/.exec(line)
  if (match?.[1] === undefined) return null
  try {
    return JSON.parse(match[1]) as string
  } catch {
    return null
  }
}
