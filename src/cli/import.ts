import type { Command } from 'commander'
import type { ImportReport } from '../access-tokens/index.ts'
import { readDuration } from './duration.ts'
import { readOptionFile } from './files.ts'
import { collect, leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import type { Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface ImportOptions extends CommonOptions {
  readonly dryRun?: boolean
  readonly cluster?: readonly string[]
  readonly expires?: string
}

/** As `doctor` has it: something was found. */
const EXIT_FAULTS = 1

/** lanyard import … */
export function addImportCommands(program: Command, session: Session): void {
  const files = noun(program, 'import', "what an apiserver's static files hold")

  leaf(files, 'token-file <file>', {
    summary: 'takes over --token-auth-file: token,user,uid,"groups"; the tokens go on as they are',
    json: { shape: 'Import' },
  })
    .option(
      '--cluster <name>',
      'the tokens are good for this cluster alone; may be repeated',
      collect,
    )
    .option('--expires <days>', 'how long the tokens last from now, such as 90d')
    .option('--dry-run', 'looks at every line, and changes nothing')
    .action((file: string, options: ImportOptions) =>
      session.answer(options, async (rooms) => {
        const { cluster = null, expires, dryRun = false } = options
        const text = await readOptionFile('token file', file)
        const lifetime = expires === undefined ? undefined : readDuration('--expires', expires)
        const request = { text, clusters: cluster, lifetime, dryRun }
        const report = await rooms.accessTokens.importTokenFile(request, rooms.by)
        return answerOf(report, dryRun, 'token', [
          `delete from kube-apiserver: --token-auth-file and ${file}; then start it again`,
          'until then the old file goes on beside the webhook: a token that is revoked here works there',
          'the tokens need the webhook, and their owners a group that may enter: lanyard cluster webhook-config NAME, lanyard cluster allow NAME GROUP',
        ])
      }),
    )

  leaf(files, 'basic-auth <file>', {
    summary:
      'takes over a password file: password,user,uid,"groups"; people sign in with what they have',
    json: { shape: 'Import' },
  })
    .option('--dry-run', 'looks at every line, and changes nothing')
    .action((file: string, options: ImportOptions) =>
      session.answer(options, async (rooms) => {
        const { dryRun = false } = options
        const text = await readOptionFile('password file', file)
        const report = await rooms.accessTokens.importPasswordFile({ text, dryRun }, rooms.by)
        return answerOf(report, dryRun, 'password', [
          `delete ${file} and --basic-auth-file, which Kubernetes has not read since 1.19`,
          'a password that the rules here do not allow must be changed at the first sign-in',
          'uids are not taken over: tokens carry the ids that people have here',
        ])
      }),
    )
}

function answerOf(
  report: ImportReport,
  dryRun: boolean,
  what: 'token' | 'password',
  next: readonly string[],
): Answer {
  const { faults, warnings, lines, usernames, groups, usersAdded, secretsAdded } = report
  const json: Shape<'Import'> = {
    ...{ dryRun, lines, users: [...usernames], groups: [...groups], usersAdded, secretsAdded },
    faults: [...faults],
    warnings: [...warnings],
  }
  const spoken = [
    ...faults.map(({ line, sentence }) => `error: line ${line} ${sentence}`),
    ...warnings.map(({ line, sentence }) => `warning: line ${line} ${sentence}`),
  ]
  if (faults.length > 0) {
    const notes = [...spoken, `hint: nothing was changed: mend ${count(faults.length, 'fault')}`]
    return { json, notes, exitCode: EXIT_FAULTS }
  }
  const found = `${count(lines, what)} of ${count(usernames.length, 'user')} in ${count(groups.length, 'group')}`
  if (dryRun) return { json, notes: [...spoken, `${found}; nothing was changed`] }
  const done = `${count(secretsAdded, what)} and ${count(usersAdded, 'user')} added`
  const hints = next.map((sentence) => `hint: ${sentence}`)
  return { json, notes: [...spoken, `${found}: ${done}`, ...hints] }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
