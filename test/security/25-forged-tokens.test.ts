/**
 * Threat 25: no signature, key, assertion, parameter or header is believed because a request brings it along (RFC 8725 §3.1,
 * RFC 6749 §3.1 and §3.2, RFC 9449 §4.3).
 */
import assert from 'node:assert/strict'
import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { JWK } from 'jose'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  exchange,
  LOOPBACK,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  startCode,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import {
  type Application,
  addApplication,
  basic,
  FORM,
  jsonOf,
  type RawAnswer,
  send,
  sendBytes,
} from './support/adversary.ts'

const API = '/kubectl/v1/clusters'

let lanyard: Lanyard
let ada: Credentials
let login: PluginLogin
let wiki: Application
/** Where a forged header points to: nobody may ever come. */
const lure = createServer((_, answer) => {
  lured += 1
  answer.end('{}')
})
let lured = 0
let lureUrl = ''
before(async () => {
  await new Promise<void>((resolve) => lure.listen(0, '127.0.0.1', resolve))
  lureUrl = `http://127.0.0.1:${(lure.address() as AddressInfo).port}/jwks`
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  wiki = await addApplication(lanyard)
  login = await pluginLogin(lanyard, ada)
})
after(async () => {
  lure.close()
  await lanyard[Symbol.asyncDispose]()
})

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const es256 = (key: KeyObject) => (text: string) =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

