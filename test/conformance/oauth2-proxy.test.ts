/** The real oauth2-proxy in front of a page, with a real browser before it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { loadConfig } from '../../src/config/index.ts'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { freePort } from './free-port.ts'
import { requireOauth2Proxy, skipWithoutOauth2Proxy } from './oauth2-proxy.ts'

const what = 'that oauth2-proxy logs people in'
const skip = (await skipWithoutOauth2Proxy(what)) || (await skipWithoutBrowser(what))
/** oauth2-proxy keeps a session until its ID token ends, whatever a refresh before that says. */
const ID_TOKEN_SECONDS = 5
const REFRESH_SECONDS = 1

describe('oauth2-proxy', { skip }, () => {
  const owned = new AsyncDisposableStack()
  const accessTokens: string[] = []
  let lanyard: Lanyard
  let browser: TestBrowser
  let site: string
  const people = new Map<string, Credentials>()

  before(async () => {
    const { lifetimes } = loadConfig({ configPath: undefined, env: {}, cwd: '/' })
    const settings = { lifetimes: { ...lifetimes, idToken: ID_TOKEN_SECONDS } }
    lanyard = owned.use(await startLanyard({ settings }))
    for (const [name, group] of [
      ['ada', 'viewers'],
      ['eve', 'viewers'],
      ['bob', 'others'],
    ] as const) {
      people.set(name, await lanyard.addUser(name, [group]))
    }
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    site = await startSite()
  })
  after(() => owned.disposeAsync())

  /** The page behind it, which shows who it was told is there. */
  async function startPage(): Promise<string> {
    const page = createServer(({ headers }, response) => {
      const token = String(headers['x-forwarded-access-token'])
      noteSecret(token, 'access token')
      if (accessTokens.at(-1) !== token) accessTokens.push(token)
      const user = headers['x-forwarded-preferred-username']
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(
        `<h1>Inside</h1><p>${String(user)}: ${String(headers['x-forwarded-groups'])}</p>`,
      )
    })
    return `http://127.0.0.1:${await listen(page)}`
  }

  async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    owned.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as AddressInfo).port
  }

  async function startSite(): Promise<string> {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const { secret } = await lanyard.server.rooms.clusters.applications.add(
      {
        ...{ name: 'intranet', redirectUris: [`${origin}/oauth2/callback`], everyone: true },
        postLogoutRedirectUris: [`${origin}/goodbye`],
      },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
    const directory = owned.use(await temporaryDirectory()).path
    const ca = join(directory, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    owned.use(
      await startProcess({
        command: await requireOauth2Proxy(),
        env: {
          OAUTH2_PROXY_CLIENT_SECRET: secret,
          OAUTH2_PROXY_COOKIE_SECRET: randomBytes(32).toString('base64url'),
        },
        args: [
          ...['--provider=oidc', `--oidc-issuer-url=${lanyard.issuer}`, '--client-id=intranet'],
          ...['--scope=openid profile groups offline_access', '--code-challenge-method=S256'],
          ...['--oidc-email-claim=preferred_username', '--email-domain=*'],
          ...[`--redirect-url=${origin}/oauth2/callback`, `--provider-ca-file=${ca}`],
          ...['--allowed-group=viewers', '--skip-provider-button=true'],
          ...[`--cookie-refresh=${REFRESH_SECONDS}s`, '--insecure-oidc-skip-nonce=false'],
          ...[`--whitelist-domain=${new URL(lanyard.issuer).host}`, '--cookie-secure=false'],
          ...['--pass-access-token=true', `--upstream=${await startPage()}`],
          `--http-address=127.0.0.1:${port}`,
        ],
      }),
    )
    await poll('oauth2-proxy listens', async () =>
      fetch(`${origin}/ping`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    return origin
  }

  async function enter(name: string): Promise<Page> {
    const { page, context } = await browser.newPerson()
    owned.defer(() => context.close())
    await page.goto(site)
    const credentials = people.get(name)
    assert.ok(credentials)
    await signIn(page, credentials)
    await page.locator('button[name="answer"][value="approve"]').click()
    return page
  }

  it('logs somebody in, and tells the page who they are and in which groups', async () => {
    const page = await enter('ada')
    await page.waitForURL(`${site}/`)
    assert.equal(await page.locator('p').textContent(), 'ada: viewers')
  })

  it('refreshes over two rotations', async () => {
    const page = await enter('ada')
    await page.waitForURL(`${site}/`)
    const first = accessTokens.length
    await poll('two refreshes', async () => {
      await page.goto(site)
      return accessTokens.length >= first + 2
    })
    assert.equal(await page.locator('p').textContent(), 'ada: viewers')
  })

  it('keeps out whom Lanyard lets in, but who is not in its own group', async () => {
    const page = await enter('bob')
    await page.getByText('403').first().waitFor()
    assert.equal(await page.locator('h1', { hasText: 'Inside' }).count(), 0)
  })

  it('loses somebody who was taken out of the group, and somebody who was disabled, at a refresh', async () => {
    const { directory } = lanyard.server.rooms
    const page = await enter('eve')
    await page.waitForURL(`${site}/`)
    await directory.groups.removeMember('viewers', { user: 'eve' }, byTest)
    // A refresh in time takes her group away; after her ID token ended she is sent to sign in anew, and still is in no group.
    await poll('eve sees nothing', async () => {
      const answer = await page.goto(site)
      return answer?.status() === 403 || page.url().startsWith(lanyard.issuer)
    })
    await directory.groups.addMember('viewers', { user: 'eve' }, byTest)
    const again = await enter('eve')
    await again.waitForURL(`${site}/`)

    await directory.users.disable('eve', byTest)
    // It keeps her until her ID token ends, whatever its own refreshes are told.
    await poll(
      'eve is out',
      async () => {
        await again.goto(site)
        return again.url().startsWith(lanyard.issuer)
      },
      { timeoutMs: 30_000 },
    )
  })

  it('signs out here and at Lanyard', async () => {
    const page = await enter('ada')
    await page.waitForURL(`${site}/`)
    const end = new URL(`${lanyard.issuer}/session/end`)
    end.searchParams.set('client_id', 'intranet')
    end.searchParams.set('post_logout_redirect_uri', `${site}/goodbye`)
    await page.goto(`${site}/oauth2/sign_out?rd=${encodeURIComponent(end.href)}`)
    await page.locator('button[name="logout"][value="yes"]').click()
    await page.getByLabel('Password').waitFor()
  })
})
