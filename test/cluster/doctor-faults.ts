/**
 * What the proofs of the doctor share: it is asked as an admin asks it, what it prints is applied by a machine, and a person's
 * kubectl says whether that was right.
 */
import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { runCommand } from '../../src/cli/index.ts'
import { applyEdit, type Finding } from '../../src/doctor/index.ts'
import type { Lanyard } from '../support/lanyard.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { type Result, runProcess } from '../support/process.ts'
import { type Apiserver, requireBinaries } from './control-plane.ts'

const lanyardCommand = fileURLToPath(new URL('../../bin/lanyard.js', import.meta.url))
/** More would mean that its fixes do not end. */
const MOST_ROUNDS = 4

/** Where an admin sits: `lanyard` and `kubectl` on the PATH, and this Lanyard's data directory. */
export interface Desk {
  readonly lanyard: Lanyard
  /** Holds `bin`, and whatever the seeds write. */
  readonly directory: string
}

/** Puts the two commands where a shell's line finds them. */
export async function furnishDesk(directory: string): Promise<void> {
  const { kubectl } = await requireBinaries()
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  const write = async (name: string, words: readonly string[]): Promise<void> => {
    const line = words.map((word) => `'${word}'`).join(' ')
    await writeFile(join(bin, name), `#!/bin/sh\nexec ${line} "$@"\n`)
    await chmod(join(bin, name), 0o755)
  }
  await write('lanyard', [process.execPath, lanyardCommand])
  await write('kubectl', [kubectl])
}

function environment({ lanyard, directory }: Desk) {
  return {
    PATH: [join(directory, 'bin'), process.env['PATH']].join(delimiter),
    HOME: directory,
    LANYARD_DATA: lanyard.data,
    NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
  }
}

/** `lanyard doctor … -o json`. The exit code has to be what the findings are. */
export async function askDoctor(desk: Desk, argv: readonly string[]): Promise<readonly Finding[]> {
  const written = { stdout: '', stderr: '' }
  const code = await runCommand(['doctor', ...argv, '-o', 'json'], {
    clock: Date.now,
    env: environment(desk),
    cwd: desk.directory,
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  })
  assert.ok(code <= 2 && written.stdout !== '', written.stderr)
  const findings = JSON.parse(written.stdout) as readonly Finding[]
  const statuses = new Set(findings.map(({ status }) => status))
  assert.equal(code, statuses.has('failed') ? 1 : statuses.has('warning') ? 2 : 0)
  assert.doesNotMatch(written.stdout, /eyJ[\w-]+\.eyJ/, 'no token is printed')
  return findings
}

export function failures(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ status }) => status === 'failed')
}

/** Does what a finding says, as a machine: lines of a shell and edits; advice is for people. */
async function applyFixes(desk: Desk, { fixes, summary }: Finding): Promise<number> {
  let applied = 0
  for (const fix of fixes) {
    if (fix.kind === 'advice') continue
    applied += 1
    if (fix.kind === 'edit') {
      const text = await readFile(fix.file, 'utf8').catch(() => '')
      await writeFile(fix.file, applyEdit(text, fix))
      continue
    }
    const { code, stderr } = await runProcess({
      command: '/bin/sh',
      args: ['-c', fix.line],
      env: environment(desk),
      cwd: desk.directory,
    })
    assert.equal(code, 0, `${summary}: ${fix.line}: ${stderr}`)
  }
  return applied
}

/**
 * Asks, does what the first failure that can be mended by a machine says, and asks again, until nothing of `mine` is wrong. Resolves
 * with the first answer's failures.
 */
export async function followDoctor(
  desk: Desk,
  argv: readonly string[],
  mine: (finding: Finding) => boolean,
): Promise<readonly Finding[]> {
  const first = failures(await askDoctor(desk, argv))
  let wrong = first
  for (let round = 0; wrong.some(mine); round += 1) {
    assert.ok(round < MOST_ROUNDS, `still wrong: ${wrong.map(({ summary }) => summary).join('; ')}`)
    const next = wrong.find((finding) => mine(finding) && isMendable(finding))
    assert.ok(next, `no line to change: ${JSON.stringify(wrong.filter(mine), null, 1)}`)
    assert.ok((await applyFixes(desk, next)) > 0)
    wrong = failures(await askDoctor(desk, argv))
  }
  return first
}

function isMendable({ fixes }: Finding): boolean {
  return fixes.some(({ kind }) => kind !== 'advice')
}

/** `kubectl get pods` of somebody with the server and the CA that Lanyard gives them, and a token by login. */
export async function getPods(desk: Desk, cluster: string, token: string): Promise<Result> {
  const { server, certificateAuthority } = await desk.lanyard.server.rooms.clusters.get(cluster)
  const { kubectl } = await requireBinaries()
  const home = join(desk.directory, `home-${cluster}`)
  await mkdir(home, { recursive: true })
  const kubeconfig = join(home, 'kubeconfig')
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: cluster,
          cluster: {
            server,
            ...(certificateAuthority === null
              ? {}
              : {
                  'certificate-authority-data':
                    Buffer.from(certificateAuthority).toString('base64'),
                }),
          },
        },
      ],
      users: [{ name: 'user', user: { token } }],
      contexts: [{ name: cluster, context: { cluster, user: 'user' } }],
      'current-context': cluster,
    }),
    { mode: 0o600 },
  )
  return runProcess({
    command: kubectl,
    args: ['get', 'pods', '-n', 'default', '--request-timeout=5s'],
    env: { HOME: home, KUBECONFIG: kubeconfig, PATH: process.env['PATH'], LANG: 'C.UTF-8' },
  })
}

/** An ID token by a login in a browser; null where Lanyard gives none. */
export async function tokenOf(
  { lanyard }: Desk,
  credentials: Credentials,
  audience: string,
): Promise<string | null> {
  try {
    return (await clusterLogin(lanyard, credentials, audience)).idToken
  } catch {
    return null
  }
}

/** Bindings, and issuers that an apiserver has just begun to know, take a moment. */
export async function untilPods(what: string, ask: () => Promise<Result>): Promise<void> {
  let last: Result | undefined
  await poll(
    `${what}: kubectl get pods works`,
    async () => {
      last = await ask()
      return last.code === 0
    },
    { timeoutMs: 15_000 },
  ).catch((error: unknown) => {
    throw new Error(`${what}: ${last?.stderr ?? ''}`, { cause: error })
  })
}

/** Gives `view` rules without the controller that fills it. */
export async function letViewersView({ admin }: Apiserver): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]
  const patch = ['patch', 'clusterrole', 'view', '--type=merge', '-p', JSON.stringify({ rules })]
  const { code, stderr } = await admin.run(patch)
  assert.equal(code, 0, stderr)
}
