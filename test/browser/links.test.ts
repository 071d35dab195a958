import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { deliverAll, linkIn, relayOn, type SmtpServer, startRelay, textOf } from '../mail/smtp.ts'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { activate, openSite, type Site, tabTo, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser('that everybody can follow a link from a mail')
const PASSWORD = 'violet teapot orbits seven'

describe('what links in mails lead to', { skip }, () => {
  let server: SmtpServer
  let site: Site
  let ada: Credentials
  let visitor: Visitor
  let page: Page
  before(async () => {
    noteSecret(PASSWORD, 'password')
    server = await startRelay()
    site = await openSite({ settings: { mail: relayOn(server.port) } })
    ada = await site.lanyard.addUser('ada', ['viewers'])
    await directory().users.change('ada', { email: 'ada@example.com', emailVerified: true }, byTest)
    visitor = await site.visitor()
    page = visitor.page
  })
  after(async () => {
    await visitor[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const directory = () => site.lanyard.server.rooms.directory
  const open = (path: string, tab = page) => tab.goto(`${site.lanyard.issuer}${path}`)
  const heading = (tab: Page) => tab.getByRole('heading', { level: 1 }).textContent()

  async function linkTo(address: string, part: string): Promise<string> {
    await deliverAll(site.lanyard.server.rooms)
    const found = server.received.findLast(
      (mail) => mail.to[0] === address && textOf(mail).includes(`/${part}/`),
    )
    const link = linkIn(found)
    noteSecret(link.slice(link.lastIndexOf('/') + 1), 'link')
    return link
  }

  async function shows(words: string, name: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: words }).waitFor()
    await assertForEverybody(page, name)
  }

  async function fillPasswords(label: string, first: string, again = first): Promise<void> {
    await page.getByLabel(label, { exact: true }).fill(first)
    await page.getByLabel(`${label} again`).fill(again)
  }

  it('an invitation can be read by everybody', async () => {
    await directory().invitations.create(
      {
        ...{ username: 'katherine', displayName: `Katherine ${'Long-Name'.repeat(8)}` },
        ...{ email: 'katherine@example.com', groups: ['viewers'], lifetimeSeconds: 86_400 },
      },
      byTest,
    )
    await page.goto(await linkTo('katherine@example.com', 'invitation'))
    await shows('Welcome, Katherine', 'invitation')
    await fillPasswords('Choose a password', 'short')
    await page.getByRole('button', { name: 'Set password' }).click()
    await shows('Welcome, Katherine', 'invitation-error')
    await fillPasswords('Choose a password', PASSWORD)
    await page.getByRole('button', { name: 'Set password' }).click()
    await shows('Add a passkey', 'passkey-after-invitation')
    await page.goto(await linkTo('katherine@example.com', 'invitation'))
    await shows('This link does not work', 'invitation-gone')
  })

  it('a forgotten password can be replaced by everybody', async () => {
    await page.context().clearCookies()
    await open('/sign-in')
    await page.getByRole('link', { name: 'Forgotten your password?' }).click()
    await shows('Forgotten your password?', 'forgotten')
    await page.getByLabel('Username').fill('ada')
    await page.getByRole('button', { name: 'Send a link' }).click()
    await shows('Look into your mailbox', 'forgotten-sent')
    await page.goto(await linkTo('ada@example.com', 'reset'))
    await shows('Set a new password', 'reset')
    await fillPasswords('New password', PASSWORD, 'something else')
    await page.getByRole('button', { name: 'Set password' }).click()
    await shows('Set a new password', 'reset-error')
    await fillPasswords('New password', ada.password)
    await page.getByRole('button', { name: 'Set password' }).click()
    await shows('Your password is changed', 'reset-done')
  })

  it('a profile and an address can be changed by everybody', async () => {
    await open('/sign-in?next=account')
    await signIn(page, ada)
    await page.getByRole('link', { name: 'Edit' }).click()
    await shows('Profile', 'profile')
    await page.getByLabel('New address').fill('nothing')
    await page.getByLabel('Present password').fill(ada.password)
    await page.getByRole('button', { name: 'Send links' }).click()
    // The browser's own check of addresses is not asked: the server says what is wrong.
    await shows('Profile', 'profile-error')
    await page.getByLabel('New address').fill('next@example.com')
    await page.getByLabel('Present password').fill(ada.password)
    await page.getByRole('button', { name: 'Send links' }).click()
    await shows('Profile', 'profile-pending')
    await page.goto(await linkTo('next@example.com', 'email'))
    await shows('Confirm your address?', 'email-confirm')
    await page.getByRole('button', { name: 'This is my address' }).click()
    await shows('One side is confirmed', 'email-half')
    await page.goto(await linkTo('ada@example.com', 'email'))
    await shows('Change your address?', 'email-old')
    await page.getByRole('button', { name: 'I asked for this' }).click()
    await shows('Your address is changed', 'email-changed')
    assert.deepEqual(visitor.complaints, [])
  })

  it('with neither script nor pointer somebody accepts an invitation, and replaces a password', async () => {
    const { link } = await directory().invitations.create(
      { email: 'nia@example.com', groups: [], lifetimeSeconds: 86_400, byMail: false },
      byTest,
    )
    await using guest = await site.visitor({ javaScript: false })
    await guest.page.goto(link)
    await typeInto(guest.page, 'Username', 'nia')
    await typeInto(guest.page, 'Choose a password', PASSWORD)
    await typeInto(guest.page, 'Choose a password again', PASSWORD)
    await activate(guest.page, 'button', 'Set password')
    assert.equal(await heading(guest.page), 'Add a passkey')
    await open('/account', guest.page)
    assert.equal(await heading(guest.page), 'nia')
    const made = await directory().resetLinks.make('nia', byTest)
    noteSecret(made.code, 'link')
    await guest.page.goto(made.link)
    await typeInto(guest.page, 'New password', `${PASSWORD} again`)
    await typeInto(guest.page, 'New password again', `${PASSWORD} again`)
    await tabTo(guest.page, guest.page.getByRole('checkbox'))
    await guest.page.keyboard.press('Space')
    await activate(guest.page, 'button', 'Set password')
    assert.equal(await heading(guest.page), 'Your password is changed')
    assert.match(await guest.page.content(), /Your devices and access tokens are revoked\./)
    assert.deepEqual(guest.complaints, [])
  })
})
