/** What the chapters of the journey share: an installation where nothing is set up, and people before it with a browser each. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { relayOn, type SmtpServer, startRelay } from '../mail/smtp.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { addAuthenticator, type VirtualAuthenticator } from './authenticator.ts'
import { openVisitor } from './site.ts'

export const PASSWORDS = {
  root: 'violet teapot orbits seven',
  grace: 'amber kettle circles nine',
  'grace anew': 'copper lantern drifts eleven',
  alan: 'silver bucket wanders three',
} as const

export interface Journey extends AsyncDisposable {
  readonly lanyard: Lanyard
  readonly mail: SmtpServer
  /** As the server prints it when it has started. */
  readonly setupCode: string
  newTraveller(): Promise<Traveller>
}

/** Somebody with a browser of their own and an authenticator in it. */
export interface Traveller extends AsyncDisposable {
  readonly page: Page
  readonly authenticator: VirtualAuthenticator
  readonly complaints: readonly string[]
  open(path: string): Promise<unknown>
  /** Types into fields, each by its label. */
  enter(fields: Readonly<Record<string, string>>): Promise<void>
  /** Presses the button or link whose whole name this is, on the page or in a panel, and waits for the document that it leads to. */
  press(name: string, panel?: string): Promise<void>
  /** The same with a finger on the authenticator. */
  touch(name: string): Promise<void>
  /** Confirms with the passkey what the page repeats in words. */
  confirmByPasskey(words: string): Promise<void>
  signIn(username: string, password: string): Promise<void>
  /** Asserts what the page's first heading is. */
  at(heading: string): Promise<void>
  /** Asserts the text of the first note: what the last act did, or what is wrong. */
  reads(note: string): Promise<void>
  /** The texts of a table's rows, or of what else there is in a panel, each in one line. */
  rows(panel: string, kind?: string): Promise<string[]>
  /** The text of the first that is there, in one line. */
  textOf(selector: string): Promise<string>
}

let fallen: string | undefined

/** What follows a step that failed has nothing to stand on, and says so at once. */
export function step(name: string, run: () => Promise<void>): void {
  it(name, async () => {
    assert.equal(fallen, undefined, 'a step before this one failed')
    fallen = name
    await run()
    fallen = undefined
  })
}

export async function openJourney(): Promise<Journey> {
  await using stack = new AsyncDisposableStack()
  for (const password of Object.values(PASSWORDS)) noteSecret(password, 'password')
  const mail = stack.use(await startRelay())
  const lanyard = stack.use(await startLanyard({ settings: { mail: relayOn(mail.port) } }))
  const { code: setupCode } = await lanyard.server.rooms.directory.setupLink.issue(byTest)
  noteSecret(setupCode, 'set-up code')
  const browser = stack.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
  const owned = stack.move()
  return {
    ...{ lanyard, mail, setupCode },
    newTraveller: async () => {
      const visitor = await openVisitor(browser, [lanyard.issuer], {})
      // One touch is for one thing: with the list of the username field waiting, it would be for that.
      await visitor.page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
      const authenticator = await addAuthenticator(visitor.page)
      return {
        ...visitor,
        ...{ authenticator, ...movesOf(visitor.page, authenticator, lanyard.issuer) },
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export async function openTraveller(browser: TestBrowser, issuer: string): Promise<Traveller> {
  const visitor = await openVisitor(browser, [issuer], {})
  // One touch is for one thing: with the list of the username field waiting, it would be for that.
  await visitor.page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
  const authenticator = await addAuthenticator(visitor.page)
  return { ...visitor, authenticator, ...movesOf(visitor.page, authenticator, issuer) }
}

type Moves = Omit<Traveller, 'page' | 'authenticator' | 'complaints' | typeof Symbol.asyncDispose>

function movesOf(page: Page, authenticator: VirtualAuthenticator, issuer: string): Moves {
  const press = async (name: string, panel?: string): Promise<void> => {
    const place = panel === undefined ? page.locator('body') : page.locator(`#${panel}`)
    const target = place
      .getByRole('button', { name, exact: true })
      .or(place.getByRole('link', { name, exact: true }))
    // Addresses stay the same where a form is shown again: what changes is the document.
    const loaded = page.waitForEvent('load')
    await target.first().click()
    await loaded
  }
  const touch = (name: string) => authenticator.touchedDuring(() => press(name))
  const enter = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) {
      await page.getByLabel(label, { exact: true }).fill(value)
    }
  }
  const textOf = async (selector: string) => {
    const first = page.locator(selector).first()
    await first.waitFor()
    return inOneLine((await first.allInnerTexts()).join(' '))
  }
  return {
    ...{ press, touch, enter, textOf },
    open: (path) => page.goto(path.startsWith('https:') ? path : `${issuer}${path}`),
    async confirmByPasskey(words) {
      assert.equal(await textOf('h1'), 'Confirm with your passkey')
      assert.equal(await textOf('main header p'), `You are about to ${words}.`)
      await touch('Continue with passkey')
    },
    async signIn(username, password) {
      await enter({ Username: username, Password: password })
      await press('Sign in')
    },
    at: async (heading) => assert.equal(await textOf('h1'), heading, page.url()),
    reads: async (note) => assert.equal(await textOf('.note'), note, page.url()),
    rows: async (panel, kind = 'tbody tr') =>
      (await page.locator(`#${panel} ${kind}`).allInnerTexts()).map(inOneLine),
  }
}

/** How many seconds ago it was is the machine's to say, not the page's. */
const inOneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\b\d+ seconds? ago\b/g, 'just now')
    .trim()

/** The rows that begin so: others are not this step's concern. */
export function beginning(rows: readonly string[], words: string): string[] {
  return rows.filter((row) => row.startsWith(words))
}
