import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Lanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, type Issuer, postForm, type TokenAnswer } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Time that stands still until it is moved: for our rooms, the engine and jose alike. Call before `startLanyard`. */
export function freezeTime(): Disposable & { advance(milliseconds: number): void } {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  return {
    advance: (milliseconds) => mock.timers.setTime(Date.now() + milliseconds),
    [Symbol.dispose]: () => mock.timers.reset(),
  }
}

/** Asserts a refusal in the words of OAuth: status, code and sentence. */
export function assertRefused(
  { status, body }: TokenAnswer,
  error: string,
  sentence: string,
  options: { readonly status?: number; readonly about?: string } = {},
): void {
  assert.deepEqual(
    { status, error: body['error'], sentence: body['error_description'] },
    { status: options.status ?? 400, error, sentence },
    options.about,
  )
  for (const token of ['access_token', 'id_token', 'refresh_token']) {
    assert.equal(body[token], undefined, options.about)
  }
}

/** The sentence of the engine for every grant that it refuses: it never says why. */
export const GRANT_REFUSED = 'grant request is invalid'

export function assertPage(page: Page, status: number, code: string, sentence: string): void {
  assert.equal(page.status, status, page.html)
  assert.ok(page.html.includes(code), `no ${code} in ${page.html}`)
  assert.ok(page.html.includes(sentence), `no "${sentence}" in ${page.html}`)
}

export interface StartedDevice {
  readonly deviceCode: string
  readonly userCode: string
  readonly clientId: string
}

export async function startDevice(
  issuer: Issuer,
  clientId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<StartedDevice> {
  const form = { client_id: clientId, scope: 'openid offline_access', device_name: 'build box' }
  const { status, body } = await postForm(issuer, `${issuer.issuer}/device/auth`, form, headers)
  assert.equal(status, 200, JSON.stringify(body))
  const deviceCode = String(body['device_code'])
  noteSecret(deviceCode, 'device code')
  return { deviceCode, userCode: String(body['user_code']), clientId }
}

export function poll(
  issuer: Issuer,
  { deviceCode, clientId }: StartedDevice,
  change: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  return postForm(
    issuer,
    `${issuer.issuer}/token`,
    { grant_type: DEVICE_GRANT, client_id: clientId, device_code: deviceCode, ...change },
    headers,
  )
}

/** A person who has signed in and looks at the page that asks for a device's code. */
export async function atDevicePage(
  issuer: Issuer,
  { username, password }: Credentials,
): Promise<{ person: Person; page: Page }> {
  const person = new Person(issuer)
  const page = await person.submit(await person.open('device'), { username, password })
  assert.ok(
    page.forms.some(({ fields }) => 'user_code' in fields),
    page.html,
  )
  return { person, page }
}

/** Signs in, types the code and presses the button; resolves with the last page. */
export async function approveDevice(
  issuer: Issuer,
  credentials: Credentials,
  { userCode }: StartedDevice,
): Promise<Page> {
  const { person, page } = await atDevicePage(issuer, credentials)
  const question = await person.submit(page, { user_code: userCode })
  const answer = await person.submit(question, { answer: 'approve' })
  await person.close()
  return answer
}

export interface EngineRow {
  readonly model: string
  readonly consumed: boolean
}

/** What the engine keeps of one model. */
export async function rowsOf({ server }: Lanyard, model: string): Promise<EngineRow[]> {
  const rows = await server.rooms.store.query
    .selectFrom('engine_rows')
    .select(['model', 'consumed_at'])
    .where('model', '=', model)
    .execute()
  return rows.map((row) => ({ model: row.model, consumed: row.consumed_at !== null }))
}

/** How many logins stand in the database, and how many of them live. */
export async function devicesOf({ server }: Lanyard): Promise<{ all: number; living: number }> {
  const rows = await server.rooms.store.query.selectFrom('devices').select('revoked_at').execute()
  return { all: rows.length, living: rows.filter((row) => row.revoked_at === null).length }
}

/** The types of the newest audit entries, newest first. */
export async function auditTypes({ server }: Lanyard, limit = 200): Promise<string[]> {
  return (await server.rooms.audit.list({ limit })).map(({ type }) => type)
}
