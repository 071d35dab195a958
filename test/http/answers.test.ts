import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from 'koa'
import { LanyardError } from '../../src/errors/index.ts'
import { errorStatus } from '../../src/http/error-status.ts'
import { createAssets, setPagePolicy } from '../../src/http/index.ts'
import { now, startApp } from './app.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('a coded error is a page for people and JSON for machines, with its reference', async () => {
  await using app = await startApp(() => {
    throw new LanyardError('ERR_USER_UNKNOWN', 'there is no user "<b>"', { hint: 'check the name' })
  })
  const page = await fetch(app.url, { headers: html })
  const shown = (await page.json()) as Record<string, unknown>
  assert.equal(page.status, 404)
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(String(shown['reference']), /^r-/)
  assert.deepEqual(shown, {
    title: 'Not found',
    sentence: 'There is no user "<b>".',
    todo: 'Check the name.',
    code: 'ERR_USER_UNKNOWN',
    reference: shown['reference'],
    time: new Date(now).toISOString(),
  })
  const plain = await fetch(app.url)
  const body = (await plain.json()) as Record<string, unknown>
  assert.deepEqual(body, {
    error: 'ERR_USER_UNKNOWN',
    error_description: 'there is no user "<b>"',
    reference: body['reference'],
  })
})

test('what went wrong inside is for the log alone', async () => {
  const fault = new Error('SELECT secret FROM users')
  await using app = await startApp((ctx) => {
    ctx.set('Location', '/elsewhere')
    throw fault
  })
  const response = await fetch(app.url)
  const text = await response.text()
  assert.equal(response.status, 500)
  assert.equal(response.headers.get('location'), null)
  assert.doesNotMatch(text, /SELECT/)
  const { reference, error } = JSON.parse(text) as Record<string, string>
  assert.equal(error, 'ERR_INTERNAL')
  assert.deepEqual(app.logged, [
    { code: 'ERR_INTERNAL', status: 500, requestId: reference, err: fault },
  ])
})

test('nothing there, wrong method, and what Koa refuses', async () => {
  await using app = await startApp((ctx) => {
    if (ctx.path === '/method') {
      ctx.status = 405
      ctx.set('Allow', 'GET')
    }
    if (ctx.path === '/bad') ctx.throw(422, 'echo me')
    if (ctx.path === '/empty') ctx.status = 204
  })
  const answers = []
  for (const path of ['/none', '/method', '/bad']) {
    const response = await fetch(app.url + path)
    const { error } = (await response.json()) as { error: string }
    answers.push([response.status, error, response.headers.get('allow')])
  }
  assert.deepEqual(answers, [
    [404, 'ERR_NOT_FOUND', null],
    [405, 'ERR_METHOD', 'GET'],
    [422, 'ERR_REQUEST', null],
  ])
  assert.equal((await fetch(`${app.url}/empty`)).status, 204)
})

test('statuses follow from codes', () => {
  const codes = ['ERR_CSRF', 'ERR_BUSY', 'ERR_GROUP_EXISTS', 'ERR_NEW']
  assert.deepEqual(codes.map(errorStatus), [403, 503, 409, 400])
})

const directives = (csp: string | null): string[] => (csp ?? '').split('; ')

test('a page may load its own styles and images and nothing else', async () => {
  await using app = await startApp((ctx) => {
    setPagePolicy(ctx, { formAction: ['http://127.0.0.1:*', 'https://app.example'] })
    ctx.body = ''
  })
  const { headers } = await fetch(app.url)
  assert.deepEqual(directives(headers.get('content-security-policy')), [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self' http://127.0.0.1:* https://app.example",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
  const names = [
    'cache-control',
    'referrer-policy',
    'x-content-type-options',
    'cross-origin-opener-policy',
    'strict-transport-security',
  ]
  assert.deepEqual(
    names.map((name) => headers.get(name)),
    ['no-store', 'no-referrer', 'nosniff', 'same-origin', 'max-age=31536000'],
  )
})

test('a page that says so may load our own scripts, and run none that stands in it', async () => {
  await using app = await startApp((ctx) => {
    setPagePolicy(ctx, { script: true })
    ctx.body = ''
  })
  const { headers } = await fetch(app.url)
  assert.deepEqual(directives(headers.get('content-security-policy')), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
})

test('a form action that would end the directive is a programming mistake', () => {
  for (const source of [
    "https://a.example; script-src 'unsafe-inline'",
    '*',
    "'unsafe-inline'",
    'https://a b',
  ]) {
    assert.throws(() => setPagePolicy({} as Context, { formAction: [source] }), TypeError)
  }
})

test('strict transport is for names reached over TLS', async () => {
  for (const issuer of [
    'https://localhost:8443',
    'https://192.0.2.1',
    'https://[::1]',
    'http://id.example.com',
  ]) {
    await using app = await startApp((ctx) => setPagePolicy(ctx), { issuer })
    const { headers } = await fetch(app.url)
    assert.equal(headers.get('strict-transport-security'), null, issuer)
  }
})

test('assets: kept by content, revalidated by name, sandboxed', async () => {
  const type = 'text/css; charset=utf-8'
  const assets = createAssets([{ path: 'lanyard.css', body: 'a{}', type }], {
    base: '/auth/assets',
  })
  await using app = await startApp(assets)
  const url = assets.url('lanyard.css')
  assert.match(url, /^\/auth\/assets\/lanyard\.[\w-]{16}\.css$/)
  const kept = await fetch(app.url + url)
  assert.equal(await kept.text(), 'a{}')
  assert.equal(kept.headers.get('content-type'), type)
  assert.equal(kept.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.match(kept.headers.get('content-security-policy') ?? '', /; sandbox$/)
  const named = await fetch(`${app.url}/auth/assets/lanyard.css`)
  assert.equal(named.headers.get('cache-control'), 'no-cache')
  const etag = named.headers.get('etag') ?? ''
  const request = ['GET /auth/assets/lanyard.css HTTP/1.1', 'Host: a', `If-None-Match: ${etag}`]
  assert.match(await app.raw(request), /^HTTP\/1\.1 304 /)
  assert.equal((await fetch(`${app.url}/auth/assets/__proto__`)).status, 404)
  assert.throws(() => assets.url('none.css'), TypeError)
})
