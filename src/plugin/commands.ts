import { LanyardError } from '../errors/index.ts'
import { readTokenCommand, runTokenCommand, type TokenOutput } from './access-token.ts'
import { parseClusters, parseDevices } from './api-documents.ts'
import { freshToken } from './cached-token.ts'
import { clusterCertificate, readLifetime, writeCertificate } from './certificate.ts'
import { type CommandLine, type CommandName, readCommandLine, USAGE } from './command-line.ts'
import { type Conversation, createConversation, printable } from './conversation.ts'
import { execCredential, readExecInfo } from './exec-info.ts'
import { givenTrust, knownTrust, readCertificateAuthority } from './given-trust.ts'
import { parseIssuer } from './issuer-address.ts'
import { createLoginStore, type LoginStore, type Trust } from './login-store.ts'
import { readRequestCommand, runRequestCommand } from './membership-request.ts'
import { openSession } from './session.ts'
import { setUp } from './setup.ts'
import type { Surroundings } from './surroundings.ts'

declare const PLUGIN_VERSION: string | undefined

interface Run {
  readonly line: CommandLine
  readonly around: Surroundings
  readonly conversation: Conversation
  readonly store: LoginStore
}

function sessionFor({ store, around, conversation }: Run, trust: Trust) {
  return openSession(trust, store, around, conversation)
}

async function setup(run: Run): Promise<void> {
  const { line, store, around, conversation } = run
  const trust = givenTrust(run)
  const session = sessionFor(run, trust)
  const known = store.trust(trust.issuer)
  if (known !== undefined && known.certificateAuthority !== trust.certificateAuthority) {
    // A login is bound to the CA it was made by: another CA needs another login.
    await session.logIn(line.way)
  }
  const { clusters, kubeconfig, way } = line
  await setUp({ issuer: trust.issuer, clusters, kubeconfig, way }, session, around, conversation)
}

/** Loaded by who asks for it; nothing that a person left on this device is read. */
async function getMachineToken({ line, around, conversation }: Run): Promise<void> {
  const { machineToken } = await import('./machine.ts')
  const { certificateAuthority: path } = line
  const request = {
    issuer: parseIssuer(line.issuer ?? ''),
    audience: line.audience ?? '',
    rule: line.rule,
    certificateAuthority: path === undefined ? null : readCertificateAuthority(path),
  }
  const token = await machineToken(request, around, conversation)
  around.print(execCredential(readExecInfo(around), token))
}

async function getToken(run: Run): Promise<void> {
  const { line, around } = run
  if (line.machine) return getMachineToken(run)
  const { issuer } = knownTrust(run)
  const audience = line.audience ?? ''
  const info = readExecInfo(around)
  const mayAsk = (info === null || info.interactive) && around.onTerminal()
  const token =
    freshToken(around, issuer, audience) ??
    (await sessionFor(run, knownTrust(run)).clusterToken(audience, mayAsk))
  around.print(execCredential(info, token))
}

async function getCertificate(run: Run): Promise<void> {
  const { line, around } = run
  const trust = knownTrust(run)
  const [cluster = ''] = line.clusters
  const which = line.audience === undefined ? { cluster } : { audience: line.audience }
  const info = readExecInfo(around)
  const mayAsk = (info === null || info.interactive) && around.onTerminal()
  const session = sessionFor(run, trust)
  const made = await clusterCertificate(which, { issuer: trust.issuer, mayAsk }, session, around)
  around.print(execCredential(info, made))
}

async function certificate(run: Run): Promise<void> {
  const { line, around, conversation } = run
  const [cluster = ''] = line.clusters
  const lifetime = line.lifetime === undefined ? undefined : readLifetime(line.lifetime)
  const session = sessionFor(run, knownTrust(run))
  await writeCertificate({ cluster, lifetime, out: line.out }, session, around, conversation)
}

async function token(run: Run): Promise<void> {
  const command = readTokenCommand(run.line)
  await runTokenCommand(command, sessionFor(run, knownTrust(run)), outputOf(run))
}

function outputOf(run: Run): TokenOutput {
  return {
    print: (text) => run.around.print(text),
    table: (rows) => printTable(run, rows),
    tell: (sentence) => run.conversation.tell(sentence),
  }
}

