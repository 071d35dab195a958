/**
 * Threat 20: whatever a name, a field, a query or an address holds is text on our pages, the policy of every page lets no script run, and
 * an address with another scheme is never one to go to.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { type Application, addApplication, FORM, send, signIn } from './support/adversary.ts'

const MARK = 'xss7'
const SCRIPT = `"'><img src=x onerror=${MARK}><script>${MARK}()</script>\${${MARK}}{{${MARK}}}`
const OURS = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
/** Scripts of ours, on the pages that name one: files by their content, never inline. */
const OUR_SCRIPT = /<script type="module" src="\/assets\/[a-z]+\.[\w-]{16}\.js">/
const OURS_WITH_SCRIPT = OURS.replace("'none';", "'none'; script-src 'self';")
const END = "; base-uri 'none'; frame-ancestors 'none'"

let lanyard: Lanyard
let ada: Credentials
let wiki: Application
before(async () => {
  lanyard = await startLanyard()
  const { directory } = lanyard.server.rooms
  ada = await lanyard.addUser('ada', ['devs'])
  await directory.users.change(
    'ada',
    { displayName: SCRIPT, email: `"><script>${MARK}</script>@example.com` },
    byTest,
  )
  await directory.groups.change('devs', { description: SCRIPT }, byTest)
  await lanyard.addCluster('prod', { groups: ['devs'] })
  wiki = await addApplication(lanyard)
})
after(() => lanyard[Symbol.asyncDispose]())

/** What was sent in may stand on the page, but as text: no tag, no attribute, no script of ours either. */
function assertInert(page: Page, about: string): void {
  const tags = page.html.match(/<[a-z!/][^>]*>/gi) ?? []
  for (const tag of tags) {
    if (OUR_SCRIPT.test(tag)) continue
    assert.doesNotMatch(tag, /^<(?:script|iframe|object|embed|base|form[^>]*javascript)/i, about)
    // Attribute values are quoted; whatever is outside of the quotes is ours.
    assert.doesNotMatch(
      tag.replaceAll(/"[^"]*"/g, '""'),
      /\bon[a-z]+\s*=|xss7/i,
      `${about}: ${tag}`,
    )
    assert.doesNotMatch(
      tag,
      /(?:href|src|action)="(?:javascript|data|vbscript):/i,
      `${about}: ${tag}`,
    )
  }
}

function assertPolicy(headers: Page['headers'], policy: string, about: string): void {
  assert.equal(headers['content-security-policy'], policy, about)
  assert.equal(headers['x-content-type-options'], 'nosniff', about)
  assert.equal(headers['x-frame-options'], 'DENY', about)
  assert.equal(headers['referrer-policy'], 'no-referrer', about)
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin', about)
  assert.match(String(headers['cache-control']), /no-store/, about)
}

function assertPage(page: Page, about: string, forms = ''): void {
  assertInert(page, about)
  const hasScript = OUR_SCRIPT.test(page.html)
  assertPolicy(page.headers, `${hasScript ? OURS_WITH_SCRIPT : OURS}${forms}${END}`, about)
}

describe('script in what somebody chose', () => {
  it('is text on every page of theirs', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const account = await person.open('account')
    assert.ok(account.html.includes('&lt;script&gt;'), 'the name is shown')
    for (const path of ['account', 'account/password', 'account/kubectl', 'device', 'sign-out']) {
      assertPage(await person.open(path), path)
    }
    const consent = await person.open(
      startCode(lanyard, {
        clientId: wiki.clientId,
        redirectUri: wiki.redirectUri,
        scope: 'openid profile email groups offline_access',
      }).url,
    )
    assert.ok(consent.html.includes('&lt;script&gt;'), 'the name is shown')
    assertPage(consent, 'consent', ' https://wiki.example.com')
    await person.close()
  })

  it('is text where a program names its device, in the browser and by code', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const question = await person.open(
      startCode(lanyard, { clientId: 'prod', deviceName: SCRIPT }).url,
    )
    assert.ok(question.html.includes(MARK), 'the name is shown')
    assertPage(question, 'confirmation', ' http://127.0.0.1:18000')
    const { status, body } = await send(lanyard, '/device/auth', {
      method: 'POST',
      headers: FORM,
      body: new URLSearchParams({
        client_id: 'prod',
        scope: 'openid',
        device_name: SCRIPT,
      }).toString(),
    })
    assert.equal(status, 200)
    const { user_code } = JSON.parse(body) as { user_code: string }
    const confirm = await person.submit(await person.open('device'), { user_code })
    assert.ok(confirm.html.includes(MARK), 'the name is shown')
    assertPage(confirm, 'device confirmation')
    assertPage(await person.submit(confirm, { answer: 'approve' }), 'device approved')
    assertPage(await person.open('account'), 'account with the device')
    await person.close()
  })
})

