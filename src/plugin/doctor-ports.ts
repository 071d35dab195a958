import { spawn } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { access, constants, lstat, open, readdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import {
  type Fault,
  type FileOutcome,
  type KnownIssuer,
  type LaptopPorts,
  type RunOptions,
  type RunOutcome,
  readBounded,
} from '../doctor/index.ts'
import { LanyardError, messageOf } from '../errors/index.ts'
import { parseClusters } from './api-documents.ts'
import { freshToken } from './cached-token.ts'
import type { Conversation } from './conversation.ts'
import { askByHttps } from './doctor-https.ts'
import { discover, exchangeForCluster, readApi } from './issuer-client.ts'
import type { Login, LoginStore } from './login-store.ts'
import { cacheRoot, issuerDirectory, tokenFile } from './places.ts'
import type { Surroundings } from './surroundings.ts'
import { createIssuerFetch } from './transport.ts'
import { systemTrust } from './trust.ts'

const RUN_MS = 30_000
const MOST_OUTPUT = 4_194_304

function faultOf(error: unknown): Fault {
  const code = error instanceof LanyardError ? error.code : ''
  return { kind: 'fault', code, message: messageOf(error) }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

async function readOne(path: string): Promise<FileOutcome> {
  try {
    await using file = await open(path)
    const { mode, uid } = await file.stat()
    const read = await readBounded(file.createReadStream() as AsyncIterable<Buffer>)
    if (read.kind === 'unreadable') return read
    return { kind: 'file', text: read.text, mode: mode & 0o777, owner: uid }
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error), reason: messageOf(error) }
  }
}

function run(
  env: Surroundings['env'],
  program: string,
  args: readonly string[],
  { input = '', timeoutMs = RUN_MS, env: more = {} }: RunOptions = {},
): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...{ env: { ...env, ...more }, timeout: timeoutMs, stdio: 'pipe' },
    })
    const outputs = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8')
      child[name].on('data', (part: string) => {
        if (outputs[name].length < MOST_OUTPUT) outputs[name] += part
      })
    }
    child.once('error', (error) =>
      resolve({ kind: 'failed', code: codeOf(error), reason: messageOf(error) }),
    )
    child.once('close', (code) => {
      if (code === null)
        resolve({ kind: 'failed', code: 'ETIMEDOUT', reason: `${program} took too long` })
      else resolve({ kind: 'ended', code, ...outputs })
    })
    // A program that has gone reads nothing: its end says why.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Files, names and programs of this machine. */
function machinePorts({ env }: Surroundings) {
  return {
    readFile: readOne,
    run: (program: string, args: readonly string[], options?: RunOptions) =>
      run(env, program, args, options),
    async lookup(host: string) {
      if (isIP(host) !== 0) return [host]
      return (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
    },
    list: (directory: string) => readdir(directory).catch(() => []),
    async may(path: string, what: 'execute' | 'write') {
      const mode = what === 'execute' ? constants.X_OK : constants.W_OK
      return access(path, mode).then(
        () => true,
        () => false,
      )
    },
    async stat(path: string) {
      const found = await lstat(path).catch(() => null)
      if (found === null) return null
      const kind = found.isSymbolicLink()
        ? ('link' as const)
        : found.isDirectory()
          ? ('directory' as const)
          : found.isFile()
            ? ('file' as const)
            : ('other' as const)
      return { kind, mode: found.mode & 0o777, owner: found.uid, changedAt: found.mtimeMs }
    },
  }
}

/** What this device keeps, and what the issuer says to it. Nothing is written and no lock is taken: nothing of it rotates. */
function issuerPorts(around: Surroundings, store: LoginStore, conversation: Conversation) {
  const fetchFor = (issuer: string) =>
    createIssuerFetch(
      ...([
        around,
        issuer,
        store.trust(issuer)?.certificateAuthority ?? null,
        conversation,
      ] as const),
    )
  const loginOf = (issuer: string): Login => {
    const login = store.login(issuer)
    if (login === undefined) throw new LanyardError('ERR_LOGIN_REQUIRED', 'there is no login')
    return login
  }
  return {
    known(issuer: string): KnownIssuer {
      const directory = store.directory(issuer)
      const cacheDirectory = issuerDirectory(cacheRoot(around), issuer)
      const where = { directory, cacheDirectory }
      let certificateAuthority: string | null | undefined
      try {
        certificateAuthority = store.trust(issuer)?.certificateAuthority
        const hasLogin = store.login(issuer) !== undefined
        return { ...where, certificateAuthority, hasLogin, fault: null }
      } catch (error) {
        return { ...where, certificateAuthority, hasLogin: false, fault: faultOf(error) }
      }
    },
    async askAsPlugin(issuer: string) {
      try {
        await discover(issuer, fetchFor(issuer))
        return null
      } catch (error) {
        return faultOf(error)
      }
    },
    async enterable(issuer: string) {
      try {
        const document = await readApi(loginOf(issuer), 'clusters', fetchFor(issuer))
        const { person, clusters, version } = parseClusters(document)
        return { kind: 'listed' as const, username: person.username, version, clusters }
      } catch (error) {
        return faultOf(error)
      }
    },
    async exchange(issuer: string, audience: string) {
      try {
        const login = loginOf(issuer)
        const { token } = await exchangeForCluster(
          login,
          audience,
          fetchFor(issuer),
          around.clock(),
        )
        return { kind: 'token' as const, token }
      } catch (error) {
        return faultOf(error)
      }
    },
    cached(issuer: string, audience: string) {
      try {
        const fresh = freshToken(around, issuer, audience)
        return fresh === undefined
          ? null
          : { token: fresh.token, file: tokenFile(around, issuer, audience) }
      } catch {
        return null
      }
    },
  }
}

/** As they are set, without passwords. */
function proxiesOf(env: Surroundings['env']): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY']) {
    const value = env[name.toLowerCase()] ?? env[name]
    if (value !== undefined && value !== '') found[name] = value.replace(/\/\/[^/@]*@/, '//')
  }
  return found
}

/** What the checks of the doctor ask of this machine. */
export function createDoctorPorts(
  around: Surroundings,
  store: LoginStore,
  conversation: Conversation,
): LaptopPorts {
  return {
    ...machinePorts(around),
    ...issuerPorts(around, store, conversation),
    now: around.clock(),
    proxies: proxiesOf(around.env),
    https: (request) =>
      askByHttps(
        request,
        request.certificateAuthority === null
          ? systemTrust(around)
          : [request.certificateAuthority],
      ),
  }
}
