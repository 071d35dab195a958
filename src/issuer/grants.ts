import type { Provider } from 'oidc-provider'
import type { Authentication } from '../access/index.ts'
import type { Directory } from '../directory/index.ts'
import type { By, Clock, DeviceId, EpochMs, UserId } from '../errors/index.ts'
import { cleanDeviceName, type Devices, newDeviceId } from './devices.ts'
import { tellOfNewDevice } from './new-device-notice.ts'
import type { RequestWrites } from './request-writes.ts'

export type EngineGrant = InstanceType<Provider['Grant']>

export interface NewGrant {
  readonly provider: Provider
  readonly userId: UserId
  readonly clientId: string
  readonly clientName: string
  readonly scope: string
  /** As the client named it; anything. */
  readonly deviceName: unknown
  readonly authentication: Authentication
  /** When its login ends at the latest; null for when every login does. */
  readonly until: EpochMs | null
  readonly by: By
}

export type MakeGrant = (grant: NewGrant) => Promise<EngineGrant>

/**
 * A fresh grant for every authorization, so that no scope outlives the request it was asked in; its id is a device's, and both
 * rows are one commit.
 */
export function createMakeGrant(rooms: {
  clock: Clock
  devices: Devices
  writes: RequestWrites
  loginSeconds: number
  directory: Pick<Directory, 'notices' | 'sendsMail'>
}): MakeGrant {
  const { clock, devices, writes, loginSeconds, directory } = rooms

  return async ({ provider, userId, clientId, clientName, scope, until, by, ...login }) => {
    const id: DeviceId = newDeviceId()
    const latest = Math.floor(clock() / 1000) + loginSeconds
    const expiresAt = until === null ? latest : Math.min(latest, Math.floor(until / 1000))
    const grant = new provider.Grant({ accountId: userId, clientId })
    grant.jti = id
    grant.exp = expiresAt
    grant.addOIDCScope(scope)
    const device = {
      id,
      userId,
      clientId,
      name: deviceNameOf(login.deviceName, clientName),
      authentication: login.authentication,
      expiresAt: expiresAt * 1000,
    }
    await writes.add('success', async (tx) => {
      await devices.create(tx, device, by)
      await tellOfNewDevice(tx, directory, device, by)
    })
    await grant.save()
    return grant
  }
}

export function deviceNameOf(given: unknown, clientName: string): string {
  return (typeof given === 'string' ? cleanDeviceName(given) : '') || clientName
}
