import type { ExplanationView, Html, Part, Words } from '../../../views/index.ts'
import type { Explanation, MachineRule } from '../../machines/index.ts'

type Line = ExplanationView['lines'][number]

/** A dry run in lines: the token itself, then each rule with every reason against it. */
export function explanationView(
  words: Words,
  { issuer, faults, rules, matches }: Explanation,
  cluster: string,
): ExplanationView {
  const { t } = words
  const own: Line[] =
    faults.length === 0
      ? [
          line('ok', t`the token is good, and signed by its issuer`, [
            issuer === null ? '' : `${issuer.name}, ${issuer.issuer}`,
          ]),
        ]
      : faults.map(({ sentence }) => line('bad', sentence))
  return {
    lines: [
      ...own,
      ...rules.map(({ rule, faults: against }) =>
        against.length === 0
          ? line('ok', t`rule ${rule.name} matches`, [effectOf(words, rule)])
          : line('bad', t`rule ${rule.name} does not match`, against),
      ),
    ],
    verdict: verdictOf(words, { issuer, faults, rules, matches }, cluster),
  }
}

function verdictOf(
  { t }: Words,
  { issuer, faults, rules, matches }: Explanation,
  cluster: string,
): Html {
  if (issuer === null) return t`No issuer that is trusted made this token.`
  if (faults.length > 0) return t`The token is not good: no rule lets it in.`
  if (rules.length === 0) return t`No rule names issuer ${issuer.name}.`
  const [first] = matches
  if (first === undefined) return t`No rule lets it in.`
  if (matches.length > 1 && cluster !== '') {
    return t`Several rules match: the job has to say which.`
  }
  return matches.length === 1 ? t`Rule ${first} lets it in.` : t`${matches.length} rules let it in.`
}

function effectOf({ t }: Words, { clusters, groups, username, lifetime }: MachineRule): Html {
  const where = clusters.map(({ name }) => name).join(', ')
  const which = groups.join(', ')
  if (where === '') {
    return which === ''
      ? t`enters no cluster as ${username} with no groups, for ${lifetime} s`
      : t`enters no cluster as ${username} with groups ${which}, for ${lifetime} s`
  }
  return which === ''
    ? t`enters ${where} as ${username} with no groups, for ${lifetime} s`
    : t`enters ${where} as ${username} with groups ${which}, for ${lifetime} s`
}

function line(state: Line['state'], text: Part, more: readonly Part[] = []): Line {
  return { state, text, more: more.filter((each) => each !== '') }
}
