/**
 * Applications that cannot be run here: each is registered by the command, and what it is told to do by the settings that the
 * command prints is done with them, as its own documentation has it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { parse } from 'yaml'
import { runCommand } from '../../src/cli/index.ts'
import { authenticationConfiguration } from '../../src/kubernetes/index.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from '../cluster/control-plane.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  payloadOf,
  postForm,
  redeem,
  type Tokens,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { acceptApplication } from './accept-application.ts'

interface Added {
  readonly clientId: string
  readonly secret: string | null
  readonly settings: readonly { readonly where: string; readonly text: string }[]
}

describe('presets', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['viewers'])
  })
  after(() => owned.disposeAsync())

  async function run(...argv: string[]) {
    const written = { stdout: '', stderr: '' }
    const code = await runCommand(argv, {
      clock: Date.now,
      env: { LANYARD_DATA: lanyard.data },
      cwd: lanyard.data,
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      terminal: {
        isInteractive: false,
        askPassword: () => Promise.reject(new TypeError('asked for a password')),
        confirm: () => Promise.reject(new TypeError('asked to confirm')),
        readStdin: () => Promise.resolve(''),
      },
    })
    return { code, ...written }
  }

  async function add(preset: string, url: string): Promise<Added> {
    const { code, stdout, stderr } = await run(
      ...['application', 'add', preset, '--preset', preset, '--url', url],
      ...['--group', 'viewers', '-o', 'json'],
    )
    assert.equal(code, 0, stderr)
    const added = JSON.parse(stdout) as Added
    if (added.secret !== null) noteSecret(added.secret, 'client secret')
    await lanyard.server.issuer.refresh()
    return added
  }

  const settingOf = ({ settings }: Added, where: string): string =>
    settings.find((each) => each.where.startsWith(where))?.text ?? assert.fail(`no ${where}`)

  /** The code flow, with the client's own way of showing who it is. */
  async function logIn(
    clientId: string,
    options: { redirectUri: string; scope: string; headers?: Record<string, string> },
  ): Promise<Tokens> {
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const { redirectUri, scope, headers = {} } = options
    const { started, params } = await authorize(lanyard, person, ada, {
      clientId,
      redirectUri,
      scope,
    })
    assert.equal(params.get('error'), null)
    return tokensOf(await redeem(lanyard, started, params.get('code') ?? '', { headers }))
  }

  const basicOf = (id: string, secret: string | null) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  it('need an address, and are told from what they do not know', async () => {
    const lacks = await run('application', 'add', 'x', '--preset', 'grafana')
    assert.equal(lacks.code, 2)
    assert.match(lacks.stderr, /^lanyard: error: --preset and --url need each other\n/)
    const wrong = await run('application', 'add', 'x', '--preset', 'grafana', '--url', 'grafana')
    assert.match(wrong.stderr, /^lanyard: error: url "grafana" must be the address where people/)
    const plain = ['--preset', 'grafana', '--url', 'http://grafana.example.com']
    const { stderr } = await run('application', 'add', 'x', ...plain)
    assert.match(stderr, /must begin with https:\/\/ unless it names this very machine/)
  })

  it('Argo CD: the page and the command log in without a secret', async () => {
    const added = await add('argocd', 'https://argocd.example.com/')
    assert.equal(added.secret, null)
    const { data } = parse(settingOf(added, 'ConfigMap argocd-cm')) as {
      data: { url: string; 'oidc.config': string }
    }
    assert.equal(data.url, 'https://argocd.example.com')
    const config = parse(data['oidc.config']) as Record<string, string & string[]>
    assert.equal(config['issuer'], lanyard.issuer)
    assert.equal(config['rootCA']?.trim(), lanyard.ca.trim())
    const scope = config['requestedScopes']?.join(' ') ?? ''
    for (const redirectUri of [
      `${data.url}/auth/callback`,
      'http://localhost:8085/auth/callback',
    ]) {
      const { idToken } = await logIn(config['clientID'] ?? '', { redirectUri, scope })
      const claims = payloadOf(idToken)
      assert.equal(claims['preferred_username'], 'ada')
      assert.deepEqual(claims['groups'], ['viewers'])
    }
    const rbac = parse(settingOf(added, 'ConfigMap argocd-rbac-cm')) as { data: { scopes: string } }
    assert.equal(rbac.data.scopes, '[groups]')
  })

  it('Grafana: logs in, reads userinfo, refreshes and signs out', async () => {
    const added = await add('grafana', 'https://grafana.example.com')
    const ini = new Map(
      [...settingOf(added, 'grafana.ini').matchAll(/^(\w+) = (.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    )
    const setting = (name: string) => ini.get(name) ?? assert.fail(`no ${name}`)
    const redirectUri = `${setting('root_url')}login/generic_oauth`
    const headers = basicOf(setting('client_id'), setting('client_secret'))
    const scope = setting('scopes')
    const tokens = await logIn(setting('client_id'), { redirectUri, scope, headers })
    const agent = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => agent.close())
    const { body } = await request(setting('api_url'), {
      dispatcher: agent,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })
    const user = (await body.json()) as Record<string, unknown>
    assert.deepEqual(
      ['login', 'name', 'groups'].map((each) => user[setting(`${each}_attribute_path`)]),
      ['ada', 'ada', ['viewers']],
    )
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken }
    assert.equal((await postForm(lanyard, setting('token_url'), form, headers)).status, 200)
    assert.equal(setting('auth_url'), `${lanyard.issuer}/auth`)
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    await person.open(setting('signout_redirect_url'))
    assert.equal(settingOf(added, '/etc/grafana/lanyard-ca.crt'), lanyard.ca.trim())
  })

  it('prints the same for people', async () => {
    const { stdout } = await run(
      ...['application', 'add', 'second', '--preset', 'argocd', '--url', 'https://cd.example.com'],
    )
    assert.match(
      stdout,
      /^client id {6}second\nclient secret {2}none: it is public\n\n# ConfigMap argocd-cm\ndata:\n/,
    )
  })

  it('a logout address is shown, replaced and taken away', async () => {
    const set = (...options: string[]) => run('application', 'set', 'second', ...options)
    const shown = async () =>
      JSON.parse((await run('application', 'show', 'second', '-o', 'json')).stdout) as object
    const uri = 'https://cd.example.com/logout'
    assert.equal((await set('--backchannel-logout-uri', uri)).code, 0)
    assert.partialDeepStrictEqual(await shown(), { backchannelLogoutUri: uri })
    assert.match(
      (await run('application', 'show', 'second')).stdout,
      /^hears of logouts at +https/m,
    )
    const wrong = await set('--backchannel-logout-uri', 'http://cd.example.com/logout')
    assert.match(
      wrong.stderr,
      /^lanyard: error: back-channel logout URI "http.*" must begin with https/,
    )
    assert.equal((await set('--no-backchannel-logout-uri')).code, 0)
    assert.partialDeepStrictEqual(await shown(), { backchannelLogoutUri: null })
  })

  const skip = skipWithoutCluster('that a real kube-apiserver takes what Headlamp hands on')
  it('Headlamp: its token enters a cluster that was told to take it, and no other', async (t) => {
    const reason = await skip
    if (reason !== false) return t.skip(reason)
    const added = await add('headlamp', 'https://headlamp.example.com')
    const environment = Object.fromEntries(
      settingOf(added, 'environment')
        .split('\n')
        .map((line) => line.split(/=(.*)/, 2)),
    ) as Record<string, string>
    const setting = (name: string) =>
      environment[`HEADLAMP_CONFIG_OIDC_${name}`] ?? assert.fail(name)
    const scope = ['openid', ...setting('SCOPES').split(',')].join(' ')
    const headers = basicOf(setting('CLIENT_ID'), setting('CLIENT_SECRET'))
    const redirectUri = setting('CALLBACK_URL')
    const tokens = await logIn(setting('CLIENT_ID'), { redirectUri, scope, headers })
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken }
    const refreshed = tokensOf(await postForm(lanyard, `${lanyard.issuer}/token`, form, headers))

    const etcd = owned.use(await startEtcd())
    const trust = {
      ...{ issuer: lanyard.issuer, certificateAuthority: lanyard.ca, audience: 'prod' },
      ...{ usernamePrefix: '', groupsPrefix: '', maxTokenLifetimeSeconds: 3600 },
    }
    const plain = authenticationConfiguration(trust)
    const [strict, told] = await Promise.all([
      startApiserver({ etcd, authenticationConfig: plain }),
      startApiserver({
        etcd,
        authenticationConfig: acceptApplication(
          plain,
          settingOf(added, 'AuthenticationConfiguration'),
        ),
      }),
    ])
    owned.use(strict)
    owned.use(told)
    for (const { idToken } of [tokens, refreshed]) {
      assert.equal((await strict.whoami(idToken)).status, 401)
      const { status, userInfo } = await told.whoami(idToken)
      assert.equal(status, 201)
      assert.equal(userInfo?.username, 'ada')
      assert.deepEqual(userInfo.groups, ['viewers', 'system:authenticated'])
    }
    await assertCluster(told)
  })

  /** The cluster's own tokens are taken as before. */
  async function assertCluster(apiserver: Apiserver): Promise<void> {
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const { started, params } = await authorize(lanyard, person, ada, { clientId: 'prod' })
    const { idToken } = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
    assert.equal((await apiserver.whoami(idToken)).status, 201)
  }
})
