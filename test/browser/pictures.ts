/**
 * `npm run pictures`: the manual's pictures, docs/images/manual/*.png, taken of a real Lanyard at which a company is at work. `-- NAME …`
 * takes those alone whose names begin so.
 */
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { relayOn, startRelay } from '../mail/smtp.ts'
import { openBrowser } from '../support/browser.ts'
import { startLanyard } from '../support/lanyard.ts'
import { createCamera } from './camera.ts'
import { foundCompany, turnBack } from './company.ts'
import { openTraveller } from './journey.ts'
import { pictureAdmin, pictureOwner, picturePerson, pictureSetup, pictureSignIn } from './scenes.ts'

const directory = fileURLToPath(new URL('../../docs/images/manual', import.meta.url))
await mkdir(directory, { recursive: true })
const camera = createCamera(directory, process.argv.slice(2))

await pictureNewServer()
await pictureCompany()
await report()

async function pictureNewServer(): Promise<void> {
  await using lanyard = await startLanyard()
  await using browser = await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca })
  await using visitor = await openTraveller(browser, lanyard.issuer)
  await pictureSetup({ camera, visitor })
}

async function pictureCompany(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const past = stack.use(turnBack())
  const mail = stack.use(await startRelay())
  const settings = { mail: relayOn(mail.port), trustedProxies: ['127.0.0.0/8'] }
  const lanyard = stack.use(await startLanyard({ settings, clock: () => Date.now() }))
  const company = await foundCompany(lanyard, past.forward)
  past[Symbol.dispose]()
  const browser = stack.use(await openBrowser({ origin: lanyard.issuer, trust: lanyard.ca }))
  const newTraveller = async () => stack.use(await openTraveller(browser, lanyard.issuer))
  const stage = { camera, lanyard, mail, company, newTraveller }
  await pictureSignIn(stage)
  await pictureAdmin(stage)
  await picturePerson(stage)
  await pictureOwner(stage)
}

async function report(): Promise<void> {
  const names = await readdir(directory)
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(directory, name))).size),
  )
  const sum = sizes.reduce((all, size) => all + size, 0)
  process.stdout.write(`${names.length} pictures, ${Math.round(sum / 1024)} KiB in ${directory}\n`)
}
