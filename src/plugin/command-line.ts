import { parseArgs } from 'node:util'
import { LanyardError, messageOf } from '../errors/index.ts'

export const USAGE = `kubectl-lanyard logs you in to your Kubernetes clusters. Also: kubectl lanyard …

Usage:
  kubectl lanyard setup ISSUER [--cluster NAME]… [--kubeconfig FILE]
  kubectl lanyard login [--issuer ISSUER] [--cluster NAME [--elevate]]
  kubectl lanyard logout [--issuer ISSUER] [--forget]
  kubectl lanyard whoami [--issuer ISSUER]
  kubectl lanyard sessions [--issuer ISSUER]
  kubectl lanyard doctor [--context NAME] [--kubeconfig FILE] [-o json]
  kubectl lanyard get-token --issuer ISSUER --audience AUDIENCE [--machine [--rule NAME]]
  kubectl lanyard certificate --cluster NAME [--lifetime 10m] [--out DIRECTORY] [--issuer ISSUER]
  kubectl lanyard get-certificate --issuer ISSUER --audience AUDIENCE | --cluster NAME
  kubectl lanyard token create NAME --cluster NAME | --every-cluster [--group NAME]… [--expires 90d]
  kubectl lanyard token list | token revoke ID
  kubectl lanyard request GROUP --for 1h --reason TEXT
  kubectl lanyard requests | requests withdraw ID
  kubectl lanyard version

Options:
  --issuer ISSUER                 the address of Lanyard; may be left out where only one is known
  --certificate-authority FILE    setup, login: trust this CA, and no other, for the issuer; kept for later;
                                  get-token --machine: the same, for this once
  --browser, --device             setup, login: log in in a browser here, or with a code in one anywhere
  --cluster NAME                  setup: this cluster only; may be repeated;
                                  login: sign in as this cluster asks;
                                  certificate, get-certificate: the one that it is for;
                                  token create: one that it is good for; may be repeated
  --elevate                       login: by a passkey, now, for that cluster alone, beside the everyday login
  --every-cluster                 token create: good for every cluster that you may enter
  --group NAME                    token create: it carries no other group of yours; may be repeated
  --expires TIME                  token create: how long it lasts, such as 12h or 90d
  --for TIME                      request: how long you want to be in the group, such as 30m or 4h
  --reason TEXT                   request: what for; whoever answers reads it
  --lifetime TIME                 certificate: how long it is good, such as 10m; an hour at most
  --out DIRECTORY                 certificate: where it and its key are written; here unless told
  --kubeconfig FILE               setup: write here, not into the first file of KUBECONFIG or ~/.kube/config;
                                  doctor: read this one alone
  --context NAME                  doctor: this context, not the one in use
  -o, --output text|json          doctor: for people, or for programs
  --machine                       get-token: by the token that this CI job or pod has, without a login
  --rule NAME                     get-token --machine: by this machine rule, where several match
  --forget                        logout: also forget the issuer and its CA
  -v, --verbose                   say what is done, and never a secret
  -h, --help                      this text

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a login is needed, 4 refused by the issuer,
5 another sign-in is needed, and the hint says how.
Of doctor: 0 all well, 1 something failed, 2 warnings alone.
`

const COMMANDS = {
  setup: ['certificate-authority', 'cluster', 'kubeconfig', 'browser', 'device'],
  login: ['issuer', 'certificate-authority', 'browser', 'device', 'cluster', 'elevate'],
  logout: ['issuer', 'forget'],
  whoami: ['issuer'],
  sessions: ['issuer'],
  doctor: ['context', 'kubeconfig', 'output'],
  'get-token': ['issuer', 'audience', 'machine', 'rule', 'certificate-authority'],
  certificate: ['issuer', 'cluster', 'lifetime', 'out'],
  'get-certificate': ['issuer', 'audience', 'cluster'],
  token: ['issuer', 'cluster', 'every-cluster', 'group', 'expires'],
  request: ['issuer', 'for', 'reason'],
  requests: ['issuer'],
  version: [],
  help: [],
} as const satisfies Record<string, readonly string[]>

export type CommandName = keyof typeof COMMANDS

export interface CommandLine {
  readonly command: CommandName
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly certificateAuthority: string | undefined
  readonly clusters: readonly string[]
  readonly everyCluster: boolean
  readonly elevate: boolean
  readonly groups: readonly string[]
  readonly expires: string | undefined
  /** Of a membership that is asked for. */
  readonly lasting: string | undefined
  readonly reason: string | undefined
  /** What stands after the command. */
  readonly args: readonly string[]
  readonly kubeconfig: string | undefined
  readonly lifetime: string | undefined
  readonly out: string | undefined
  readonly context: string | undefined
  readonly output: 'text' | 'json'
  readonly way: 'browser' | 'device' | 'choose'
  readonly forget: boolean
  readonly machine: boolean
  readonly rule: string | undefined
  readonly verbose: boolean
}

