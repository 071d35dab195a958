/**
 * kube-apiserver's own verdict against the replay's: broken tokens and settings, each sent to a real apiserver and replayed. Verdict,
 * user and the sentence of the log are equal, but for points in time.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { stringify } from 'yaml'
import {
  type AuthenticatorSettings,
  explainSentence,
  readAuthenticationConfiguration,
  readOidcFlags,
  replayToken,
} from '../../src/doctor/index.ts'
import type { Case } from '../doctor/apiserver/corpus-mappings.ts'
import {
  configuration,
  fillIssuer,
  flagSets,
  refusedFiles,
  refusedFlags,
} from '../doctor/apiserver/corpus-settings.ts'
import { corpusOf } from '../doctor/apiserver/corpus-tokens.ts'
import { documentsOf, startTestIssuer, type TestIssuer } from '../doctor/apiserver/test-issuer.ts'
import { createAuthority } from '../support/certificates.ts'
import { poll } from '../support/poll.ts'
import { runProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createApiClient } from './api-client.ts'
import { startOnFreePorts } from './component.ts'
import {
  type Apiserver,
  type Etcd,
  requireBinaries,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that the replay says what a real kube-apiserver says')

const none = { authenticated: 0, 'with a reason': 0, 'without a reason': 0, 'not logged': 0 }
type Counts = typeof none

/** How many there are, by how they end: none falls out unseen. */
const FILE_TOKENS = {
  ...none,
  authenticated: 71,
  'with a reason': 134,
  'without a reason': 22,
  'not logged': 3,
}
const FLAG_TOKENS = [
  { ...none, authenticated: 1, 'with a reason': 3 },
  { ...none, authenticated: 4, 'with a reason': 7 },
]
const unknownCluster = { cluster: null, issuer: null, audience: null }
const REFUSED_FILES = 33
const REFUSED_FLAGS = 6

/** How a request ended, as both sides tell it. */
interface Outcome {
  /** `authenticated`, or what the client reads. */
  readonly verdict: string
  /** As the apiserver writes it: what is empty is not there. */
  readonly user: Readonly<Record<string, unknown>> | null
  readonly log: string | null
}

function kindOf({ verdict, log }: Outcome): keyof Counts {
  if (verdict === 'authenticated') return 'authenticated'
  if (log === null) return 'not logged'
  return log.startsWith('[') ? 'with a reason' : 'without a reason'
}

/** Points in time are this run's own. */
function mask(text: string | null): string | null {
  return (
    text
      ?.replace(/\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \+0000 UTC(?: m=\+[\d.]+)?/g, '<time>')
      .replace(/-?\d+ s after 1970/g, '<time>') ?? null
  )
}

/** What klog writes after `err=`: quoted by Go, or in lines of its own where it holds line breaks. */
function readError(lines: readonly string[], what: string): string | null {
  const index = lines.findIndex((line) => line.includes(what))
  const line = lines[index]
  if (line === undefined) return null
  const quoted = /err="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
  if (quoted !== undefined) return unquoteGo(quoted)
  const rest = lines.slice(index + 1)
  const end = rest.indexOf(' >')
  return end < 0
    ? null
    : rest
        .slice(0, end)
        .map((each) => each.replace(/^\t/, ''))
        .join('\n')
}

function unquoteGo(text: string): string {
  const short: Record<string, string> = {
    ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  }
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_all, byte?: string, four?: string, eight?: string, one?: string) => {
      const hex = byte ?? four ?? eight
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      return short[one ?? ''] ?? one ?? ''
    },
  )
}

const words: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  431: 'Request Header Fields Too Large',
}

/** One request with this token, by a client without a certificate. */
async function askApiserver(apiserver: Apiserver, token: string): Promise<Outcome> {
  const { certificate } = apiserver.certificateAuthority
  await using client = createApiClient({ url: apiserver.url, authority: certificate })
  const mark = apiserver.logMark()
  const { status, body } = await client.ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    // Bytes beyond ASCII travel as they are.
    token: Buffer.from(token).toString('latin1'),
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  if (status === 201) {
    const { userInfo } = (body as { status: { userInfo: Outcome['user'] } }).status
    return { verdict: 'authenticated', user: userInfo, log: null }
  }
  const log =
    status === 401
      ? await poll(
          'the sentence',
          async () => {
            const lines = apiserver.log().split('\n').slice(mark)
            return readError(lines, 'Unable to authenticate the request') ?? false
          },
          { everyMs: 5 },
        )
      : null
  return { verdict: words[status] ?? String(status), user: null, log: mask(log) }
}

