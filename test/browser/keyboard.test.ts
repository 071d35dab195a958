import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { readContexts } from '../../src/kubernetes/index.ts'
import { skipWithoutBrowser } from '../support/browser.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { activate, openSite, type Site, tabTo, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser(
  'that every page works without a script and without a pointer',
)

const NEXT_PASSWORD = 'quiet harbour eats lanterns'

describe('with neither script nor pointer', { skip }, () => {
  let site: Site
  let visitor: Visitor
  let page: Page
  let ada: Credentials

  before(async () => {
    site = await openSite()
    ada = await site.lanyard.addUser('ada', ['viewers'])
    visitor = await site.visitor({ javaScript: false })
    page = visitor.page
    noteSecret(NEXT_PASSWORD, 'password')
  })
  after(async () => {
    await visitor[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  const open = (path: string, tab = page) => tab.goto(`${site.lanyard.issuer}${path}`)
  const heading = async (tab = page) => tab.getByRole('heading', { level: 1 }).textContent()

  async function signIn({ username, password }: Credentials, tab = page): Promise<void> {
    await typeInto(tab, 'Username', username)
    await typeInto(tab, 'Password', password)
    await activate(tab, 'button', 'Sign in')
  }

  it('the first admin is made', async () => {
    await using guest = await site.visitor({ javaScript: false })
    const { code } = await site.lanyard.server.rooms.directory.setupLink.issue(byTest)
    noteSecret(code, 'set-up code')
    await open('/setup', guest.page)
    await typeInto(guest.page, 'Set-up code', code)
    await typeInto(guest.page, 'Username', 'root')
    await typeInto(guest.page, 'Password', NEXT_PASSWORD)
    await typeInto(guest.page, 'Password again', NEXT_PASSWORD)
    await activate(guest.page, 'button', 'Create admin')
    assert.equal(await heading(guest.page), 'root')
  })

  it('somebody signs in after a mistake, and confirms a login', async () => {
    await page.goto(site.clusterLogin())
    await signIn({ ...ada, password: 'something else' })
    assert.match(await page.title(), /^Error: /)
    await signIn(ada)
    assert.equal(await page.locator('body').textContent(), 'arrived')
    await page.goto(site.clusterLogin())
    await activate(page, 'button', 'I started this')
    assert.equal(await page.locator('body').textContent(), 'arrived')
    assert.ok(new URL(page.url()).searchParams.has('code'))
    await page.goto(site.clusterLogin())
    await activate(page, 'button', 'Not me, refuse')
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
    await page.goto(site.clusterLogin())
    await activate(page, 'link', 'Sign in as somebody else')
    assert.equal(await heading(), 'Sign in')
  })

  it('an application is allowed', async () => {
    await page.goto(site.applicationLogin())
    await activate(page, 'button', 'Continue')
    assert.ok(new URL(page.url()).searchParams.has('code'))
  })

  it('a device is signed in, and another refused', async () => {
    for (const [button, end] of [
      ['I started this', 'You are signed in'],
      ['Not me, refuse', 'Refused'],
    ] as const) {
      await open('/device')
      await typeInto(page, 'Code', (await site.userCode()).toLowerCase().replace('-', ' '))
      await activate(page, 'button', 'Continue')
      await activate(page, 'button', button)
      assert.equal(await heading(), end)
    }
  })

  it('an account is looked after', async () => {
    await open('/account')
    await activate(page, 'button', 'Revoke build-agent')
    assert.equal(await page.getByText('The device is revoked.').count(), 1)
    await activate(page, 'button', 'Revoke all')
    assert.equal(await page.getByText('All your devices are revoked.').count(), 1)
    await activate(page, 'link', 'Set up kubectl')
    assert.equal(await heading(), 'Set up kubectl for alpha')
    for (const [link, file] of [
      ['Download kubeconfig', 'alpha.kubeconfig.yaml'],
      ['Download for kubelogin', 'alpha.kubelogin.yaml'],
    ] as const) {
      await tabTo(page, page.getByRole('link', { name: link, exact: true }))
      const downloading = page.waitForEvent('download')
      await page.keyboard.press('Enter')
      const download = await downloading
      assert.equal(download.suggestedFilename(), file)
      const [context] = readContexts(await readFile(await download.path(), 'utf8'))
      assert.equal(context?.name, 'alpha')
    }
    await open('/account')
    await activate(page, 'link', 'Change password')
    await typeInto(page, 'Present password', ada.password)
    await typeInto(page, 'New password', NEXT_PASSWORD)
    await typeInto(page, 'New password again', NEXT_PASSWORD)
    await activate(page, 'button', 'Change password')
    assert.equal(
      await page.getByText('Your password is changed. You are signed out everywhere else.').count(),
      1,
    )
  })

  it('a narrow screen has its menu', async () => {
    await page.setViewportSize({ width: 320, height: 700 })
    await open('/account')
    const link = page.getByRole('link', { name: 'Sign out', exact: true })
    assert.equal(await link.isVisible(), false)
    await tabTo(page, page.getByRole('button', { name: 'Menu' }))
    await page.keyboard.press('Enter')
    await link.waitFor()
    await activate(page, 'link', 'Sign out')
    assert.equal(await heading(), 'Sign out?')
  })

  it('somebody signs out', async () => {
    await activate(page, 'button', 'Sign out')
    assert.equal(await heading(), 'You are signed out')
    await activate(page, 'link', 'Sign in again')
    assert.equal(await heading(), 'Sign in')
  })

  it('complains of nothing', () => {
    assert.deepEqual(visitor.complaints, [])
  })
})
