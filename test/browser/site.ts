import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Locator, Page } from 'playwright-core'
import { openBrowser, type PersonOptions, type TestBrowser } from '../support/browser.ts'
import { byTest, type Lanyard, type LanyardOptions, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { postForm, startCode } from '../support/logins.ts'

/** A Lanyard with a cluster and an application, a Chromium before it, and a listener where the plugin's would be. */
export interface Site extends AsyncDisposable {
  readonly lanyard: Lanyard
  /** What begins a login at the cluster `alpha`, as a program on this machine. */
  clusterLogin(): string
  /** What begins a login at the application `grafana`. */
  applicationLogin(): string
  /** A new user code, for a login at `alpha` on another device. */
  userCode(): Promise<string>
  visitor(options?: PersonOptions): Promise<Visitor>
}

/** Somebody with a tab, and everything that went wrong in it. */
export interface Visitor extends AsyncDisposable {
  readonly page: Page
  /** Complaints of the console, and requests that left the issuer and the listener. */
  readonly complaints: readonly string[]
}

export async function openSite(options: LanyardOptions = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack()
  const lanyard = stack.use(await startLanyard(options))
  const listener = createServer((_, response) => response.end('arrived'))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  stack.defer(() => {
    listener.closeAllConnections()
    listener.close()
  })
  const home = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  await lanyard.addCluster('alpha', { groups: ['viewers'] })
  await lanyard.server.rooms.clusters.applications.add(
    {
      ...{ name: 'grafana', redirectUris: [`${home}/callback`], public: true, everyone: true },
      postLogoutRedirectUris: [`${home}/goodbye`],
    },
    byTest,
  )
  await lanyard.server.issuer.refresh()
  const browser = stack.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
  const owned = stack.move()
  const login = (clientId: string, scope: string) =>
    startCode(lanyard, {
      ...{ clientId, scope, redirectUri: `${home}/callback`, deviceName: 'ada-thinkpad' },
    }).url
  return {
    lanyard,
    clusterLogin: () => login('alpha', 'openid offline_access'),
    applicationLogin: () => login('grafana', 'openid profile email groups'),
    userCode: () => startDevice(lanyard),
    visitor: (options = {}) => openVisitor(browser, [lanyard.issuer, home], options),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startDevice(lanyard: Lanyard): Promise<string> {
  const { body } = await postForm(lanyard, `${lanyard.issuer}/device/auth`, {
    ...{ client_id: 'alpha', scope: 'openid', device_name: 'build-agent' },
  })
  noteSecret(String(body['device_code']), 'device code')
  return String(body['user_code'])
}

/** Somebody new before a running browser, who has no business anywhere but at the `allowed` origins. */
export async function openVisitor(
  browser: TestBrowser,
  allowed: readonly string[],
  options: PersonOptions,
): Promise<Visitor> {
  const { page, context } = await browser.newPerson(options)
  const complaints: string[] = []
  page.on('console', (message) => {
    // That a page answers 400 or 403 is what it is there for.
    const isOwnStatus =
      message.text().startsWith('Failed to load resource:') && message.location().url === page.url()
    if (message.type() === 'error' && !isOwnStatus) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  context.on('request', (request) => {
    const { origin } = new URL(request.url())
    if (!allowed.includes(origin)) complaints.push(`a request to ${origin}`)
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** Goes to an element as somebody without a pointer does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let step = 0; step <= 40; step += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no Tab leads to ${String(target)} on ${page.url()}`)
}

export async function typeInto(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, page.getByLabel(label, { exact: true }))
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
}

/** Presses a button or follows a link, and waits for the page it leads to. */
export async function activate(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await tabTo(page, page.getByRole(role, { name, exact: true }))
  // Addresses stay the same where a form is shown again: what changes is the document.
  const loaded = page.waitForEvent('load')
  await page.keyboard.press('Enter')
  await loaded
}
