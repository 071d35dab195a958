/**
 * Threat 5 (Keycloak CVE-2023-6291, CVE-2024-1132; authentik CVE-2024-52289): redirect URIs are compared to the letter (RFC
 * 9700 §2.1); of a loopback one the port alone may vary (RFC 8252 §7.3). A wrong one is never redirected to (RFC 6749
 * §4.1.2.1).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { hasCode, messageOf } from '../../src/errors/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { startCode } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { assertPage, rowsOf } from './attack.ts'

const NOT_REGISTERED =
  'The application wants to get its answer at an address that is not registered for it.'

/** Registered for the application: https://app.example.com/cb */
const forApplication = [
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/cb/',
  'https://app.example.com/cb/..',
  'https://app.example.com/cb/../evil',
  'https://app.example.com/cb/%2e%2e/evil',
  'https://app.example.com/./cb',
  'https://app.example.com//cb',
  'https://app.example.com/x/../cb',
  'https://app.example.com/cb?x=1',
  'https://app.example.com/cb?',
  'https://app.example.com/cb#',
  'https://app.example.com/cb#x',
  'https://app.example.com/cbevil',
  'https://app.example.com/cb;x',
  'https://app.example.com/c%62',
  'https://app.example.com/cb%00',
  'https://app.example.com/cb%0d%0aSet-Cookie:x=1',
  'https://app.example.com/CB',
  'https://APP.example.com/cb',
  'HTTPS://app.example.com/cb',
  'http://app.example.com/cb',
  'https://app.example.com:443/cb',
  'https://app.example.com:8443/cb',
  'https://app.example.com./cb',
  'https://app.example.com@evil.example/cb',
  'https://evil.example@app.example.com/cb',
  'https://app.example.com:x@evil.example/cb',
  'https://app.example.com.evil.example/cb',
  'https://evil.example/https://app.example.com/cb',
  'https://evil.example?https://app.example.com/cb',
  'https://evil.example#https://app.example.com/cb',
  'https://evil.example\\@app.example.com/cb',
  'https://app.example.com\\.evil.example/cb',
  'https:\\\\app.example.com\\cb',
  'https:/app.example.com/cb',
  'https:app.example.com/cb',
  '//app.example.com/cb',
  '/cb',
  '*',
  'https://*.example.com/cb',
  'https://app.example.com/*',
  'https://аpp.example.com/cb',
  'https://xn--pp-6kc.example.com/cb',
  ' https://app.example.com/cb',
  'https://app.example.com/cb ',
  'https://app.example.com/\tcb',
  'javascript:alert(1)//https://app.example.com/cb',
  'data:text/html,x',
  'http://127.0.0.1/cb',
  'http://localhost:8000',
]

/** Not the application's, and nothing else is wrong with them: an admin who means them may write them. */
const lawful = new Set([
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/cb/',
  'https://app.example.com//cb',
  'https://app.example.com/cb?x=1',
  'https://app.example.com/cb?',
  'https://app.example.com/cbevil',
  'https://app.example.com/cb;x',
  'https://app.example.com/c%62',
  'https://app.example.com/cb%0d%0aSet-Cookie:x=1',
  'https://app.example.com/CB',
  'https://app.example.com:8443/cb',
  'https://app.example.com./cb',
  'https://app.example.com.evil.example/cb',
  'https://evil.example/https://app.example.com/cb',
  'https://xn--pp-6kc.example.com/cb',
  'http://127.0.0.1/cb',
  'http://localhost:8000',
])

/** A cluster's client: 127.0.0.1, [::1] and localhost, each with no path, `/` or `/callback`, at any port. */
const forCluster = [
  'http://127.0.0.2:8000/callback',
  'http://127.1:8000/callback',
  'http://2130706433:8000/callback',
  'http://0x7f.0.0.1:8000/callback',
  'http://0177.0.0.1:8000/callback',
  'http://0.0.0.0:8000/callback',
  'http://[::]:8000/callback',
  'http://[::ffff:127.0.0.1]:8000/callback',
  'http://[0:0:0:0:0:0:0:1]:8000/callback',
  'http://LOCALHOST:8000/callback',
  'http://localhost.:8000/callback',
  'http://localhost.evil.example:8000/callback',
  'http://x.localhost:8000/callback',
  'http://evil.example:8000/callback',
  'http://127.0.0.1:8000/callback/',
  'http://127.0.0.1:8000/callback/../x',
  'http://127.0.0.1:8000/callback?x=1',
  'http://127.0.0.1:8000/callback#x',
  'http://127.0.0.1:8000/callbackx',
  'http://127.0.0.1:8000//callback',
  'http://127.0.0.1:8000/x/../callback',
  'http://127.0.0.1:8000/other',
  'http://127.0.0.1:8000?x',
  'http://127.0.0.1:8000@evil.example/callback',
  'http://evil@127.0.0.1:8000/callback',
  'http://127.0.0.1:evil@evil.example/callback',
  'http://127.0.0.1:8000\\@evil.example/callback',
  'http://127.0.0.1:80:80/callback',
  'http://127.0.0.1:99999/callback',
  'http://127.0.0.1:-1/callback',
  'http://127.0.0.1:80 /callback',
  'http://127.0.0.1:８０/callback',
  'http://１２７.0.0.1:8000/callback',
  'http:127.0.0.1:8000/callback',
  'http:/127.0.0.1:8000/callback',
  'http:\\\\127.0.0.1:8000/callback',
  'https://127.0.0.1:8000/callback',
  'HTTP://127.0.0.1:8000/callback',
  'http+x://127.0.0.1:8000/callback',
  'com.example.app:/callback',
  'urn:ietf:wg:oauth:2.0:oob',
  'https://app.example.com/cb',
]

