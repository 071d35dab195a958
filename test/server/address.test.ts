import assert from 'node:assert/strict'
import { request as forward } from 'node:http'
import { describe, it } from 'node:test'
import { request } from 'undici'
import { createAuthority } from '../support/certificates.ts'
import { type HttpsServer, startHttpsServer } from '../support/https-server.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  redeem,
  tokensOf,
} from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { steadyPort } from './child.ts'

type Document = Readonly<Record<string, string>>

/** Logs in at a cluster and with the plugin, looks at the pages, and asserts that all of it is under the issuer. */
async function walkAround(lanyard: Lanyard): Promise<Person> {
  const { issuer } = lanyard
  const base = new URL(issuer).pathname.replace(/\/$/, '')
  const ada = await lanyard.addUser('ada', ['viewers'])
  await lanyard.addCluster('prod', { groups: ['viewers'] })
  const person = new Person(lanyard)

  const found = await person.open('.well-known/openid-configuration')
  const document = JSON.parse(found.html) as Document
  assert.equal(document['issuer'], issuer)
  for (const [name, value] of Object.entries(document)) {
    if (name.endsWith('_endpoint') || name === 'jwks_uri') {
      assert.ok(value.startsWith(`${issuer}/`), `${name} is ${value}`)
    }
  }

  const { started, params } = await authorize(lanyard, person, ada, { clientId: 'prod' })
  assert.equal(params.get('iss'), issuer)
  const tokens = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
  assert.equal(payloadOf(tokens.idToken)['iss'], issuer)
  for (const { name, path } of person.cookies) {
    // RFC 6265bis §4.1.3.2: this prefix, which keeps sibling hosts from planting a session, is good at / alone.
    if (name.startsWith('__Host-')) assert.equal(path, '/')
    else assert.ok(`${path}/`.startsWith(`${base}/`), `${name} goes to ${path}`)
  }

  const login = await pluginLogin(lanyard, ada, { person })
  const exchanged = await exchange(lanyard, login, 'prod')
  assert.equal(payloadOf(String(exchanged.body['access_token']))['iss'], issuer)
  assert.deepEqual(await clustersByPlugin(lanyard, login), ['prod'])

  for (const path of ['account', 'device', 'sign-in', 'setup']) {
    await assertWithin(person, await person.open(path), base)
  }
  return person
}

/** What the plugin's API lists; its proofs and its token name the issuer's own address. */
async function clustersByPlugin(lanyard: Lanyard, login: PluginLogin): Promise<string[]> {
  const { status, body } = await exchange(lanyard, login, `${lanyard.issuer}/kubectl/v1`, {
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  assert.equal(status, 200, JSON.stringify(body))
  const accessToken = String(body['access_token'])
  const url = `${lanyard.issuer}/kubectl/v1/clusters`
  const proof = await login.key.proof('GET', url, { accessToken })
  const headers = { authorization: `DPoP ${accessToken}`, dpop: proof }
  const plugin = new Person({ ...lanyard, headers })
  const { html } = await plugin.open(url)
  await plugin.close()
  return (JSON.parse(html) as { clusters: { name: string }[] }).clusters.map(({ name }) => name)
}

/** Every link, form and asset of the page is under the issuer's path, and the assets are there. */
async function assertWithin(person: Person, page: Page, base: string): Promise<void> {
  const places = [...page.html.matchAll(/\s(?:href|src|action)="([^"]*)"/g)].map(
    ([, at = '']) => new URL(at.replaceAll('&amp;', '&'), page.url),
  )
  assert.ok(places.length > 0, page.html)
  for (const { origin, pathname, href } of places) {
    if (origin !== new URL(page.url).origin) continue
    assert.ok(`${pathname}/`.startsWith(`${base}/`), `${page.url} leads to ${href}`)
    if (pathname.endsWith('.css')) assert.equal((await person.open(href)).status, 200, href)
  }
}

/** A reverse proxy as people run them: TLS here, plain HTTP to `target()`, and the usual headers. */
async function startProxy(target: () => number): Promise<HttpsServer & { readonly ca: string }> {
  await using files = await temporaryDirectory()
  const authority = await createAuthority(files.path, 'authority')
  const pair = await authority.issue({ name: 'proxy', usage: 'server', hosts: ['localhost'] })
  const server = await startHttpsServer(pair, 'localhost', (req, res) => {
    const headers = {
      ...req.headers,
      host: 'lanyard.internal',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': req.headers.host,
      'x-forwarded-proto': 'https',
    }
    const { method, url: path } = req
    const onward = forward(
      { host: '127.0.0.1', port: target(), method, path, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  return {
    ...server,
    ca: authority.certificate,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

describe('an issuer', () => {
  it('with a path works all the way', async () => {
    const port = await steadyPort()
    await using lanyard = await startLanyard({
      settings: {
        listen: { host: '127.0.0.1', port },
        issuer: `https://localhost:${port}/id`,
        issuerIsDefault: false,
      },
    })
    const person = await walkAround(lanyard)
    assert.equal((await person.open(`https://localhost:${port}/jwks`)).status, 404)
    assert.equal((await person.open(`https://localhost:${port}/idle/jwks`)).status, 404)
    await person.close()
  })

  it('works all the way behind a proxy that ends TLS, which alone is believed', async () => {
    let port = 0
    await using proxy = await startProxy(() => port)
    port = await steadyPort()
    await using plain = await startLanyard({
      settings: {
        listen: { host: '127.0.0.1', port },
        issuer: proxy.origin,
        issuerIsDefault: false,
        tls: { kind: 'none' },
        trustedProxies: ['127.0.0.1'],
      },
    })
    const person = await walkAround({ ...plain, ca: proxy.ca })
    await person.close()
    const { store } = plain.server.rooms
    const devices = await store.query.selectFrom('devices').select('created_address').execute()
    assert.deepEqual(
      new Set(devices.map((device) => device.created_address)),
      new Set(['203.0.113.9']),
    )
  })

  it('is named whatever a peer forges that is no trusted proxy', async () => {
    const port = await steadyPort()
    await using _lanyard = await startLanyard({
      settings: {
        listen: { host: '127.0.0.1', port },
        issuer: 'https://id.example.test',
        issuerIsDefault: false,
        tls: { kind: 'none' },
        trustedProxies: ['192.0.2.1'],
      },
    })
    const headers = {
      accept: 'text/html',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'for=203.0.113.9;host=evil.example;proto=http',
    }
    for (const path of ['/.well-known/openid-configuration', '/account', '/auth?client_id=none']) {
      const answer = await request(`http://127.0.0.1:${port}${path}`, { headers })
      const text = `${JSON.stringify(answer.headers)}${await answer.body.text()}`
      assert.doesNotMatch(text, /evil\.example|203\.0\.113\.9/, path)
      assert.doesNotMatch(text, /http:\/\/id\.example\.test/, path)
    }
    const form = 'client_id=kubectl-lanyard&scope=openid%20offline_access'
    const answer = await request(`http://127.0.0.1:${port}/device/auth`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    })
    const body = (await answer.body.json()) as Document
    assert.equal(body['verification_uri'], 'https://id.example.test/device')
  })
})
