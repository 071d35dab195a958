import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { openSite, type Site } from './site.ts'

const skip = await skipWithoutBrowser('that pages can be used in every language')

/** Without a word of any language: by the names of the fields. */
async function signIn(page: Page, { username, password }: Credentials): Promise<void> {
  await page.locator('input[name="username"]').fill(username)
  await page.locator('input[name="password"]').fill(password)
  await page.locator('form:has(input[name="password"]) button').click()
  await page.locator('main.page').waitFor()
}

const languages = [
  { locale: 'de-DE', language: 'de', signIn: 'Anmelden', account: 'Konto' },
  { locale: 'fr-FR', language: 'fr', signIn: 'Se connecter', account: 'Compte' },
] as const

describe('pages in other languages', { skip }, () => {
  let site: Site
  let ada: Credentials
  before(async () => {
    site = await openSite()
    ada = await site.lanyard.addUser('ada', ['viewers'])
  })
  after(async () => {
    await site[Symbol.asyncDispose]()
  })

  for (const { locale, language, ...words } of languages) {
    it(`${language}: axe, light and dark, 320 pixels`, async () => {
      await using visitor = await site.visitor({ locale })
      const { page } = visitor
      const shows = async (path: string, name: string) => {
        await page.goto(`${site.lanyard.issuer}${path}`)
        assert.equal(await page.locator('html').getAttribute('lang'), language, path)
        await assertForEverybody(page, `${name}-${language}`)
      }
      await shows('/sign-in', 'sign-in')
      assert.equal(await page.locator('h1').textContent(), words.signIn)
      await shows('/language', 'language')
      await shows('/no-such-page', 'not-found')
      await page.goto(site.clusterLogin())
      await assertForEverybody(page, `sign-in-cluster-${language}`)
      await page.goto(`${site.lanyard.issuer}/sign-in`)
      await signIn(page, ada)
      await page.goto(site.clusterLogin())
      await assertForEverybody(page, `browser-confirm-${language}`)
      await shows('/account', 'account')
      assert.match(await page.title(), new RegExp(`^${words.account} – `))
      for (const path of [
        ...['/account/password', '/account/kubectl', '/account/requests', '/account/profile'],
        ...['/account/tokens/new', '/account/passkeys/new', '/account/one-time-codes'],
        ...['/account/recovery-codes', '/device', '/sign-out'],
      ]) {
        await shows(path, path.slice(1).replaceAll('/', '-'))
      }
      assert.deepEqual(visitor.complaints, [])
    })
  }

  it('is chosen with one button, and kept', async () => {
    await using visitor = await site.visitor()
    const { page } = visitor
    await page.goto(`${site.lanyard.issuer}/sign-in`)
    await page.getByRole('link', { name: 'Language' }).click()
    await page.getByRole('button', { name: 'Deutsch' }).click()
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    await signIn(page, ada)
    await page.getByRole('link', { name: 'Sprache' }).click()
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('link', { name: 'Sign out' }).waitFor()
    assert.deepEqual(visitor.complaints, [])
  })

  it('says times in the zone of the reader, and in UTC without a script', async () => {
    const times = async (options: { readonly javaScript: boolean }) => {
      await using visitor = await site.visitor({ ...options, zone: 'Asia/Kolkata' })
      const { page } = visitor
      await page.goto(`${site.lanyard.issuer}/sign-in`)
      await signIn(page, ada)
      await page.locator('#activity time').first().waitFor()
      assert.deepEqual(visitor.complaints, [])
      const time = page.locator('#activity time').first()
      return { text: await time.textContent(), title: await time.getAttribute('title') }
    }
    const bare = await times({ javaScript: false })
    assert.match(String(bare.title), /^\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC$/)
    const scripted = await times({ javaScript: true })
    assert.match(String(scripted.title), /^\d+ \w+ \d{4}, \d\d:\d\d:\d\d (?:IST|GMT\+5:30)$/)
    assert.match(String(scripted.text), /ago|just now/)
  })

  it('writes out the reader’s zone where a time is written out, and keeps UTC at hand', async () => {
    const root = await site.lanyard.addUser('root', ['lanyard-admins'])
    await using visitor = await site.visitor({ locale: 'de-DE', zone: 'Asia/Kolkata' })
    const { page } = visitor
    await page.goto(`${site.lanyard.issuer}/sign-in`)
    await signIn(page, root)
    await page.goto(`${site.lanyard.issuer}/admin/audit`)
    const time = page.locator('time[data-time="full"]').first()
    const utc = String(await time.getAttribute('title'))
    assert.match(utc, /^\d+\. \S+ \d{4}, \d\d:\d\d:\d\d UTC$/)
    const here = String(await time.textContent())
    assert.match(here, /^\d+\. \S+ \d{4}, \d\d:\d\d:\d\d (?:IST|GMT\+5:30)$/)
    const minutes = (text: string) => Number(/, \d\d:(\d\d)/.exec(text)?.[1])
    assert.equal((minutes(here) - minutes(utc) + 60) % 60, 30)
    assert.deepEqual(visitor.complaints, [])
  })
})
