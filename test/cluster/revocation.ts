import type { DeviceId } from '../../src/errors/index.ts'
import { byTest, type Lanyard } from '../support/lanyard.ts'
import { exchange, payloadOf, pluginLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import type { Apiserver } from './control-plane.ts'

/** How access is taken away. Each must be gone from a stock kube-apiserver within ten seconds. */
export const WAYS = [
  'group removed',
  'user disabled',
  'user deleted',
  'device revoked',
  'cluster policy changed',
] as const
export type Way = (typeof WAYS)[number]

export interface Revocation {
  readonly way: Way
  /** From the moment the command returned to when the first request was sent that was refused. */
  readonly seconds: number
}

interface Runner {
  readonly way: Way
  readonly username: string
  readonly token: string
  readonly deviceId: DeviceId
}

/** More than anybody may wait, so that the worst figure is seen and not cut off. */
const LIMIT_MS = 30_000

/**
 * Takes access away from `runs` people in each way at once, each of whom the apiserver has let in a moment before, and measures when it
 * refuses them. Meanwhile one whom nothing happened to goes on asking.
 */
export async function measureRevocations(options: {
  readonly lanyard: Lanyard
  readonly apiserver: Apiserver
  /** Has live groups; groups `door-<n>` are let in by this. */
  readonly cluster: string
  readonly runs: number
}): Promise<{ revocations: Revocation[]; bystander: { asked: number; refused: number } }> {
  const { apiserver, runs } = options
  const ways = Array.from({ length: runs }, () => WAYS).flat()
  const runners = await Promise.all(ways.map((way) => admit(options, way)))
  const bystander = await admit(options, 'user disabled')
  const counts = { asked: 0, refused: 0 }
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { status } = await apiserver.whoami(bystander.token)
      counts.asked += 1
      if (status !== 201) counts.refused += 1
    }
  })()
  try {
    const revocations = await Promise.all(runners.map((each) => revokeAndWait(options, each)))
    return { revocations, bystander: counts }
  } finally {
    over.abort()
    await watching
  }
}

/** So that one Lanyard may be measured again and again: nobody has the name of an earlier one. */
let admitted = 0

async function admit(
  { lanyard, cluster }: { lanyard: Lanyard; cluster: string },
  way: Way,
): Promise<Runner> {
  admitted += 1
  const username = `runner-${admitted}`
  const door = `door-${admitted}`
  const credentials = await lanyard.addUser(username, [door, 'staff'])
  await lanyard.server.rooms.clusters.allow(cluster, door, byTest)
  const login = await pluginLogin(lanyard, credentials)
  const { body } = await exchange(lanyard, login, cluster)
  const token = String(body['access_token'])
  return { way, username, token, deviceId: payloadOf(token)['sid'] as DeviceId }
}

async function revokeAndWait(
  { lanyard, apiserver, cluster }: { lanyard: Lanyard; apiserver: Apiserver; cluster: string },
  { way, username, token, deviceId }: Runner,
): Promise<Revocation> {
  const { directory, clusters } = lanyard.server.rooms
  const door = username.replace('runner-', 'door-')
  // The worst case: the apiserver has just asked, and may trust the answer for ten seconds from now.
  const { status, userInfo } = await apiserver.whoami(token)
  if (status !== 201 || userInfo?.groups?.includes('staff') !== true) {
    throw new Error(`${username} was not let in with their groups: ${status}`)
  }
  switch (way) {
    case 'group removed':
      await directory.groups.removeMember('staff', { user: username }, byTest)
      break
    case 'user disabled':
      await directory.users.disable(username, byTest)
      break
    case 'user deleted':
      await directory.users.delete(username, byTest)
      break
    case 'device revoked':
      await lanyard.server.issuer.devices.revoke(deviceId, byTest)
      break
    case 'cluster policy changed':
      await clusters.disallow(cluster, door, byTest)
  }
  const from = performance.now()
  const refusedAt = await poll(
    `${username} is refused after: ${way}`,
    async () => {
      const sentAt = performance.now()
      const now = await apiserver.whoami(token)
      const isOut =
        way === 'group removed'
          ? now.status === 201 && now.userInfo?.groups?.includes('staff') === false
          : now.status === 401
      return isOut && sentAt
    },
    { timeoutMs: LIMIT_MS, everyMs: 100 },
  )
  return { way, seconds: (refusedAt - from) / 1000 }
}

/** Median and worst of each way, in seconds. */
export function summarise(revocations: readonly Revocation[]) {
  return WAYS.map((way) => {
    const seconds = revocations
      .filter((each) => each.way === way)
      .map((each) => each.seconds)
      .sort((a, b) => a - b)
    return {
      way,
      runs: seconds.length,
      median: seconds[Math.floor(seconds.length / 2)] ?? Number.NaN,
      worst: seconds.at(-1) ?? Number.NaN,
    }
  })
}
