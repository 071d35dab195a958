import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { openSite, type Site, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser('that every page can be used by everybody')

describe('every page', { skip }, () => {
  let site: Site
  let ada: Credentials
  /** Nobody ever signs in here. */
  let stranger: Visitor
  let visitor: Visitor
  let page: Page

  before(async () => {
    site = await openSite()
    stranger = await site.visitor()
    visitor = await site.visitor()
    page = visitor.page
  })
  after(async () => {
    await stranger[Symbol.asyncDispose]()
    await visitor[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  async function shows(heading: string | RegExp, name: string, tab = page): Promise<void> {
    await tab.getByRole('heading', { level: 1, name: heading }).waitFor()
    await assertForEverybody(tab, name)
  }
  const open = (path: string, tab = page) => tab.goto(`${site.lanyard.issuer}${path}`)

  it('of the set-up', async () => {
    const { setupLink } = site.lanyard.server.rooms.directory
    const { code } = await setupLink.issue(byTest)
    noteSecret(code, 'set-up code')
    await open('/setup')
    await shows('Create the first admin', 'setup')
    await page.getByLabel('Set-up code').fill(code)
    await page.getByLabel('Username').fill('root')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByLabel('Password again').fill('short')
    await page.getByRole('button', { name: 'Create admin' }).click()
    await shows('Create the first admin', 'setup-error')
    await page.getByLabel('Password', { exact: true }).fill('violet teapot orbits seven')
    await page.getByLabel('Password again').fill('violet teapot orbits seven')
    await page.getByRole('button', { name: 'Create admin' }).click()
    await shows('root', 'account-after-setup')
  })

  it('of signing in', async () => {
    ada = await site.lanyard.addUser('ada', ['viewers', 'platform'])
    const tab = stranger.page
    await open('/account', tab)
    await shows('Sign in', 'sign-in', tab)
    await signIn(tab, { username: 'ada', password: 'something else' })
    await shows('Sign in', 'sign-in-error', tab)
    for (let attempt = 0; attempt < 30 && !(await tab.title()).includes('Too many'); attempt += 1) {
      await signIn(tab, { username: 'mallory', password: `something else ${attempt}` })
    }
    assert.match(await tab.title(), /^Error: Too many attempts/)
    await shows('Sign in', 'sign-in-limited', tab)
  })

  it('of a password that must be changed', async () => {
    const { users } = site.lanyard.server.rooms.directory
    const password = 'the admin chose this 8164'
    noteSecret(password, 'password')
    await users.add({ username: 'newcomer', password, mustChange: true }, byTest)
    await using guest = await site.visitor()
    await open('/account', guest.page)
    await signIn(guest.page, { username: 'newcomer', password })
    await shows('Set your own password', 'password-forced', guest.page)
    assert.deepEqual(guest.complaints, [])
  })

  it('of a login at a cluster', async () => {
    await page.context().clearCookies()
    await page.goto(site.clusterLogin())
    await shows('Sign in', 'sign-in-cluster')
    await signIn(page, ada)
    await page.getByText('arrived').waitFor()
    await page.goto(site.clusterLogin())
    await shows('Did you start this?', 'browser-confirm')
    await page.getByRole('button', { name: 'I started this' }).click()
    await page.getByText('arrived').waitFor()
  })

  it('of a login at an application', async () => {
    await page.goto(site.applicationLogin())
    await shows('Continue to grafana?', 'consent')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('arrived').waitFor()
  })

  it('of a device', async () => {
    await open('/device')
    await shows('Sign in a device', 'device-code')
    await page.getByLabel('Code').fill('BBBB-BBBB')
    await page.getByRole('button', { name: 'Continue' }).click()
    await shows('Sign in a device', 'device-code-error')
    await page.getByLabel('Code').fill(await site.userCode())
    await page.getByRole('button', { name: 'Continue' }).click()
    await shows('Did you start this?', 'device-confirm')
    await page.getByRole('button', { name: 'Not me, refuse' }).click()
    await shows('Refused', 'refused')
    await open('/device')
    await page.getByLabel('Code').fill(await site.userCode())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'I started this' }).click()
    await shows('You are signed in', 'done')
  })

  it('of an account', async () => {
    await open('/account')
    await shows('ada', 'account')
    await open('/account/password')
    await shows('Change your password', 'password')
    await open('/account/kubectl')
    await shows(/Set up kubectl for alpha|for alpha$/, 'kubectl')
  })

  it('of access tokens', async () => {
    await open('/account/tokens/new')
    await shows('New access token', 'token-new')
    await page.getByLabel('Name', { exact: true }).fill('backup job')
    await page.getByLabel('Present password').fill(ada.password)
    await page.getByRole('button', { name: 'Make token' }).click()
    await shows('New access token', 'token-new-error')
    await page.getByLabel('alpha', { exact: true }).check()
    await page.getByLabel('Present password').fill(ada.password)
    await page.getByRole('button', { name: 'Make token' }).click()
    await page.getByRole('heading', { name: 'Copy your access token' }).waitFor()
    noteSecret((await page.locator('figure code').textContent()) ?? '', 'access token')
    await shows('Copy your access token', 'token-made')
    await page.getByRole('link', { name: 'I have copied it' }).click()
    await shows('ada', 'account-with-token')
  })

  it('of whoever may not enter', async () => {
    const bob = await site.lanyard.addUser('bob', [])
    await using guest = await site.visitor()
    await open('/account', guest.page)
    await signIn(guest.page, bob)
    await guest.page.getByRole('heading', { name: 'bob' }).waitFor()
    await guest.page.goto(site.clusterLogin())
    await shows('You may not enter', 'not-admitted', guest.page)
    await open('/account/kubectl', guest.page)
    await shows(/kubectl/, 'no-cluster', guest.page)
    assert.deepEqual(guest.complaints, [])
  })

  it('of a fault', async () => {
    await open('/interaction/nonsense', stranger.page)
    await shows(/./, 'error', stranger.page)
    await open('/no-such-page', stranger.page)
    await shows(/./, 'not-found', stranger.page)
  })

  it('of signing out', async () => {
    await open('/session/end?client_id=grafana')
    await shows('Sign out?', 'sign-out-application')
    await open('/sign-out')
    await shows('Sign out?', 'sign-out')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await shows('You are signed out', 'signed-out')
  })

  it('makes no error in the console and no request to anybody else', () => {
    assert.deepEqual([visitor.complaints, stranger.complaints], [[], []])
  })
})