describe('script in a form or an address', () => {
  it('is text in every field that comes back', async () => {
    const { setupLink } = lanyard.server.rooms.directory
    await setupLink.issue(byTest)
    const person = new Person(lanyard)
    const fields = {
      username: SCRIPT,
      password: SCRIPT,
      password_again: SCRIPT,
      current_password: SCRIPT,
      setup_code: SCRIPT,
    }
    assertPage(await person.submit(await person.open('sign-in'), fields), 'sign-in')
    assertPage(await person.submit(await person.open('setup'), fields), 'set-up')
    assertPage(await person.open(`setup?code=${encodeURIComponent(SCRIPT)}`), 'set-up by link')
    const csrf = (await person.open('sign-in')).forms[0]?.fields['csrf'] ?? ''
    assertPage(await person.post('/sign-in/password', { csrf, ...fields }), 'forced change')
    const interaction = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
    assertPage(await person.submit(interaction, fields), 'interaction', ' http://127.0.0.1:18000')
    await signIn(person, ada)
    assertPage(await person.submit(await person.open('device'), { user_code: SCRIPT }), 'code')
    assertPage(await person.submit(await person.open('account/password'), fields), 'password')
    await person.close()
  })

  it('is not repeated by an address, a query or an error', async () => {
    const q = encodeURIComponent(SCRIPT)
    const prod = startCode(lanyard, { clientId: 'prod' }).url
    const changed = (name: string, value = SCRIPT) => {
      const url = new URL(prod)
      url.searchParams.set(name, value)
      return url.href
    }
    const pages = [
      `/${q}`,
      `/sign-in?next=${q}`,
      `/sign-in?next=javascript:alert(1)`,
      `/account?done=${q}`,
      `/device?user_code=${q}`,
      `/interaction/${q}`,
      `/interaction/${q}/sign-in`,
      `/account/kubectl/${q}`,
      `/session/end?id_token_hint=${q}`,
      `/session/end?client_id=${q}`,
      `/session/end/success?client_id=${q}`,
      `/auth/${q}`,
      `/auth?error=${q}&error_description=${q}&error_hint=${q}`,
      changed('client_id'),
      changed('redirect_uri'),
    ]
    for (const path of pages) {
      const person = new Person(lanyard)
      const page = await person.open(path)
      assertPage(page, path)
      assert.equal(page.html.includes(MARK), false, path)
      await person.close()
    }
  })

  it('goes back to a registered client as a parameter, and breaks no header', async () => {
    const values = [SCRIPT, 'a\r\nset-cookie: planted=1', '\u2028\u0000']
    for (const value of values) {
      const url = new URL(startCode(lanyard, { clientId: 'prod' }).url)
      url.searchParams.set('state', value)
      url.searchParams.set('prompt', 'none')
      const answer = await send(lanyard, url.pathname + url.search, {
        headers: { accept: 'text/html' },
      })
      const location = new URL(String(answer.headers['location']))
      assert.equal(location.searchParams.get('state'), value)
      assert.equal(String(answer.headers['set-cookie'] ?? '').includes('planted'), false)
      assert.match(
        String(answer.headers['location']),
        /^http:\/\/127\.0\.0\.1:18000\/callback\?[!-~]*$/,
      )
    }
  })
})

