import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { LanyardError } from '../../src/errors/index.ts'
import { createLog, type Log, logRequest } from '../../src/telemetry/index.ts'

function capture(format: 'json' | 'pretty' = 'json'): { log: Log; lines: string[] } {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  return { log: createLog({ level: 'debug', format, destination: { write } }), lines }
}

const secret = 'hunter2hunter2-Secret'
const jwt = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ${secret}.c2lnbmF0dXJl`

test('a line is JSON with time, level and fields', () => {
  const { log, lines } = capture()
  log
    .child({ requestId: 'r-aaaa-bbbb' })
    .info({ users: 3, code: 'ERR_BUSY', tokenBytes: 900 }, 'done')
  const { time, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.equal(new Date(String(time)).toISOString(), time)
  assert.deepEqual(line, {
    level: 'info',
    requestId: 'r-aaaa-bbbb',
    users: 3,
    code: 'ERR_BUSY',
    tokenBytes: 900,
    msg: 'done',
  })
})

test('no secret gets out, wherever it was put', () => {
  const { log, lines } = capture()
  const error = Object.assign(
    new Error(`refused ${jwt}`, { cause: new Error(`Bearer ${secret}`) }),
    {
      config: { headers: { authorization: secret } },
      response: { body: secret },
    },
  )
  const places: readonly object[] = [
    { password: secret },
    { currentPassword: secret, new_password: secret },
    { headers: { cookie: secret, authorization: `Bearer ${secret}`, dpop: secret } },
    { request: { method: 'POST', body: { username: 'ada', password: secret } } },
    { refresh_token: secret, idToken: jwt, clientSecret: secret, code: secret, user_code: secret },
    { list: [{ token: secret }, jwt, `DPoP ${secret}`] },
    { url: `https://id.example.com/callback?code=${secret}&state=${secret}#id_token=${secret}` },
    { path: `/callback?code=${secret}`, target: new URL(`https://a.example/?x=${secret}`) },
    { pem: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----` },
    { bytes: Buffer.from(secret), key: new Uint8Array(Buffer.from(secret)) },
    { deep: { a: { b: { c: { d: { e: secret } } } } } },
    { err: error },
    { nested: { error } },
    error,
  ]
  for (const fields of places) log.error(fields, 'failed')
  log
    .child({ token: secret, nested: { cookie: secret } })
    .warn({}, `got ${jwt} at /x?code=${secret}`)
  assert.equal(lines.length, places.length + 1)
  for (const line of lines) {
    assert.doesNotMatch(line, new RegExp(secret), line)
    assert.doesNotMatch(line, /104,117,110|"0":104/, line)
  }
})

test('an error keeps its code, message, stack and cause', () => {
  const { log, lines } = capture()
  const cause = new TypeError('inner')
  log.error({ err: new LanyardError('ERR_BUSY', 'outer', { cause }) }, 'failed')
  const { err } = JSON.parse(lines[0] ?? '') as { err: Record<string, unknown> }
  assert.equal(err['code'], 'ERR_BUSY')
  assert.equal(err['message'], 'outer')
  assert.match(String(err['stack']), /log\.test\.ts/)
  assert.equal((err['cause'] as Record<string, unknown>)['type'], 'TypeError')
})

test('on a terminal a line is readable and moves no cursor', () => {
  const { log, lines } = capture('pretty')
  log.info({ username: 'a\u202eb\u001b[2J', ms: 1.5 }, 'signed in\r\nforged line')
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d info {2}signed in\\u\{d\}\\u\{a\}forged line username="a\\u\{202e\}b\\u001b\[2J" ms=1\.5\n$/,
  )
})

test('a request is one line, without query and without what opens something', async () => {
  const { log, lines } = capture()
  let written = (): void => {}
  const server = http.createServer((req, res) => {
    logRequest(log, req, res, { address: '192.0.2.1', requestId: 'r-aaaa-bbbb', now: () => 5 })
    res.once('close', () => written())
    res.statusCode = 302
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  // Routes are found in any case.
  const opening = [`/interaction/${secret}/login`, `/RESET/${secret}`]
  for (const path of [`/callback?code=${secret}`, ...opening]) {
    const done = new Promise<void>((resolve) => {
      written = resolve
    })
    const headers = { authorization: `Bearer ${secret}`, connection: 'close' }
    await fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' })
    await done
  }
  server.close()
  const shown = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    shown.map((line) => ({ ...line, time: undefined })),
    ['/callback', '/interaction/…/login', '/RESET/…'].map((path) => ({
      level: 'info',
      method: 'GET',
      path,
      status: 302,
      ms: 0,
      requestId: 'r-aaaa-bbbb',
      address: '192.0.2.1',
      msg: 'request',
      time: undefined,
    })),
  )
})
