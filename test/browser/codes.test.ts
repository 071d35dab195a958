import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { codeAt } from '../support/authenticator.ts'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { activate, openSite, type Site, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser('that one-time codes work without a script')

const STEP_MS = 30_000
const FIELD = '6-digit code from your authenticator app'

describe('one-time codes in a real browser', { skip }, () => {
  let site: Site
  let plain: Visitor
  let ada: Credentials
  let secret = ''
  let recovery: readonly string[] = []

  before(async () => {
    site = await openSite()
    ada = await site.lanyard.addUser('ada', ['viewers'])
    const policy = { factors: 'two', maxAge: null } as const
    await site.lanyard.server.rooms.clusters.change('alpha', { policy }, byTest)
    await site.lanyard.server.issuer.refresh()
    plain = await site.visitor({ javaScript: false })
  })
  after(async () => {
    await plain[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()
  /** The next one is taken where the present one was used: the server takes one that is a step ahead. */
  const code = (ahead = 0) => codeAt(secret, Date.now() + ahead * STEP_MS)

  it('are set up on the way to a cluster that asks for two factors, with neither script nor pointer', async () => {
    const { page } = plain
    await page.goto(site.clusterLogin())
    await typeInto(page, 'Username', ada.username)
    await typeInto(page, 'Password', ada.password)
    await activate(page, 'button', 'Sign in')
    assert.equal(await heading(page), 'Add a second way to sign in')
    assert.equal(await page.getByText('Passkeys need JavaScript.').isVisible(), true)
    await activate(page, 'button', 'Use one-time codes of an app')
    assert.equal(await heading(page), 'Set up one-time codes')
    assert.equal(await page.getByRole('img', { name: 'QR code of the secret below' }).count(), 1)
    secret = ((await page.locator('figure code').textContent()) ?? '').replaceAll(' ', '')
    noteSecret(secret, 'one-time code secret')
    await typeInto(page, '6-digit code that the app shows now', code())
    await activate(page, 'button', 'Confirm')
    assert.equal(await heading(page), 'Keep your recovery codes')
    recovery = ((await page.locator('figure code').textContent()) ?? '').trim().split('\n')
    for (const each of recovery) noteSecret(each, 'recovery code')
    assert.equal(recovery.length, 10)
    await activate(page, 'button', 'I have kept them')
    assert.equal(await page.locator('body').textContent(), 'arrived')
  })

  it('are asked for after the password, and a wrong one is told', async () => {
    const { page } = plain
    await page.context().clearCookies()
    await page.goto(`${site.lanyard.issuer}/account`)
    await typeInto(page, 'Username', ada.username)
    await typeInto(page, 'Password', ada.password)
    await activate(page, 'button', 'Sign in')
    await typeInto(page, FIELD, '000000')
    await activate(page, 'button', 'Continue')
    assert.equal(await page.title(), 'Error: One-time code – Lanyard')
    await typeInto(page, FIELD, code(1))
    await activate(page, 'button', 'Continue')
    assert.equal(await heading(page), 'ada')
  })

  it('have pages that everybody can use', async () => {
    await using seen = await site.visitor()
    const { page } = seen
    await page.goto(site.clusterLogin())
    await signIn(page, ada)
    assert.equal(await heading(page), 'One-time code')
    await assertForEverybody(page, 'one-time-code')
    await page.getByLabel(FIELD).fill('000000')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('This code is wrong, or it was used already.').waitFor()
    await assertForEverybody(page, 'one-time-code-error')
    await page.getByText('I cannot get a code').click()
    await page.getByLabel(FIELD).fill(recovery[0] ?? '')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'You used a recovery code' }).waitFor()
    await assertForEverybody(page, 'recovery-used')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('arrived').waitFor()
    await page.goto(`${site.lanyard.issuer}/account/recovery-codes`)
    await assertForEverybody(page, 'recovery-codes-new')
    await page.goto(`${site.lanyard.issuer}/account/one-time-codes`)
    await assertForEverybody(page, 'one-time-codes')
    assert.deepEqual(seen.complaints, [])
  })

  it('are offered beside a passkey to who has neither', async () => {
    const bob = await site.lanyard.addUser('bob', ['viewers'])
    await using seen = await site.visitor()
    const { page } = seen
    await page.goto(site.clusterLogin())
    await signIn(page, bob)
    await page.getByRole('heading', { name: 'Add a second way to sign in' }).waitFor()
    await assertForEverybody(page, 'enrol')
    await page.getByRole('button', { name: 'Use one-time codes of an app' }).click()
    await page.getByRole('heading', { name: 'Set up one-time codes' }).waitFor()
    await page.getByText('I cannot scan it').click()
    const shown = (await page.locator('figure code').textContent()) ?? ''
    noteSecret(shown.replaceAll(' ', ''), 'one-time code secret')
    await assertForEverybody(page, 'one-time-code-setup')
    assert.deepEqual(seen.complaints, [])
  })

  it('complain of nothing', () => {
    assert.deepEqual(plain.complaints, [])
  })
})
