import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { checkStore } from '../../db/index.ts'
import { leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { facts } from './tell.ts'

/** What is about the server itself: serve, setup-link, db, version. */
export function addServerCommands(program: Command, session: Session): void {
  // Runs before this program is made: here for its help alone.
  program
    .command('serve')
    .description('starts the server')
    .option('--config <file>', 'the configuration; else lanyard.yaml in the data directory')

  leaf(program, 'setup-link', {
    summary: 'makes a new link for the first admin, good once within 30 minutes',
    json: { shape: 'SetupLink' },
  }).action((options: CommonOptions) =>
    session.answer(options, async ({ directory, config, by }) => {
      const { code, expiresAt } = await directory.setupLink.issue(by)
      const url = `${config.issuer}/setup`
      return {
        json: { url, code, expiresAt: rfc3339(expiresAt) },
        text: facts([
          ['link', url],
          ['set-up code', code],
          ['good until', rfc3339(expiresAt)],
        ]),
      }
    }),
  )

  const db = noun(program, 'db', 'the database')
  leaf(db, 'check', {
    summary: 'looks for damage; exit code 1 where there is some',
    json: { shape: 'Check' },
  }).action((options: CommonOptions) =>
    session.answer(options, async ({ store }) => {
      const faults = await checkStore(store)
      const ok = faults.length === 0
      return {
        json: { ok, faults },
        text: ok ? 'the database is sound' : faults.join('\n'),
        exitCode: ok ? 0 : 1,
      }
    }),
  )

  leaf(program, 'version', {
    summary: 'prints the version',
    json: { shape: 'Version' },
  }).action((options: CommonOptions) => {
    const version = readVersion()
    session.say(options, { json: { version, node: process.versions.node }, text: version })
  })
}

/** From package.json, which stands above src/cli/ and above dist/src/cli/. */
export function readVersion(): string {
  for (const up of ['../../', '../../../']) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')
      const { version } = JSON.parse(text) as { version?: unknown }
      if (typeof version === 'string') return version
    } catch {}
  }
  return 'unknown'
}
