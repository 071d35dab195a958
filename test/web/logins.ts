import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Device } from '../../src/issuer/index.ts'
import type { Page, Person } from '../support/person.ts'
import type { Fixture } from './fixture.ts'

export interface DeviceRequest {
  readonly clientId?: string
  readonly deviceName?: string
  /** Where the device asks from; 127.0.0.1 unless told. */
  readonly address?: string
}

/** What a terminal without a browser does first (RFC 8628 §3.1). Resolves with the code that it shows. */
export async function requestDeviceCode(
  web: Fixture,
  request: DeviceRequest = {},
): Promise<string> {
  const { clientId = 'kubectl-lanyard', deviceName = 'ada-thinkpad', address } = request
  const response = await fetch(`${web.issuerUrl}/device/auth`, {
    method: 'POST',
    headers: address === undefined ? {} : { 'x-forwarded-for': address },
    body: new URLSearchParams({
      client_id: clientId,
      scope: 'openid offline_access',
      device_name: deviceName,
    }),
  })
  const answer = (await response.json()) as { user_code?: string }
  assert.equal(response.status, 200, JSON.stringify(answer))
  return answer.user_code ?? ''
}

/** Types a code as somebody who is signed in. */
export async function enterCode(person: Person, user_code: string): Promise<Page> {
  return person.submit(await person.open('device'), { user_code })
}

/** A device of this person, who is signed in, approved by its code. */
export async function approveDevice(
  web: Fixture,
  person: Person,
  request: DeviceRequest,
): Promise<Device> {
  const confirm = await enterCode(person, await requestDeviceCode(web, request))
  const userId = confirm.forms[0]?.fields['person'] ?? ''
  const before = await devicesOf(web, userId)
  const done = await person.submit(confirm, { answer: 'approve' })
  assert.equal(done.heading, 'You are signed in', done.html)
  const made = (await devicesOf(web, userId)).find(({ id }) => !before.some((old) => old.id === id))
  assert.ok(made !== undefined)
  return made
}

function devicesOf(web: Fixture, userId: string): Promise<Device[]> {
  return web.issuer.devices.list(userId as Device['userId'])
}

/** The address that a client opens to sign somebody in (RFC 6749 §4.1.1, RFC 7636). */
export function authorizationUrl(
  web: Fixture,
  parameters: {
    readonly client_id: string
    readonly redirect_uri: string
    readonly scope?: string
    readonly [name: string]: string | undefined
  },
): string {
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    scope: 'openid',
    state: 'st4te',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value)
  }
  return `${web.issuerUrl}/auth?${query.toString()}`
}
