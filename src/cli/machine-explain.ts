import type { Command } from 'commander'
import { LanyardError } from '../errors/index.ts'
import type { Explanation } from '../machines/index.ts'
import { readOptionFile } from './files.ts'
import { leaf } from './leaf.ts'
import { explanationShape } from './machine-shapes.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Answer } from './tell.ts'

interface ExplainOptions extends CommonOptions {
  readonly tokenFile?: string
  readonly cluster?: string
}

/** lanyard machine explain */
export function addExplainCommand(machine: Command, session: Session): void {
  leaf(machine, 'explain', {
    summary: 'says which rule a token matches, and why the others not; the token is not spent',
    json: { shape: 'MachineExplanation' },
  })
    .option('--token-file <file>', 'holds the token; - for stdin')
    .option('--cluster <name>', 'only rules for this cluster match')
    .action((options: ExplainOptions) =>
      session.answer(options, async ({ machines }) => {
        const token = await readToken(session, options)
        const { cluster } = options
        return answerOf(await machines.explain(token, { cluster }), cluster)
      }),
    )
}

/** Never from argv, where every user of the machine can read it. */
async function readToken({ terminal }: Session, { tokenFile }: ExplainOptions): Promise<string> {
  if (tokenFile === undefined) {
    throw new LanyardError('ERR_USAGE', '--token-file is missing', {
      hint: 'lanyard machine explain --token-file FILE, or - for stdin',
    })
  }
  const text =
    tokenFile === '-' ? await terminal.readStdin() : await readOptionFile('--token-file', tokenFile)
  return text.trim()
}

function answerOf(explanation: Explanation, cluster: string | undefined): Answer {
  const { issuer, faults, rules, matches } = explanation
  const lines = [
    issuer === null
      ? 'issuer: none that is trusted'
      : `issuer: ${issuer.name} (${issuer.kind}, ${issuer.issuer})`,
    ...(faults.length === 0
      ? ['token: good, and signed by its issuer']
      : faults.map(({ sentence }) => `token: ${sentence}`)),
    ...rules.flatMap((verdict) => [
      `rule ${verdict.rule.name}: ${verdict.faults.length === 0 ? 'matches' : 'does not match'}`,
      ...verdict.faults.map((fault) => `  ${fault}`),
      ...(verdict.faults.length === 0 ? [`  ${effectOf(verdict.rule)}`] : []),
    ]),
  ]
  return {
    json: explanationShape(explanation),
    text: lines.join('\n'),
    notes: notesOf(explanation, cluster),
    exitCode: matches.length === 1 || (cluster === undefined && matches.length > 0) ? 0 : 1,
  }
}

function effectOf(rule: Explanation['rules'][number]['rule']): string {
  const clusters = rule.clusters.map(({ name }) => name).join(', ')
  const groups = rule.groups.length === 0 ? 'no groups' : `groups ${rule.groups.join(', ')}`
  return `enters ${clusters || 'no cluster'} as ${rule.username} with ${groups}, for ${rule.lifetime} s`
}

function notesOf({ issuer, faults, rules, matches }: Explanation, cluster: string | undefined) {
  if (issuer !== null && rules.length === 0) return [`no rule names issuer ${issuer.name}`]
  if (faults.length > 0) return ['the token is not good: no rule lets it in']
  if (matches.length === 0) return ['no rule lets it in']
  if (matches.length > 1 && cluster !== undefined) {
    return [`hint: several rules match: the caller says which, with machine_rule or --rule`]
  }
  return []
}
