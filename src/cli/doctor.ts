import type { Command } from 'commander'
import type { Settings } from '../config/index.ts'
import {
  chosenClusters,
  clusterFacts,
  createPorts,
  issuerFacts,
  personQuestion,
  readPeople,
} from '../diagnosis/index.ts'
import {
  type ClusterFacts,
  countFindings,
  exitCodeOf,
  type Finding,
  type IssuerFacts,
  type PersonQuestion,
  printFindings,
  runDoctor,
  runTokenDoctor,
} from '../doctor/index.ts'
import { LanyardError } from '../errors/index.ts'
import { readIssuerCa } from './files.ts'
import { collect, leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Examined, Session } from './session.ts'
import type { Answer } from './tell.ts'

interface DoctorOptions extends Pick<CommonOptions, 'output'> {
  readonly config?: readonly string[]
  readonly lanyardConfig?: string
  readonly kubeconfig?: string
  readonly user?: string
  readonly issuer?: string
  readonly issuerCa?: string
  readonly token?: string | true
  readonly explain?: boolean
}

/** lanyard doctor */
export function addDoctorCommand(program: Command, session: Session): void {
  leaf(program, 'doctor [name]', {
    summary:
      'says why a login fails: looks at the issuer and at a cluster, all unless one is named, and prints the line to change; exit code 0 all well, 1 something failed, 2 warnings alone',
    json: { shape: 'Finding', list: true },
    ownConfig: true,
  })
    .option(
      '--config <file>',
      "a file of its kube-apiserver: static pod, AuthenticationConfiguration, k3s' or RKE2's config.yaml, kubeadm's ClusterConfiguration, flags; may be repeated",
      collect,
    )
    .option(
      '--kubeconfig <file>',
      "an admin's of that cluster: its own view, and its bindings; kubectl runs the program that it logs in by, so only a file that you trust",
    )
    .option('--user <name>', 'also why this person may not enter, or may do nothing')
    .option('--token [-]', 'explains what its kube-apiserver answers to the token on stdin')
    .option('--explain', "explains the line of kube-apiserver's log on stdin")
    .option('--issuer-ca <file>', "PEM of the issuer's CA; Lanyard's own unless given")
    .option('--issuer <url>', 'the issuer, where the data directory cannot be read')
    .option(
      '--lanyard-config <file>',
      "Lanyard's own configuration; else lanyard.yaml in the data directory",
    )
    .action((name: string | undefined, options: DoctorOptions) => {
      const { output, lanyardConfig } = options
      const common = { output, ...(lanyardConfig === undefined ? {} : { config: lanyardConfig }) }
      return session.examine(common, (examined) => examineAll(session, examined, name, options))
    })
}

async function examineAll(
  session: Session,
  examined: Examined,
  name: string | undefined,
  options: DoctorOptions,
): Promise<Answer> {
  const stdin = await readQuestion(session, options)
  const authority = options.issuerCa === undefined ? null : await readIssuerCa(options.issuerCa)
  const ports = createPorts(examined)
  if (examined.rooms === null) {
    const { error, settings } = examined
    const issuer = outsideFacts(settings, options.issuer, authority)
    if (stdin.logLine !== null) {
      return answerOf(await runTokenDoctor({ issuer, cluster: null, configs: [], ...stdin }, ports))
    }
    const rest = await runDoctor(nothingKnown(issuer), ports)
    return answerOf([closed(error), ...rest.filter(isOfIssuer)])
  }
  const { rooms } = examined
  const issuer = await issuerFacts(rooms, authority)
  const needsOne = optionOfOne(options)
  const clusters = await chosenClusters(rooms, name, stdin.logLine === null ? needsOne : undefined)
  const people = await readPeople(rooms)
  const facts: ClusterFacts[] = []
  for (const cluster of clusters) facts.push(await clusterFacts(rooms, cluster, issuer, people))
  const { config: configs = [] } = options
  if (stdin.token !== null || stdin.logLine !== null) {
    const cluster = facts.length === 1 ? (facts[0] ?? null) : null
    return answerOf(await runTokenDoctor({ issuer, cluster, configs, ...stdin }, ports))
  }
  const [cluster] = clusters
  const person: PersonQuestion | null =
    options.user === undefined || cluster === undefined
      ? null
      : await personQuestion(rooms, options.user, cluster, people)
  const findings = await runDoctor(
    {
      ...{ issuer, clusters: facts, person, configs, kubeconfig: options.kubeconfig ?? null },
      names: { users: people.map(({ username }) => username), groups: await groupNames(rooms) },
    },
    ports,
  )
  return answerOf(findings)
}

