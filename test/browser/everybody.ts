import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { axe, screenshot } from '../support/browser.ts'

const SCHEMES = ['light', 'dark'] as const
const NARROW = [320, 390] as const

/** What is wrong with the page that stands in this tab: nothing. */
export async function assertForEverybody(page: Page, name: string): Promise<void> {
  const faults: unknown[] = []
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme })
    for (const violation of await axe(page)) faults.push({ colorScheme, ...violation })
  }
  await screenshot(page, `${name}-dark`)
  for (const width of NARROW) {
    await page.setViewportSize({ width, height: 700 })
    const scrollWidth = Number(await page.evaluate('document.documentElement.scrollWidth'))
    if (scrollWidth > width) faults.push({ width, scrollWidth })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await screenshot(page, `${name}-narrow`)
  await page.setViewportSize({ width: 1280, height: 720 })
  await screenshot(page, name)
  assert.deepEqual(faults, [], name)
}
