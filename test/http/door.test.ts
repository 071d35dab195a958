import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from 'koa'
import { networkOf, normaliseAddress } from '../../src/errors/index.ts'
import { byOfRequest, createProxyMatcher, peerOf } from '../../src/http/index.ts'
import { startApp } from './app.ts'

function report(ctx: Context): void {
  const { headers, url } = ctx.req
  const names = Object.keys(headers).filter((name) => /forward|real|original|rewrite/.test(name))
  ctx.body = {
    url,
    host: headers.host,
    address: peerOf(ctx.req).address,
    forwarded: Object.fromEntries(names.map((name) => [name, headers[name]])),
  }
}

const forged = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '80',
  'x-forwarded-prefix': '/evil',
  forwarded: 'for=203.0.113.9;host=evil.example',
  'x-real-ip': '203.0.113.9',
  'x-original-url': '/admin',
  'x-original-host': 'evil.example',
  'x-rewrite-url': '/admin',
}

test('forged forwarded headers change nothing', async () => {
  await using app = await startApp(report)
  const answer: unknown = await (await fetch(`${app.url}/a?b=c`, { headers: forged })).json()
  assert.deepEqual(answer, {
    url: '/a?b=c',
    host: 'id.example.com',
    address: '127.0.0.1',
    forwarded: { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' },
  })
})

test('a trusted proxy is believed about the address, and about nothing else', async () => {
  await using app = await startApp(report, { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
  const answer: unknown = await (await fetch(app.url, { headers: forged })).json()
  assert.deepEqual(answer, {
    url: '/',
    host: 'id.example.com',
    address: '203.0.113.9',
    forwarded: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
  })
})

test('X-Forwarded-For is read from the right', async () => {
  await using app = await startApp(report, { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] })
  const cases: Record<string, string> = {
    '198.51.100.1, 203.0.113.9': '203.0.113.9',
    '198.51.100.1, 203.0.113.9, 10.1.1.1,10.2.2.2': '203.0.113.9',
    'junk, 203.0.113.9, 10.1.1.1': '203.0.113.9',
    '203.0.113.9, junk, 10.1.1.1': '127.0.0.1',
    '203.0.113.9,': '127.0.0.1',
    unknown: '127.0.0.1',
    '10.1.1.1, 10.2.2.2': '10.1.1.1',
    '::ffff:203.0.113.9': '203.0.113.9',
    '203.0.113.9:4711': '203.0.113.9',
    '[2001:DB8:0:0::1]:4711': '2001:db8::1',
    '1.2.3.4.5': '127.0.0.1',
    '0x7f.1': '127.0.0.1',
  }
  for (const [header, address] of Object.entries(cases)) {
    const response = await fetch(app.url, { headers: { 'x-forwarded-for': header } })
    assert.equal(((await response.json()) as { address: string }).address, address, header)
  }
})

test('another host, two hosts and the absolute form are pinned away', async () => {
  await using app = await startApp(report, { issuer: 'https://id.example.com:8443/auth' })
  const requests = [
    ['GET /a HTTP/1.1', 'Host: evil.example'],
    ['GET http://evil.example/a HTTP/1.1', 'Host: evil.example'],
    ['GET HTTPS://evil.example/a HTTP/1.1', 'Host: id.example.com:8443'],
    ['GET //evil.example/a HTTP/1.1', 'Host: evil.example'],
    ['GET http://evil.example HTTP/1.1', 'Host: evil.example'],
    ['GET /\\evil.example HTTP/1.1', 'Host: evil.example'],
  ]
  const urls: unknown[] = []
  for (const lines of requests) {
    const response = await app.raw(lines)
    assert.match(response, /"host":"id\.example\.com:8443"/)
    urls.push(/"url":"([^"]*)"/.exec(response)?.[1])
  }
  assert.deepEqual(urls, ['/a', '/a', '/a', '/evil.example/a', '/', '/evil.example'])
  const twice = await app.raw(['GET /a HTTP/1.1', 'Host: id.example.com', 'Host: evil.example'])
  assert.doesNotMatch(twice, /evil/)
})

test('a visitor is named by address and reference', async () => {
  await using app = await startApp((ctx) => {
    ctx.body = byOfRequest(ctx.req, null)
  })
  const by = (await (await fetch(app.url)).json()) as { requestId: string }
  assert.match(by.requestId, /^r-[a-z\d]{4}-[a-z\d]{4}$/)
  assert.deepEqual(by, {
    actor: { kind: 'visitor' },
    address: '127.0.0.1',
    requestId: by.requestId,
  })
})

test('addresses have one spelling, and networks are what a limit counts', () => {
  assert.equal(normaliseAddress('::FFFF:127.0.0.1'), '127.0.0.1')
  assert.equal(normaliseAddress('0:0:0:0:0:ffff:7f00:1'), '127.0.0.1')
  assert.equal(normaliseAddress('2001:0DB8::0001'), '2001:db8::1')
  assert.equal(normaliseAddress('fe80::1%eth0'), 'fe80::1')
  assert.equal(normaliseAddress('no address'), 'no address')
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(networkOf('2001:db8::9'), networkOf('2001:db8:0:0:ffff::1'))
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
})

test('proxies are matched by address and range, in both families', () => {
  const trusted = createProxyMatcher(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1'])
  const matched = ['10.9.9.9', '192.0.2.7', 'fd12::1', '::1'].map(trusted)
  assert.deepEqual(matched, [true, true, true, true])
  const others = ['11.0.0.1', '192.0.2.8', 'fe80::1', '', 'junk'].map(trusted)
  assert.deepEqual(others, [false, false, false, false, false])
  assert.throws(() => createProxyMatcher(['example.com']), TypeError)
})