async function groupNames({ directory }: Rooms): Promise<readonly string[]> {
  return (await directory.groups.list()).map(({ name }) => name)
}

/** The first option that speaks of one cluster. */
function optionOfOne({ config, kubeconfig, user, token }: DoctorOptions): string | undefined {
  if (config !== undefined) return '--config'
  if (kubeconfig !== undefined) return '--kubeconfig'
  if (user !== undefined) return '--user'
  return token === undefined ? undefined : '--token'
}

interface Question {
  readonly token: string | null
  readonly logLine: string | null
}

async function readQuestion(
  { terminal }: Session,
  { token, explain }: DoctorOptions,
): Promise<Question> {
  if (token !== undefined && token !== true && token !== '-') {
    throw new LanyardError('ERR_USAGE', 'a token is read from stdin, never from an argument', {
      hint: 'lanyard doctor NAME --token - < FILE; other programs can read arguments: treat this token as known',
    })
  }
  if (token !== undefined && explain === true) {
    throw new LanyardError('ERR_USAGE', '--token and --explain both read stdin', {
      hint: 'give one of them',
    })
  }
  if (token === undefined && explain !== true) return { token: null, logLine: null }
  const text = (await terminal.readStdin()).trim()
  if (text === '') {
    throw new LanyardError('ERR_USAGE', 'stdin is empty', {
      hint: explain === true ? 'pipe one line of the log into it' : 'pipe the token into it',
    })
  }
  return explain === true
    ? { token: null, logLine: text }
    : { token: text.replace(/^Bearer\s+/i, ''), logLine: null }
}

function answerOf(findings: readonly Finding[]): Answer {
  return {
    json: findings,
    text: printFindings(findings),
    notes: [countFindings(findings)],
    exitCode: exitCodeOf(findings),
  }
}

/** Without the data directory: what its documents say is left, where somebody knows the issuer. */
function outsideFacts(
  settings: Settings | null,
  issuer: string | undefined,
  authority: string | null,
): IssuerFacts {
  const url = issuer ?? settings?.issuer ?? `https://localhost:${settings?.listen.port ?? 8443}`
  return {
    ...{ url, serves: null, isDefault: false, certificateAuthority: authority, keys: null },
    tls: settings?.tls.kind ?? 'own',
    certificateFile: settings?.tls.kind === 'files' ? settings.tls.certificate : null,
    idTokenSeconds: settings?.lifetimes.idToken ?? 600,
    maxTokenBytes: settings?.maxTokenBytes ?? 16_384,
  }
}

function nothingKnown(issuer: IssuerFacts) {
  return {
    ...{ issuer, clusters: [], person: null, kubeconfig: null, configs: [] },
    names: { users: [], groups: [] },
  }
}

/** What is said of names or lifetimes without the data would be made up. */
function isOfIssuer({ check }: Finding): boolean {
  return !check.startsWith('names.') && !check.startsWith('token.')
}

function closed({ code, message, hint }: LanyardError): Finding {
  const isSettings = code === 'ERR_CONFIG'
  const [summary = message, ...seen] = message.split('\n')
  return {
    check: isSettings ? 'settings.valid' : 'data.readable',
    status: 'failed',
    summary,
    seen,
    why: isSettings
      ? 'the server does not start with it either; clusters, people and keys are not looked at'
      : 'clusters, people and keys are not looked at: only what every machine can ask of the issuer',
    fixes: [
      { kind: 'advice', text: hint ?? 'run this as the user who runs the server, on its machine' },
    ],
  }
}
