import type { Command } from 'commander'
import type { MachineRule } from '../machines/index.ts'
import { readDuration } from './duration.ts'
import { collect, leaf, noun } from './leaf.ts'
import { type ClaimOptions, claimText, readPins } from './machine-claims.ts'
import { ruleShape } from './machine-shapes.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { type Answer, facts, table } from './tell.ts'

interface AddOptions extends CommonOptions, ClaimOptions {
  readonly issuer: string
  readonly audience?: string
  readonly otherAudiences?: boolean
  readonly username: string
  readonly group?: readonly string[]
  readonly cluster?: readonly string[]
  readonly lifetime?: string
}

/** lanyard machine rule … */
export function addRuleCommands(machine: Command, session: Session): void {
  const rule = noun(machine, 'rule', 'which tokens enter which clusters, and as whom')
  addAddCommand(rule, session)

  leaf(rule, 'list', {
    summary: 'lists rules by name',
    json: { shape: 'MachineRule', list: true },
  }).action((options: CommonOptions) => session.answer(options, listRules))

  leaf(rule, 'show <name>', { summary: 'shows a rule', json: { shape: 'MachineRule' } }).action(
    (name: string, options: CommonOptions) =>
      session.answer(options, async ({ machines }) => {
        const found = await machines.rules.get(name)
        return { json: ruleShape(found), text: textOf(found) }
      }),
  )

  for (const [verb, enabled, summary] of [
    ['disable', false, 'lets no token in by this rule; what was made by it lives for its minutes'],
    ['enable', true, 'lets tokens in by this rule again'],
  ] as const) {
    leaf(rule, `${verb} <name>`, { summary, json: { shape: 'MachineRule' } }).action(
      (name: string, options: CommonOptions) =>
        session.answer(options, async ({ machines, by }) => {
          const changed = await machines.rules.setEnabled(name, enabled, by)
          return { json: ruleShape(changed), text: `rule ${name} ${verb}d` }
        }),
    )
  }

  leaf(rule, 'remove <name>', { summary: 'removes a rule', json: { shape: 'Deleted' } }).action(
    (name: string, options: CommonOptions) =>
      session.answer(options, async ({ machines, by }) => {
        await machines.rules.remove(name, by)
        return { json: { deleted: name }, text: `rule ${name} removed` }
      }),
  )
}

function addAddCommand(rule: Command, session: Session): void {
  leaf(rule, 'add <name>', {
    summary: 'lets the tokens that match every claim into clusters, as a machine',
    json: { shape: 'MachineRule' },
  })
    .requiredOption('--issuer <name>', 'a trusted issuer')
    .option('--audience <audience>', 'what `aud` must be; the address of Lanyard unless given')
    .option('--other-audiences', '`aud` may name others beside it')
    .option('--claim <name=text>', 'what a claim must be, exactly; may be repeated', collect)
    .option('--claim-json <name=json>', 'the same for a number, true or false', collect)
    .option('--claim-glob <name=pattern>', 'the same with one *, for one segment', collect)
    .requiredOption('--username <machine:name>', 'who it is in the cluster')
    .option('--group <name>', 'a group that it is in; may be repeated', collect)
    .option('--cluster <name>', 'a cluster that it enters; may be repeated', collect)
    .option('--lifetime <time>', 'of a cluster’s token: 1m to 1h; 10m unless given')
    .action((name: string, options: AddOptions) =>
      session.answer(options, (rooms) => addRule(rooms, name, options)),
    )
}

async function addRule(rooms: Rooms, name: string, options: AddOptions): Promise<Answer> {
  const { issuer, audience, otherAudiences, username, group, cluster = [], lifetime } = options
  const added = await rooms.machines.rules.add(
    {
      ...{ name, issuer, username, clusters: cluster },
      audience: audience ?? rooms.config.issuer,
      pins: readPins(options),
      ...(otherAudiences === undefined ? {} : { otherAudiences }),
      ...(group === undefined ? {} : { groups: group }),
      ...(lifetime === undefined ? {} : { lifetime: readDuration('--lifetime', lifetime) }),
    },
    rooms.by,
  )
  return {
    json: ruleShape(added),
    text: textOf(added),
    notes: [
      `rule ${name} added`,
      ...(added.groups.length === 0 ? [`hint: bind rights to the user ${added.username}`] : []),
      'hint: try a token with: lanyard machine explain --token-file FILE',
    ],
  }
}

async function listRules({ machines }: Rooms): Promise<Answer> {
  const list = await machines.rules.list()
  return {
    json: list.map(ruleShape),
    text: table(
      ['NAME', 'ISSUER', 'CLAIMS', 'USERNAME', 'GROUPS', 'CLUSTERS', 'ENABLED'],
      list.map((rule) => [
        ...[rule.name, rule.issuer.name, rule.pins.map(claimText), rule.username],
        ...[rule.groups, rule.clusters.map(({ name }) => name), rule.enabled],
      ]),
    ),
    notes: list.length === 0 ? ['no machine rules'] : [],
  }
}

function textOf(rule: MachineRule): string {
  return facts([
    ['name', rule.name],
    ['id', rule.id],
    ['issuer', `${rule.issuer.name} (${rule.issuer.issuer})`],
    ['audience', rule.otherAudiences ? `${rule.audience} and others` : rule.audience],
    ['claims', rule.pins.map(claimText)],
    ['username', rule.username],
    ['groups', rule.groups],
    ['clusters', rule.clusters.map(({ name }) => name)],
    ['lifetime', `${rule.lifetime} s`],
    ['enabled', rule.enabled],
    ['last used', rule.lastUsedAt === null ? 'never' : rfc3339(rule.lastUsedAt)],
  ])
}
