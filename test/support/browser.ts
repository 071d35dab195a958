import { createHash, X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Result as AxeResult, AxeResults } from 'axe-core'
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { findChromium } from './chromium.ts'

export { skipWithoutBrowser } from './chromium.ts'

export interface PersonOptions {
  /** On unless told. */
  readonly javaScript?: boolean
  /** Light unless told. */
  readonly colorScheme?: 'light' | 'dark'
  /** BCP 47: what the browser asks for; British English unless told. */
  readonly locale?: string
  /** As the tz database calls it; that of this machine unless told. */
  readonly zone?: string
  /** CSS pixels; 1280 × 720 unless told. */
  readonly viewport?: { readonly width: number; readonly height: number }
}

export interface BrowserOptions extends PersonOptions {
  /** The https origin that is visited: its server must be up. */
  readonly origin: string
  /** PEM of the authority that the origin's certificate must come from. */
  readonly trust: string
}

/** A running Chromium with one person before it. */
export interface TestBrowser extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Somebody else, who shares no cookie with the first. */
  newPerson(
    options?: PersonOptions,
  ): Promise<{ readonly page: Page; readonly context: BrowserContext }>
}

/** Connects as any careful client would, and returns the certificate. Every name is this machine: the tests' network is closed. */
function verifiedCertificate(origin: URL, authority: string): Promise<X509Certificate> {
  const port = Number(origin.port || 443)
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername: origin.hostname, ca: authority },
      () => {
        resolve(new X509Certificate(socket.getPeerCertificate().raw))
        socket.destroy()
      },
    )
    socket.once('error', reject)
  })
}

/**
 * Chromium takes no authority from its command line, but the digest of one key whose certificates it will not question. So
 * Node verifies the server against the authority first (name, dates, chain), and Chromium is told that server's own key:
 * any other server, on this port or another, is refused as ever.
 */
async function keyPin({ origin, trust }: BrowserOptions): Promise<string> {
  const certificate = await verifiedCertificate(new URL(origin), trust)
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

function contextOptions(person: PersonOptions): BrowserContextOptions {
  return {
    javaScriptEnabled: person.javaScript ?? true,
    colorScheme: person.colorScheme ?? 'light',
    reducedMotion: 'reduce',
    locale: person.locale ?? 'en-GB',
    ...(person.zone === undefined ? {} : { timezoneId: person.zone }),
    viewport: person.viewport ?? { width: 1280, height: 720 },
  }
}

/** Starts a Chromium that trusts one origin and reaches nothing but this machine. Throws when the origin's certificate is wrong. */
export async function openBrowser(options: BrowserOptions): Promise<TestBrowser> {
  const [{ executable, args }, pin] = await Promise.all([findChromium(), keyPin(options)])
  const browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    args: [
      ...args,
      `--ignore-certificate-errors-spki-list=${pin}`,
      '--host-resolver-rules=MAP * 127.0.0.1',
      '--no-proxy-server',
    ],
  })
  const newPerson = async (person: PersonOptions = {}) => {
    const context = await browser.newContext(contextOptions(person))
    context.setDefaultTimeout(10_000)
    return { context, page: await context.newPage() }
  }
  try {
    const first = await newPerson(options)
    return { ...first, newPerson, [Symbol.asyncDispose]: () => browser.close() }
  } catch (error) {
    await browser.close()
    throw error
  }
}

/** One rule that a page breaks, and where. */
export interface Violation {
  readonly rule: string
  readonly help: string
  readonly targets: readonly string[]
}

function violation({ id, help, nodes }: AxeResult): Violation {
  return { rule: id, help, targets: nodes.map(({ target }) => target.join(' ')) }
}

/**
 * What axe-core finds wrong with the page as it stands. The debugger's own evaluation is outside of the page's
 * Content-Security-Policy, which thus stays in force, styles included: what is judged is what people get. The page needs
 * JavaScript on.
 */
export async function axe(page: Page): Promise<Violation[]> {
  const source = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  const session = await page.context().newCDPSession(page)
  try {
    const evaluate = async (expression: string): Promise<unknown> => {
      const answer = await session.send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })
      const { exceptionDetails: failure, result } = answer
      if (failure !== undefined) {
        throw new Error(`axe-core: ${failure.exception?.description ?? failure.text}`)
      }
      return result.value
    }
    await evaluate(`${source}; undefined`)
    const options = JSON.stringify({ resultTypes: ['violations'] })
    const results = await evaluate(`axe.run(document, ${options})`)
    return (results as AxeResults).violations.map(violation)
  } finally {
    await session.detach()
  }
}

/** Writes a picture of the whole page and returns its path, in a directory that outlives the run, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const directory = join(tmpdir(), 'lanyard-screenshots')
  await mkdir(directory, { recursive: true })
  const path = join(directory, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  return path
}
