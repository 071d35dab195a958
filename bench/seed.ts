import { groupsSourceOf } from '../test/support/groups-claim.ts'
import { byTest, type Lanyard } from '../test/support/lanyard.ts'
import { clusterLogin, exchange, type PluginLogin, pluginLogin } from '../test/support/logins.ts'
import { Person } from '../test/support/person.ts'

export const USERS = 64
const GROUPS = 10

export interface Seed {
  /** Living refresh tokens of standard clients, by cluster. */
  readonly es256: string[]
  readonly rs256: string[]
  /** The plugin's logins, each with its own key. */
  readonly plugin: PluginLogin[]
  /** What an apiserver with live groups asks with; good for ten minutes. */
  readonly groups: string[]
  /** What an apiserver's webhook shows, and the bearer tokens that it asks about at the cluster es256. */
  readonly webhook: {
    readonly credential: string
    readonly accessTokens: string[]
    readonly idTokens: string[]
  }
}

/** 64 people in ten groups each, signed in at two clusters and with the plugin, through the real pages. */
export async function seed(lanyard: Lanyard): Promise<Seed> {
  const groups = Array.from({ length: GROUPS }, (_, index) => `team-${index}`)
  await lanyard.addCluster('es256', { groups: groups.slice(0, 1), signingAlg: 'ES256' })
  await lanyard.addCluster('rs256', { groups: groups.slice(0, 1), signingAlg: 'RS256' })
  await lanyard.addCluster('live', {
    groups: groups.slice(0, 1),
    signingAlg: 'ES256',
    liveGroups: true,
  })
  const { clusters, directory, accessTokens } = lanyard.server.rooms
  const credential = await clusters.gateways.issue('es256', 'webhook', byTest)
  const webhook = { credential, accessTokens: [] as string[], idTokens: [] as string[] }
  const seeded: Seed = { es256: [], rs256: [], plugin: [], groups: [], webhook }
  for (let index = 0; index < USERS; index += 1) {
    const credentials = await lanyard.addUser(`user-${index}`, groups)
    const person = new Person(lanyard)
    const tokens = await clusterLogin(lanyard, credentials, 'es256', person)
    seeded.es256.push(tokens.refreshToken)
    webhook.idTokens.push(tokens.idToken)
    const { id: userId } = await directory.users.get(credentials.username)
    const token = { userId, name: 'job', clusters: ['es256'], groups: null }
    webhook.accessTokens.push((await accessTokens.create(token, byTest)).value)
    seeded.rs256.push((await clusterLogin(lanyard, credentials, 'rs256', person)).refreshToken)
    const login = await pluginLogin(lanyard, credentials, { person })
    seeded.plugin.push(login)
    const { body } = await exchange(lanyard, login, 'live')
    seeded.groups.push(groupsSourceOf(String(body['access_token'])).accessToken)
    await person.close()
  }
  return seeded
}
