import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { FROM } from './company.ts'
import { compressPng } from './png.ts'

/** What the pictures call the server: the port that it had is nobody's concern. */
const HOST = 'id.example.com'
type Size = { readonly width: number; readonly height: number }
const WIDE: Size = { width: 1280, height: 720 }
const NARROW: Size = { width: 390, height: 700 }
/** Lists go on; a picture of their beginning says as much. */
const TALLEST = 1_600

export interface PictureOptions {
  /** Taken as a phone has it, too. */
  readonly phone?: boolean
  /** Taken in dark, too. */
  readonly dark?: boolean
  /** What stands for the server's address. */
  readonly host?: string
}

export interface Camera {
  /** Writes the whole page that stands in this tab. */
  take(page: Page, name: string, options?: PictureOptions): Promise<void>
}

/** @param wanted beginnings of names; all where there is none */
export function createCamera(directory: string, wanted: readonly string[]): Camera {
  const write = async (page: Page, name: string, { width, height }: Size): Promise<void> => {
    await page.setViewportSize({ width, height })
    // What is pinned to the window reaches down to the picture's end, and moves what is below it.
    for (let round = 0; round < 3; round += 1) {
      const whole = Number(await page.evaluate('document.documentElement.scrollHeight'))
      await page.setViewportSize({ width, height: Math.min(whole, TALLEST) })
    }
    await writeFile(join(directory, `${name}.png`), compressPng(await page.screenshot()))
    await page.setViewportSize(WIDE)
  }
  return {
    async take(page, name, { phone = false, dark = false, host = HOST } = {}) {
      if (wanted.length > 0 && !wanted.some((beginning) => name.startsWith(beginning))) return
      await page.evaluate(rename(new URL(page.url()).host, host))
      await write(page, name, WIDE)
      if (dark) {
        await page.emulateMedia({ colorScheme: 'dark' })
        await write(page, `${name}-dark`, WIDE)
        await page.emulateMedia({ colorScheme: 'light' })
      }
      if (phone) {
        await write(page, `${name}-phone`, NARROW)
      }
    },
  }
}

/** Everybody sits where the company's proxy says. */
export function placeInOffice(page: Page): Promise<void> {
  return page.setExtraHTTPHeaders(FROM)
}

function rename(from: string, to: string): string {
  return `{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const node = texts.currentNode
      if (node.data.includes('${from}')) node.data = node.data.replaceAll('${from}', '${to}')
    }
  }`
}
