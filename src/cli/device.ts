import type { Command } from 'commander'
import { type DeviceId, LanyardError } from '../errors/index.ts'
import { leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { deviceShape, rfc3339 } from './shapes.ts'
import { table } from './tell.ts'

/** lanyard device … */
export function addDeviceCommands(program: Command, session: Session): void {
  const device = noun(program, 'device', 'logins of people on their machines')

  leaf(device, 'list <username>', {
    summary: "lists a user's living logins, the newest first",
    json: { shape: 'Device', list: true },
  }).action((username: string, options: CommonOptions) =>
    session.answer(options, async (rooms) => {
      const { id } = await rooms.directory.users.get(username)
      const devices = await (await rooms.issuer()).devices.list(id)
      return {
        json: devices.map(deviceShape),
        text: table(
          ['DEVICE', 'NAME', 'CLIENT', 'SIGNED IN', 'LAST USED', 'EXPIRES'],
          devices.map((each) => [
            ...[each.id, each.name, each.clientId, rfc3339(each.createdAt)],
            ...[rfc3339(each.lastUsedAt), rfc3339(each.expiresAt)],
          ]),
        ),
        notes: devices.length === 0 ? ['no devices'] : [],
      }
    }),
  )

  leaf(device, 'revoke <id>', {
    summary: 'ends a login; its tokens live on for at most their own lifetime',
    json: { shape: 'Revoked' },
  }).action((id: string, options: CommonOptions) =>
    session.answer(options, async (rooms) => {
      if (!(await (await rooms.issuer()).devices.revoke(id as DeviceId, rooms.by))) {
        throw new LanyardError('ERR_DEVICE_UNKNOWN', `no living device has the id "${id}"`, {
          hint: 'lanyard device list USERNAME shows the ids',
        })
      }
      return { json: { revoked: [id] }, text: `device ${id} revoked` }
    }),
  )
}