describe('the engine’s own page, which posts itself', () => {
  /** Its script is the only one there is, and the policy names it by its hash. */
  function assertOnlyItsScript(page: Page, about: string): void {
    const scripts = [...page.html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
      ([, text]) => text ?? '',
    )
    assert.equal(scripts.length, 1, about)
    assert.equal((page.html.match(/<script/gi) ?? []).length, 1, about)
    const hash = createHash('sha256')
      .update(scripts[0] ?? '')
      .digest('base64')
    assertPolicy(
      page.headers,
      `default-src 'none';script-src 'sha256-${hash}';base-uri 'none';frame-ancestors 'none'`,
      about,
    )
    const tags = page.html.match(/<[a-z][^>]*>/gi) ?? []
    for (const tag of tags) assert.doesNotMatch(tag.replaceAll(/"[^"]*"/g, '""'), /\bon[a-z]+=/i)
  }

  it('of response_mode=form_post holds the state as text (OAuth 2.0 Form Post Response Mode §4)', async () => {
    const url = new URL(startCode(lanyard, { clientId: 'prod' }).url)
    url.searchParams.set('response_mode', 'form_post')
    url.searchParams.set('prompt', 'none')
    url.searchParams.set('state', SCRIPT)
    const person = new Person(lanyard)
    const page = await person.open(url.href)
    assert.equal(page.forms[0]?.action, 'http://127.0.0.1:18000/callback')
    assert.equal(page.forms[0]?.fields['state'], SCRIPT)
    assertOnlyItsScript(page, 'form_post')
    await person.close()
  })

  it('of a sign-out when nobody is signed in leads to our own page', async () => {
    const person = new Person(lanyard)
    const page = await person.open(`session/end?state=${encodeURIComponent(SCRIPT)}`)
    assertOnlyItsScript(page, 'sign-out')
    assert.equal(page.html.includes(MARK), false)
    const done = await person.submit(page)
    assertPage(done, 'signed out')
    await person.close()
  })
})

describe('an address that is no address', () => {
  it('is never registered: `javascript:` and its kin, whatever their disguise', async () => {
    const { applications } = lanyard.server.rooms.clusters
    const before = (await applications.list()).length
    const bad = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' javascript:alert(1)',
      'java\tscript:alert(1)',
      'javascript://example.com/%0aalert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://example.com/x',
      'https:javascript:alert(1)',
      'https://example.com/"><script>',
      'https://example.com/<x>',
    ]
    for (const uri of bad) {
      for (const fields of [
        { redirectUris: [uri] },
        { redirectUris: ['https://good.example.com/'], postLogoutRedirectUris: [uri] },
      ]) {
        await assert.rejects(
          applications.add({ name: 'bad', everyone: true, ...fields }, byTest),
          { code: 'ERR_REDIRECT_URI_INVALID' },
          uri,
        )
      }
    }
    assert.equal((await applications.list()).length, before)
  })

  it('is never gone to, though a request asks', async () => {
    for (const redirect_uri of ['javascript:alert(1)', 'data:text/html,x', '//evil.example/']) {
      const url = new URL(startCode(lanyard, { clientId: 'prod' }).url)
      url.searchParams.set('redirect_uri', redirect_uri)
      const answer = await send(lanyard, url.pathname + url.search, {
        headers: { accept: 'text/html' },
      })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers['location'], undefined)
      assert.equal(answer.body.includes(redirect_uri), false)
    }
  })

  it('is not where a sign-in leads, whatever `next` says', async () => {
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '__proto__',
      'constructor',
    ]) {
      const person = new Person(lanyard)
      const page = await signIn(person, ada, encodeURIComponent(next))
      assert.equal(new URL(page.url).pathname, '/account', next)
      assert.equal(person.leftTo, undefined)
      await person.close()
    }
  })
})

it('no page is framed, cached or sniffed, errors included', async () => {
  for (const path of [
    '/',
    '/sign-in',
    '/device',
    '/nothing',
    '/account',
    '/auth',
    '/session/end/success',
  ]) {
    const answer = await send(lanyard, path, { headers: { accept: 'text/html' } })
    const ours = path === '/sign-in' ? OURS_WITH_SCRIPT : OURS
    assertPolicy(answer.headers, `${ours}${END}`, path)
  }
})
