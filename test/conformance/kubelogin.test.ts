/** What kubelogin sends (kubelogin.ts), in a real browser, with tokens that a real kube-apiserver is shown. */
import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { waitUntilWarm } from '../cluster/cold-start.ts'
import {
  type Apiserver,
  type Etcd,
  skipWithoutCluster,
  startEtcd,
} from '../cluster/control-plane.ts'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import { signIn, startTrustingCluster } from '../support/end-to-end.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, payloadOf } from '../support/logins.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Kubelogin, type KubeloginOptions, type TokenSet } from './kubelogin.ts'

const what = 'that kubelogin works unmodified'
const skip = (await skipWithoutCluster(what)) || (await skipWithoutBrowser(what))
const EXTRA = ['offline_access', 'groups', 'email', 'profile']

describe('kubelogin', { skip }, () => {
  const owned = new AsyncDisposableStack()
  const apiservers = new Map<string, Apiserver>()
  let lanyard: Lanyard
  let etcd: Etcd
  let ada: Credentials
  let browser: TestBrowser

  before(async () => {
    ;[lanyard, etcd] = await Promise.all([startLanyard(), startEtcd()])
    owned.use(lanyard)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers'])
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    const [embedded, live] = await Promise.all([
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'embedded', groups: ['viewers'], trustedBy: 'flags' },
      }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'live', groups: ['viewers'], trustedBy: 'configuration' },
        ...{ signingAlg: 'ES256', liveGroups: true },
      }),
    ])
    apiservers.set('embedded', owned.use(embedded)).set('live', owned.use(live))
    await waitUntilWarm({ lanyard, cluster: 'live' })
  })
  after(() => owned.disposeAsync())

  function kubelogin(clientId: string, options: Partial<KubeloginOptions> = {}): Kubelogin {
    return owned.use(new Kubelogin(lanyard, { clientId, extraScopes: EXTRA, ...options }))
  }

  /** A whole login by a person who is signed in nowhere. */
  async function logIn(login: Kubelogin): Promise<TokenSet> {
    await using started = await login.authcode()
    const { page, context } = await browser.newPerson()
    await page.goto(started.url)
    await signIn(page, ada)
    await page.getByText('Authenticated').waitFor()
    await context.close()
    return await started.tokens
  }

  async function assertEnters(cluster: string, { idToken }: TokenSet): Promise<void> {
    const { status, userInfo } = (await apiservers.get(cluster)?.whoami(idToken)) ?? {}
    assert.equal(status, 201)
    assert.equal(userInfo?.username, 'ada')
    assert.deepEqual(userInfo.groups, ['viewers', 'system:authenticated'])
  }

  for (const cluster of ['embedded', 'live']) {
    it(`logs in by the browser and refreshes over two rotations: ${cluster} groups`, async () => {
      const login = kubelogin(cluster)
      const first = await logIn(login)
      await assertEnters(cluster, first)
      assert.equal('groups' in payloadOf(first.idToken), cluster === 'embedded')
      const second = await login.refresh(first.refreshToken)
      const third = await login.refresh(second.refreshToken)
      const values = [first, second, third].map(({ refreshToken }) => refreshToken)
      assert.equal(new Set(values).size, 3)
      await assertEnters(cluster, second)
      await assertEnters(cluster, third)
    })

    it(`refreshes one token ten times at once: ${cluster} groups`, async () => {
      const { refreshToken } = await logIn(kubelogin(cluster))
      const sets = await Promise.all(
        Array.from({ length: 10 }, () => kubelogin(cluster).refresh(refreshToken)),
      )
      assert.equal(new Set(sets.map((each) => each.refreshToken)).size, 1)
      for (const set of sets) await assertEnters(cluster, set)
      const [next] = sets
      assert.ok(next)
      await assertEnters(cluster, await kubelogin(cluster).refresh(next.refreshToken))
    })

    it(`logs in by a device code: ${cluster} groups`, async () => {
      const started = await kubelogin(cluster).deviceCode()
      const { page, context } = await browser.newPerson()
      await page.goto(started.url)
      await signIn(page, ada)
      // kubelogin shows the code only where it was given no address that holds it.
      assert.equal(started.url, `${lanyard.issuer}/device`)
      await page.getByLabel('Code').fill(started.userCode)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('button', { name: 'I started this' }).click()
      const tokens = await started.tokens
      await assertEnters(cluster, tokens)
      await assertEnters(cluster, await kubelogin(cluster).refresh(tokens.refreshToken))
      await context.close()
    })
  }

  it('listens on 18000 when 8000 is taken', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => {
      squatter.once('error', () => resolve()).listen(8000, '127.0.0.1', resolve)
    })
    try {
      const login = kubelogin('embedded')
      await using started = await login.authcode()
      assert.equal(started.redirectUri, 'http://localhost:18000')
      const { page, context } = await browser.newPerson()
      await page.goto(started.url)
      await signIn(page, ada)
      await assertEnters('embedded', await started.tokens)
      await context.close()
    } finally {
      squatter.close()
    }
  })

  it('asks a live session for one click, and no password', async () => {
    const { page, context } = await browser.newPerson()
    for (const visit of ['first', 'second']) {
      await using started = await kubelogin('embedded').authcode()
      await page.goto(started.url)
      if (visit === 'first') await signIn(page, ada)
      else await page.locator('button[name="answer"][value="approve"]').click()
      await assertEnters('embedded', await started.tokens)
    }
    await context.close()
  })

  for (const [name, options] of Object.entries({
    'no scope but openid': { extraScopes: [] },
    'a scope that Lanyard does not know': { extraScopes: ['offline_access', 'roles'] },
    'access_type, as releases before v1.33 send it': { accessType: 'offline' },
    '--oidc-pkce-method=S256': { pkceMethod: 'S256' },
    '--oidc-redirect-url=http://127.0.0.1:8000': { redirectUrl: 'http://127.0.0.1:8000' },
  } as const)) {
    it(`logs in with ${name}`, async () => {
      const tokens = await logIn(kubelogin('embedded', options))
      await assertEnters('embedded', tokens)
    })
  }

  it('is refused without PKCE, and told so', async () => {
    await using started = await kubelogin('embedded', { pkceMethod: 'no' }).authcode()
    const { page, context } = await browser.newPerson()
    await page.goto(started.url)
    await assert.rejects(started.tokens, /^Error: invalid_request: .*PKCE/)
    await context.close()
  })

  it('cannot use access tokens, which are opaque', async () => {
    await assert.rejects(
      logIn(kubelogin('embedded', { useAccessToken: true })),
      /Invalid Compact JWS/,
    )
  })

  describe('by the keyboard', () => {
    it('needs --oidc-redirect-url: the out-of-band address is registered nowhere', async () => {
      const { url } = await kubelogin('embedded').keyboard()
      const { page, context } = await browser.newPerson()
      assert.equal((await page.goto(url))?.status(), 400)
      assert.match(
        (await page.getByRole('main').textContent()) ?? '',
        /ERR_OAUTH_INVALID_REDIRECT_URI/,
      )
      await context.close()
    })

    it('copies the code from the address that nobody serves', async () => {
      const redirectUrl = 'http://localhost:8765/callback'
      const login = await kubelogin('embedded', { redirectUrl }).keyboard()
      const { page, context } = await browser.newPerson()
      await page.goto(login.url)
      const left = page.waitForRequest((request) => request.url().startsWith(redirectUrl))
      await signIn(page, ada)
      const code = new URL((await left).url()).searchParams.get('code')
      await assertEnters('embedded', await login.enter(code ?? ''))
      await context.close()
    })
  })

  it('sets up kubectl by the command that its setup prints', async () => {
    const directory = owned.use(await temporaryDirectory()).path
    const { idToken } = await logIn(kubelogin('embedded'))
    const given = join(directory, 'arguments')
    await writeFile(join(directory, 'answer.json'), execCredential(idToken), { mode: 0o600 })
    await writeFile(
      join(directory, 'kubectl-oidc_login'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${given}'\ncat '${join(directory, 'answer.json')}'\n`,
    )
    await chmod(join(directory, 'kubectl-oidc_login'), 0o755)
    const apiserver = apiservers.get('embedded')
    assert.ok(apiserver)
    const kubeconfig = await apiserver.writeKubeconfig('somebody', { token: 'none' })
    const path = [directory, dirname(apiserver.admin.binary)]
    const kubectl = await apiserver.kubectlAs(kubeconfig, { path })
    const flags = [`--oidc-issuer-url=${lanyard.issuer}`, '--oidc-client-id=embedded']
    const set = await kubectl.run([
      ...['config', 'set-credentials', 'oidc', '--exec-interactive-mode=Never'],
      ...['--exec-api-version=client.authentication.k8s.io/v1', '--exec-command=kubectl'],
      ...['oidc-login', 'get-token', ...flags].map((each) => `--exec-arg=${each}`),
    ])
    assert.equal(set.code, 0, set.stderr)
    const who = await kubectl.run(['--user=oidc', 'auth', 'whoami', '-o', 'json'])
    assert.equal(who.code, 0, who.stderr)
    const { status } = JSON.parse(who.stdout) as { status: { userInfo: { username: string } } }
    assert.equal(status.userInfo.username, 'ada')
    assert.deepEqual((await readFile(given, 'utf8')).trim().split('\n'), ['get-token', ...flags])
  })
})

function execCredential(token: string): string {
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: { interactive: false },
    status: { token, expirationTimestamp: '2099-01-01T00:00:00Z' },
  })
}
