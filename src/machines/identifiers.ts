import { randomBytes } from 'node:crypto'
import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** 80 random bits behind a letter and a dash: no id of a rule is ever one of a device, which has no dash. */
export function newId(letter: 'i' | 'm'): string {
  const letters = Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31])
  return `${letter}-${letters.join('')}`
}

const APPLICATION = 'a-'

/** The `sub` of an application that comes by itself. */
export function subjectOfApplication(applicationId: string): string {
  return APPLICATION + applicationId
}

/** Its opposite; undefined for a rule's id. */
export function applicationOfSubject(id: string): string | undefined {
  return id.startsWith(APPLICATION) ? id.slice(APPLICATION.length) : undefined
}

/** Whose a machine's token is, by its `jti`: the id of a rule or an application. Undefined for every other token. */
export function machineOfJti(jti: string): string | undefined {
  return /^(m-[a-z2-7]{16}|a-[a-f\d]{32})\.[\w-]{16}$/.exec(jti)?.[1]
}

/** @throws LanyardError ERR_NAME_INVALID */
export function parseName(noun: 'issuer' | 'rule', name: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name
  throw new LanyardError(
    'ERR_NAME_INVALID',
    `${noun} name ${quoteName(name)} must be 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit`,
  )
}
