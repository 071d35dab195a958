import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { axe, openBrowser, screenshot, skipWithoutBrowser, type TestBrowser } from './browser.ts'
import { type Authority, createAuthority, type KeyPairFiles } from './certificates.ts'
import { type HttpsServer, startHttpsServer } from './https-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const skip = await skipWithoutBrowser('that the tests drive a real browser')

const html = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Seeded</title><link rel="stylesheet" href="/style.css"></head>
  <body>
    <main>
      <h1 id="greeting">Plain</h1>
      <p id="faint">Nobody can read this.</p>
      <form><input name="nameless"></form>
    </main>
    <script src="/script.js"></script>
  </body>
</html>`

const files: Readonly<Record<string, { type: string; body: string }>> = {
  '/': { type: 'text/html; charset=utf-8', body: html },
  '/script.js': {
    type: 'text/javascript',
    body: `document.getElementById('greeting').textContent = 'Scripted'`,
  },
  '/style.css': {
    type: 'text/css',
    body: `
      body { background: #fff; color: #000 }
      #faint { color: #eee }
      @media (prefers-color-scheme: dark) { body { background: #000; color: #fff } #faint { color: #fff } }`,
  },
}

/** A page under the strictest policy, with a script of its own. */
function serve(identity: KeyPairFiles): Promise<HttpsServer> {
  return startHttpsServer(identity, 'id.example.test', (request, answer) => {
    const file = files[request.url ?? '']
    answer.writeHead(file === undefined ? 404 : 200, {
      'content-type': file?.type ?? 'text/plain',
      'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'",
    })
    answer.end(file?.body)
  })
}

describe('a real browser', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let authority: Authority
  let server: HttpsServer
  let browser: TestBrowser

  before(async () => {
    const directory = owned.use(await temporaryDirectory())
    authority = await createAuthority(directory.path, 'authority')
    const hosts = ['id.example.test']
    server = owned.use(await serve(await authority.issue({ name: 'one', usage: 'server', hosts })))
    browser = owned.use(await openBrowser({ origin: server.origin, trust: authority.certificate }))
  })
  after(() => owned.disposeAsync())

  it('opens a page behind a private authority and runs its script', async () => {
    await browser.page.goto(server.origin)
    assert.equal(await browser.page.textContent('h1'), 'Scripted')
  })

  it('runs no script where JavaScript is off', async () => {
    const { page } = await browser.newPerson({ javaScript: false })
    await page.goto(server.origin)
    assert.equal(await page.textContent('h1'), 'Plain')
  })

  it('finds what is wrong with a page, under its strict policy', async () => {
    await browser.page.goto(server.origin)
    assert.deepEqual(
      (await axe(browser.page)).map(({ rule, targets }) => ({ rule, targets })),
      [
        { rule: 'color-contrast', targets: ['#faint'] },
        { rule: 'label', targets: ['input'] },
      ],
    )
  })

  it('judges the colours that somebody sees in the dark', async () => {
    const { page } = await browser.newPerson({ colorScheme: 'dark' })
    await page.goto(server.origin)
    assert.deepEqual(
      (await axe(page)).map(({ rule }) => rule),
      ['label'],
    )
  })

  it('refuses another server, even one with the same name from the same authority', async () => {
    const identity = await authority.issue({
      ...{ name: 'two', usage: 'server' as const },
      hosts: ['id.example.test'],
    })
    await using other = await serve(identity)
    const { page } = await browser.newPerson()
    await assert.rejects(page.goto(other.origin), /ERR_CERT_AUTHORITY_INVALID/)
  })

  it('starts no browser for a server that its authority does not vouch for', async () => {
    await using directory = await temporaryDirectory()
    const stranger = await createAuthority(directory.path, 'stranger')
    await assert.rejects(openBrowser({ origin: server.origin, trust: stranger.certificate }), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
    await assert.rejects(
      openBrowser({
        origin: server.origin.replace('id.example.test', 'other.example.test'),
        trust: authority.certificate,
      }),
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    )
  })

  it('takes pictures', async () => {
    await browser.page.goto(server.origin)
    const path = await screenshot(browser.page, `browser-test-${process.pid}`)
    const picture = await readFile(path)
    assert.equal(picture.subarray(1, 4).toString('latin1'), 'PNG')
    await rm(path)
  })
})
