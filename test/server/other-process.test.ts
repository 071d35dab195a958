import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { createIssuer } from '../../src/issuer/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import type { Rooms } from '../../src/rooms.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  payloadOf,
  refresh,
  startCode,
  type TokenAnswer,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { openRoomsBeside } from './child.ts'

/** Nothing here calls the server's rooms: what it honours, it found out by itself. */
describe('what another process changes', () => {
  let lanyard: Lanyard
  let beside: Rooms & AsyncDisposable
  let ada: Credentials
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers', 'ops'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    beside = openRoomsBeside(lanyard.data, lanyard.issuer)
  })
  after(async () => {
    await beside[Symbol.asyncDispose]()
    await lanyard[Symbol.asyncDispose]()
  })

  /** Waits until the server honours it, and reports how long that took: the promise is one second. */
  async function honoured(t: TestContext, what: string, ask: () => Promise<boolean>) {
    const began = performance.now()
    await poll(what, ask, { everyMs: 20 })
    t.diagnostic(`${what} after ${Math.round(performance.now() - began)} ms`)
  }

  const sentence = ({ status, body }: TokenAnswer) => [status, body['error_description']]

  it('counts at the very next grant: users and groups', async () => {
    let { refreshToken } = await clusterLogin(lanyard, ada, 'prod')
    await beside.directory.groups.removeMember('ops', { user: 'ada' }, byTest)
    const fewer = tokensOf(await refresh(lanyard, 'prod', refreshToken))
    assert.deepEqual(payloadOf(fewer.idToken)['groups'], ['viewers'])
    ;({ refreshToken } = fewer)
    await beside.directory.groups.removeMember('viewers', { user: 'ada' }, byTest)
    assert.deepEqual(sentence(await refresh(lanyard, 'prod', refreshToken)), [
      400,
      'ada is in none of the groups that may enter cluster "prod"',
    ])
    await beside.clusters.allow('prod', 'ops', byTest)
    await beside.directory.groups.addMember('ops', { user: 'ada' }, byTest)
    const back = tokensOf(await refresh(lanyard, 'prod', refreshToken))
    assert.deepEqual(payloadOf(back.idToken)['groups'], ['ops'])
    ;({ refreshToken } = back)
    await beside.directory.users.disable('ada', byTest)
    assert.deepEqual(sentence(await refresh(lanyard, 'prod', refreshToken)), [
      400,
      'user "ada" is disabled',
    ])
    await beside.directory.users.enable('ada', byTest)
  })

  it('is found out: a cluster that was added, and one that was deleted', async (t) => {
    const invalid = async (client: string) =>
      (await refresh(lanyard, client, 'none')).body['error'] === 'invalid_client'
    assert.equal(await invalid('new'), true)
    const server = 'https://127.0.0.1:6443'
    await beside.clusters.add({ name: 'new', server, groups: ['ops'] }, byTest)
    await honoured(t, 'a new cluster is known', async () => !(await invalid('new')))
    assert.equal(payloadOf((await clusterLogin(lanyard, ada, 'new')).idToken)['aud'], 'new')
    await beside.clusters.delete('new', byTest)
    await honoured(t, 'a deleted cluster is unknown', () => invalid('new'))
  })

  it("is found out: an application's redirect URI", async (t) => {
    const [old, fresh] = ['https://wiki.example/old', 'https://wiki.example/new']
    const { application } = await beside.clusters.applications.add(
      { name: 'wiki', redirectUris: [old], everyone: true },
      byTest,
    )
    const status = async (redirectUri: string) => {
      const person = new Person(lanyard)
      const { clientId } = application
      const page = await person.open(
        startCode(lanyard, { clientId, redirectUri, scope: 'openid' }).url,
      )
      await person.close()
      return page.status
    }
    await honoured(t, 'a new application is known', async () => (await status(old)) === 200)
    assert.equal(await status(fresh), 400)
    await beside.clusters.applications.change('wiki', { redirectUris: [fresh] }, byTest)
    await honoured(t, 'a new redirect URI is known', async () => (await status(fresh)) === 200)
    assert.equal(await status(old), 400)
  })

  it('is found out: a signing key', async (t) => {
    const noPage = () => {
      throw new TypeError('a command shows no page')
    }
    const issuer = await createIssuer({
      ...beside,
      clock: Date.now,
      log: createLog({ level: 'error', format: 'json', destination: process.stderr }),
      outbound: createOutbound(),
      pages: { renderError: noPage, logout: noPage, loggedOut: noPage },
    })
    const { kid } = await issuer.keys.rotate('RS256', { now: true }, byTest)
    await issuer.close()
    let { refreshToken } = await clusterLogin(lanyard, ada, 'prod')
    await honoured(t, 'a new key signs', async () => {
      const tokens = tokensOf(await refresh(lanyard, 'prod', refreshToken))
      refreshToken = tokens.refreshToken
      return decodeProtectedHeader(tokens.idToken).kid === kid
    })
    const jwks = lanyard.server.issuer.documents('/jwks')?.body.toString() ?? ''
    assert.ok(jwks.includes(kid))
  })
})
