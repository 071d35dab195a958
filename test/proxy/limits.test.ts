import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ask, connectTo, open } from './ask.ts'
import { type Stage, setStage } from './stage.ts'

describe('how much one may ask', () => {
  let stage: Stage

  before(async () => {
    stage = await setStage({
      handle(req, res) {
        if (req.url?.includes('watch=true') === true) res.write('{}\n')
        else res.end('ok')
      },
      change: (config) => ({
        ...config,
        limits: { requestsPerSecond: 4, openPerUser: 3, connections: 20, refusedPerMinute: 5 },
      }),
    })
    for (const name of ['ada', 'bob', 'eve', 'dan']) {
      stage.lanyard.people.set(`tok-${name}`, { username: name, groups: [] })
    }
  })
  after(() => stage[Symbol.asyncDispose]())

  const statusOf = async (token: string, path = '/api') =>
    (await ask(stage, { path, token })).status

  it('slows one user down, and no other', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 22; count += 1) statuses.push(await statusOf('tok-ada'))
    assert.deepEqual(statuses, [...new Array<number>(20).fill(200), 429, 429])
    const { headers, text } = await ask(stage, { path: '/api', token: 'tok-ada' })
    assert.match(String(headers['retry-after']), /^[1-5]$/)
    assert.match(text, /"reason":"TooManyRequests"/)
    assert.equal(await statusOf('tok-bob'), 200)
  })

  it('bounds what one user has open at one time', async () => {
    const watches = await Promise.all(
      [1, 2, 3].map(() => open(stage, { path: '/api/v1/pods?watch=true', token: 'tok-dan' })),
    )
    assert.equal(await statusOf('tok-dan'), 429)
    for (const watch of watches) watch.on('error', () => {}).destroy()
  })

  it('asks Lanyard once for the same token at one time', async () => {
    stage.lanyard.asks.length = 0
    await Promise.all([1, 2, 3, 4, 5].map(() => statusOf('tok-eve')))
    const asked = stage.lanyard.asks.flat().filter(({ token }) => token === 'tok-eve')
    assert.equal(asked.length, 1)
  })

  it('asks about no more tokens from where too many were refused, but knows whom it knew', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 8; count += 1) statuses.push(await statusOf(`tok-guess-${count}`))
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
    assert.equal(await statusOf('tok-bob'), 200)
    assert.equal(await statusOf('tok-never-seen'), 429)
  })

  it('takes no more connections than it was told to', async () => {
    const sockets = Array.from({ length: 40 }, () =>
      connectTo(stage.proxy.port, stage.authority.certificate),
    )
    const opened = await Promise.all(
      sockets.map(async (socket) => {
        socket.on('error', () => {})
        const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)))
        const connected = new Promise<boolean>((resolve) =>
          socket.once('secureConnect', () => resolve(true)),
        )
        return Promise.race([closed, connected])
      }),
    )
    assert.equal(opened.filter((isOpen) => isOpen).length, 20)
    for (const socket of sockets) socket.destroy()
  })
})
