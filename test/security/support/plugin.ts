import assert from 'node:assert/strict'
import {
  addressToOpen,
  type Machine,
  type Result,
  type Running,
  visit,
} from '../../plugin/support/machine.ts'
import type { Lanyard } from '../../support/lanyard.ts'
import { type Credentials, walkThrough } from '../../support/logins.ts'
import { Person } from '../../support/person.ts'

/** The plugin's `login`, as somebody would type it, waiting for its browser. */
export function startLogin(
  machine: Machine,
  { issuer, ca }: Pick<Lanyard, 'issuer' | 'ca'>,
): Running {
  return machine.start([
    '-v',
    'login',
    '--issuer',
    issuer,
    '--certificate-authority',
    machine.writeCa(ca),
  ])
}

/** Signs in at the address that the plugin printed, or at a changed one; resolves with where the browser is then sent. */
export async function signInAt(
  lanyard: Lanyard,
  url: string,
  credentials: Credentials,
): Promise<URL> {
  const person = new Person(lanyard)
  const page = await walkThrough(person, await person.open(url), credentials)
  const { leftTo } = person
  await person.close()
  assert.ok(leftTo !== undefined, page.html)
  return leftTo
}

/** A machine with a login of this person. */
export async function logIn(
  machine: Machine,
  lanyard: Lanyard,
  credentials: Credentials,
): Promise<Result> {
  const running = startLogin(machine, lanyard)
  const answer = await signInAt(lanyard, await addressToOpen(running), credentials)
  await visit(answer.href)
  const result = await running.result
  assert.equal(result.code, 0, result.stderr)
  return result
}

export function getToken(issuer: string, audience = 'prod'): string[] {
  return ['get-token', '--issuer', issuer, '--audience', audience]
}