describe('the replay against kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let etcd: Etcd
  let issuer: TestIssuer
  let authority: string
  let authorityPath: string
  let directory: string
  let fetchDocument: ReturnType<typeof documentsOf>

  before(async () => {
    directory = owned.use(await temporaryDirectory()).path
    const certificates = await createAuthority(directory, 'issuer-authority')
    authority = certificates.certificate
    authorityPath = certificates.certificatePath
    const files = await certificates.issue({
      ...{ name: 'issuer', usage: 'server', hosts: ['localhost', '127.0.0.1'] },
    })
    issuer = owned.use(await startTestIssuer(files))
    fetchDocument = owned.use(documentsOf(authority))
    fillIssuer(issuer)
    await writeServiceAccountKeys(directory)
    etcd = owned.use(await startEtcd())
  })
  after(() => owned.disposeAsync())

  async function replay(settings: AuthenticatorSettings, token: string): Promise<Outcome> {
    const { verdict } = await replayToken({
      ...{ token, settings, fetchDocument, now: Date.now(), askClaimsEndpoint: true },
    })
    if (verdict.kind === 'undecided') return { verdict: verdict.reason, user: null, log: null }
    if (verdict.kind === 'refused') {
      return { verdict: verdict.client, user: null, log: mask(verdict.log) }
    }
    const { extra, ...rest } = verdict.user
    const members = Object.entries({ ...rest, extra: Object.keys(extra).length === 0 ? '' : extra })
    const user = Object.fromEntries(members.filter(([, value]) => value !== ''))
    return { verdict: 'authenticated', user, log: null }
  }

  /** Sends and replays every token, and names those where the two differ. */
  async function compare(
    apiserver: Apiserver,
    settings: AuthenticatorSettings,
    cases: readonly Case[],
  ): Promise<Counts> {
    assert.equal(settings.refusal, null)
    const differences: unknown[] = []
    const counts = { ...none }
    for (const { name, token } of cases) {
      const text = await token()
      const real = await askApiserver(apiserver, text)
      const replayed = await replay(settings, text)
      if (!isDeepStrictEqual(replayed, real)) differences.push({ name, replayed, real })
      if (real.log !== null && explainSentence(real.log, unknownCluster) === null) {
        differences.push({ name, unexplained: real.log })
      }
      counts[kindOf(real)] += 1
    }
    assert.deepEqual(differences, [])
    return counts
  }

  it('is equal for tokens, with an AuthenticationConfiguration', async () => {
    const text = stringify(configuration(issuer.origin, authority))
    await using apiserver = await startApiserver({ etcd, authenticationConfig: text })
    const { file: cases } = corpusOf(issuer.origin)
    // Groups asked live: the first token is refused, and readies the verifier of whoever signs the answers.
    for (const { token } of cases.filter(({ warms }) => warms === true)) {
      await poll('groups are asked live', async () => {
        return (await apiserver.whoami(await token())).status === 201
      })
    }
    const counts = await compare(apiserver, readAuthenticationConfiguration(text), cases)
    assert.deepEqual(counts, FILE_TOKENS)
  })

  it('is equal for tokens, with flags', async () => {
    const sets = flagSets(issuer.origin)
    const corpus = corpusOf(issuer.origin)
    const counts = await Promise.all(
      (['defaults', 'full'] as const).map(async (name) => {
        const args = [...sets[name], `--oidc-ca-file=${authorityPath}`]
        await using apiserver = await startApiserver({ etcd, args })
        const settings = readOidcFlags(args, { certificateAuthority: authority })
        return await compare(apiserver, settings, corpus[name])
      }),
    )
    assert.deepEqual(counts, FLAG_TOKENS)
  })

  it('is equal for files that kube-apiserver does not start with', async () => {
    const differences: unknown[] = []
    const twoAtOnce = pLimit(2)
    const compareFile = async ([name, text]: [string, string], index: number) => {
      const path = join(directory, `refused-${index}.yaml`)
      await writeFile(path, text)
      const real = await refusalBy(directory, [`--authentication-config=${path}`])
      const replayed = readAuthenticationConfiguration(text, { file: path }).refusal
      if (replayed !== real) differences.push({ name, replayed, real })
    }
    const files = Object.entries(refusedFiles)
    await Promise.all(files.map((file, index) => twoAtOnce(() => compareFile(file, index))))
    assert.deepEqual(differences, [])
    assert.equal(Object.keys(refusedFiles).length, REFUSED_FILES)
  })

  it('is equal for flags that kube-apiserver does not start with', async () => {
    const differences: unknown[] = []
    for (const [name, args] of Object.entries(refusedFlags)) {
      const real = await refusalBy(directory, args)
      const all = [...args, `--service-account-issuer=${serviceAccounts}`]
      const replayed = readOidcFlags(all).refusal
      if (replayed !== real) differences.push({ name, replayed, real })
    }
    assert.deepEqual(differences, [])
    assert.equal(Object.keys(refusedFlags).length, REFUSED_FLAGS)
  })
})

const serviceAccounts = 'https://sa.example.com'

async function writeServiceAccountKeys(directory: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(join(directory, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(join(directory, 'sa.key'), key, { mode: 0o600 })
}

/** Starts a kube-apiserver that must end at once, and returns what its last words say after `err=`. */
function refusalBy(directory: string, args: readonly string[]): Promise<string | null> {
  return startOnFreePorts(1, ([port]) => refusalOn(port ?? 0, directory, args))
}

async function refusalOn(
  port: number,
  directory: string,
  args: readonly string[],
): Promise<string | null> {
  const { 'kube-apiserver': command } = await requireBinaries()
  if (command === undefined) throw new TypeError('no kube-apiserver')
  const { stderr } = await runProcess({
    command,
    args: [
      ...['--etcd-servers=http://127.0.0.1:1', '--advertise-address=10.255.255.1'],
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, '--permit-port-sharing=true'],
      ...[`--cert-dir=${directory}`, `--service-account-issuer=${serviceAccounts}`],
      `--service-account-key-file=${join(directory, 'sa.pub')}`,
      `--service-account-signing-key-file=${join(directory, 'sa.key')}`,
      ...args,
    ],
    env: { HOME: '/nonexistent' },
  })
  return readError(stderr.split('\n'), '"command failed"')
}
