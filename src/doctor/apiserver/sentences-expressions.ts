import { advice } from '../checks.ts'
import { meaning, type Sentence, settings } from './meaning.ts'

/** Those about CEL, in mappings and in rules. */
export function expressionSentences(): Sentence[] {
  const strings = 'expression must return a string or a list of strings'
  return [
    {
      example:
        "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 600' failed: token lives longer than 600 seconds",
      pattern: /validation expression '(.*)' failed:\s*(.*)$/s,
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
          reason.startsWith('no such key')
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
