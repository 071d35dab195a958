import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClientDefinition } from '../../src/clusters/index.ts'
import { createBackchannelLogout } from '../../src/issuer/backchannel-logout.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { authorize, redeem, tokensOf } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { testLog } from './support.ts'

const CALLBACK = 'https://app.example.com/callback'

describe('telling applications of logouts', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let client: ClientDefinition

  before(async () => {
    lanyard = owned.use(await startLanyard())
    const ada = await lanyard.addUser('ada')
    const { applications, ...clusters } = lanyard.server.rooms.clusters
    const { secret } = await applications.add(
      { name: 'app', redirectUris: [CALLBACK], everyone: true },
      byTest,
    )
    noteSecret(secret ?? '', 'client secret')
    await lanyard.server.issuer.refresh()
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const { started, params } = await authorize(lanyard, person, ada, {
      ...{ clientId: 'app', redirectUri: CALLBACK },
    })
    const basic = `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`
    tokensOf(
      await redeem(lanyard, started, params.get('code') ?? '', {
        headers: { authorization: basic },
      }),
    )
    const app = (await clusters.clients()).find(({ clientId }) => clientId === 'app')
    assert.ok(app)
    // The server knows of no address to tell, so it leaves this login to the test.
    client = { ...app, backchannelLogoutUri: 'https://app.example.com/logout' }
  })
  after(() => owned.disposeAsync())

  it('looks at everybody again after a look that failed half-way', async () => {
    let failures = 1
    const told: string[] = []
    const logouts = createBackchannelLogout({
      store: lanyard.server.rooms.store,
      clock: Date.now,
      log: testLog([]),
      clients: () => [client],
      admissions: {
        admit: async () => {
          if (failures > 0) {
            failures -= 1
            throw new Error('the database is busy')
          }
          return {
            ...{ kind: 'refused', reason: 'user_disabled', account: 'ada' },
            sentence: 'user "ada" is disabled',
          }
        },
      },
      deliver: async ({ name }) => {
        told.push(name)
        return 'told'
      },
    })
    await assert.rejects(logouts.tick(), { message: 'the database is busy' })
    assert.deepEqual(told, [])
    await logouts.tick()
    await logouts.close()
    assert.deepEqual(told, ['app'])
  })
})