function forge(
  header: object,
  payload: object,
  signed: (text: string) => string = () => '',
): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${signed(text)}`
}

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}

async function apiToken(): Promise<string> {
  const answer = await exchange(lanyard, login, `${lanyard.issuer}/kubectl/v1`, {
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return String(answer.body['access_token'])
}

async function askApi(accessToken: string): Promise<RawAnswer> {
  const dpop = await login.key.proof('GET', lanyard.issuer + API, { accessToken })
  return send(lanyard, API, { headers: { authorization: `DPoP ${accessToken}`, dpop } })
}

function post(
  path: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
) {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return send(lanyard, path, { method: 'POST', headers: { ...FORM, ...headers }, body })
}

const errorOf = (answer: RawAnswer) => String(jsonOf(answer)['error'])

describe('an access token (RFC 9068 §4)', () => {
  it('is refused unless one of our keys signed it for just this', async () => {
    const good = await apiToken()
    assert.equal((await askApi(good)).status, 200)
    const [header, payload] = [headerOf(good), payloadOf(good)]
    const { keys } = JSON.parse((await send(lanyard, '/jwks')).body) as { keys: JWK[] }
    const ours = keys.find((key) => key.kty === 'EC')
    assert.ok(ours !== undefined)
    const pem = createPublicKey({ key: ours, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const ownJwk = own.publicKey.export({ format: 'jwk' })
    const hmac = (key: string) => (text: string) =>
      createHmac('sha256', key).update(text).digest('base64url')
    const byMe = es256(own.privateKey)
    const { idToken } = await clusterLogin(lanyard, ada, 'prod')
    // No cluster's tokens are for this API: its name is taken.
    const { clusters } = lanyard.server.rooms
    const lookalike = {
      name: 'x',
      audience: `${lanyard.issuer}/kubectl/v1`,
      server: 'https://127.0.0.1',
    }
    await assert.rejects(clusters.add(lookalike, byTest), { code: 'ERR_AUDIENCE_INVALID' })
    const exchanged = String((await exchange(lanyard, login, 'prod')).body['access_token'])
    const forged: Record<string, string> = {
      'alg none': forge({ ...header, alg: 'none' }, payload),
      'alg None': forge({ ...header, alg: 'None' }, payload),
      'alg none with the signature': `${encode({ ...header, alg: 'none' })}.${good.split('.').slice(1).join('.')}`,
      'no signature': `${good.split('.').slice(0, 2).join('.')}.AA`,
      'HS256 with the public JWK': forge(
        { ...header, alg: 'HS256' },
        payload,
        hmac(JSON.stringify(ours)),
      ),
      'HS256 with the public PEM': forge({ ...header, alg: 'HS256' }, payload, hmac(String(pem))),
      'another key under our kid': forge(header, payload, byMe),
      'another key, unknown kid': forge({ ...header, kid: 'mine' }, payload, byMe),
      'another key without kid': forge({ alg: 'ES256', typ: 'at+jwt' }, payload, byMe),
      'key in the header': forge({ ...header, kid: 'mine', jwk: ownJwk }, payload, byMe),
      'key in the header under our kid': forge({ ...header, jwk: ownJwk }, payload, byMe),
      'key at an address': forge(
        { ...header, kid: 'mine', jku: lureUrl, x5u: lureUrl },
        payload,
        byMe,
      ),
      'critical header': forge({ ...header, crit: ['b64'], b64: false }, payload, byMe),
      'kid with a path': forge({ ...header, kid: '../../../dev/null' }, payload, byMe),
      'payload changed': good.replace(/\.[^.]+\./, `.${encode({ ...payload, sub: 'someone' })}.`),
      'an ID token': idToken,
      'an exchanged token': exchanged,
      'the plugin’s ID token': login.tokens.idToken,
      'the refresh token': login.refreshToken,
      empty: '',
    }
    for (const [what, token] of Object.entries(forged)) {
      const answer = await askApi(token)
      assert.equal(answer.status, 401, what)
      assert.equal(errorOf(answer), 'invalid_token', what)
      assert.match(String(answer.headers['www-authenticate']), /^DPoP error="invalid_token"/)
    }
    const bearer = await send(lanyard, API, { headers: { authorization: `Bearer ${good}` } })
    assert.equal(bearer.status, 401)
    assert.equal(lured, 0, 'nobody followed a header')
  })
})

describe('a DPoP proof (RFC 9449 §4.3)', () => {
  it('is refused with another algorithm, no signature, a private key or a key elsewhere', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = publicKey.export({ format: 'jwk' })
    const payload = () => ({
      jti: `${Math.random()}`,
      htm: 'POST',
      htu: `${lanyard.issuer}/token`,
      iat: Math.floor(Date.now() / 1000),
    })
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
    const byMe = es256(privateKey)
    const rs256 = (text: string) =>
      sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')
    const good = forge(header, payload(), byMe)
    const forged: Record<string, string> = {
      'alg none': forge({ ...header, alg: 'none' }, payload()),
      'HS256 with the key': forge({ ...header, alg: 'HS256' }, payload(), (text) =>
        createHmac('sha256', JSON.stringify(jwk)).update(text).digest('base64url'),
      ),
      'HS256 with a key of the header': forge(
        { ...header, alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } },
        payload(),
        (text) => createHmac('sha256', Buffer.alloc(3)).update(text).digest('base64url'),
      ),
      RS256: forge(
        { typ: 'dpop+jwt', alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) },
        payload(),
        rs256,
      ),
      'a private key': forge(
        { ...header, jwk: privateKey.export({ format: 'jwk' }) },
        payload(),
        byMe,
      ),
      'no key': forge({ typ: 'dpop+jwt', alg: 'ES256' }, payload(), byMe),
      'a key elsewhere': forge({ typ: 'dpop+jwt', alg: 'ES256', jku: lureUrl }, payload(), byMe),
      'another type': forge({ ...header, typ: 'JWT' }, payload(), byMe),
      'two of them': `${good}, ${good}`,
    }
    const grants = {
      engine: { grant_type: 'refresh_token', refresh_token: login.refreshToken },
      exchange: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: login.refreshToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
        audience: 'prod',
      },
    }
    for (const [where, grant] of Object.entries(grants)) {
      for (const [what, dpop] of Object.entries(forged)) {
        const answer = await post('/token', { client_id: 'kubectl-lanyard', ...grant }, { dpop })
        assert.equal(answer.status, 400, `${where}: ${what}`)
        assert.equal(errorOf(answer), 'invalid_dpop_proof', `${where}: ${what}`)
      }
      // A good proof of another key than the login's.
      const other = forge(header, payload(), byMe)
      const answer = await post(
        '/token',
        { client_id: 'kubectl-lanyard', ...grant },
        { dpop: other },
      )
      assert.equal(answer.status, 400, where)
      assert.equal(jsonOf(answer)['access_token'], undefined)
    }
    assert.equal(lured, 0)
    assert.equal((await exchange(lanyard, login, 'prod')).status, 200, 'the login is unharmed')
  })
})

describe('a client', () => {
  const grant = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }

  it('cannot prove itself by an assertion, signed or not (RFC 7523 §3)', async () => {
    const claims = {
      iss: wiki.clientId,
      sub: wiki.clientId,
      aud: lanyard.issuer,
      jti: 'once',
      exp: Math.floor(Date.now() / 1000) + 60,
    }
    const mac = (text: string) => createHmac('sha256', wiki.secret).update(text).digest('base64url')
    const assertions = [forge({ alg: 'none' }, claims), forge({ alg: 'HS256' }, claims, mac), 'x']
    for (const client_assertion of assertions) {
      for (const type of ['jwt-bearer', 'saml2-bearer']) {
        const client_assertion_type = `urn:ietf:params:oauth:client-assertion-type:${type}`
        const form = { ...grant, client_id: wiki.clientId, client_assertion, client_assertion_type }
        for (const path of [
          '/token',
          '/token/introspection',
          '/token/revocation',
          '/device/auth',
        ]) {
          const answer = await post(path, { ...form, token: 'x', scope: 'openid' })
          assert.match(
            `${answer.status} ${errorOf(answer)}`,
            /^(?:400 invalid_request|401 invalid_client)$/,
            path,
          )
        }
      }
    }
    const answer = await exchange(lanyard, login, 'prod', { client_assertion: assertions[0] ?? '' })
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_request'])
  })

  it('never has its secret in the query (RFC 6749 §2.3.1), and its hash is none', async () => {
    const { secret_hash } = await lanyard.server.rooms.store.query
      .selectFrom('applications')
      .select('secret_hash')
      .where('client_id', '=', wiki.clientId)
      .executeTakeFirstOrThrow()
    assert.equal(secret_hash, createHash('sha256').update(wiki.secret).digest('base64url'))
    const inQuery = `/token?client_id=${wiki.clientId}&client_secret=${wiki.secret}`
    const wrong: Record<string, () => Promise<RawAnswer>> = {
      'in the query': () => post(inQuery, grant),
      'in the query beside its name': () => post(inQuery, { ...grant, client_id: wiki.clientId }),
      none: () => post('/token', { ...grant, client_id: wiki.clientId }),
      empty: () => post('/token', grant, basic({ ...wiki, secret: '' })),
      'its hash': () => post('/token', grant, basic({ ...wiki, secret: secret_hash ?? '' })),
      'cut short': () =>
        post('/token', grant, basic({ ...wiki, secret: wiki.secret.slice(0, -1) })),
      'a space more': () => post('/token', grant, basic({ ...wiki, secret: `${wiki.secret} ` })),
    }
    for (const [what, ask] of Object.entries(wrong)) {
      const answer = await ask()
      assert.match(
        `${answer.status} ${errorOf(answer)}`,
        /^(?:400 invalid_request|401 invalid_client)$/,
        what,
      )
    }
    // The same grant with the right one is refused for itself.
    assert.equal(errorOf(await post('/token', grant, basic(wiki))), 'invalid_grant')
  })

  it('that is public cannot pass for one that is not', async () => {
    for (const headers of [
      {},
      { authorization: `Basic ${btoa('prod:')}` },
      { authorization: `Basic ${btoa('prod:x')}` },
    ]) {
      const answer = await post(
        '/token/introspection',
        { client_id: 'prod', token: login.refreshToken },
        headers,
      )
      assert.notEqual(jsonOf(answer)['active'], true)
    }
    const answer = await exchange(
      lanyard,
      login,
      'prod',
      {},
      { authorization: `Basic ${btoa('kubectl-lanyard:')}` },
    )
    assert.deepEqual([answer.status, answer.body['error']], [401, 'invalid_client'])
  })

  it('cannot bring its request as a JWT, or have one fetched (RFC 9101)', async () => {
    const claims = { client_id: 'prod', redirect_uri: 'https://evil.example/' }
    for (const extra of [
      { request: forge({ alg: 'none' }, claims) },
      { request_uri: lureUrl },
      { request_uri: 'https://127.0.0.1/' },
      { registration: '{"redirect_uris":["https://evil.example/"]}' },
    ] as Record<string, string>[]) {
      const { url } = startCode(lanyard, { clientId: 'prod', extra })
      const answer = await send(lanyard, url.slice(lanyard.issuer.length), {
        headers: { accept: 'text/html' },
      })
      const location = String(answer.headers['location'] ?? '')
      assert.match(
        location,
        /^http:\/\/127\.0\.0\.1:18000\/callback\?error=\w+_not_supported/,
        JSON.stringify(extra),
      )
    }
    assert.equal(lured, 0)
  })
})

describe('a parameter that stands twice (RFC 6749 §3.1, §3.2)', () => {
  const twice: readonly (readonly [string, string, string])[] = [
    [
      '/token',
      'grant_type=refresh_token&client_id=prod&refresh_token=x',
      'grant_type=authorization_code',
    ],
    ['/token', 'grant_type=refresh_token&client_id=prod&refresh_token=x', 'client_id=prod'],
    ['/token', 'grant_type=refresh_token&client_id=prod&refresh_token=x', 'refresh_token=y'],
    [
      '/token',
      `grant_type=authorization_code&client_id=prod&code=x&redirect_uri=${LOOPBACK}`,
      'code=y',
    ],
    ['/token/revocation', 'client_id=prod&token=x', 'token=y'],
    ['/token/introspection', 'token=x', 'token=y'],
    ['/device/auth', 'client_id=prod&scope=openid', 'scope=openid'],
    ['/device/auth', 'client_id=prod&scope=openid', 'client_id=prod'],
    ['/session/end/confirm', 'xsrf=x', 'xsrf=y'],
  ]
  for (const [path, form, more] of twice) {
    it(`is refused at ${path}: ${more}`, async () => {
      const answer = await post(
        path,
        `${form}&${more}`,
        path.includes('introspection') ? basic(wiki) : {},
      )
      assert.equal(answer.status, 400)
      if (path !== '/session/end/confirm') assert.equal(errorOf(answer), 'invalid_request')
    })
  }

  it('is refused at the authorization endpoint, and leads nowhere that only one of them names', async () => {
    const { url } = startCode(lanyard, { clientId: 'prod' })
    const path = url.slice(lanyard.issuer.length)
    for (const [name, value] of new URL(url).searchParams) {
      for (const other of [value, 'https://evil.example/']) {
        const query = `${path}&${name}=${encodeURIComponent(other)}`
        const answer = await send(lanyard, query, { headers: { accept: 'text/html' } })
        const location = String(answer.headers['location'] ?? '')
        assert.ok(answer.status === 400 || /[?&]error=invalid_request/.test(location), name)
        assert.equal(location.startsWith('https://evil.example'), false, name)
      }
    }
  })

  it('is refused in an exchange, read or unread', async () => {
    const dpop = async () => ({ dpop: await login.key.proof('POST', `${lanyard.issuer}/token`) })
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'kubectl-lanyard',
      subject_token: login.refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: 'prod',
    })
    assert.equal((await post('/token', form.toString(), await dpop())).status, 200)
    for (const [name] of [...form, ['unread']]) {
      const body = `${form.toString()}&${name}=${form.get(name ?? '') ?? 'x'}${name === 'unread' ? '&unread=y' : ''}`
      const answer = await post('/token', body, await dpop())
      assert.deepEqual([answer.status, errorOf(answer)], [400, 'invalid_request'], name)
    }
    const grantTwice = `grant_type=refresh_token&refresh_token=${login.refreshToken}&${form.toString()}`
    assert.equal(errorOf(await post('/token', grantTwice, await dpop())), 'invalid_request')
  })
})

describe('a forged forwarded header', () => {
  const forged = {
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'evil.example',
    forwarded: 'for=198.51.100.7;host=evil.example;proto=http',
    'x-real-ip': '198.51.100.7',
  }

  async function addressAfter(
    target: Lanyard,
    headers: Record<string, string>,
  ): Promise<string | null> {
    const person = new Person({ ...target, headers })
    const page = await person.open('sign-in')
    for (const cookie of [page.headers['set-cookie'] ?? []].flat()) assert.match(cookie, /; Secure/)
    await person.submit(page, { username: 'ada', password: 'not the password at all 55' })
    await person.close()
    return (await target.server.rooms.audit.list({ types: ['signin.refused'] }))[0]?.address ?? null
  }

  it('changes neither address nor scheme without a trusted proxy', async () => {
    assert.equal(await addressAfter(lanyard, forged), '127.0.0.1')
  })

  it('names the visitor behind a trusted proxy, by its right end alone, and never the host or scheme', async () => {
    await using behind = await startLanyard({
      settings: { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] },
    })
    await behind.addUser('ada')
    const cases: readonly (readonly [string, string])[] = [
      ['198.51.100.7', '198.51.100.7'],
      ['1.2.3.4, 198.51.100.7', '198.51.100.7'],
      ['1.2.3.4, 198.51.100.7, 10.0.0.3', '198.51.100.7'],
      ['10.0.0.9, 10.0.0.3', '10.0.0.9'],
      ['evil, 198.51.100.7', '198.51.100.7'],
      ['198.51.100.7, evil', '127.0.0.1'],
      ['[2001:db8::7]:443', '2001:db8::7'],
      ['::ffff:198.51.100.7', '198.51.100.7'],
      ['', '127.0.0.1'],
    ]
    for (const [header, address] of cases) {
      const found = await addressAfter(behind, { ...forged, 'x-forwarded-for': header })
      assert.equal(found, address, header)
    }
  })
})

it('a body with two lengths is refused, and no second request is smuggled in it (RFC 9112 §6.3)', async () => {
  const head =
    'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n'
  const second = 'GET /account HTTP/1.1\r\nHost: x\r\n\r\n'
  for (const lengths of [
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    'Content-Length: 4\r\nContent-Length: 5\r\n',
    'Transfer-Encoding: identity, chunked, chunked\r\n',
    'Content-Length: +4\r\n',
  ]) {
    const answer = await sendBytes(lanyard, `${head}${lengths}\r\n0\r\n\r\n${second}`)
    assert.match(answer, /^HTTP\/1\.1 400 /, lengths)
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, lengths)
  }
})
