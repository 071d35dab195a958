import { advice } from '../checks.ts'
import { clocks, meaning, type Sentence, settings } from './meaning.ts'

/** What Go's client says where no answer came. */
const unreached =
  /while getting distributed claim ".*?": Get "(.*?)": (.*(?:dial tcp|connection refused|no such host|i\/o timeout|Client\.Timeout|deadline exceeded|no route to host|network is unreachable|\bEOF|connection reset).*)$/s

/** Those about groups that are asked live. */
export function liveSentences(): Sentence[] {
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
      example: `${head}while getting distributed claim "groups": Get "https://id.example.com/live/groups": dial tcp 192.0.2.1:443: connect: connection refused`,
      pattern: unreached,
      mean: ([, endpoint = '', reason = ''], { issuer }) =>
        meaning(
          `kube-apiserver cannot reach Lanyard at ${endpoint} to ask for the groups: ${reason.slice(0, 200)}`,
          'it asks for live groups about every ten seconds, and refuses the token where nobody answers',
          advice(
            `start Lanyard where it is down; where it runs, let the machine of kube-apiserver reach ${issuer ?? endpoint}`,
          ),
        ),
    },
    {
      example: `${head}while getting distributed claim "groups": error while getting distributed claim JWT: 403 Forbidden`,
      pattern: /while getting distributed claim "(.*?)": (.*)$/s,
      mean: ([, claim = '', reason = '']) =>
        meaning(
          `kube-apiserver asked for "${claim}" and got no answer that it can use: ${reason.replace('error while getting distributed claim JWT: ', '')}`,
          'live groups are asked of Lanyard: 403 means that it no longer lets this person in, anything else that it, or what stands before it, failed',
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