function wrong(message: string): LanyardError {
  return new LanyardError('ERR_USAGE', message, { hint: 'run: kubectl lanyard --help' })
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        issuer: { type: 'string' },
        audience: { type: 'string' },
        'certificate-authority': { type: 'string' },
        cluster: { type: 'string', multiple: true },
        kubeconfig: { type: 'string' },
        'every-cluster': { type: 'boolean' },
        elevate: { type: 'boolean' },
        group: { type: 'string', multiple: true },
        expires: { type: 'string' },
        for: { type: 'string' },
        reason: { type: 'string' },
        lifetime: { type: 'string' },
        out: { type: 'string' },
        context: { type: 'string' },
        output: { type: 'string', short: 'o' },
        browser: { type: 'boolean' },
        device: { type: 'boolean' },
        forget: { type: 'boolean' },
        machine: { type: 'boolean' },
        rule: { type: 'string' },
        verbose: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const sentence = messageOf(error).split('. ')[0] ?? ''
    throw wrong(sentence.charAt(0).toLowerCase() + sentence.slice(1))
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

function refuseForeignOptions(command: CommandName, given: readonly string[]): void {
  const known = new Set<string>([...COMMANDS[command], 'verbose', 'help'])
  const foreign = given.find((name) => !known.has(name))
  if (foreign !== undefined) {
    throw wrong(`${command} takes no --${foreign}`)
  }
  if (command !== 'get-token' || given.includes('machine')) {
    return
  }
  if (given.includes('certificate-authority')) {
    // Threats: a kubeconfig from a stranger must not choose by which CA a login's issuer is known.
    throw new LanyardError(
      'ERR_USAGE',
      'get-token takes no --certificate-authority, for a kubeconfig may not choose the CA of a login',
      { hint: 'run: kubectl lanyard login --issuer ISSUER --certificate-authority FILE' },
    )
  }
  if (given.includes('rule')) {
    throw wrong('--rule needs --machine')
  }
}

/** A certificate is for one cluster, and so is a login that satisfies one. */
function refuseOtherClusters(
  command: CommandName,
  values: {
    readonly issuer?: string
    readonly audience?: string
    readonly cluster?: string[]
    readonly elevate?: boolean
  },
): void {
  const { issuer, audience, cluster = [], elevate = false } = values
  if (command === 'certificate' && cluster.length !== 1) {
    throw wrong('certificate needs one --cluster')
  }
  if (command === 'login' && (cluster.length > 1 || (elevate && cluster.length === 0))) {
    throw wrong(elevate ? 'login --elevate needs one --cluster' : 'login takes one --cluster')
  }
  if (command !== 'get-certificate') {
    return
  }
  if (!issuer) {
    throw wrong('get-certificate needs --issuer')
  }
  if (cluster.length + (audience ? 1 : 0) !== 1) {
    throw wrong('get-certificate needs one --audience or one --cluster')
  }
}

/** Reads the arguments. Throws ERR_USAGE with what is wrong with them. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv)
  const [name, ...rest] = positionals
  const command = values.help === true || name === undefined ? 'help' : name
  if (!isCommand(command)) {
    throw wrong(`unknown command "${command}"`)
  }
  if (command !== 'help') {
    refuseForeignOptions(command, Object.keys(values))
  }
  if (
    !['help', 'token', 'request', 'requests'].includes(command) &&
    rest.length > (command === 'setup' ? 1 : 0)
  ) {
    throw wrong(`unexpected argument "${rest.at(-1)}"`)
  }
  if (command === 'setup' && rest.length === 0) {
    throw wrong('setup needs the address of the issuer')
  }
  for (const needed of ['issuer', 'audience'] as const) {
    if (command === 'get-token' && !values[needed]) {
      throw wrong(`get-token needs --${needed}`)
    }
  }
  refuseOtherClusters(command, values)
  if (values.browser && values.device) {
    throw wrong('--browser and --device exclude each other')
  }
  const { output = 'text' } = values
  if (output !== 'text' && output !== 'json') {
    throw wrong(`--output is text or json, not "${output}"`)
  }
  return {
    command,
    issuer: command === 'setup' ? rest[0] : values.issuer,
    audience: values.audience,
    certificateAuthority: values['certificate-authority'],
    clusters: values.cluster ?? [],
    everyCluster: values['every-cluster'] ?? false,
    elevate: values.elevate ?? false,
    groups: values.group ?? [],
    expires: values.expires,
    lasting: values.for,
    reason: values.reason,
    args: rest,
    kubeconfig: values.kubeconfig,
    lifetime: values.lifetime,
    out: values.out,
    context: values.context,
    output,
    way: values.browser ? 'browser' : values.device ? 'device' : 'choose',
    forget: values.forget ?? false,
    machine: values.machine ?? false,
    rule: values.rule,
    verbose: values.verbose ?? false,
  }
}
