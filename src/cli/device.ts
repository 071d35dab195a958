import type { Command } from 'commander'
import { type DeviceId, LanyardError } from '../errors/index.ts'
import { livingTokens, whenItIsInEffect } from './effect.ts'
import { leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { deviceShape, rfc3339 } from './shapes.ts'
import { table } from './tell.ts'

interface RevokeOptions extends CommonOptions {
  readonly allOf?: string
}

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

  leaf(device, 'revoke [id]', {
    summary: 'ends a login, or with --all-of every login of a user',
    json: { shape: 'Revoked' },
  })
    .option('--all-of <username>', 'every living login of this user')
    .action((id: string | undefined, options: RevokeOptions) =>
      session.answer(options, async (rooms) => {
        const revoked = await revoke(rooms, id, options.allOf)
        return {
          json: { revoked },
          text: revoked.map((each) => `device ${each} revoked`).join('\n'),
          notes: [
            ...(revoked.length === 0
              ? ['no devices']
              : await whenItIsInEffect(rooms, ({ deviceId }) => revoked.includes(deviceId ?? ''))),
            ...(options.allOf === undefined ? [] : await livingTokens(rooms, options.allOf, false)),
          ],
        }
      }),
    )
}

/** Resolves with the ids of the logins that ended. */
async function revoke(
  rooms: Rooms,
  id: string | undefined,
  username: string | undefined,
): Promise<string[]> {
  if ((id === undefined) === (username === undefined)) {
    throw new LanyardError('ERR_USAGE', 'give the id of a device, or --all-of USERNAME', {
      hint: 'lanyard device list USERNAME shows the ids',
    })
  }
  const { devices } = await rooms.issuer()
  if (username !== undefined) {
    const user = await rooms.directory.users.get(username)
    const living = await devices.list(user.id)
    await devices.revokeAll(user.id, { by: rooms.by })
    return living.map((each) => each.id)
  }
  if (!(await devices.revoke(id as DeviceId, rooms.by))) {
    throw new LanyardError('ERR_DEVICE_UNKNOWN', `no living device has the id "${id}"`, {
      hint: 'lanyard device list USERNAME shows the ids',
    })
  }
  return [String(id)]
}
