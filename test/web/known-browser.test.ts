import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import Koa from 'koa'
import type { Subject } from '../../src/directory/index.ts'
import type { UserId } from '../../src/errors/index.ts'
import { createKnownBrowsers } from '../../src/web/known-browser.ts'

const DAY = 24 * 3_600_000
let now = Date.UTC(2026, 2, 1)
const issuer = new URL('https://id.example.com')
const options = { secret: new Uint8Array(32).fill(3), issuer, clock: () => now }
const known = createKnownBrowsers(options)

const subject = (username: string): Subject => ({
  userId: `id-of-${username}` as UserId,
  username,
  displayName: username,
  email: null,
  emailVerified: false,
  status: 'active',
  sessionsValidFrom: 0,
  mustChangePassword: false,
  groups: [],
  guarded: [],
  ways: [],
  groupsEndAt: null,
})

/** A request that carries this cookie header, and what its answer sets. */
function visit(cookie = ''): { ctx: Koa.Context; cookie: () => string; attributes: () => string } {
  const set: string[] = []
  const res = {
    headersSent: false,
    getHeader: () => set,
    setHeader: (_name: string, value: string | string[]) => {
      set.splice(0, set.length, ...[value].flat())
    },
  }
  const req = { headers: { cookie }, socket: {} }
  const ctx = new Koa().createContext(
    req as unknown as IncomingMessage,
    res as unknown as ServerResponse,
  )
  return {
    ctx,
    cookie: () => set.at(-1)?.split('; ')[0] ?? '',
    attributes: () => set.at(-1)?.split('; ').slice(1).join('; ') ?? '',
  }
}

function remembered(usernames: readonly string[], before = ''): string {
  let cookie = before
  for (const username of usernames) {
    const { ctx, cookie: answer } = visit(cookie)
    known.remember(ctx, subject(username))
    cookie = answer()
  }
  return cookie
}

test('a browser is known for the account that signed in, in any spelling, and for no other', () => {
  const cookie = remembered(['ada'])
  assert.equal(known.find(visit(cookie).ctx, 'ADA')?.userId, 'id-of-ada')
  assert.equal(known.find(visit(cookie).ctx, 'bob'), null)
  assert.equal(known.find(visit(cookie).ctx, 'system:admin'), null)
  assert.equal(known.find(visit().ctx, 'ada'), null)
})

test('its id stays over sign-ins, so that a budget cannot be renewed', () => {
  const first = remembered(['ada'])
  const again = remembered(['bob', 'ada'], first)
  const idOf = (cookie: string) => known.find(visit(cookie).ctx, 'ada')?.id
  assert.match(idOf(first) ?? '', /^[\w-]{22}$/)
  assert.equal(idOf(again), idOf(first))
})

test('it remembers four accounts, and forgets the one seen least recently', () => {
  const cookie = remembered(['a', 'b', 'c', 'd', 'e'])
  const names = ['a', 'b', 'c', 'd', 'e'].filter(
    (name) => known.find(visit(cookie).ctx, name) !== null,
  )
  assert.deepEqual(names, ['b', 'c', 'd', 'e'])
})

test('a cookie that was changed, or signed by another server, is worth nothing', () => {
  const cookie = remembered(['ada'])
  const other = createKnownBrowsers({ ...options, secret: new Uint8Array(32).fill(4) })
  assert.equal(other.find(visit(cookie).ctx, 'ada'), null)
  for (const forged of [
    cookie.replace('id-of-ada', 'id-of-bob'),
    cookie.replace('!', '~x.y.z.1!'),
    cookie.replace(/!.*/, ''),
    cookie.replace(/!.*/, '!'),
    `${cookie}!`,
    `${cookie}x`,
  ]) {
    assert.notEqual(forged, cookie)
    assert.equal(known.find(visit(forged).ctx, 'ada'), null, forged)
  }
})

test('it is forgotten after half a year', () => {
  const cookie = remembered(['ada'])
  now += 180 * DAY - 1
  assert.notEqual(known.find(visit(cookie).ctx, 'ada'), null)
  now += 1
  assert.equal(known.find(visit(cookie).ctx, 'ada'), null)
})

test('its cookie is this host’s alone, and out of reach for scripts', () => {
  const { ctx, cookie, attributes } = visit()
  known.remember(ctx, subject('ada'))
  assert.match(cookie(), /^__Host-lanyard-known=/)
  assert.equal(attributes(), 'Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure')
  assert.ok(!cookie().includes('=ada') && !cookie().includes('.ada'))
})
