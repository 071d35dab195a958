import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { LanyardError, messageOf } from '../errors/index.ts'
import { type Conversation, printable } from './conversation.ts'
import type { Surroundings } from './surroundings.ts'
import { createIssuerFetch } from './transport.ts'

/** Where docs/how-to/machines.md mounts the pod's projected token. */
const POD_TOKEN = '/var/run/secrets/lanyard/token'
const AGENT_MS = 20_000

/** The token that this machine has of an issuer of its own, and where it was found. */
export interface MachineToken {
  readonly token: string
  /** For people: stands in a sentence. */
  readonly place: string
}

/**
 * Finds the token that this machine is known by, made for `issuer` where it is made on demand. What is named for Lanyard comes
 * first; then what the CI system offers; then the pod's.
 *
 * @throws LanyardError ERR_MACHINE_TOKEN
 */
export async function findMachineToken(
  issuer: string,
  around: Surroundings,
  conversation: Conversation,
): Promise<MachineToken> {
  const { env } = around
  const file = env['LANYARD_TOKEN_FILE']
  if (file) return readTokenFile(file)
  const given = env['LANYARD_ID_TOKEN']
  if (given) return { token: given.trim(), place: 'LANYARD_ID_TOKEN' }
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL']
  const bearer = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']
  if (url && bearer) return askGithub({ url, bearer, issuer }, around, conversation)
  if (env['BUILDKITE'] === 'true') return askBuildkite(issuer, env)
  if (existsSync(POD_TOKEN)) return readTokenFile(POD_TOKEN)
  throw new LanyardError('ERR_MACHINE_TOKEN', 'this machine has no token of its own', {
    hint:
      env['GITHUB_ACTIONS'] === 'true'
        ? 'give the job `permissions: {id-token: write}`'
        : env['GITLAB_CI'] === 'true'
          ? `give the job \`id_tokens: {LANYARD_ID_TOKEN: {aud: ${issuer}}}\``
          : `mount a projected token at ${POD_TOKEN}, or name its file with LANYARD_TOKEN_FILE`,
  })
}

function readTokenFile(path: string): MachineToken {
  try {
    return { token: readFileSync(path, 'utf8').trim(), place: path }
  } catch (cause) {
    throw new LanyardError(
      'ERR_MACHINE_TOKEN',
      `cannot read the token in "${path}": ${messageOf(cause)}`,
      { cause },
    )
  }
}

/** GitHub: "Requesting the JWT using environment variables". The runner's own bearer goes to the runner's own address alone. */
async function askGithub(
  asked: { readonly url: string; readonly bearer: string; readonly issuer: string },
  around: Surroundings,
  conversation: Conversation,
): Promise<MachineToken> {
  const place = 'ACTIONS_ID_TOKEN_REQUEST_URL'
  if (!URL.canParse(asked.url) || new URL(asked.url).protocol !== 'https:') {
    throw new LanyardError('ERR_MACHINE_TOKEN', `${place} is no address that begins with https://`)
  }
  const url = new URL(asked.url)
  url.searchParams.set('audience', asked.issuer)
  const fetch = createIssuerFetch(around, url.origin, null, conversation)
  const answer = await fetch(url.href, {
    headers: { authorization: `Bearer ${asked.bearer}`, accept: 'application/json' },
  })
  const document: unknown = await answer.json().catch(() => null)
  const value = (document as { value?: unknown } | null)?.value
  if (answer.status === 200 && typeof value === 'string') return { token: value, place: 'GitHub' }
  throw new LanyardError('ERR_MACHINE_TOKEN', `GitHub answered ${answer.status} and no token`, {
    hint: 'has the job `permissions: {id-token: write}`?',
  })
}

/** Buildkite: `buildkite-agent oidc request-token`, which stands on every agent's PATH. */
async function askBuildkite(issuer: string, env: Surroundings['env']): Promise<MachineToken> {
  try {
    const { stdout } = await promisify(execFile)(
      'buildkite-agent',
      ['oidc', 'request-token', '--audience', issuer],
      { env: { ...env }, timeout: AGENT_MS },
    )
    return { token: stdout.trim(), place: 'buildkite-agent' }
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    const last = said.trim().split('\n').at(-1) || messageOf(cause)
    throw new LanyardError('ERR_MACHINE_TOKEN', `buildkite-agent gave no token: ${printable(last)}`)
  }
}
