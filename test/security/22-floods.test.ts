/**
 * Threat 22: whoever proved nothing can fill neither the database nor the memory nor the sockets, and while they try, others sign in.
 */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server } from 'node:https'
import { after, before, describe, it, mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { Agent, request } from 'undici'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  createDeviceKey,
  LOOPBACK,
  startCode,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  count,
  countModel,
  errorCodeOf,
  FORM,
  jsonOf,
  send,
  sendBytes,
  signIn,
} from './support/adversary.ts'

/** Rows of one kind that visitors may have; the directory's own bound for names is the same. */
const KEPT = 10_000
/** How far over a bound that is swept in batches may be. */
const BATCH = 100

let lanyard: Lanyard
let ada: Credentials
let flood: Agent
before(async () => {
  lanyard = await startLanyard({ settings: { trustedProxies: ['127.0.0.1'] } })
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  flood = new Agent({ connect: { ca: lanyard.ca }, connections: 16 })
})
after(async () => {
  await flood.close()
  await lanyard[Symbol.asyncDispose]()
})

/** Rows as a flood would have left them: writing them by requests would take minutes. */
async function fill(model: string, rows: number): Promise<void> {
  const expires_at = Date.now() + 600_000
  await lanyard.server.rooms.store.write(async ({ query }) => {
    for (let from = 0; from < rows; from += 500) {
      const values = Array.from({ length: Math.min(500, rows - from) }, (_, n) => ({
        id: `flood-${model}-${from + n}`,
        model,
        payload: '{}',
        grant_id: null,
        uid: null,
        user_code: null,
        account_id: null,
        client_id: 'prod',
        expires_at,
        consumed_at: null,
      }))
      await query.insertInto('engine_rows').values(values).execute()
    }
  })
}

async function ask(path: string, options: { body?: string; from?: string } = {}): Promise<number> {
  const { body, from = '192.0.2.1' } = options
  const answer = await request(`${lanyard.issuer}${path}`, {
    dispatcher: flood,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-forwarded-for': from, ...(body === undefined ? {} : FORM) },
    ...(body === undefined ? {} : { body }),
  })
  await answer.body.dump()
  return answer.statusCode
}

/** Runs `times` requests, some at once, and somebody's sign-in in the midst of them. */
async function underFlood(times: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < times) await one(next++)
  }
  const workers = Promise.all(Array.from({ length: 16 }, worker))
  const person = new Person({ ...lanyard, headers: { 'x-forwarded-for': '203.0.113.5' } })
  const { idToken } = await clusterLogin(lanyard, ada, 'prod', person)
  assert.notEqual(idToken, '')
  await workers
  await person.close()
}

