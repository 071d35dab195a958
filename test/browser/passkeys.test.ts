import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import type { Credentials } from '../support/logins.ts'
import { addAuthenticator, type VirtualAuthenticator } from './authenticator.ts'
import { assertForEverybody } from './everybody.ts'
import { activate, openSite, type Site, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser('that passkeys work in a real browser')

describe('a passkey in a real browser', { skip }, () => {
  let site: Site
  let visitor: Visitor
  let page: Page
  let ada: Credentials
  let authenticator: VirtualAuthenticator

  before(async () => {
    site = await openSite()
    ada = await site.lanyard.addUser('ada', ['viewers'])
    visitor = await site.visitor()
    page = visitor.page
    // One touch is for one thing: with the list waiting, it would be for that.
    await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
    authenticator = await addAuthenticator(page)
  })
  after(async () => {
    await visitor[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  const open = (path: string) => page.goto(`${site.lanyard.issuer}${path}`)
  const heading = () => page.getByRole('heading', { level: 1 }).textContent()
  const forEverybody = (name: string) =>
    authenticator.keptDuring(() => assertForEverybody(page, name))
  /** With the keyboard, and a finger on the authenticator. */
  const pressAndTouch = (name: string) =>
    authenticator.touchedDuring(() => activate(page, 'button', name))
  const signOut = async () => {
    await open('/sign-out')
    await activate(page, 'button', 'Sign out')
  }

  it('is made with the keyboard alone, and leaves recovery codes', async () => {
    await open('/account')
    await signIn(page, ada)
    await activate(page, 'link', 'Add passkey')
    await forEverybody('passkey-new')
    await typeInto(page, 'Name', 'laptop fingerprint')
    await pressAndTouch('Make the passkey')
    assert.equal(await heading(), 'Keep your recovery codes')
    await forEverybody('recovery-codes')
    await activate(page, 'link', 'I have kept them')
    assert.equal(await page.getByText('laptop fingerprint').first().isVisible(), true)
    assert.equal(await page.getByText('You have one passkey.').isVisible(), true)
    await forEverybody('account-with-passkey')
    assert.equal((await authenticator.credentials()).length, 1)
    await signOut()
  })

  it('is not made twice on one device', async () => {
    await open('/account')
    await pressAndTouch('Use a passkey')
    await open('/account/passkeys/new')
    await typeInto(page, 'Name', 'again')
    await authenticator.touchedDuring(async () => {
      await page.getByRole('button', { name: 'Make the passkey' }).click()
      await page.getByText('This device holds a passkey of yours already.').waitFor()
    })
    assert.equal((await authenticator.credentials()).length, 1)
    await signOut()
  })

  it('signs in by its button', async () => {
    await open('/account')
    await forEverybody('sign-in-passkey')
    await pressAndTouch('Use a passkey')
    assert.equal(await heading(), 'ada')
    await signOut()
  })

  it('signs in to a cluster, and shows anew who is there', async () => {
    await page.goto(site.clusterLogin())
    await pressAndTouch('Use a passkey')
    assert.equal(await page.locator('body').textContent(), 'arrived')
    await open('/sign-in?next=account&need=passkey')
    assert.equal(await heading(), 'Use your passkey')
    await forEverybody('passkey')
    await pressAndTouch('Continue with passkey')
    assert.equal(await heading(), 'ada')
    await signOut()
  })

  it('that does not know the person is not used, and the page says so', async () => {
    await authenticator.knowsPerson(false)
    await open('/account')
    await authenticator.touchedDuring(async () => {
      await page.getByRole('button', { name: 'Use a passkey' }).click()
      await page.getByText('No passkey was used.').waitFor()
    })
    assert.equal(await heading(), 'Sign in')
    await forEverybody('sign-in-passkey-failed')
    await authenticator.knowsPerson(true)
    await pressAndTouch('Use a passkey')
    assert.equal(await heading(), 'ada')
    await signOut()
  })

  it('answers no page of another origin', async () => {
    await open('/sign-in')
    const options = await page.locator('input[name="passkey"]').getAttribute('data-options')
    const evil = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end('<title>Lanyard</title>')
    })
    evil.listen(0, '127.0.0.1')
    await once(evil, 'listening')
    try {
      await page.goto(`http://evil.localhost:${(evil.address() as AddressInfo).port}/`)
      const outcome = await authenticator.touchedDuring(() =>
        page.evaluate(
          `navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options}) }).then((made) => made.toJSON(), (error) => error.name)`,
        ),
      )
      assert.equal(outcome, 'SecurityError')
    } finally {
      evil.closeAllConnections()
      evil.close()
    }
  })

  it('needs a script, and the page says what works without', async () => {
    await using plain = await site.visitor({ javaScript: false })
    await plain.page.goto(`${site.lanyard.issuer}/account`)
    assert.equal(await plain.page.getByRole('button', { name: 'Use a passkey' }).count(), 0)
    await signIn(plain.page, ada)
    await plain.page.goto(`${site.lanyard.issuer}/account/passkeys/new`)
    assert.equal(await plain.page.getByText('Passkeys need JavaScript.').isVisible(), true)
    assert.equal(await plain.page.getByText('Use your passkey').isVisible(), true)
    await activate(plain.page, 'link', 'Password')
    assert.equal(await plain.page.getByRole('heading', { level: 1 }).textContent(), 'Sign in')
    assert.deepEqual(plain.complaints, [])
  })

  it('signs in from the list of the username field', async () => {
    await using other = await site.visitor()
    const listed = await addAuthenticator(other.page, authenticator)
    await listed.touchedDuring(async () => {
      await other.page.goto(`${site.lanyard.issuer}/account`)
      await other.page.getByRole('heading', { level: 1, name: 'ada' }).waitFor()
    })
    assert.deepEqual(other.complaints, [])
  })

  it('complains of nothing', () => {
    const other = visitor.complaints.filter((complaint) => !complaint.includes('evil.localhost'))
    assert.deepEqual(other, [])
  })
})
