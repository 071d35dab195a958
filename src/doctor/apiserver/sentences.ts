import { advice, command, shellWord } from '../checks.ts'
import type { Fix } from '../finding.ts'

/** What is known of the cluster whose kube-apiserver speaks; null where it is not. */
export interface SentenceContext {
  readonly cluster: string | null
  readonly issuer: string | null
  readonly audience: string | null
}

export interface Meaning {
  /** One line, with the values. */
  readonly cause: string
  readonly why: string
  readonly fixes: readonly Fix[]
}

export interface Sentence {
  /** As it stands in a log; docs/explanation/what-kube-apiserver-checks.md has each of them. */
  readonly example: string
  readonly pattern: RegExp
  readonly mean: (match: readonly string[], context: SentenceContext) => Meaning
}

const login = command('kubectl lanyard login', 'laptop')

function settings({ cluster }: SentenceContext): Fix {
  const name = cluster === null ? 'NAME' : shellWord(cluster)
  return command(`lanyard cluster config ${name} --for structured`)
}

function meaning(cause: string, why: string, ...fixes: readonly Fix[]): Meaning {
  return { cause, why, fixes }
}

const clocks = advice(
  'compare the clocks of the issuer and of every control plane node: timedatectl status',
)

/** kube-apiserver's sentences, in the order of its checks; of two that fit, the first counts. */
export const sentences: readonly Sentence[] = [
  {
    example: 'oidc: authenticator not initialized',
    pattern: /^oidc: authenticator not initialized$/,
    mean: (_match, { issuer }) =>
      meaning(
        `kube-apiserver has not been able to read the discovery document of ${issuer ?? 'the issuer'} since it started`,
        'it cannot resolve or reach the issuer, does not trust its certificate, or the document names another issuer; it tries again every 10 s',
        advice('its log has the reason in lines with "oidc authenticator: initializing plugin"'),
      ),
  },
  {
    example: 'oidc: verify token: oidc: malformed jwt: illegal base64 data at input byte 36',
    pattern: /malformed jwt(?:: (.*))?$/s,
    mean: ([, why = 'it has too many parts']) =>
      meaning(
        `the token was damaged on its way: ${why}`,
        'its payload is whole, its header or signature is not: a character was lost, added or encoded anew',
        login,
      ),
  },
  {
    example:
      'oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"',
    pattern: /signed with unsupported algorithm, expected \[(.*)\] got "(.*)"$/,
    mean: ([, expected = '', got = ''], { cluster }) =>
      meaning(
        `the token is signed with ${got === '' ? 'no algorithm' : got}, and kube-apiserver takes ${expected.replaceAll('"', '').replaceAll(' ', ', ')}`,
        'the algorithm is checked before the audience: a token for another cluster ends here too',
        expected === '"RS256"' && cluster !== null && got === 'ES256'
          ? command(`lanyard cluster set ${shellWord(cluster)} --signing-alg RS256`)
          : advice(`or add it: --oidc-signing-algs=RS256,${got || 'ES256'}`),
      ),
  },
  {
    example:
      'oidc: verify token: failed to verify signature: fetching keys oidc: failed to decode keys: got Content-Type = application/json, but could not unmarshal as JSON: go-jose/go-jose: unknown curve X25519\' {"keys":[…]}',
    pattern:
      /fetching keys oidc: failed to decode keys: .*?(?:go-jose\/go-jose: |JSON: )(.*?)(?: [{<[]|$)/s,
    mean: ([, what = '']) =>
      meaning(
        `kube-apiserver cannot read the issuer's keys: ${what}`,
        'one key that it does not know fails the whole set; keys that it holds already go on until it restarts',
        advice('take that key out of the set: RSA, P-256, P-384 and P-521 are safe'),
      ),
  },
  {
    example:
      'oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed Get "https://id.example.com/jwks": dial tcp 192.0.2.1:443: connect: connection refused',
    pattern: /fetching keys oidc: get keys failed:? (.*)$/s,
    mean: ([, reason = '']) =>
      meaning(
        `kube-apiserver cannot fetch the issuer's keys: ${reason.slice(0, 200)}`,
        'keys are fetched at the first token and for every unknown kid',
        advice('ask for that URL from a control plane node, with the same CA'),
      ),
  },
  {
    example: 'oidc: verify token: failed to verify signature: failed to verify id token signature',
    pattern: /failed to verify id token signature$/,
    mean: () =>
      meaning(
        'no key of the issuer made the signature of this token',
        'the token is forged or changed; or its key is newer than what kube-apiserver holds, because something on the way made the key set cacheable',
        login,
        advice('look at the headers of the key set: it needs Cache-Control: no-store and no other'),
      ),
  },
  {
    example:
      'oidc: verify token: oidc: failed to unmarshal claims: json: cannot unmarshal number into Go struct field idToken.sub of type string',
    pattern: /failed to unmarshal claims: (.*)$/s,
    mean: ([, reason = '']) =>
      meaning(
        `a standard claim of the token has the wrong type: ${reason.replace(/^json: /, '')}`,
        'iss, sub, nonce and at_hash are strings, aud a string or a list of them, exp, nbf and iat numbers, in any case of letters',
        advice('the issuer must mend it: no setting of kube-apiserver can'),
      ),
  },
  {
    example: 'oidc: verify token: oidc: source does not exist',
    pattern: /source does not exist$|failed to obtain source from claim name$/,
    mean: () =>
      meaning(
        'the token names a source in _claim_names that _claim_sources does not hold',
        'every name needs its source, also of claims that nobody maps',
        advice('the issuer must mend it'),
      ),
  },
  {
    example: 'oidc: verify token: oidc: expected audience "prod-eu" got ["staging"]',
    pattern: /^oidc: verify token: oidc: expected audience (?:in )?(.*) got (\[.*\])$/s,
    mean: ([, expected = '', got = ''], context) =>
      meaning(
        `the token is for ${got}, and kube-apiserver takes ${expected}`,
        'the token is for another cluster or application, or the settings are another cluster’s',
        command('kubectl lanyard setup', 'laptop'),
        settings(context),
      ),
  },
  {
    example:
      'oidc: verify token: oidc: token is expired (Token Expiry: 2026-01-31 08:00:00 +0000 UTC)',
    pattern: /^oidc: verify token: oidc: token is expired \(Token Expiry: (.*)\)$/,
    mean: ([, at = '']) =>
      at.startsWith('0001-01-01')
        ? meaning('the token has no exp', 'without one it counts as expired', login)
        : meaning(
            `the token expired at ${at}`,
            'by the clock of kube-apiserver, without a second of grace',
            login,
            clocks,
          ),
  },
  {
    example:
      'oidc: verify token: oidc: current time 2026-01-31 08:00:00.5 +0000 UTC m=+12.7 before the nbf (not before) time: 2026-01-31 08:02:00 +0000 UTC',
    pattern: /current time (\S+ \S+).* before the nbf \(not before\) time: (.*)\)?$/,
    mean: ([, now = '', at = '']) =>
      meaning(
        `the token begins at ${at}, and kube-apiserver's clock says ${now}`,
        'a minute of difference is forgiven, more is not',
        clocks,
      ),
  },
  ...liveSentences(),
  {
    example: 'oidc: parse username claims "preferred_username": claim not present',
    pattern: /^oidc: parse username claims "(.*)": (.*)$/s,
    mean: ([, claim = '', reason = ''], context) =>
      meaning(
        `the username comes from the claim "${claim}": ${reason}`,
        'it must be there and be a string; Lanyard’s tokens have preferred_username',
        settings(context),
      ),
  },
  {
    example: 'oidc: email not verified',
    pattern: /^oidc: (?:email not verified|parse 'email_verified' claim: .*)$/s,
    mean: () =>
      meaning(
        'the username is the e-mail address, and the token does not say that it is verified',
        'email_verified may be missing; where it is there, it must be true and no string',
        advice('map preferred_username instead of email'),
      ),
  },
  {
    example: 'oidc: empty username via CEL expression is not allowed',
    pattern: /^oidc: empty username via CEL expression is not allowed$/,
    mean: (_match, context) =>
      meaning(
        'username.expression makes an empty name',
        'only an expression is looked at like this: a claim that is empty passes',
        settings(context),
      ),
  },
  {
    example:
      'oidc: parse groups claim "groups": json: cannot unmarshal number into Go value of type string',
    pattern: /^oidc: parse (groups|uid) claim "(.*)": (.*)$/s,
    mean: ([, what = '', claim = '', reason = '']) =>
      meaning(
        `the ${what} ${what === 'uid' ? 'comes' : 'come'} from the claim "${claim}": ${reason.replace(/^json: /, '')}`,
        what === 'uid'
          ? 'it must be there and be a string'
          : 'a string or a list of strings; a claim that is missing, or null, means no groups',
        advice('change the claim at the issuer, or map another'),
      ),
  },
  {
    example: 'oidc: required claim token_use not present in ID token',
    pattern: /^oidc: required claim (\S+) not present in ID token$/,
    mean: ([, claim = ''], context) =>
      meaning(
        `the settings require the claim "${claim}", which the token does not have`,
        claim === 'token_use' ? tokenUse : 'a token without it is refused',
        settings(context),
      ),
  },
  {
    example: 'oidc: required claim token_use value does not match. Got = login, want = kube',
    pattern: /^oidc: required claim (\S+) value does not match\. Got = (.*), want = (.*)$/s,
    mean: ([, claim = '', got = '', want = ''], context) =>
      meaning(
        `the settings require "${claim}" to be "${want}", and the token has "${got}"`,
        claim === 'token_use' ? tokenUse : 'strings are compared, byte for byte',
        login,
        settings(context),
      ),
  },
  {
    example:
      'oidc: parse claim token_use: json: cannot unmarshal array into Go value of type string',
    pattern: /^oidc: parse claim (\S+): (.*)$/s,
    mean: ([, claim = '', reason = ''], context) =>
      meaning(
        `the settings require the claim "${claim}": ${reason.replace(/^json: /, '')}`,
        'only strings can be required like this; a rule with an expression can look at anything',
        settings(context),
      ),
  },
  ...expressionSentences(),
]

const tokenUse =
  'only ID tokens for clusters say kube: those for logins, applications and the API say something else'

function liveSentences(): Sentence[] {
  const head = 'oidc: could not expand distributed claims: '
  const look = advice('Lanyard’s log says why it refused, in a line with `groups refused`')
  return [
    {
      example: `${head}verifying untrusted issuer https://id.example.com/live failed: verifier not initialized for issuer: "https://id.example.com/live"`,
      pattern: /verifier not initialized for issuer: "(.*)"$/s,
      mean: ([, issuer = '']) =>
        meaning(
          `this was the first token with live groups since kube-apiserver started or read new settings: it had not asked ${issuer} for its keys yet`,
          'the request that causes the question does not wait for the answer; Lanyard sends one of its own beforehand, where it can reach the API',
          advice(
            'try again; where it goes on, the discovery document of that issuer cannot be read',
          ),
        ),
    },
    {
      example: `${head}while getting distributed claim "groups": error while getting distributed claim JWT: 403 Forbidden`,
      pattern: /while getting distributed claim "(.*?)": (.*)$/s,
      mean: ([, claim = '', reason = '']) =>
        meaning(
          `kube-apiserver asked for "${claim}" and got no answer that it can use: ${reason.replace('error while getting distributed claim JWT: ', '')}`,
          'live groups are asked of Lanyard: 403 means that it no longer lets this person in, anything else that it is down, slow or out of reach',
          look,
        ),
    },
    {
      example: `${head}verify distributed claim token: oidc: token is expired (Token Expiry: 2026-01-31 08:00:00 +0000 UTC)`,
      pattern: /verify distributed claim token: (.*)$/s,
      mean: ([, reason = '']) =>
        meaning(
          `the answer with the groups does not hold: ${reason.replace(/^oidc: /, '')}`,
          'the answer is a token itself, and is checked like one: algorithm, signature, audience, time',
          clocks,
          look,
        ),
    },
    {
      example: `${head}getting untrusted issuer from endpoint https://id.example.com/live/groups failed for claim "groups": malformed token`,
      pattern: /getting untrusted issuer from endpoint (\S+) failed for claim "(.*?)": (.*)$/s,
      mean: ([, endpoint = '', , reason = '']) =>
        meaning(
          `${endpoint} answered with something that is no token: ${reason}`,
          'a proxy or a sign-in page stands before it, or it is no endpoint for groups',
          advice('ask for that URL from a control plane node, and look at what comes'),
        ),
    },
    {
      example: `${head}jwt returned by distributed claim endpoint "https://id.example.com/live/groups" did not contain claim: groups`,
      pattern: /did not contain claim: (.*)$/s,
      mean: ([, claim = ''], context) =>
        meaning(
          `the answer has no claim "${claim}"`,
          'kube-apiserver asks for the claim that its settings map to groups; Lanyard answers with groups',
          settings(context),
        ),
    },
    {
      example: `${head}oidc: no claim sources`,
      pattern: /could not expand distributed claims: (.*)$/s,
      mean: ([, reason = '']) =>
        meaning(
          `_claim_names or _claim_sources of the token is malformed: ${reason.replace(/^oidc: /, '')}`,
          'the token asks for groups to be fetched, and does not say where',
          advice('the issuer must mend it'),
        ),
    },
  ]
}

function expressionSentences(): Sentence[] {
  const strings = 'expression must return a string or a list of strings'
  return [
    {
      example:
        "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 600' failed: token lives longer than 600 seconds",
      pattern: /validation expression '(.*)' failed: (.*)$/s,
      mean: ([, expression = '', message = ''], context) =>
        meaning(
          `a rule of the settings says no: ${message === '' ? expression : message}`,
          `the rule is ${expression}`,
          settings(context),
        ),
    },
    {
      example:
        "oidc: error evaluating username claim expression: expression 'claims.email' resulted in error: no such key: email",
      pattern: /expression '(.*)' resulted in error: (.*)$/s,
      mean: ([, expression = '', reason = ''], context) =>
        meaning(
          `the expression ${expression} fails on this token: ${reason}`,
          /^no such key/.test(reason)
            ? 'a claim that is missing is an error: write claims.?name.orValue("")'
            : 'a claim has another type than the expression expects',
          settings(context),
        ),
    },
    {
      example: `oidc: error evaluating extra claim expression: claims.level: ${strings}`,
      pattern:
        /error evaluating (group|extra) claim expression: (?:(.*): )?expression must return/s,
      mean: ([, what = '', expression = '']) =>
        meaning(
          `the ${what} expression ${expression} gives no string and no list of strings`,
          'lists of numbers, objects and the result of split() are refused',
          advice('turn every member into a string: dyn(claims.x).map(each, string(each))'),
        ),
    },
    {
      example:
        'oidc: error evaluating username claim expression: username claim expression must return a string',
      pattern: /(username|uid) claim expression must return a string$/,
      mean: ([, what = '']) =>
        meaning(
          `the ${what} expression gives something else than a string`,
          'numbers and lists are not turned into strings',
          advice('write string(claims.x)'),
        ),
    },
  ]
}