describe('what a visitor can make the server keep', () => {
  it('is bounded in requests to sign in, and a flood displaces itself', async () => {
    const path = startCode(lanyard, { clientId: 'prod' }).url.slice(lanyard.issuer.length)
    const victim = new Person({ ...lanyard, headers: { 'x-forwarded-for': '203.0.113.6' } })
    const page = await victim.open(startCode(lanyard, { clientId: 'prod' }).url)
    await underFlood(3_000, async () => assert.equal(await ask(path), 303))
    assert.equal(
      await countModel(lanyard, 'Session'),
      1,
      'the person’s own, and none for a visitor',
    )
    await victim.submit(page, { username: ada.username, password: ada.password })
    assert.notEqual(victim.leftTo?.searchParams.get('code') ?? null, null)
    await victim.close()
  })

  it('is bounded in device codes', async () => {
    const body = 'client_id=prod&scope=openid'
    await underFlood(1_000, async () => assert.equal(await ask('/device/auth', { body }), 200))
    assert.ok((await countModel(lanyard, 'DeviceCode')) <= KEPT)
  })

  it('does not grow over its bounds, nor over a restart', async () => {
    await using data = await temporaryDirectory()
    const path = startCode(lanyard, { clientId: 'prod' }).url.slice(lanyard.issuer.length)
    const outer = [lanyard, flood] as const
    lanyard = await startLanyard({ data: data.path })
    await lanyard.addCluster('prod')
    for (const model of ['Interaction', 'DeviceCode']) await fill(model, KEPT)
    await lanyard[Symbol.asyncDispose]()
    lanyard = await startLanyard({ data: data.path })
    flood = new Agent({ connect: { ca: lanyard.ca }, connections: 16 })
    for (let n = 0; n < 20; n += 1) {
      assert.equal(await ask(path), 303)
      assert.equal(await ask('/device/auth', { body: 'client_id=prod&scope=openid' }), 200)
    }
    assert.equal(await countModel(lanyard, 'Interaction'), KEPT)
    assert.equal(await countModel(lanyard, 'DeviceCode'), KEPT)
    await flood.close()
    await lanyard[Symbol.asyncDispose]()
    ;[lanyard, flood] = outer
  })

  it('is bounded in size', async () => {
    const before = await countModel(lanyard, 'DeviceCode')
    for (const name of ['login_hint', 'device_name', 'scope', 'acr_values', 'ui_locales']) {
      const body = `client_id=prod&${name === 'scope' ? '' : 'scope=openid&'}${name}=${'a'.repeat(30_000)}`
      const status = await ask('/device/auth', { body })
      assert.ok(status === 400 || status === 200, `${name}: ${status}`)
    }
    const rows = await lanyard.server.rooms.store.query
      .selectFrom('engine_rows')
      .select('payload')
      .where('account_id', 'is', null)
      .execute()
    assert.ok(rows.every(({ payload }) => payload.length <= 8_192))
    assert.ok((await countModel(lanyard, 'DeviceCode')) <= before + 5)
  })

  it('is bounded in failed sign-ins: budgets by 10,000 rows, refusals by 200 a minute', async () => {
    const { store } = lanyard.server.rooms
    const now = Date.now()
    await store.write(async ({ query }) => {
      for (let from = 0; from < KEPT; from += 500) {
        const values = Array.from({ length: 500 }, (_, n) => ({
          key: `account:flood-${from + n}`,
          failures: 1,
          window_started_at: now - 1_000,
          expires_at: now + 600_000,
          unproved: 1,
        }))
        await query.insertInto('failure_budgets').values(values).execute()
      }
    })
    const person = new Person(lanyard)
    const csrf = (await person.open('sign-in')).forms[0]?.fields['csrf'] ?? ''
    const guess = async (n: number) => {
      const page = await person.post(
        '/sign-in',
        { csrf, username: `nobody${n}`, password: 'x' },
        { 'x-forwarded-for': `198.51.${n >> 8}.${n & 255}` },
      )
      // Busy is an answer too: the places at the hashing are bounded.
      assert.ok([400, 503].includes(page.status), `${page.status}`)
    }
    await underFlood(300, guess)
    assert.ok((await count(lanyard, 'failure_budgets')) <= KEPT + BATCH)
    const minutes = await store.query
      .selectFrom('audit_refusals')
      .select(['minute_at', (row) => row.fn.countAll<number>().as('rows')])
      .groupBy('minute_at')
      .execute()
    for (const { rows } of minutes) assert.ok(rows <= 205, `${rows}`)
    // A name that is nobody's may be a password in the wrong field: it stands nowhere.
    const named = await store.query.selectFrom('audit_refusals').select('target_name').execute()
    assert.equal(
      named.some(({ target_name }) => target_name?.startsWith('nobody')),
      false,
    )
    await person.close()
  })

  it('is nothing for proofs, codes and tokens that are made up (RFC 9449 §11.1)', async () => {
    const key = await createDeviceKey()
    const token = `${lanyard.issuer}/token`
    const before = await count(lanyard, 'dpop_proofs')
    const grants = [
      {
        grant_type: 'authorization_code',
        code: 'x'.repeat(43),
        redirect_uri: LOOPBACK,
        code_verifier: 'v'.repeat(43),
      },
      { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) },
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x'.repeat(43) },
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: 'x'.repeat(43),
        subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
        audience: 'prod',
      },
    ]
    for (const grant of grants) {
      const answer = await send(lanyard, '/token', {
        method: 'POST',
        headers: { ...FORM, dpop: await key.proof('POST', token) },
        body: new URLSearchParams({ client_id: 'kubectl-lanyard', ...grant }).toString(),
      })
      assert.equal(answer.status, 400, grant.grant_type)
      assert.equal(jsonOf(answer)['error'], 'invalid_grant')
    }
    assert.equal(await count(lanyard, 'dpop_proofs'), before)
  })
})

