/** A dashboard that wants `Authorization: Bearer`, behind the real oauth2-proxy, before a real kube-apiserver and in a real browser. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { presetRegistration, presetSettings } from '../../src/clusters/index.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from '../cluster/control-plane.ts'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import { showCluster, signIn } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { poll } from '../support/poll.ts'
import { startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { acceptApplication } from './accept-application.ts'
import { freePort } from './free-port.ts'
import { requireOauth2Proxy, skipWithoutOauth2Proxy } from './oauth2-proxy.ts'

const what = 'that a dashboard is entered without pasting a token'
const skip =
  (await skipWithoutCluster(what)) ||
  (await skipWithoutOauth2Proxy(what)) ||
  (await skipWithoutBrowser(what))

describe('a dashboard behind oauth2-proxy', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let browser: TestBrowser
  let strict: Apiserver
  let told: Apiserver
  let site: string
  const seen: string[] = []

  before(async () => {
    lanyard = owned.use(await startLanyard())
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const port = await freePort()
    site = `http://localhost:${port}`
    const { secret } = await lanyard.server.rooms.clusters.applications.add(
      { name: 'board', ...presetRegistration('oauth2-proxy', site), groups: ['viewers'] },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
    const settings = presetSettings('oauth2-proxy', {
      ...{ url: site, issuer: lanyard.issuer, clientId: 'board', secret },
      certificateAuthority: lanyard.ca,
    })
    const { authenticationConfiguration } = await showCluster(lanyard, 'prod')
    const etcd = owned.use(await startEtcd())
    const printed = settings.find(({ where }) => where.startsWith('AuthenticationConfiguration'))
    assert.ok(printed)
    strict = owned.use(
      await startApiserver({ etcd, authenticationConfig: authenticationConfiguration }),
    )
    told = owned.use(
      await startApiserver({
        etcd,
        authenticationConfig: acceptApplication(authenticationConfiguration, printed.text),
      }),
    )
    await startOauth2Proxy(port, settings[0]?.text ?? '')
  })
  after(() => owned.disposeAsync())

  /** Stands for the dashboard: asks the cluster with the header that it was handed, and with nothing else. */
  async function startBoard(): Promise<string> {
    const server = createServer((request, response) => {
      const token = String(request.headers.authorization).replace(/^Bearer /, '')
      noteSecret(token, 'ID token')
      seen.push(token)
      void told.whoami(token).then(({ status, userInfo }) => {
        const user =
          userInfo === undefined ? '' : `${userInfo.username}: ${(userInfo.groups ?? []).join()}`
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end(`<p>${status} ${user}</p>`)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    owned.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** With the environment that the preset prints, and what it leaves to the admin. */
  async function startOauth2Proxy(port: number, printed: string): Promise<void> {
    const directory = owned.use(await temporaryDirectory()).path
    const ca = join(directory, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    const environment = Object.fromEntries(
      printed.split('\n').map((line) => line.split(/=(.*)/, 2) as [string, string]),
    )
    owned.use(
      await startProcess({
        command: await requireOauth2Proxy(),
        env: {
          ...environment,
          OAUTH2_PROXY_PROVIDER_CA_FILES: ca,
          OAUTH2_PROXY_COOKIE_SECRET: randomBytes(32).toString('base64url'),
          OAUTH2_PROXY_UPSTREAMS: await startBoard(),
          OAUTH2_PROXY_HTTP_ADDRESS: `127.0.0.1:${port}`,
          OAUTH2_PROXY_COOKIE_SECURE: 'false',
        },
        args: [],
      }),
    )
    await poll('oauth2-proxy listens', async () =>
      fetch(`${site}/ping`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
  }

  async function enter(name: string, group: string) {
    const credentials = await lanyard.addUser(name, [group])
    const { page, context } = await browser.newPerson()
    owned.defer(() => context.close())
    await page.goto(site)
    await signIn(page, credentials)
    return page
  }

  it('enters the cluster as the person who signed in, with their groups', async () => {
    const page = await enter('ada', 'viewers')
    await page.locator('button[name="answer"][value="approve"]').click()
    await page.waitForURL(`${site}/`)
    assert.equal(await page.locator('p').textContent(), '201 ada: viewers,system:authenticated')
  })

  it('is worth nothing at a cluster that was not told', async () => {
    const token = seen.at(-1)
    assert.ok(token)
    assert.equal((await told.whoami(token)).status, 201)
    assert.equal((await strict.whoami(token)).status, 401)
  })

  it('keeps out whom Lanyard does not let in', async () => {
    const before = seen.length
    const page = await enter('bob', 'others')
    await page.getByText('403').first().waitFor()
    const told = new URL(page.url()).searchParams
    assert.equal(told.get('error'), 'access_denied')
    assert.equal(
      told.get('error_description'),
      'bob is in none of the groups that may enter application "board"',
    )
    assert.equal(seen.length, before)
  })
})
