import type { ClientRequestArgs } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:tls'
import type { Schema } from '../../../db/index.ts'
import { byTest, type Lanyard } from '../../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  type Issuer,
  postForm,
  type Tokens,
  tokensOf,
} from '../../support/logins.ts'
import type { Page, Person } from '../../support/person.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: NonNullable<ClientRequestArgs['headers']>
  readonly body?: string
}

/** One request on a connection of its own; follows nothing, and sends what it is told to, Host included. */
export function send(
  { issuer, ca }: Issuer,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(issuer)
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: hostname, port, ca, servername: 'localhost', path, method, headers, agent: false },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        )
        answer.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Bytes as they are, for what no client library would send; resolves with all that came back before the other end closed. */
export function sendBytes({ issuer, ca }: Issuer, ...parts: readonly string[]): Promise<string> {
  const { port } = new URL(issuer)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host: 'localhost', port: Number(port), ca }, () => {
      for (const part of parts) socket.write(part)
    })
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (text += chunk))
    socket.on('close', () => resolve(text))
    socket.on('error', (error: Error) => (text === '' ? reject(error) : resolve(text)))
  })
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const

/** How many rows a table holds. */
export async function count({ server }: Lanyard, table: keyof Schema): Promise<number> {
  const { rows } = await server.rooms.store.query
    // Every table can be counted: which one does not matter to the types.
    .selectFrom(table as 'users')
    .select((row) => row.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return rows
}

/** How many rows of one of the engine's models there are. */
export async function countModel({ server }: Lanyard, model: string): Promise<number> {
  const rows = await server.rooms.store.query
    .selectFrom('engine_rows')
    .select('id')
    .where('model', '=', model)
    .execute()
  return rows.length
}

/** Signs in to the person's own page. */
export async function signIn(
  person: Person,
  { username, password }: Credentials,
  next = 'account',
): Promise<Page> {
  return person.submit(await person.open(`sign-in?next=${next}`), { username, password })
}

/** The cookie that is the session. */
export function sessionOf(person: Person): string | undefined {
  return person.cookies.find(({ name }) => name === '__Host-lanyard-session')?.value
}

/** The object that an answer holds. */
export function jsonOf({ body }: Pick<RawAnswer, 'body'>): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Readonly<Record<string, unknown>>
}

/** The code on an error page, or in the JSON of one. */
export function errorCodeOf(body: string): string | undefined {
  return /\bERR_[A-Z_]+\b/.exec(body)?.[0]
}

export interface Application {
  readonly clientId: string
  readonly secret: string
  readonly redirectUri: string
  readonly signedOutUri: string
}

/** Registers an application that anybody may enter. */
export async function addApplication(lanyard: Lanyard, name = 'wiki'): Promise<Application> {
  const redirectUri = `https://${name}.example.com/callback`
  const signedOutUri = `https://${name}.example.com/bye`
  const { application, secret } = await lanyard.server.rooms.clusters.applications.add(
    { name, redirectUris: [redirectUri], postLogoutRedirectUris: [signedOutUri], everyone: true },
    byTest,
  )
  await lanyard.server.issuer.refresh()
  return { clientId: application.clientId, secret: secret ?? '', redirectUri, signedOutUri }
}

export function basic({ clientId, secret }: Application): { authorization: string } {
  return { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` }
}

/** Signs somebody in to an application, consent included; resolves with its tokens. */
export async function applicationLogin(
  lanyard: Lanyard,
  application: Application,
  credentials: Credentials,
  person: Person,
): Promise<Tokens> {
  const { clientId, redirectUri } = application
  const { started, params, page } = await authorize(lanyard, person, credentials, {
    clientId,
    redirectUri,
    scope: 'openid profile offline_access',
  })
  const code = params.get('code')
  if (code === null) throw new Error(`no code: ${params.toString()} "${page.heading}"`)
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: started.verifier,
  }
  return tokensOf(await postForm(lanyard, `${lanyard.issuer}/token`, form, basic(application)))
}
