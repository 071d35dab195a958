import { advice, command, shellWord } from '../checks.ts'
import { clocks, meaning, type Sentence, settings } from './meaning.ts'
import { expressionSentences } from './sentences-expressions.ts'
import { liveSentences } from './sentences-live.ts'

const login = command('kubectl lanyard login', 'laptop')

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
    pattern: /current time (.+?)(?: \+0000 UTC.*?)? before the nbf \(not before\) time: (.*)$/,
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
