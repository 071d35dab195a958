import type { ExplanationView } from '../../../views/index.ts'
import type { Explanation, MachineRule } from '../../machines/index.ts'

type Line = ExplanationView['lines'][number]

/** A dry run in lines: the token itself, then each rule with every reason against it. */
export function explanationView(
  { issuer, faults, rules, matches }: Explanation,
  cluster: string,
): ExplanationView {
  const own: Line[] =
    faults.length === 0
      ? [
          line('ok', 'the token is good, and signed by its issuer', [
            issuer === null ? '' : `${issuer.name}, ${issuer.issuer}`,
          ]),
        ]
      : faults.map(({ sentence }) => line('bad', sentence))
  return {
    lines: [
      ...own,
      ...rules.map(({ rule, faults: against }) =>
        against.length === 0
          ? line('ok', `rule ${rule.name} matches`, [effectOf(rule)])
          : line('bad', `rule ${rule.name} does not match`, against),
      ),
    ],
    verdict: verdictOf({ issuer, faults, rules, matches }, cluster),
  }
}

function verdictOf({ issuer, faults, rules, matches }: Explanation, cluster: string): string {
  if (issuer === null) return 'No issuer that is trusted made this token.'
  if (faults.length > 0) return 'The token is not good: no rule lets it in.'
  if (rules.length === 0) return `No rule names issuer ${issuer.name}.`
  const [first] = matches
  if (first === undefined) return 'No rule lets it in.'
  if (matches.length > 1 && cluster !== '') return 'Several rules match: the job has to say which.'
  return matches.length === 1 ? `Rule ${first} lets it in.` : `${matches.length} rules let it in.`
}

function effectOf({ clusters, groups, username, lifetime }: MachineRule): string {
  const where = clusters.map(({ name }) => name).join(', ')
  const which = groups.length === 0 ? 'no groups' : `groups ${groups.join(', ')}`
  return `enters ${where === '' ? 'no cluster' : where} as ${username} with ${which}, for ${lifetime} s`
}

function line(state: Line['state'], text: string, more: readonly string[] = []): Line {
  return { state, text, more: more.filter((each) => each !== '') }
}
