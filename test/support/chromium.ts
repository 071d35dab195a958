import { access, constants, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { lock } from 'proper-lockfile'
import { messageOf } from '../../src/errors/index.ts'
import { noteSkipped } from './log-secrets.ts'

export interface Chromium {
  readonly executable: string
  readonly args: readonly string[]
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** A quiet browser that also starts as root and without a graphics card. */
const SYSTEM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

async function findOnPath(): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(directory, name)
      try {
        await access(path, constants.X_OK)
        return path
      } catch {
        // Not here, or not ours to run.
      }
    }
  }
  return undefined
}

/** The package unpacks itself to one fixed place and takes a half-written file for a whole one: one process at a time. */
async function unpackPackage(): Promise<Chromium> {
  const { default: packaged } = await import('@sparticuz/chromium')
  const guard = join(tmpdir(), 'lanyard-chromium')
  await mkdir(guard, { recursive: true })
  const retries = { forever: true, minTimeout: 100, maxTimeout: 100, factor: 1 }
  const release = await lock(guard, { stale: 60_000, retries })
  try {
    return { executable: await packaged.executablePath(), args: packaged.args }
  } finally {
    await release()
  }
}

let found: Promise<Chromium> | undefined

/** The system's Chromium or Chrome, else the package's. Throws where neither can run. */
export function findChromium(): Promise<Chromium> {
  found ??= findOnPath().then((executable) =>
    executable === undefined ? unpackPackage() : { executable, args: SYSTEM_ARGS },
  )
  return found
}

/**
 * For `describe(…, { skip })`: false where a Chromium can run, else the reason. `what` names what stays unproved, for the
 * run's closing lines. With CI set it throws instead: there, unproved is failed.
 */
export async function skipWithoutBrowser(what: string): Promise<string | false> {
  try {
    await findChromium()
    return false
  } catch (error) {
    const reason = `no Chromium: ${messageOf(error)}`
    const how =
      'install Chromium or Chrome so that one of these is on the PATH: chromium, google-chrome'
    if (process.env['CI'])
      throw new Error(`${what}: not proved, ${reason}: ${how}`, { cause: error })
    noteSkipped(what, how)
    return reason
  }
}
