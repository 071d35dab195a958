import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCommandLine } from './command-line.ts'

const server = ['--server', 'https://k8s.example.com:6443']

describe('what a cluster and an application ask of a sign-in', () => {
  it('is nothing unless told, and set as a whole or in parts', async () => {
    await using line = await openCommandLine()
    const added = await line.json('Cluster', 'cluster', 'add', 'prod', ...server)
    assert.deepEqual([added.policy, added.stepUp], [{ factors: 'any', maxAge: null }, 'withhold'])
    const set = (...options: string[]) => line.json('Cluster', 'cluster', 'set', 'prod', ...options)
    const changed = await set('--factors', 'passkey', '--max-age', '15m', '--step-up', 'refuse')
    assert.deepEqual(
      [changed.policy, changed.stepUp],
      [{ factors: 'passkey', maxAge: 900 }, 'refuse'],
    )
    assert.deepEqual((await set('--factors', 'two')).policy, { factors: 'two', maxAge: 900 })
    assert.deepEqual((await set('--max-age', 'none')).policy, { factors: 'two', maxAge: null })
    const shown = await line.text('cluster', 'show', 'prod')
    assert.match(shown, /^sign-in +two factors$/m)
    assert.match(shown, /^groups that ask for more +refuse$/m)
  })

  it('stands from the first moment where it is said at once', async () => {
    await using line = await openCommandLine()
    const policy = ['--factors', 'two', '--max-age', '12h', '--step-up', 'refuse']
    const cluster = await line.json('Cluster', 'cluster', 'add', 'prod', ...server, ...policy)
    assert.deepEqual(
      [cluster.policy, cluster.stepUp],
      [{ factors: 'two', maxAge: 43_200 }, 'refuse'],
    )
    const { policy: asked, stepUp } = await line.json(
      ...(['ApplicationWithSecret', 'application', 'add', 'grafana'] as const),
      ...['--redirect-uri', 'https://grafana.example.com/cb', ...policy],
    )
    assert.deepEqual([asked, stepUp], [{ factors: 'two', maxAge: 43_200 }, 'refuse'])
    const changed = await line.json(
      ...(['Application', 'application', 'set', 'grafana', '--factors', 'any'] as const),
    )
    assert.deepEqual(changed.policy, { factors: 'any', maxAge: 43_200 })
    assert.match(
      await line.text('application', 'show', 'grafana'),
      /^sign-in +any, at most 12h old$/m,
    )
  })

  for (const [options, code, sentence] of [
    [['--factors', 'three'], 2, /Allowed choices are any, two, passkey/],
    [['--step-up', 'maybe'], 2, /Allowed choices are refuse, withhold/],
    [['--max-age', 'soon'], 2, /--max-age soon: a time is written 90s, 10m, 1h or 30d/],
    [
      ['--max-age', '59s'],
      1,
      /a sign-in of at most 59 seconds must be a whole number from 60 to 7776000/,
    ],
    [['--max-age', '91d'], 1, /must be a whole number from 60 to 7776000/],
  ] as const) {
    it(`refuses ${options.join(' ')}`, async () => {
      await using line = await openCommandLine()
      await line.text('cluster', 'add', 'prod', ...server)
      const { code: exit, stderr } = await line.run(['cluster', 'set', 'prod', ...options])
      assert.match(stderr, sentence)
      assert.equal(exit, code)
      const { policy } = await line.json('ClusterDetails', 'cluster', 'show', 'prod')
      assert.deepEqual(policy, { factors: 'any', maxAge: null })
    })
  }
})
