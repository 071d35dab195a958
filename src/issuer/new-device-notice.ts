import type { Transaction } from '../../db/index.ts'
import type { Directory } from '../directory/index.ts'
import { type By, type DeviceId, networkOf, type UserId } from '../errors/index.ts'

/**
 * Tells a person by mail of a device that they have not signed in on before: of another name, or from another network. A login ends daily,
 * and a mail a day would be read by nobody. The name alone would not do: it is whatever a program says.
 */
export async function tellOfNewDevice(
  tx: Transaction,
  { notices, sendsMail }: Pick<Directory, 'notices' | 'sendsMail'>,
  device: {
    readonly id: DeviceId
    readonly userId: UserId
    readonly clientId: string
    readonly name: string
  },
  by: By,
): Promise<void> {
  if (!sendsMail || (await isKnown(tx, device, by))) return
  const { userId, name } = device
  await notices.send(tx, { kind: 'device_signed_in', userId, about: name, by })
}

async function isKnown(
  tx: Transaction,
  device: Parameters<typeof tellOfNewDevice>[2],
  { address }: By,
): Promise<boolean> {
  if (address === null) return false
  const network = networkOf(address)
  const rows = await tx.query
    .selectFrom('devices')
    .select(['created_address', 'last_address'])
    .where('user_id', '=', device.userId)
    .where('client_id', '=', device.clientId)
    .where('name', '=', device.name)
    .where('id', '!=', device.id)
    .execute()
  return rows
    .flatMap((row) => [row.created_address, row.last_address])
    .some((seen) => seen !== null && networkOf(seen) === network)
}
