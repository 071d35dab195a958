import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Context } from 'koa'
import { createCsrf, readForm } from '../../src/http/index.ts'
import { startApp, type TestApp } from './app.ts'

const type = 'application/x-www-form-urlencoded'

async function echo(ctx: Context): Promise<void> {
  ctx.body = [...(await readForm(ctx))]
}

async function post(app: TestApp, body: string | Buffer, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body: new Uint8Array(Buffer.from(body)) }
  const response = await fetch(app.url, { ...init, headers: { 'content-type': type, ...headers } })
  return { status: response.status, body: await response.json() }
}

test('a form is its fields, each once', async () => {
  await using app = await startApp(echo)
  const fields = [
    ['username', 'ada'],
    ['a b', 'ü&='],
    ['__proto__', 'x'],
    ['empty', ''],
  ]
  const { body } = await post(app, 'username=ada&a+b=%C3%BC%26%3D&__proto__=x&empty=')
  assert.deepEqual(body, fields)
})

test('what is no small plain form is refused', async () => {
  await using app = await startApp(echo)
  const many = Array.from({ length: 101 }, (_, index) => `a${index}=1`).join('&')
  const cases = [
    [await post(app, 'a=1&b=2&a=3'), 400, 'ERR_FORM_PARAMETERS'],
    [await post(app, 'a=1&%61=3'), 400, 'ERR_FORM_PARAMETERS'],
    [await post(app, many), 400, 'ERR_FORM_PARAMETERS'],
    [await post(app, '&'.repeat(5000)), 400, 'ERR_FORM_PARAMETERS'],
    [await post(app, 'a'.repeat(16_385)), 413, 'ERR_FORM_TOO_LARGE'],
    [await post(app, '{}', { 'content-type': 'application/json' }), 415, 'ERR_FORM_TYPE'],
    [await post(app, 'a=1', { 'content-type': 'text/plain' }), 415, 'ERR_FORM_TYPE'],
    [await post(app, gzipSync('a=1'), { 'content-encoding': 'gzip' }), 415, 'ERR_FORM_TYPE'],
  ] as const
  for (const [{ status, body }, expectedStatus, code] of cases) {
    assert.equal((body as { error: string }).error, code)
    assert.equal(status, expectedStatus)
  }
})

const issuer = 'https://id.example.com'
const secret = new Uint8Array(32).fill(1)

function csrfApp(ofIssuer: string) {
  const csrf = createCsrf({ secret, issuer: new URL(ofIssuer) })
  return async (ctx: Context): Promise<void> => {
    if (ctx.method === 'POST') csrf.verify(ctx, await readForm(ctx))
    ctx.body = ctx.method === 'POST' ? ['done'] : [csrf.token(ctx), csrf.token(ctx)]
  }
}

async function visit(app: TestApp): Promise<{ token: string; cookie: string; setCookie: string }> {
  const response = await fetch(app.url)
  const [token = '', again] = (await response.json()) as string[]
  assert.equal(token, again)
  const [setCookie = '', ...more] = response.headers.getSetCookie()
  assert.deepEqual(more, [])
  return { token, setCookie, cookie: setCookie.split(';')[0] ?? '' }
}

test('a form from this server, in this browser, passes', async () => {
  await using app = await startApp(csrfApp(issuer))
  const { token, cookie, setCookie } = await visit(app)
  assert.match(
    setCookie,
    /^__Host-lanyard-csrf=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
  )
  const origins: Record<string, string>[] = [
    { origin: issuer },
    { origin: issuer, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ]
  for (const headers of origins) {
    const { status } = await post(app, `csrf=${token}`, { ...headers, cookie })
    assert.equal(status, 200, JSON.stringify(headers))
  }
})

test('every other form is refused', async () => {
  await using app = await startApp(csrfApp(issuer))
  const { token, cookie } = await visit(app)
  const other = await visit(app)
  const origin = { origin: issuer }
  const attempts: [string, Record<string, string>][] = [
    [`csrf=${token}`, { cookie }],
    [`csrf=${token}`, { cookie, origin: 'null' }],
    [`csrf=${token}`, { cookie, origin: 'https://evil.example' }],
    [`csrf=${token}`, { cookie, origin: 'http://id.example.com' }],
    [`csrf=${token}`, { cookie, origin: `${issuer}.evil.example` }],
    [`csrf=${token}`, { cookie, ...origin, 'sec-fetch-site': 'cross-site' }],
    [`csrf=${token}`, { cookie, ...origin, 'sec-fetch-site': 'same-site' }],
    [`csrf=${token}`, { cookie, origin: 'null', 'sec-fetch-site': 'cross-site' }],
    [`csrf=${token}`, { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
    ['', { cookie, ...origin }],
    ['csrf=', { cookie, ...origin }],
    [`csrf=${token}x`, { cookie, ...origin }],
    [`csrf=${other.token}`, { cookie, ...origin }],
    [`csrf=${token}`, origin],
    [`csrf=${token}`, { cookie: '__Host-lanyard-csrf=', ...origin }],
  ]
  for (const [form, headers] of attempts) {
    const { status, body } = await post(app, form, headers)
    assert.equal(
      (body as { error: string }).error,
      'ERR_CSRF',
      `${form} ${JSON.stringify(headers)}`,
    )
    assert.equal(status, 403)
  }
})

test("the cookie stays in the issuer's path; without TLS it takes no prefix", async () => {
  await using withPath = await startApp(csrfApp('https://id.example.com/auth'))
  assert.match(
    (await visit(withPath)).setCookie,
    /^__Secure-lanyard-csrf=[\w-]{22}; Path=\/auth; HttpOnly; SameSite=Lax; Secure$/,
  )
  await using plain = await startApp(csrfApp('http://id.example.com'))
  assert.match(
    (await visit(plain)).setCookie,
    /^lanyard-csrf=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/,
  )
})