describe('redirect URI tricks', () => {
  let lanyard: Lanyard
  let person: Person
  before(async () => {
    lanyard = await startLanyard()
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const app = { name: 'app', redirectUris: ['https://app.example.com/cb'], everyone: true }
    await lanyard.server.rooms.clusters.applications.add(app, byTest)
    await lanyard.server.issuer.refresh()
    person = new Person(lanyard)
  })
  after(async () => {
    await person.close()
    await lanyard[Symbol.asyncDispose]()
  })

  async function assertNoRedirect(clientId: string, redirectUri: string): Promise<void> {
    for (const extra of [{}, { prompt: 'none' }]) {
      const page = await person.open(startCode(lanyard, { clientId, redirectUri, extra }).url)
      assert.equal(person.leftTo, undefined, redirectUri)
      assertPage(page, 400, 'ERR_OAUTH_INVALID_REDIRECT_URI', NOT_REGISTERED)
    }
  }

  it(`has ${forApplication.length} of them refused for an application`, async () => {
    for (const uri of forApplication) await assertNoRedirect('app', uri)
    assert.deepEqual(await rowsOf(lanyard, 'Interaction'), [])
  })

  it(`has ${forCluster.length} of them refused for a cluster`, async () => {
    for (const uri of forCluster) await assertNoRedirect('prod', uri)
    assert.deepEqual(await rowsOf(lanyard, 'Interaction'), [])
  })

  it('gives the plugin the literal address alone (RFC 8252 §8.3)', async () => {
    for (const uri of [
      ...forCluster,
      'http://localhost:8000/callback',
      'http://[::1]:8000/callback',
      'http://127.0.0.1:8000',
      'http://127.0.0.1:8000/',
    ]) {
      await assertNoRedirect('kubectl-lanyard', uri)
    }
  })

  it('takes the ones that are right, at any port', async () => {
    for (const [clientId, redirectUri] of [
      ['app', 'https://app.example.com/cb'],
      ...['127.0.0.1', '[::1]', 'localhost'].flatMap((host) =>
        ['', '/', '/callback'].map((path) => ['prod', `http://${host}:49152${path}`] as const),
      ),
      ['prod', 'http://127.0.0.1/callback'],
      // RFC 3986 §3.2.3: an empty port is the default one.
      ['prod', 'http://127.0.0.1:/callback'],
      ['kubectl-lanyard', 'http://127.0.0.1:1/callback'],
    ] as const) {
      const page = await person.open(startCode(lanyard, { clientId, redirectUri }).url)
      assert.equal(page.heading, 'Sign in', redirectUri)
    }
  })

  it('refuses a missing one, two, and a response anywhere else', async () => {
    const { url } = startCode(lanyard, {
      clientId: 'app',
      redirectUri: 'https://app.example.com/cb',
    })
    const missing = new URL(url)
    missing.searchParams.delete('redirect_uri')
    const page = await person.open(missing.href)
    // OpenID Connect Core §3.1.2.1: it is required, however many are registered.
    assertPage(page, 400, 'ERR_OAUTH_INVALID_REQUEST', 'could not be understood')
    assert.equal(person.leftTo, undefined)
    const twice = new URL(url)
    twice.searchParams.append('redirect_uri', 'https://evil.example/')
    await person.open(twice.href)
    assert.equal(person.leftTo, undefined)
    for (const [name, value] of [
      ['response_type', 'token'],
      ['response_type', 'id_token'],
      ['response_type', 'code id_token'],
      ['response_mode', 'web_message'],
      ['request', 'e30.e30.'],
      ['request_uri', 'https://evil.example/request'],
    ] as const) {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      await person.open(changed.href)
      const left = leftTo(person)
      assert.ok(left === undefined || left.origin === 'https://app.example.com', value)
      assert.ok(left === undefined || !/[?&#](code|id_token|access_token)=/.test(left.href), value)
    }
  })

  it('cannot be registered: a table of what an admin may not write', async () => {
    const { applications } = lanyard.server.rooms.clusters
    const taken: string[] = []
    for (const uri of forApplication) {
      try {
        await applications.change('app', { redirectUris: [uri] }, byTest)
        taken.push(uri)
      } catch (error) {
        assert.ok(hasCode(error, 'ERR_REDIRECT_URI_INVALID'), `${uri}: ${messageOf(error)}`)
      }
    }
    assert.deepEqual(new Set(taken), lawful)
  })
})

/** Read anew: the compiler takes an earlier assertion on it for the truth after every request. */
function leftTo({ leftTo }: Person): URL | undefined {
  return leftTo
}
