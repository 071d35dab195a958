import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { showCluster, startTrustingCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  payloadOf,
  pluginLogin,
  postForm,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { runProcess } from '../support/process.ts'
import {
  type Apiserver,
  type Etcd,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that a real kube-apiserver knows people by their tokens')
const lanyardCommand = fileURLToPath(new URL('../../bin/lanyard.js', import.meta.url))
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

describe('who somebody is to kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let etcd: Etcd
  let byFlags: Apiserver
  let byConfiguration: Apiserver
  let ada: Credentials
  let adaId: string

  before(async () => {
    ;[lanyard, etcd] = await Promise.all([startLanyard(), startEtcd()])
    owned.use(lanyard)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers', 'platform'])
    adaId = (await lanyard.server.rooms.directory.users.get('ada')).id
    ;[byFlags, byConfiguration] = await Promise.all([
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'alpha', groups: ['viewers'] },
        ...{ trustedBy: 'flags', signingAlg: 'RS256' },
      }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'beta', groups: ['viewers'] },
        ...{ trustedBy: 'configuration', signingAlg: 'ES256' },
      }),
    ])
    owned.use(byFlags)
    owned.use(byConfiguration)
  })
  after(() => owned.disposeAsync())

  /** `kubectl auth whoami` of somebody with nothing but this token. */
  async function whoami(apiserver: Apiserver, token: string): Promise<unknown> {
    const kubectl = await apiserver.kubectlAs(await apiserver.writeKubeconfig('user', { token }))
    const { code, stdout, stderr } = await kubectl.run(['auth', 'whoami', '-o', 'json'])
    assert.equal(code, 0, stderr)
    return (JSON.parse(stdout) as { status: { userInfo: unknown } }).status.userInfo
  }

  /** Why the apiserver refuses this token, in the words of its log. */
  async function refusal(apiserver: Apiserver, token: string): Promise<readonly string[]> {
    const mark = apiserver.logMark()
    assert.deepEqual(await apiserver.whoami(token), { status: 401, userInfo: undefined })
    return apiserver.unauthenticatedReasons(mark)
  }

  async function tokenFor(audience: string): Promise<string> {
    return (await clusterLogin(lanyard, ada, audience)).idToken
  }

  it('is the username, the groups and the jti, by the flags', async () => {
    const token = await tokenFor('alpha')
    const { jti } = payloadOf(token)
    assert.deepEqual(await whoami(byFlags, token), {
      username: 'ada',
      groups: ['platform', 'viewers', 'system:authenticated'],
      extra: { [CREDENTIAL_ID]: [`JTI=${String(jti)}`] },
    })
  })

  it('is also the sub, the device and the way of signing in, by the configuration', async () => {
    const token = await tokenFor('beta')
    const { jti, sid } = payloadOf(token)
    assert.deepEqual(await whoami(byConfiguration, token), {
      username: 'ada',
      uid: adaId,
      groups: ['platform', 'viewers', 'system:authenticated'],
      extra: {
        [CREDENTIAL_ID]: [`JTI=${String(jti)}`],
        'lanyard.dev/device': [sid],
        'lanyard.dev/authentication': ['pwd'],
      },
    })
  })

  it("leads from a line of the apiserver's audit log to device, sign-in and person", async () => {
    const login = await pluginLogin(lanyard, ada, { deviceName: 'ada-thinkpad' })
    const { body } = await exchange(lanyard, login, 'beta')
    await whoami(byConfiguration, String(body['access_token']))
    const event = (await byConfiguration.auditEvents()).findLast(({ requestURI }) =>
      requestURI.endsWith('/selfsubjectreviews'),
    )
    const [credential = ''] = event?.user?.extra?.[CREDENTIAL_ID] ?? []
    const jti = credential.slice('JTI='.length)
    const { issuer, rooms } = lanyard.server
    const device = await issuer.devices.who(jti)
    assert.ok(device)
    assert.deepEqual(
      [device.name, device.clientId, device.userId, device.amr],
      ['ada-thinkpad', 'kubectl-lanyard', adaId, ['pwd']],
    )
    const [signedIn] = await rooms.audit.list({ deviceId: device.id, types: ['device.signed_in'] })
    assert.deepEqual([signedIn?.actor.name, signedIn?.address], ['ada', device.createdAddress])

    // The command takes the line of the audit log as it is, while the server runs.
    const { code, stdout, stderr } = await runProcess({
      command: process.execPath,
      args: [lanyardCommand, 'audit', 'who', credential, '-o', 'json'],
      env: { PATH: process.env['PATH'], LANYARD_DATA: lanyard.data },
    })
    assert.equal(code, 0, stderr)
    const who = JSON.parse(stdout) as Record<string, Record<string, unknown>>
    assert.deepEqual(
      [who['device']?.['id'], who['user']?.['username'], who['signIn']?.['id']],
      [device.id, 'ada', signedIn?.id],
    )
  })

  it('is nobody with a token for another cluster', async () => {
    await lanyard.addCluster('gamma', { groups: ['viewers'], signingAlg: 'RS256' })
    assert.deepEqual(await refusal(byConfiguration, await tokenFor('alpha')), [
      '[invalid bearer token, oidc: verify token: oidc: expected audience "beta" got ["alpha"]]',
    ])
    assert.deepEqual(await refusal(byFlags, await tokenFor('gamma')), [
      '[invalid bearer token, oidc: verify token: oidc: expected audience "alpha" got ["gamma"]]',
    ])
  })

  it('is nobody with a token of another issuer', async () => {
    await using other = await startLanyard()
    const impostor = await other.addUser('ada', ['viewers'])
    await other.addCluster('alpha', { groups: ['viewers'] })
    const { idToken } = await clusterLogin(other, impostor, 'alpha')
    assert.deepEqual(await refusal(byFlags, idToken), ['invalid bearer token'])
  })

  it('is nobody with an algorithm that the flags do not name', async () => {
    const { clusters } = lanyard.server.rooms
    await clusters.change('alpha', { signingAlg: 'ES256' }, byTest)
    await lanyard.server.issuer.refresh()
    try {
      assert.deepEqual(await refusal(byFlags, await tokenFor('alpha')), [
        '[invalid bearer token, oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"]',
      ])
    } finally {
      await clusters.change('alpha', { signingAlg: 'RS256' }, byTest)
      await lanyard.server.issuer.refresh()
    }
  })

  it('is nobody with a token whose claims were changed', async () => {
    const [header, payload, signature] = (await tokenFor('beta')).split('.')
    const claims = payloadOf(`${header}.${payload}.${signature}`)
    const forged = Buffer.from(JSON.stringify({ ...claims, groups: ['system:masters'] }))
    assert.deepEqual(
      await refusal(byConfiguration, `${header}.${forged.toString('base64url')}.${signature}`),
      [
        '[invalid bearer token, oidc: verify token: failed to verify signature: failed to verify id token signature]',
      ],
    )
  })

  describe('with what is no token for a cluster', () => {
    /** Every other token that Lanyard signs, by its audience. */
    let others: Readonly<Record<string, string>>
    /** An apiserver whose admin went astray: it takes the audience of everything. */
    let astray: Apiserver

    before(async () => {
      others = await otherTokens(lanyard, ada)
      const shown = await showCluster(lanyard, 'beta')
      const configuration = parse(shown.authenticationConfiguration) as {
        jwt: [{ issuer: object }]
      }
      Object.assign(configuration.jwt[0].issuer, {
        audiences: Object.keys(others),
        audienceMatchPolicy: 'MatchAny',
      })
      astray = owned.use(
        await startApiserver({ etcd, authenticationConfig: stringify(configuration) }),
      )
    })

    it('is nobody, for the audience', async () => {
      for (const [audience, token] of Object.entries(others)) {
        assert.deepEqual(await refusal(byConfiguration, token), [
          `[invalid bearer token, oidc: verify token: oidc: expected audience "beta" got ["${audience}"]]`,
        ])
      }
    })

    it('is nobody even where that audience is trusted by mistake', async () => {
      const reasons = []
      for (const token of Object.values(others)) reasons.push(await refusal(astray, token))
      const claim = (use: string) =>
        `[invalid bearer token, oidc: required claim token_use value does not match. Got = ${use}, want = kube]`
      assert.deepEqual(reasons, [
        [claim('login')],
        [
          '[invalid bearer token, oidc: parse username claims "preferred_username": claim not present]',
        ],
        [claim('application')],
      ])
    })
  })
})

