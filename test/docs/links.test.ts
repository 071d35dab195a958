/** What the documentation names must be there: files, headings, commands and their options (the plugin's: test/plugin). */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { anchorsOf, type Call, callsOf, linksOf, pages, readPage, root } from './markdown.ts'
import { type KnownCommand, readReference } from './reference.ts'

const commands = readReference(readPage('docs/reference/commands.md'))

/** What is wrong with one link of a page; nothing is asked of other sites. */
function faultOf(page: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? join(root, page) : resolve(root, dirname(page), path)
  if (relative(root, file).startsWith('..')) return `${link} leads out of the repository`
  if (!existsSync(file)) return `${link} is not there`
  if (anchor === undefined || !file.endsWith('.md')) return null
  return anchorsOf(readFileSync(file, 'utf8')).has(anchor) ? null : `${link} has no such heading`
}

function faultOfCall({ words }: Call): string | null {
  const command = findCommand(words)
  if (command === undefined) return 'is no command'
  const foreign = words
    .filter((word) => word.startsWith('-'))
    .map((word) => word.split('=')[0] ?? word)
    .find((option) => !command.options.has(option))
  if (foreign !== undefined) return `does not know ${foreign}`
  return null
}

/** The longest name that the words begin with. */
function findCommand(words: readonly string[]): KnownCommand | undefined {
  for (let length = Math.min(words.length, 3); length > 0; length -= 1) {
    const found = commands.get(words.slice(0, length).join(' '))
    if (found !== undefined) return found
  }
  return undefined
}

describe('the documentation', () => {
  test('is found', () => {
    for (const page of ['README.md', 'docs/README.md', 'docs/how-to/add-a-cluster.md']) {
      assert.ok(pages.includes(page), page)
    }
  })

  for (const page of pages) {
    test(`${page}: every link leads somewhere`, () => {
      const faults = linksOf(readPage(page)).map((link) => faultOf(page, link))
      assert.deepEqual(
        faults.filter((fault) => fault !== null),
        [],
      )
    })

    test(`${page}: every command of the server is one`, () => {
      const calls = callsOf(readPage(page), 'npx lanyard')
      const faults = calls.map((call) => ({ line: call.line, fault: faultOfCall(call) }))
      assert.deepEqual(
        faults.filter(({ fault }) => fault !== null),
        [],
      )
    })
  }

  test('every page is in the index, and every how-to too', () => {
    const linked = new Set(linksOf(readPage('docs/README.md')).map((link) => join('docs', link)))
    const owed = pages.filter((page) => /^docs\/(how-to|reference|explanation)\//.test(page))
    assert.deepEqual(
      owed.filter((page) => !linked.has(page)),
      [],
    )
  })

  test('a mistake of each kind is seen', () => {
    assert.equal(faultOf('README.md', 'docs/absent.md'), 'docs/absent.md is not there')
    assert.equal(faultOf('README.md', '#absent'), '#absent has no such heading')
    assert.equal(faultOf('README.md', '../x.md'), '../x.md leads out of the repository')
    const calls = callsOf(
      '`npx lanyard user ad ada` `npx lanyard user add ada --colour red`',
      'npx lanyard',
    )
    assert.deepEqual(calls.map(faultOfCall), ['is no command', 'does not know --colour'])
  })
})
