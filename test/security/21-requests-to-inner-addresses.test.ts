/**
 * Threat 21: whoever may name an address that the server then asks sends it to the metadata service of its cloud. Here only an admin
 * may name one, and even then some are never asked. (Keycloak CVE-2020-10770.)
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { DeviceId } from '../../src/errors/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  payloadOf,
  redeem,
  startCode,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'

const CALLBACK = 'https://app.example.com/callback'

describe('a request to an inner address', () => {
  const owned = new AsyncDisposableStack()
  /** What reached a service that is nobody's business. */
  const reached: string[] = []
  let lanyard: Lanyard
  let ada: Credentials
  let inner: string
  let basic: { authorization: string }

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['viewers'])
    const server = createServer((request, response) => {
      reached.push(`${request.method} ${request.url}`)
      response.writeHead(307, { location: '/latest/meta-data/iam' }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    owned.defer(() => void server.close())
    inner = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { secret } = await lanyard.server.rooms.clusters.applications.add(
      { name: 'app', redirectUris: [CALLBACK], everyone: true },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    basic = { authorization: `Basic ${Buffer.from(`app:${secret}`).toString('base64')}` }
    await lanyard.server.issuer.refresh()
  })
  after(() => owned.disposeAsync())
  beforeEach(() => {
    reached.length = 0
  })

  function newPerson(): Person {
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    return person
  }

  it('cannot be caused by a visitor: no parameter of any request names one', async () => {
    for (const [name, value] of Object.entries({
      request_uri: `${inner}/request`,
      request: `${inner}/request`,
      jwks_uri: `${inner}/jwks`,
      sector_identifier_uri: `${inner}/sector`,
      logo_uri: `${inner}/logo`,
      backchannel_logout_uri: `${inner}/logout`,
      registration: JSON.stringify({ jwks_uri: `${inner}/jwks` }),
    })) {
      const started = startCode(lanyard, {
        ...{ clientId: 'app', redirectUri: CALLBACK, extra: { [name]: value } },
      })
      await newPerson().open(started.url)
    }
    const page = await newPerson().open('/reg')
    assert.equal(page.status, 404)
    const document = await newPerson().open('/.well-known/openid-configuration')
    assert.doesNotMatch(
      document.html,
      /registration_endpoint|"request_uri_parameter_supported":true/,
    )
    assert.deepEqual(reached, [])
  })

  it('cannot be registered where it is not this very machine or https', async () => {
    const { applications } = lanyard.server.rooms.clusters
    for (const [uri, fault] of [
      [
        'http://169.254.169.254/latest',
        'must begin with https:// unless it names this very machine',
      ],
      ['http://10.0.0.1/x', 'must begin with https:// unless it names this very machine'],
      [
        'http://localhost.evil.example/x',
        'must begin with https:// unless it names this very machine',
      ],
      ['https://user@127.0.0.1/x', 'must name no user'],
      ['https://2852039166/x', 'must be written "https://169.254.169.254/x"'],
      ['https://app.example.com/../x', 'must be written "https://app.example.com/x"'],
      ['https://app.example.com/x#y', 'must have no fragment'],
      ['gopher://127.0.0.1/x', 'must begin with https://'],
      ['javascript:alert(1)', 'must begin with https://'],
      ['/backchannel', 'is not an absolute URL'],
      [`https://app.example.com/${'x'.repeat(2000)}`, 'is longer than 2000 characters'],
      ['https://аpp.example.com/x', 'may hold printable ASCII only'],
    ] as const) {
      await assert.rejects(
        applications.change('app', { backchannelLogoutUri: uri }, byTest),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'ERR_LOGOUT_URI_INVALID')
          assert.ok(error.message.endsWith(fault), error.message)
          return true
        },
      )
    }
  })

  it('follows no redirect of an application, and is made once', async () => {
    await logOutAt(`${inner}/hook`)
    await poll('the application was asked', async () => reached.length > 0)
    // A login that is told later shows that the first is through.
    await logOutAt(`${inner}/second`)
    await poll('the second was asked', async () => reached.includes('POST /second'))
    assert.deepEqual(reached, ['POST /hook', 'POST /second'])
  })

  it('is not made to the metadata service of a cloud, though an admin registered it', async () => {
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]']) {
      const asking = {
        url: `https://${host}/`,
        method: 'POST',
        maxBytes: 1,
        timeoutMs: 1_000,
      } as const
      await assert.rejects(createOutbound().ask({ ...asking, certificateAuthority: null }), {
        code: 'ERR_OUTBOUND',
        message: /its address is one that Lanyard never asks/,
      })
    }
  })

  async function logOutAt(backchannelLogoutUri: string): Promise<void> {
    const { clusters } = lanyard.server.rooms
    await clusters.applications.change('app', { backchannelLogoutUri }, byTest)
    await lanyard.server.issuer.refresh()
    const { started, params } = await authorize(lanyard, newPerson(), ada, {
      ...{ clientId: 'app', redirectUri: CALLBACK },
    })
    const code = params.get('code') ?? ''
    const { idToken } = tokensOf(await redeem(lanyard, started, code, { headers: basic }))
    await lanyard.server.issuer.devices.revoke(payloadOf(idToken)['sid'] as DeviceId, byTest)
  }
})