/** The plugin's own ID token, its token for the read-only API, and an application's ID token. */
async function otherTokens(
  lanyard: Lanyard,
  ada: Credentials,
): Promise<Readonly<Record<string, string>>> {
  const login = await pluginLogin(lanyard, ada)
  const api = `${lanyard.issuer}/kubectl/v1`
  const { body } = await exchange(lanyard, login, api, {
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  return {
    'kubectl-lanyard': login.tokens.idToken,
    [api]: String(body['access_token']),
    headlamp: await applicationToken(lanyard, ada),
  }
}

async function applicationToken(lanyard: Lanyard, ada: Credentials): Promise<string> {
  const redirectUri = 'https://headlamp.example.com/callback'
  const { application } = await lanyard.server.rooms.clusters.applications.add(
    { name: 'headlamp', redirectUris: [redirectUri], public: true, everyone: true },
    byTest,
  )
  await lanyard.server.issuer.refresh()
  const person = new Person(lanyard)
  const { started, params } = await authorize(lanyard, person, ada, {
    clientId: application.clientId,
    redirectUri,
    scope: 'openid profile groups',
  })
  await person.close()
  const { idToken } = tokensOf(
    await postForm(lanyard, `${lanyard.issuer}/token`, {
      grant_type: 'authorization_code',
      code: params.get('code') ?? '',
      redirect_uri: redirectUri,
      client_id: application.clientId,
      code_verifier: started.verifier,
    }),
  )
  return idToken
}
