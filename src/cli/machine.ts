import { type Command, Option } from 'commander'
import { messageOf } from '../errors/index.ts'
import { type IssuerKind, issuerKinds, type TrustedIssuer } from '../machines/index.ts'
import { readOptionFile } from './files.ts'
import { leaf, noun } from './leaf.ts'
import { addExplainCommand } from './machine-explain.ts'
import { addRuleCommands } from './machine-rule.ts'
import { issuerShape } from './machine-shapes.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { type Answer, facts, table } from './tell.ts'

interface AddOptions extends CommonOptions {
  readonly issuer?: string
  readonly preset?: IssuerKind
  readonly jwksUri?: string
  readonly jwksFile?: string
  readonly ca?: string
  readonly replay?: 'once' | 'until-expiry'
}

/** lanyard machine … */
export function addMachineCommands(program: Command, session: Session): void {
  const machine = noun(program, 'machine', 'CI jobs and pods that come with a token of their own')
  const issuer = noun(machine, 'issuer', 'outside issuers whose tokens rules may name')
  addAddCommand(issuer, session)

  leaf(issuer, 'list', {
    summary: 'lists trusted issuers by name',
    json: { shape: 'TrustedIssuer', list: true },
  }).action((options: CommonOptions) =>
    session.answer(options, async ({ machines }) => {
      const list = await machines.issuers.list()
      return {
        json: list.map(issuerShape),
        text: table(
          ['NAME', 'PRESET', 'ISSUER', 'KEYS', 'ONE TOKEN IS GOOD'],
          list.map((each) => [each.name, each.kind, each.issuer, keysOf(each), useOf(each)]),
        ),
        notes: list.length === 0 ? ['no issuer is trusted'] : [],
      }
    }),
  )

  leaf(issuer, 'remove <name>', {
    summary: 'trusts an issuer no more; refused while a rule names it',
    json: { shape: 'Deleted' },
  }).action((name: string, options: CommonOptions) =>
    session.answer(options, async ({ machines, by }) => {
      await machines.issuers.remove(name, by)
      return { json: { deleted: name }, text: `issuer ${name} removed` }
    }),
  )

  addRuleCommands(machine, session)
  addExplainCommand(machine, session)
}

function addAddCommand(issuer: Command, session: Session): void {
  leaf(issuer, 'add <name>', {
    summary: 'trusts an outside issuer, for what rules will name',
    json: { shape: 'TrustedIssuer' },
  })
    .option('--issuer <url>', 'its address, exactly as `iss` has it; the preset’s own unless given')
    .addOption(
      new Option('--preset <kind>', 'what it is; made out from the address unless given').choices(
        issuerKinds,
      ),
    )
    .option('--jwks-uri <url>', 'where its keys are, instead of what it says itself')
    .option('--jwks-file <file>', 'its keys themselves; then nobody is asked')
    .option('--ca <file>', 'PEM that alone is trusted when it is asked for its keys')
    .addOption(
      new Option(
        '--replay <how>',
        'how often one token is exchanged: once, but for gitlab and kubernetes',
      ).choices(['once', 'until-expiry']),
    )
    .action((name: string, options: AddOptions) =>
      session.answer(options, (rooms) => addIssuer(rooms, name, options)),
    )
}

async function addIssuer({ machines, by }: Rooms, name: string, options: AddOptions) {
  const { issuer, preset, jwksUri, jwksFile, ca, replay } = options
  const added = await machines.issuers.add(
    {
      name,
      ...(issuer === undefined ? {} : { issuer }),
      ...(preset === undefined ? {} : { kind: preset }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
      ...(jwksFile === undefined ? {} : { jwks: await readOptionFile('--jwks-file', jwksFile) }),
      ...(ca === undefined ? {} : { certificateAuthority: await readOptionFile('--ca', ca) }),
      ...(replay === undefined ? {} : { singleUse: replay === 'once' }),
    },
    by,
  )
  const keys = await machines.issuers.countKeys(added).then(
    (count) => `its keys were read: ${count} of use`,
    (error: unknown) => `warning: its keys cannot be read now: ${messageOf(error)}`,
  )
  return {
    json: issuerShape(added),
    text: facts([
      ['name', added.name],
      ['preset', added.kind],
      ['issuer', added.issuer],
      ['keys', keysOf(added)],
      ['one token is good', useOf(added)],
    ]),
    notes: [keys, `hint: say who may enter with: lanyard machine rule add NAME --issuer ${name} …`],
  } satisfies Answer
}

function keysOf({ jwks, jwksUri }: TrustedIssuer): string {
  if (jwks !== null) return 'given'
  return jwksUri ?? 'as it says itself'
}

function useOf({ singleUse }: TrustedIssuer): string {
  return singleUse ? 'once' : 'until it ends'
}