describe('a request that is too large', () => {
  const oversized: readonly (readonly [string, string])[] = [
    ['a password of a megabyte', `username=ada&password=${'p'.repeat(1_000_000)}`],
    ['10,000 parameters', Array.from({ length: 10_000 }, (_, n) => `p${n}=1`).join('&')],
    ['deep JSON', '['.repeat(500_000)],
  ]

  for (const [what, body] of oversized) {
    it(`of ${what} is refused before anything is made of it`, async () => {
      const json = what.includes('JSON')
      const headers = json ? { 'content-type': 'application/json' } : FORM
      const answers = await Promise.all(
        [
          '/sign-in',
          '/setup',
          '/device',
          '/token',
          '/token/revocation',
          '/device/auth',
          '/session/end/confirm',
        ].map(async (path) => {
          const { status } = await send(lanyard, path, { method: 'POST', headers, body }).catch(
            // The connection may be cut while the rest is still being sent.
            () => ({ status: 413 }),
          )
          return `${path} ${status}`
        }),
      )
      for (const answer of answers) assert.match(answer, / (?:400|404|413|415)$/)
    })
  }

  it('within the limit has at most 100 fields, each once', async () => {
    const many = Array.from({ length: 101 }, (_, n) => `a${n}=`).join('&')
    for (const body of [many, 'csrf=a&csrf=b', 'username=a&username=a']) {
      const answer = await send(lanyard, '/sign-in', { method: 'POST', headers: FORM, body })
      assert.equal(answer.status, 400)
      assert.equal(errorCodeOf(answer.body), 'ERR_FORM_PARAMETERS')
    }
  })

  it('in its head is refused by the parser', async () => {
    const { host } = new URL(lanyard.issuer)
    const line = `X-Long: ${'a'.repeat(20_000)}`
    assert.match(
      await sendBytes(lanyard, `GET / HTTP/1.1\r\nHost: ${host}\r\n${line}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    )
  })

  it('a password of 1,024 characters is compared whole, a longer one matches nothing', async () => {
    const password = 'seven loud geese '.repeat(61).slice(0, 1_000) + '!'.repeat(24)
    const by = { actor: { kind: 'command', name: 'test' }, address: null, requestId: null } as const
    const { users } = lanyard.server.rooms.directory
    await assert.rejects(users.add({ username: 'long', password: `${password}x` }, by), {
      code: 'ERR_PASSWORD',
    })
    const fits = Array.from('abcdefghij klmnopq rstuvwxyz ', (c, n) => c.repeat((n % 7) + 1)).join(
      '',
    )
    await users.add({ username: 'long', password: fits, mustChange: false }, by)
    const person = new Person(lanyard)
    assert.equal(
      (await signIn(person, { username: 'long', password: fits.slice(0, -1) })).status,
      400,
    )
    assert.equal((await signIn(person, { username: 'long', password: `${fits} ` })).status, 400)
    assert.equal((await signIn(person, { username: 'long', password: fits })).status, 200)
    await person.close()
  })
})

describe('a connection that is slow', () => {
  it('has ten seconds for its head, and thirty for all of it', async () => {
    const server = await serverOf(lanyard)
    assert.deepEqual(
      [server.headersTimeout, server.requestTimeout, server.keepAliveTimeout],
      [10_000, 30_000, 5_000],
    )
  })

  it('without an end to its body is cut when the limit is reached', async () => {
    for (const path of ['/sign-in', '/token', '/device/auth']) {
      const socket = connect({ host: 'localhost', port: portOf(lanyard), ca: lanyard.ca })
      await once(socket, 'secureConnect')
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM['content-type']}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      const chunk = `1000\r\n${'a'.repeat(4096)}\r\n`
      const answered = once(socket, 'data') as Promise<[Buffer]>
      socket.on('error', () => undefined)
      for (let n = 0; n < 20 && socket.writable; n += 1) socket.write(chunk)
      const [answer] = await answered
      assert.match(answer.toString(), /^HTTP\/1\.1 (?:400|413) /, path)
      socket.destroy()
    }
  })

  it('holds up nobody, however many there are', async () => {
    const sockets: TLSSocket[] = []
    for (let n = 0; n < 100; n += 1) {
      const socket = connect({ host: 'localhost', port: portOf(lanyard), ca: lanyard.ca })
      socket.on('error', () => undefined)
      socket.write('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nu')
      sockets.push(socket)
    }
    const person = new Person(lanyard)
    assert.equal((await signIn(person, ada)).heading, 'ada')
    await person.close()
    for (const socket of sockets) socket.destroy()
  })

  it('that breaks off, or speaks no HTTP, leaves no stack on stderr past the log', async () => {
    const printed = mock.method(console, 'error', () => undefined)
    const broken = 'Transfer-Encoding: chunked\r\n\r\nZZ\r\nab'
    for (const path of ['/sign-in', '/token', '/device/auth']) {
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM['content-type']}\r\n`
      await sendBytes(lanyard, `${head}${broken}`)
      const socket = connect({ host: 'localhost', port: portOf(lanyard), ca: lanyard.ca })
      socket.on('error', () => undefined)
      await once(socket, 'secureConnect')
      socket.write(`${head}Content-Length: 100\r\n\r\nab`)
      socket.destroy()
      await once(socket, 'close')
    }
    const { status } = await send(lanyard, '/sign-in')
    printed.mock.restore()
    assert.equal(status, 200)
    assert.deepEqual(
      printed.mock.calls.map(({ arguments: [text] }) => String(text)),
      [],
    )
  })

  it('is answered at every address, even one that is not there', async () => {
    const dpop = { ...FORM, dpop: 'x', 'content-length': '0' }
    const asked = [
      send(lanyard, '/kubectl/v1/nothing'),
      send(lanyard, '/kubectl/v1/__proto__'),
      send(lanyard, '/kubectl/v1/'),
      // The engine's own page for `/device/:uid` failed here, and its stack went to the log.
      send(lanyard, '/device/auth', { headers: { accept: 'text/html' } }),
      send(lanyard, '/device/auth', { method: 'HEAD' }),
      send(lanyard, '/token', { method: 'POST', headers: dpop }),
      send(lanyard, '/token', { method: 'POST', headers: { ...FORM, dpop: 'x' }, body: '&' }),
    ]
    const statuses = await Promise.race([
      Promise.all(asked).then((answers) => answers.map(({ status }) => status)),
      sleep(5_000, 'never answered', { ref: false }),
    ])
    assert.deepEqual(statuses, [404, 404, 404, 405, 405, 400, 400])
  })
})

function portOf({ issuer }: Lanyard): number {
  return Number(new URL(issuer).port)
}

/** The listener, as Node itself knows it: what it allows a slow connection is a property of it. */
async function serverOf(target: Lanyard): Promise<Server> {
  let server: Server | undefined
  const note = (message: unknown) => {
    server = (message as { server: Server }).server
  }
  subscribe('http.server.request.start', note)
  await send(target, '/sign-in')
  unsubscribe('http.server.request.start', note)
  assert.ok(server !== undefined)
  return server
}
