import assert from 'node:assert/strict'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { UserId } from '../../src/errors/index.ts'
import { type Bent, codeAt, Passkey } from '../support/authenticator.ts'
import type { Page, Person } from '../support/person.ts'
import { BY, type Fixture, PASSWORD } from './fixture.ts'

const STEP_MS = 30_000

export const REFUSED_PASSKEY = 'This passkey was not accepted.'
export const WRONG_CODE =
  'This code is wrong, or it was used already. Wait for the next one and type that.'
export const OVER =
  'It was begun more than 5 minutes ago, in another tab, or it was finished. Sign in again.'

export async function userIdOf({ directory }: Fixture, username = 'ada'): Promise<UserId> {
  return (await directory.users.get(username)).id
}

/** Sets up one-time codes; resolves with what shows a fresh one each time. */
export async function addCodes(web: Fixture, username = 'ada'): Promise<() => string> {
  const { oneTimeCodes } = web.directory.factors
  const userId = await userIdOf(web, username)
  const { secret } = await oneTimeCodes.begin(userId)
  await oneTimeCodes.confirm(userId, codeAt(secret, web.now()), BY)
  return () => {
    web.advance(STEP_MS)
    return codeAt(secret, web.now())
  }
}

/** A passkey of this person, added as the account page adds them. */
export async function addPasskey(web: Fixture, username = 'ada'): Promise<Passkey> {
  const { passkeys } = web.directory.factors
  const userId = await userIdOf(web, username)
  const passkey = new Passkey(new URL(web.issuerUrl).origin)
  const response = passkey.create(await passkeys.registrationOptions(userId, 'test'))
  await passkeys.register({ userId, binding: 'test', name: 'blue key', response }, BY)
  return passkey
}

function optionsOf(page: Page): unknown {
  const [, json = ''] = /data-options="([^"]*)"/.exec(page.html) ?? []
  assert.notEqual(json, '', page.html)
  return JSON.parse(json.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
}

function formIndex(page: Page): number {
  return page.forms.findIndex(({ fields }) => 'passkey' in fields)
}

/** What the script would put into the page's form. */
export function assertionOf(page: Page, passkey: Passkey, bent?: Bent): AuthenticationResponseJSON {
  return passkey.get(optionsOf(page) as PublicKeyCredentialRequestOptionsJSON, bent)
}

export function usePasskey(
  person: Person,
  page: Page,
  passkey: Passkey,
  bent?: Bent,
): Promise<Page> {
  const answer = { passkey: JSON.stringify(assertionOf(page, passkey, bent)) }
  return person.submit(page, answer, formIndex(page))
}

/** Makes a passkey on a page that asks for a new one. */
export async function makePasskey(
  web: Fixture,
  person: Person,
  page: Page,
  options: { readonly bent?: Bent; readonly name?: string } = {},
): Promise<{ readonly page: Page; readonly passkey: Passkey }> {
  const passkey = new Passkey(new URL(web.issuerUrl).origin)
  const asked = optionsOf(page) as PublicKeyCredentialCreationOptionsJSON
  const made = JSON.stringify(passkey.create(asked, options.bent))
  const { name } = options
  const fields = { passkey: made, ...(name === undefined ? {} : { name }) }
  return { passkey, page: await person.submit(page, fields, formIndex(page)) }
}

/** The password step alone, from wherever it is asked. */
export function typePassword(person: Person, page: Page, username = 'ada'): Promise<Page> {
  return person.submit(page, { username, password: PASSWORD })
}

/** Which methods the last sign-in was recorded with. */
export async function lastAmr(web: Fixture): Promise<unknown> {
  const [entry] = await web.audit.list({ types: ['user.signed_in'], limit: 1 })
  return entry?.detail['amr']
}

export async function isSignedIn(person: Person): Promise<boolean> {
  return (await person.open('account')).heading !== 'Sign in'
}

export function assertFailed(page: Page, heading: string, sentence: string): void {
  assert.equal(page.status, 400, page.html)
  assert.equal(page.heading, heading)
  assert.match(page.title, /^Error: /)
  assert.ok(page.html.includes(sentence), page.html)
}
