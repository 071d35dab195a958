import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createAuthority } from '../support/certificates.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { poll } from '../support/poll.ts'
import { ask, open } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

const RELOAD_MS = 50
const OLD_STAYS = 'new files cannot be used; the old stay'
const REPLACED = "the proxy's own certificate for the apiserver was replaced"

const nameOf = (req: IncomingMessage) =>
  String((req.socket as TLSSocket).getPeerCertificate().subject?.CN)

/** As `kubelet` and `cert-manager` do: a file is there whole or not at all. */
async function replace(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

describe('the files by which the proxy is known, without a restart', () => {
  let stage: Stage
  let files: { certificate: string; key: string; authority: string }
  let watching: ServerResponse | undefined

  before(async () => {
    stage = await setStage({
      handle(req, res) {
        if (req.url?.includes('watch=true') === true) {
          watching = res
          res.write(`${nameOf(req)}\n`)
        } else res.end(nameOf(req))
      },
      upgrade: (req, socket) =>
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Peer: ${nameOf(req)}\r\n\r\n`,
        ),
      options: { reloadEveryMs: RELOAD_MS },
    })
    stage.lanyard.people.set('tok-ada', { username: 'ada', groups: [] })
    const { clientCertificate, clientKey, certificateAuthority } =
      stage.config.clusters[0]?.upstream ?? {}
    assert.ok(clientCertificate && clientKey && certificateAuthority)
    files = {
      ...{ certificate: clientCertificate, key: clientKey },
      authority: certificateAuthority,
    }
  })
  after(() => stage[Symbol.asyncDispose]())

  const get = () => ask(stage, { path: '/api', token: 'tok-ada' })
  const linesOf = (message: string) => stage.lines.filter(({ msg }) => msg === message)

  function upgradedAs(): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ host: '127.0.0.1', port: stage.proxy.port, ca: stage.authority.certificate },
        ...{ servername: 'alpha.test', path: '/api/v1/namespaces/a/pods/b/exec', agent: false },
        method: 'POST',
        headers: {
          ...{ host: 'alpha.test', authorization: 'Bearer tok-ada' },
          ...{ connection: 'Upgrade', upgrade: 'SPDY/3.1' },
        },
      })
      sent.on('upgrade', ({ headers }, socket) => {
        socket.destroy()
        resolve(String(headers['x-peer']))
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  it('takes a new client certificate with its key, and keeps the old one until both are there', async () => {
    const next = await stage.authority.issue({ name: 'front-proxy-2', usage: 'client' })
    const watch = await open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-ada' })
    const [first] = (await once(watch, 'data')) as [Buffer]
    assert.equal(first.toString(), 'front-proxy\n')
    assert.equal((await get()).text, 'front-proxy')

    await replace(files.certificate, next.certificate)
    // Two clusters, each told once however often it looks.
    await poll('half of a pair is told', async () => linesOf(OLD_STAYS).length === 2)
    assert.equal((await get()).text, 'front-proxy')
    await replace(files.key, next.key)
    await poll('the new pair is used', async () => linesOf(REPLACED).length === 2)
    assert.equal(linesOf(OLD_STAYS).length, 2)
    assert.deepEqual(
      [(await get()).text, (await get()).text, await upgradedAs()],
      ['front-proxy-2', 'front-proxy-2', 'front-proxy-2'],
    )

    // What was open goes on over the connection that it has.
    assert.equal(watch.destroyed, false)
    watching?.write('more\n')
    const [more] = (await once(watch, 'data')) as [Buffer]
    assert.equal(more.toString(), 'more\n')
    watch.destroy()
    const peers = () =>
      [...stage.upstreamSockets].map((socket) =>
        String((socket as TLSSocket).getPeerCertificate()?.subject?.CN),
      )
    await poll('no connection of the old one is left', async () => !peers().includes('front-proxy'))
  })

  it('trusts a new authority, and the old one no more', async () => {
    const { certificate } = stage.authority
    const other = await createAuthority(stage.directory, 'other-authority')
    const replaced = linesOf(REPLACED).length
    await replace(files.authority, other.certificate)
    await poll('it is taken', async () => linesOf(REPLACED).length === replaced + 2)
    const refused = await get()
    assert.equal(refused.status, 502)
    assert.deepEqual(JSON.parse(refused.text), {
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      ...{ message: 'lanyard proxy: the apiserver cannot be reached', reason: 'InternalError' },
      code: 502,
    })
    await replace(files.authority, `${other.certificate}${certificate}`)
    await poll('both are taken', async () => linesOf(REPLACED).length === replaced + 4)
    assert.equal((await get()).status, 200)
  })

  for (const [what, content, fault] of [
    ['empty', '', /^the file \S+\.crt holds no certificate$/],
    [
      'cut',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /^the file \S+\.crt cannot be used: /,
    ],
    ['no PEM', 'moved', /^the file \S+\.crt holds no certificate$/],
  ] as const) {
    it(`keeps the authority that it has while the file is ${what}`, async () => {
      const told = linesOf(OLD_STAYS).length
      await replace(files.authority, content)
      await poll('it is told', async () => linesOf(OLD_STAYS).length === told + 2)
      const { err } = linesOf(OLD_STAYS).at(-1) as { err: { code: string; message: string } }
      assert.equal(err.code, 'ERR_TLS_FILE')
      assert.match(err.message, fault)
      // Over a connection of its own, as the kept ones ask no authority any more.
      assert.equal(await upgradedAs(), 'front-proxy-2')
      await replace(files.authority, stage.authority.certificate)
    })
  }
})

describe('the token by which the proxy is known, without a restart', () => {
  let stage: Stage
  let file: string

  before(async () => {
    for (const value of ['sa-token-1', 'sa-token-2']) noteSecret(value, 'service account token')
    stage = await setStage({
      mode: 'impersonation',
      handle: (req, res) => res.end(req.headers.authorization),
      change(config) {
        const [alpha] = config.clusters
        assert.ok(alpha?.upstream.certificateAuthority)
        file = join(alpha.upstream.certificateAuthority, '..', 'token')
        const upstream = { ...alpha.upstream, clientCertificate: null, clientKey: null }
        return { ...config, clusters: [{ ...alpha, upstream: { ...upstream, tokenFile: file } }] }
      },
      prepare: (directory) => writeFile(join(directory, 'token'), 'sa-token-1\n', { mode: 0o600 }),
      options: { reloadEveryMs: RELOAD_MS },
    })
    stage.lanyard.people.set('tok-ada', { username: 'ada', groups: [] })
  })
  after(() => stage[Symbol.asyncDispose]())

  const get = async () => (await ask(stage, { path: '/api', token: 'tok-ada' })).text
  const told = () => stage.lines.filter(({ msg }) => msg === OLD_STAYS).length

  it('shows the one that is there now, and the last good one while there is none', async () => {
    assert.equal(await get(), 'Bearer sa-token-1')
    await replace(file, '')
    await poll('an empty one is told', async () => told() === 1)
    assert.equal(await get(), 'Bearer sa-token-1')
    await replace(file, 'sa-token-2\n')
    await poll('the new one is shown', async () => (await get()) === 'Bearer sa-token-2')
    await replace(file, 'two lines\nof text')
    await poll('what is no token is told', async () => told() === 2)
    assert.equal(await get(), 'Bearer sa-token-2')
    await rename(file, `${file}.gone`)
    await poll('a file that is gone is told', async () => told() === 3)
    assert.equal(await get(), 'Bearer sa-token-2')
  })
})
