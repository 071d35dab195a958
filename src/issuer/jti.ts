import { randomBytes } from 'node:crypto'
import type { DeviceId } from '../errors/index.ts'

/** `jti` of an ID token: begins with the device's id, so that an apiserver's audit log leads to the login. */
export function newJti(deviceId: string): string {
  return `${deviceId}.${randomBytes(12).toString('base64url')}`
}

/** The device's id inside a `jti`; undefined for anything that Lanyard did not make. */
export function deviceOfJti(jti: string): DeviceId | undefined {
  return /^([a-z2-7]{16})\.[\w-]{16}$/.exec(jti)?.[1] as DeviceId | undefined
}
