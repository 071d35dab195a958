/** A Python application with Authlib, which we did not write, with a real browser before it. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser, skipWithoutBrowser, type TestBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { authlibApplication, requireAuthlib, skipWithoutAuthlib } from './authlib.ts'
import { freePort } from './free-port.ts'

const what = 'that Authlib logs people in and out'
const skip = (await skipWithoutAuthlib(what)) || (await skipWithoutBrowser(what))

describe('Authlib', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials
  let browser: TestBrowser
  let site: string

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['viewers'])
    browser = owned.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
    site = await startApplication()
  })
  after(() => owned.disposeAsync())

  async function startApplication(): Promise<string> {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const { secret } = await lanyard.server.rooms.clusters.applications.add(
      {
        ...{ name: 'wiki', redirectUris: [`${origin}/callback`], groups: ['viewers'] },
        backchannelLogoutUri: `${origin}/backchannel`,
      },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
    const ca = join(owned.use(await temporaryDirectory()).path, 'ca.crt')
    await writeFile(ca, lanyard.ca)
    const application = owned.use(
      await startProcess({
        command: 'python3',
        args: [authlibApplication],
        env: {
          PATH: process.env['PATH'],
          PYTHONPATH: await requireAuthlib(),
          PYTHONDONTWRITEBYTECODE: '1',
          REQUESTS_CA_BUNDLE: ca,
          ...{
            ISSUER: lanyard.issuer,
            CLIENT_ID: 'wiki',
            CLIENT_SECRET: secret,
            PORT: String(port),
          },
        },
      }),
    )
    await application.waitForLine('stdout', /^ready$/, { timeoutMs: 30_000 })
    return origin
  }

  async function enter(): Promise<Page> {
    const { page, context } = await browser.newPerson()
    owned.defer(() => context.close())
    await page.goto(site)
    await signIn(page, ada)
    await page.locator('button[name="answer"][value="approve"]').click()
    await page.waitForURL(`${site}/`)
    return page
  }

  /** The application has no login of this browser any more, and so sends it to Lanyard. */
  const waitUntilOut = (page: Page) =>
    poll('the application has logged the browser out', async () => {
      await page.goto(site)
      return page.url().startsWith(lanyard.issuer)
    })

  it('logs somebody in, with the groups', async () => {
    const page = await enter()
    assert.equal(await page.locator('p').textContent(), 'ada: viewers')
  })

  it('refreshes by itself, over two rotations', async () => {
    const page = await enter()
    for (const refreshes of [1, 2, 3]) {
      await page.goto(`${site}/me`)
      assert.equal(await page.locator('p').textContent(), `ada ${refreshes}`)
    }
  })

  it('logs out with Lanyard, by the back channel', async () => {
    const page = await enter()
    await page.goto(`${site}/logout`)
    await page.locator('button[name="logout"][value="yes"]').click()
    await waitUntilOut(page)
  })

  it('logs out whom Lanyard disables', async () => {
    const page = await enter()
    await lanyard.server.rooms.directory.users.disable('ada', byTest)
    await waitUntilOut(page)
    await lanyard.server.rooms.directory.users.enable('ada', byTest)
  })
})
