import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { noteSecret } from './log-secrets.ts'
import { exchange, type Issuer, type PluginLogin } from './logins.ts'
import { runProcess } from './process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A key and a request for it, made by the openssl command: another's work than Lanyard's own. */
export interface MadeRequest {
  readonly csr: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'ed25519' | `RSA ${number}`

export function makeKey(kind: KeyKind): KeyObject {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey
  if (kind.startsWith('RSA ')) {
    return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) }).privateKey
  }
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey
}

/** `subject` as openssl's `-subj` takes it; `/` is the empty one. */
export async function makeRequest(
  options: { key?: KeyObject; subject?: string; args?: readonly string[] } = {},
): Promise<MadeRequest> {
  const { key = makeKey('P-256'), subject = '/', args = [] } = options
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'key.pem')
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
  noteSecret(pem.split('\n')[1] ?? pem, 'private key')
  await writeFile(path, pem, { mode: 0o600 })
  const result = await runProcess({
    command: 'openssl',
    args: ['req', '-new', '-key', path, '-subj', subject, ...args],
    env: { PATH: process.env['PATH'] },
  })
  if (result.code !== 0) throw new Error(result.stderr)
  return { csr: result.stdout, key: pem }
}

export interface ApiAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks the plugin's API as the plugin does: an exchange for an access token, then a proof over it (RFC 9449 §7). */
export async function askPluginApi(
  issuer: Issuer,
  login: PluginLogin,
  path: string,
  body: unknown,
): Promise<ApiAnswer> {
  const url = `${issuer.issuer}/kubectl/v1/${path}`
  const given = await exchange(issuer, login, `${issuer.issuer}/kubectl/v1`, {
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  if (given.status !== 200) return given
  const accessToken = String(given.body['access_token'])
  const dispatcher = new Agent({ connect: { ca: issuer.ca } })
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `DPoP ${accessToken}`,
        dpop: await login.key.proof('POST', url, { accessToken }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.statusCode, body: (await answer.body.json()) as ApiAnswer['body'] }
  } finally {
    await dispatcher.close()
  }
}