async function request(run: Run): Promise<void> {
  const command = readRequestCommand(run.line)
  await runRequestCommand(command, sessionFor(run, knownTrust(run)), outputOf(run))
}

async function login(run: Run): Promise<void> {
  const { way, elevate, clusters } = run.line
  const [cluster] = clusters
  const session = sessionFor(run, givenTrust(run))
  return elevate && cluster !== undefined
    ? session.elevate(way, cluster)
    : session.logIn(way, cluster)
}

async function logout(run: Run): Promise<void> {
  const trust = knownTrust(run)
  const ended = await sessionFor(run, trust).logOut({ forgetTrust: run.line.forget })
  run.conversation.tell(
    ended ? `logged out of ${trust.issuer}` : `there was no login to ${trust.issuer}`,
  )
}

async function whoami(run: Run): Promise<void> {
  const trust = knownTrust(run)
  const { person, clusters } = parseClusters(await sessionFor(run, trust).api('clusters', null))
  const names = clusters.map(({ name }) => name)
  const rows = [
    ['issuer', trust.issuer],
    ['username', person.username],
    ...(person.displayName === null ? [] : [['name', person.displayName]]),
    ['groups', person.groups.join(', ') || 'none'],
    ['clusters', names.join(', ') || 'none'],
  ]
  printTable(run, rows)
}

async function sessions(run: Run): Promise<void> {
  const devices = parseDevices(await sessionFor(run, knownTrust(run)).api('devices', null))
  printTable(run, [
    ['DEVICE', 'NAME', 'CLIENT', 'SINCE', 'LAST USED', 'UNTIL', ''],
    ...devices.map((device) => [
      device.id,
      device.name,
      device.client,
      device.createdAt,
      device.lastUsedAt ?? 'never',
      device.expiresAt ?? 'revoked',
      device.current ? 'this one' : '',
    ]),
  ])
}

function printTable({ around }: Run, rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map(printable))
  const widths = cells[0]?.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  around.print(`${lines.join('\n')}\n`)
}

/** Loaded by who asks for it: its checks are as large as all other commands together. */
async function doctor({ line, around, store, conversation }: Run): Promise<number> {
  const { runDoctor } = await import('./doctor.ts')
  const version = typeof PLUGIN_VERSION === 'string' ? PLUGIN_VERSION : null
  return runDoctor(line, around, store, conversation, version)
}

async function perform(run: Run, command: Exclude<CommandName, 'doctor'>): Promise<void> {
  switch (command) {
    case 'setup':
      return setup(run)
    case 'login':
      return login(run)
    case 'logout':
      return logout(run)
    case 'get-token':
      return getToken(run)
    case 'certificate':
      return certificate(run)
    case 'get-certificate':
      return getCertificate(run)
    case 'token':
      return token(run)
    case 'request':
    case 'requests':
      return request(run)
    case 'whoami':
      return whoami(run)
    case 'sessions':
      return sessions(run)
    case 'version':
      return run.around.print(
        `kubectl-lanyard ${typeof PLUGIN_VERSION === 'string' ? PLUGIN_VERSION : 'from source'}\n`,
      )
    case 'help':
      return run.around.print(USAGE)
  }
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  ERR_USAGE: 2,
  ERR_LOGIN_REQUIRED: 3,
  ERR_ISSUER_UNKNOWN: 3,
  ERR_LOGIN_GONE: 3,
  ERR_REFUSED: 4,
  ERR_SIGN_IN_WEAK: 5,
}

/** Runs one command and gives back its exit code. It reports every failure itself. */
export async function runCommand(argv: readonly string[], around: Surroundings): Promise<number> {
  let conversation = createConversation(around, false)
  try {
    const line = readCommandLine(argv)
    conversation = createConversation(around, line.verbose)
    const run = { line, around, conversation, store: createLoginStore(around) }
    if (line.command === 'doctor') {
      return await doctor(run)
    }
    await perform(run, line.command)
    return 0
  } catch (error) {
    conversation.fail(error)
    return error instanceof LanyardError ? (EXIT_CODES[error.code] ?? 1) : 1
  }
}
