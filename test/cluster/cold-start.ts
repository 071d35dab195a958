import { setTimeout as delay } from 'node:timers/promises'
import type { Lanyard } from '../support/lanyard.ts'
import { exchange, type PluginLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import type { Apiserver } from './control-plane.ts'

/** What people saw around a start or a reload. */
export interface ColdStart {
  readonly asked: number
  readonly refused: number
}

interface Here {
  readonly lanyard: Lanyard
  readonly apiserver: Apiserver
  readonly cluster: string
  /** Somebody whom the cluster lets in. */
  readonly login: PluginLogin
}

/** A user's next kubectl command, with a token that the apiserver has never seen: nothing that it remembers helps. */
const EVERY_MS = 500

/** Waits until Lanyard has seen this cluster's apiserver accept a probe. */
export async function waitUntilWarm({ lanyard, cluster }: Pick<Here, 'lanyard' | 'cluster'>) {
  const { id } = await lanyard.server.rooms.clusters.get(cluster)
  await poll(`${cluster} accepts live groups`, async () => {
    const rows = await lanyard.server.rooms.store.query
      .selectFrom('cluster_probes')
      .select('outcome')
      .where('cluster_id', '=', id)
      .execute()
    return rows.length > 0 && rows.every(({ outcome }) => outcome === 'accepted')
  })
}

/** Starts the apiserver anew; people ask from the moment when it says that it is ready, for three seconds. */
export async function aroundStart(here: Here): Promise<ColdStart> {
  const before = await freshToken(here)
  await here.apiserver.restart()
  const first = await isRefused(here, before)
  const counts = await askFor(here, 3_000)
  return { asked: counts.asked + 1, refused: counts.refused + (first ? 1 : 0) }
}

/** Changes the configuration; people ask until the new one has been in effect for two seconds. */
export async function aroundReload(here: Here, configuration: string): Promise<ColdStart> {
  const mark = here.apiserver.logMark()
  await here.apiserver.configure(configuration)
  const counts = await askFor(here, 13_000)
  const isReloaded = here.apiserver.log().split('\n').slice(mark).join('\n')
  if (!isReloaded.includes('"reloaded authentication config"')) {
    throw new Error('the apiserver did not take its new configuration')
  }
  return counts
}

async function askFor(here: Here, ms: number): Promise<ColdStart> {
  const until = performance.now() + ms
  let asked = 0
  let refused = 0
  while (performance.now() < until) {
    const token = await freshToken(here)
    if (await isRefused(here, token)) refused += 1
    asked += 1
    await delay(EVERY_MS)
  }
  return { asked, refused }
}

async function isRefused({ apiserver }: Here, token: string): Promise<boolean> {
  return (await apiserver.whoami(token)).status !== 201
}

async function freshToken({ lanyard, login, cluster }: Here): Promise<string> {
  return String((await exchange(lanyard, login, cluster)).body['access_token'])
}
