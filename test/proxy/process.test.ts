import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { connect as connectHttp2 } from 'node:http2'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { poll } from '../support/poll.ts'
import { type RunningProcess, runProcess, startProcess } from '../support/process.ts'
import { connectTo } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

const command = fileURLToPath(new URL('../../bin/lanyard.js', import.meta.url))
const WATCHES = 1_000
const PER_SESSION = 250
const EVENT = `${JSON.stringify({ type: 'MODIFIED', object: { data: 'x'.repeat(4_000) } })}\n`

describe('lanyard proxy, a process of its own', () => {
  const owned = new AsyncDisposableStack()
  const watches = new Set<ServerResponse>()
  let stage: Stage
  let child: RunningProcess
  let file: string
  let port: number
  let health: string

  before(async () => {
    // The stage's own proxy stands beside: what matters here are the stubs behind it.
    stage = owned.use(
      await setStage({
        handle(req, res) {
          if (req.url?.includes('watch=true') !== true) {
            res.end('ok')
            return
          }
          watches.add(res)
          res.once('close', () => watches.delete(res))
          res.write(EVENT)
        },
      }),
    )
    for (let user = 0; user < 100; user += 1) {
      stage.lanyard.people.set(`tok-${user}`, { username: `user-${user}`, groups: ['dev'] })
    }
    const { clusters, limits } = stage.config
    file = join(stage.directory, 'proxy.yaml')
    await copyFile(stage.serving.certificatePath, join(stage.directory, 'tls.crt'))
    await copyFile(stage.serving.keyPath, join(stage.directory, 'tls.key'))
    const byName = clusters.map(({ name, upstream, ...cluster }) => {
      const { tokenFile: _, ...given } = upstream
      return [name, { ...cluster, upstream: given }]
    })
    const document = {
      ...{ listen: '127.0.0.1:0', health: '127.0.0.1:0' },
      ...{ tls: { certificate: 'tls.crt', key: 'tls.key' }, limits },
      clusters: Object.fromEntries(byName) as object,
      log: { level: 'error' },
    }
    await writeFile(file, stringify(document))
    child = await startProcess({
      ...{ command: process.execPath, args: [command, 'proxy', '--config', file] },
      env: { PATH: process.env['PATH'] },
    })
    const ready = /port (\d+) for alpha, beta; .* port (\d+)/
    const [, main = '', other = ''] = await child.waitForLine('stdout', ready)
    port = Number(main)
    health = `http://127.0.0.1:${other}`
  })
  after(async () => {
    await child?.stop()
    await owned.disposeAsync()
  })

  const rssMb = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) /
    1024

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${health}/metrics`)).text()
    return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)`, 'm').exec(text)?.[1])
  }

  it('says that it lives and whether it is ready, where nobody who uses it looks', async () => {
    assert.equal((await fetch(`${health}/livez`)).status, 200)
    assert.equal((await fetch(`${health}/readyz`)).status, 200)
    assert.equal((await fetch(`${health}/secrets`)).status, 404)
    stage.lanyard.status = 500
    const text = await poll('it is not ready', async () => {
      const answer = await fetch(`${health}/readyz`)
      return answer.status === 503 && (await answer.text())
    })
    assert.match(
      text,
      /^alpha: cannot ask Lanyard at https:\/\/localhost:\d+: it answered 500\nbeta: /,
    )
    stage.lanyard.status = 200
    await poll('it is ready again', async () => (await fetch(`${health}/readyz`)).status === 200)
  })

  it('holds a thousand watches in memory that does not grow with what they show', async () => {
    const sessions: ClientHttp2Session[] = []
    const streams: ClientHttp2Stream[] = []
    let received = 0
    for (let first = 0; first < WATCHES; first += PER_SESSION) {
      const session = connectHttp2(`https://127.0.0.1:${port}`, {
        ...{ ca: stage.authority.certificate, servername: 'alpha.test' },
      })
      sessions.push(session)
      for (let number = first; number < first + PER_SESSION; number += 1) {
        const stream = session.request({
          ...{ ':path': '/api/v1/pods?watch=true', ':authority': 'alpha.test' },
          authorization: `Bearer tok-${number % 100}`,
        })
        stream.on('data', (chunk: Buffer) => {
          received += chunk.length
        })
        streams.push(stream)
      }
    }
    const all = (rounds: number) =>
      poll('all have it', async () => received === WATCHES * EVENT.length * rounds, {
        timeoutMs: 30_000,
      })
    await all(1)
    assert.equal(await metric('lanyard_proxy_open_requests{cluster="alpha"}'), WATCHES)
    let rounds = 1
    const measured: number[] = []
    for (let step = 0; step < 8; step += 1) {
      for (let round = 0; round < 15; round += 1) {
        for (const watch of watches) watch.write(EVENT)
        rounds += 1
        await all(rounds)
      }
      measured.push(Math.round(rssMb()))
    }
    const shownMb = (rounds * WATCHES * EVENT.length) / 1_048_576
    console.log(
      `# ${WATCHES} watches, ${Math.round(shownMb)} MB shown: RSS ${measured.join(', ')} MB`,
    )
    for (const session of sessions) session.destroy()
    await poll('all are closed', async () => watches.size === 0)
    // What the collector has not come to yet is some of it; what is kept would be all.
    const [first = 0] = measured
    const grown = (measured.at(-1) ?? 0) - first
    assert.ok(grown < shownMb / 4, `RSS in MB: ${measured.join(', ')}, ${shownMb} MB shown`)
    assert.equal(await metric('lanyard_proxy_open_requests{cluster="alpha"}'), 0)
  })

  it('holds little of what a slow client does not take', async () => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ...{ ca: stage.authority.certificate, servername: 'alpha.test' },
    })
    const stream = session.request({
      ...{ ':path': '/api/v1/pods?watch=true', ':authority': 'alpha.test' },
      authorization: 'Bearer tok-1',
    })
    await once(stream, 'response')
    stream.pause()
    const [watch] = watches
    assert.ok(watch)
    const before = rssMb()
    const big = Buffer.alloc(1024 * 1024, 120)
    let written = 0
    while (watch.write(big) && written < 64) written += 1
    for (let more = 0; more < 64; more += 1) watch.write(big)
    await poll('the apiserver waits', async () => watch.writableLength > 32 * big.length)
    assert.ok(rssMb() - before < 32, `${Math.round(rssMb() - before)} MB more`)
    session.destroy()
    await poll('it is closed', async () => watches.size === 0)
  })

  it('takes a new certificate without a restart', async () => {
    const next = await stage.authority.issue({
      name: 'next',
      usage: 'server',
      hosts: ['next.test', 'alpha.test'],
    })
    for (const [from, to] of [
      [next.keyPath, 'tls.key'],
      [next.certificatePath, 'tls.crt'],
    ] as const) {
      await copyFile(from, join(stage.directory, `${to}.new`))
      await rename(join(stage.directory, `${to}.new`), join(stage.directory, to))
    }
    await poll('it is shown', async () => {
      const socket = connectTo(port, stage.authority.certificate)
      await once(socket, 'secureConnect')
      const { subject } = socket.getPeerCertificate()
      socket.destroy()
      return subject.CN === 'next'
    })
  })

  it('names every fault of its file, and ends with 2', async () => {
    const broken = join(stage.directory, 'broken.yaml')
    await writeFile(
      broken,
      'health: nope\ntls: {certificate: a, key: b}\nclusters: {a: {issuer: "http://x", upstream: {server: "https://a", mode: front-proxy, tokenFile: x}}}\nextra: 1\n',
    )
    const result = await runProcess({
      ...{ command: process.execPath, args: [command, 'proxy', '--config', broken] },
      env: { PATH: process.env['PATH'] },
    })
    assert.deepEqual(result, {
      code: 2,
      stdout: '',
      stderr: [
        `lanyard: error: the proxy's configuration ${broken} has 4 faults:`,
        '  health: expected host:port, such as 0.0.0.0:9443',
        '  clusters.a.issuer: expected an https URL without user, query or fragment',
        '  clusters.a.upstream: expected clientCertificate and clientKey, and no tokenFile: a front proxy is known by its certificate',
        '  the file: Unrecognized key: "extra"',
        'lanyard: hint: `lanyard cluster proxy-config NAME` prints one that is whole',
        '',
      ].join('\n'),
    })
  })

  it('ends at a signal, watches and all', async () => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ...{ ca: stage.authority.certificate, servername: 'alpha.test' },
    })
    session.on('error', () => {})
    const stream = session.request({
      ...{ ':path': '/api/v1/pods?watch=true', ':authority': 'alpha.test' },
      authorization: 'Bearer tok-1',
    })
    stream.on('error', () => {})
    await once(stream, 'data')
    const began = performance.now()
    const { code } = await child.stop(9_000)
    assert.equal(code, 0)
    assert.ok(performance.now() - began < 9_000)
  })
})
