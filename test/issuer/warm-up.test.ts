import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import type { ClusterId } from '../../src/errors/index.ts'
import type { ProbeResult } from '../../src/issuer/live/probe.ts'
import { probeEvery } from '../../src/issuer/live/schedule.ts'
import { createWarmUp, type WarmUp } from '../../src/issuer/live/warm-up.ts'
import type { LiveCluster } from '../../src/issuer/live/watched.ts'
import { testLog } from './support.ts'

const ACCEPTED: ProbeResult = { outcome: 'accepted', detail: '' }
const REFUSED: ProbeResult = { outcome: 'refused', detail: '401 Unauthorized' }
const UNREACHABLE: ProbeResult = { outcome: 'unreachable', detail: 'connection refused' }

function cluster(name: string, change: Partial<LiveCluster> = {}): LiveCluster {
  return {
    id: `c-${name}` as ClusterId,
    name,
    audience: name,
    server: `https://${name}.example.com`,
    certificateAuthority: null,
    groupsPrefix: '',
    liveGroups: true,
    replicas: [],
    signingAlg: 'ES256',
    fallbackAfter: null,
    ...change,
  }
}

describe('when an apiserver is probed', () => {
  const seconds = (value: number) => value * 1000
  for (const [about, from, since, accepted, expected] of [
    ['at its start, often', 'this', 0, false, 100],
    ['at its start, once it has accepted one', 'this', 1, true, 1_000],
    ['when it does not come up', 'this', 15, false, 1_000],
    ['shortly before a reload takes effect', 'this', 9.6, true, 40],
    ['at the moment of a reload', 'this', 10, true, 8],
    ['after it', 'this', 12.9, true, 40],
    ['long after it', 'this', 13, true, 1_000],
    ['for a minute', 'this', 59.9, true, 1_000],
    ['and no longer', 'this', 60, false, null],
    ['when somebody unknown asked', 'somebody', 0, false, 100],
    ['who is not known to reload', 'somebody', 10, true, 1_000],
    ['for our own start', 'ourselves', 0, false, 1_000],
    ['for our own start, until it accepts one', 'ourselves', 1, true, null],
  ] as const) {
    it(`${about}: ${expected === null ? 'never' : `every ${expected} ms`}`, () => {
      const trigger = { at: 5_000, from }
      const acceptedAt = accepted ? 5_001 : null
      assert.equal(probeEvery(trigger, acceptedAt, 5_000 + seconds(since)), expected)
    })
  }

  it('does not count what was accepted before', () => {
    assert.equal(probeEvery({ at: 5_000, from: 'this' }, 4_999, 6_000), 100)
  })
})

describe('the warm-up', () => {
  let now = 0
  let asked: string[]
  let answer: (address: string) => ProbeResult | Promise<ProbeResult>
  let fallbacks: boolean[]
  let rows: string[]
  let warmUp: WarmUp
  const logged: string[] = []

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    now = 1_000_000
    asked = []
    rows = []
    fallbacks = []
    answer = () => ACCEPTED
    warmUp = createWarmUp({
      log: testLog(logged),
      now: () => now,
      prober: () => ({
        probe: async (_cluster, address) => {
          asked.push(address)
          return answer(address)
        },
      }),
      record: async ({ name }, _address, { outcome }) => void rows.push(`${name} ${outcome}`),
      recordFallback: async (_cluster, began) => void fallbacks.push(began),
    })
  })
  afterEach(async () => {
    await warmUp.close()
    mock.timers.reset()
  })

  /** Lets time pass in the steps in which timers look. */
  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 4) {
      now += 4
      mock.timers.tick(4)
      // What was begun concludes before the next look.
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('asks a new cluster until it accepts, and then leaves it alone', async () => {
    answer = () => UNREACHABLE
    warmUp.use([cluster('prod')])
    await pass(2_100)
    assert.equal(asked.length, 3)
    answer = () => ACCEPTED
    await pass(5_000)
    assert.equal(asked.length, 4)
    assert.deepEqual(rows, ['prod unreachable', 'prod accepted'])
  })

  it('asks every replica that is listed, and the server not', async () => {
    const replicas = ['https://10.0.0.1:6443', 'https://10.0.0.2:6443']
    warmUp.use([cluster('prod', { replicas })])
    await pass(100)
    assert.deepEqual(asked.sort(), replicas)
  })

  it('asks every cluster when an unknown address fetches the discovery document, and its own when it is known', async () => {
    warmUp.use([cluster('prod'), cluster('test')])
    await pass(100)
    asked.length = 0
    warmUp.discoverySeen('192.0.2.1')
    await pass(100)
    assert.deepEqual(asked.sort(), ['https://prod.example.com', 'https://test.example.com'])
    await pass(61_000)
    asked.length = 0
    warmUp.asked('test', '192.0.2.2', 'probe.1')
    warmUp.discoverySeen('192.0.2.2')
    await pass(100)
    assert.deepEqual(asked, ['https://test.example.com'])
  })

  it('holds what a person is told while an apiserver starts, until a probe that began later is accepted', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    let released = false
    const hold = () => void warmUp.untilWarm('prod').then(() => (released = true))
    hold()
    await pass(4)
    assert.equal(released, true, 'nothing began')
    released = false
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    const earlier = Promise.withResolvers<ProbeResult>()
    answer = () => earlier.promise
    asked.length = 0
    warmUp.discoverySeen('192.0.2.1')
    await pass(60)
    assert.equal(asked.length, 1)
    hold()
    answer = () => REFUSED
    earlier.resolve(ACCEPTED)
    await pass(4)
    assert.equal(released, false, 'by a probe from before')
    answer = () => ACCEPTED
    await pass(1_100)
    assert.equal(released, true)
  })

  it('holds up nobody for a stranger, nor where no probe ever got through', async () => {
    warmUp.use([cluster('prod'), cluster('far')])
    answer = (address) => (address.includes('far') ? UNREACHABLE : ACCEPTED)
    await pass(100)
    answer = () => UNREACHABLE
    warmUp.discoverySeen('192.0.2.66')
    warmUp.asked('far', '192.0.2.2', 'probe.1')
    warmUp.discoverySeen('192.0.2.2')
    const released: string[] = []
    for (const name of ['prod', 'far', 'unknown']) {
      void warmUp.untilWarm(name).then(() => released.push(name))
    }
    await pass(4)
    assert.deepEqual(released.sort(), ['far', 'prod', 'unknown'])
  })

  it('holds it around the moment of a reload, two seconds at most', async () => {
    warmUp.use([cluster('prod')])
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    warmUp.discoverySeen('192.0.2.1')
    await pass(9_600)
    answer = () => REFUSED
    let released = false
    void warmUp.untilWarm('prod').then(() => (released = true))
    await pass(1_900)
    assert.equal(released, false)
    await pass(200)
    assert.equal(released, true)
  })

  it('takes nobody for an apiserver who asks with a token of a person', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    warmUp.asked('prod', '192.0.2.7', null)
    warmUp.discoverySeen('192.0.2.7')
    await pass(9_600)
    asked.length = 0
    await pass(600)
    assert.ok(asked.length <= 1, `${asked.length} probes around a reload that is none`)
  })

  it('goes first at a reload though its address fetches the document every second', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    for (let second = 0; second < 10; second += 1) {
      warmUp.discoverySeen('192.0.2.1')
      await pass(996)
    }
    asked.length = 0
    await pass(400)
    assert.ok(asked.length >= 30, `${asked.length} probes around the reload`)
  })

  it('is bounded however often the discovery document is fetched', async () => {
    const hanging = Promise.withResolvers<ProbeResult>()
    answer = () => hanging.promise
    warmUp.use([cluster('prod')])
    for (let request = 0; request < 10_000; request += 1) warmUp.discoverySeen(`192.0.2.${request}`)
    await pass(3_000)
    assert.equal(asked.length, 6)
    hanging.resolve(ACCEPTED)
    await pass(10)
    asked.length = 0
    answer = () => ACCEPTED
    await pass(61_000)
    assert.ok(asked.length <= 61, `${asked.length} probes in a minute`)
    asked.length = 0
    await pass(5_000)
    assert.deepEqual(asked, [])
  })

  it('lets no stranger push out what an apiserver began, nor begin the frequent part again and again', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    warmUp.discoverySeen('192.0.2.1')
    await pass(100)
    asked.length = 0
    for (let second = 0; second < 9; second += 1) {
      warmUp.discoverySeen(`198.51.100.${second}`)
      await pass(1_000)
    }
    assert.ok(asked.length <= 11, `${asked.length} probes in nine seconds`)
    asked.length = 0
    // From 9.1 to 10.4 s after its own request: when a reload takes effect.
    await pass(1_300)
    assert.ok(asked.length >= 30, `${asked.length} probes around the reload`)
  })

  it('warms an apiserver at its reload though many others hang', async () => {
    const dead = Array.from({ length: 12 }, (_, index) => cluster(`dead-${index}`))
    const timedOut = Promise.withResolvers<ProbeResult>()
    answer = (address) => (address.includes('dead') ? UNREACHABLE : ACCEPTED)
    warmUp.use([cluster('prod'), ...dead])
    await pass(100)
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    answer = (address) => (address.includes('dead') ? timedOut.promise : ACCEPTED)
    warmUp.discoverySeen('198.51.100.1')
    warmUp.discoverySeen('192.0.2.1')
    await pass(9_900)
    asked.length = 0
    await pass(400)
    const warming = asked.filter((address) => address.includes('prod')).length
    timedOut.resolve(UNREACHABLE)
    assert.ok(warming >= 30, `${warming} probes around the reload`)
  })

  it('begins anew when the cluster changes, and ends when it goes', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    warmUp.use([cluster('prod')])
    await pass(100)
    assert.equal(asked.length, 1)
    warmUp.use([cluster('prod', { server: 'https://new.example.com' })])
    await pass(100)
    assert.deepEqual(asked, ['https://prod.example.com', 'https://new.example.com'])
    warmUp.use([])
    warmUp.discoverySeen('192.0.2.1')
    await pass(2_000)
    assert.equal(asked.length, 2)
  })

  it('knows which of its probes made the apiserver ask for groups', () => {
    warmUp.asked('prod', '192.0.2.1', 'probe.1')
    assert.deepEqual([warmUp.wasAsked('probe.1'), warmUp.wasAsked('probe.2')], [true, false])
  })

  it('falls back after the time that the admin named, and comes back with the first probe that is accepted', async () => {
    answer = () => REFUSED
    warmUp.use([cluster('prod', { fallbackAfter: 30 })])
    await pass(29_000)
    assert.equal(warmUp.fallsBack('prod'), false)
    await pass(12_000)
    assert.equal(warmUp.fallsBack('prod'), true)
    answer = () => ACCEPTED
    await pass(11_000)
    assert.equal(warmUp.fallsBack('prod'), false)
    assert.deepEqual(fallbacks, [true, false])
  })

  it('begins anew for a stranger who comes later', async () => {
    warmUp.use([cluster('prod')])
    await pass(100)
    warmUp.discoverySeen('198.51.100.1')
    await pass(15_100)
    answer = () => REFUSED
    asked.length = 0
    warmUp.discoverySeen('198.51.100.2')
    await pass(1_000)
    assert.ok(asked.length >= 9, `${asked.length} probes in a second`)
  })

  it('ends a fallback with the live groups that it stood in for', async () => {
    answer = () => REFUSED
    warmUp.use([cluster('prod', { fallbackAfter: 30 })])
    await pass(41_000)
    assert.deepEqual([warmUp.fallsBack('prod'), fallbacks], [true, [true]])
    warmUp.use([])
    await pass(4)
    assert.deepEqual([warmUp.fallsBack('prod'), fallbacks], [false, [true, false]])
  })

  it('never falls back where nobody asked for it, nor where the apiserver cannot be reached', async () => {
    answer = (address) => (address.includes('prod') ? REFUSED : UNREACHABLE)
    warmUp.use([cluster('prod'), cluster('test', { fallbackAfter: 30 })])
    await pass(50_000)
    assert.deepEqual([warmUp.fallsBack('prod'), warmUp.fallsBack('test')], [false, false])
  })

  it('outlives a probe that fails in a way nobody thought of', async () => {
    answer = () => {
      throw new TypeError('surprise')
    }
    warmUp.use([cluster('prod')])
    await pass(100)
    assert.ok(logged.some((line) => line.includes('warming an apiserver failed')))
    answer = () => ACCEPTED
    await pass(1_500)
    assert.deepEqual(rows, ['prod accepted'])
  })
})
