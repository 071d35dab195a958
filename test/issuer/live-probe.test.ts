import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClusterId } from '../../src/errors/index.ts'
import { createGroupsAnswers } from '../../src/issuer/live/groups-answers.ts'
import { createProber, type ProbedCluster } from '../../src/issuer/live/probe.ts'
import type { OutboundAnswer } from '../../src/outbound/index.ts'

const prod: ProbedCluster = {
  id: 'c-prod' as ClusterId,
  ...{ name: 'prod', audience: 'prod', server: 'https://prod.example.com' },
  ...{ certificateAuthority: null, groupsPrefix: 'l:', liveGroups: true, replicas: [] },
  signingAlg: 'ES256',
}
const time = Date.UTC(2026, 6, 1, 12)

describe('what a probe concludes', () => {
  function probe(answer: OutboundAnswer, asked: boolean) {
    const claims = { groups: [] }
    const prober = createProber({
      ...{ clock: () => time, issuer: 'https://id.example.com' },
      signer: { sign: async () => 'token', active: () => ({ kid: 'k' }), use: () => undefined },
      tokens: { issue: async () => 'access', verify: async () => undefined },
      claims: { distributed: () => claims, claimFor: async () => claims },
      ...{ outbound: { ask: async () => answer }, wasAsked: () => asked },
    })
    return prober.probe(prod, prod.server, { timeoutMs: 1_000 })
  }
  const review = (groups: unknown) => JSON.stringify({ status: { userInfo: { groups } } })

  for (const [about, answer, asked, outcome, detail] of [
    ['its groups', { status: 201, text: review(['l:lanyard:probe']) }, true, 'accepted', ''],
    [
      'its groups without their prefix',
      { status: 201, text: review(['lanyard:probe']) },
      true,
      'refused',
      'it asked for groups and does not use them with the prefix "l:"',
    ],
    [
      'no list of groups',
      { status: 201, text: review('l:lanyard:probe') },
      false,
      'refused',
      'it lets tokens in and never asks for their groups',
    ],
    [
      'no JSON',
      { status: 201, text: '<html>' },
      false,
      'refused',
      'it lets tokens in and never asks for their groups',
    ],
    [
      '401',
      { status: 401, text: '' },
      false,
      'refused',
      '401 Unauthorized, and it never asked for groups: its log says why',
    ],
    [
      '401 after it asked',
      { status: 401, text: '' },
      true,
      'refused',
      '401 Unauthorized, though it asked for groups: its log says why',
    ],
    // Nobody looked at the token: no reason to put groups into tokens again.
    ['503 of a balancer', { status: 503, text: '' }, false, 'unreachable', 'status 503'],
    ['429', { status: 429, text: '' }, false, 'unreachable', 'status 429'],
  ] as const) {
    it(`${about}: ${outcome}`, async () => {
      assert.deepEqual(await probe(answer, asked), { outcome, detail })
    })
  }
})

describe('the signatures of answers that are kept', () => {
  let kid = 'one'
  let now = time
  let signed = 0
  const answers = createGroupsAnswers({
    ...{ clock: () => now, issuer: 'https://id.example.com' },
    signer: {
      active: (alg) => ({ kid: `${kid} ${alg}` }),
      use: () => undefined,
      sign: async (alg, claims) => {
        signed += 1
        return `${signed} ${alg} ${JSON.stringify(claims)}`
      },
    },
  })
  const groupsIn = (jwt: string) =>
    JSON.parse(jwt.slice(jwt.indexOf('{'))) as { aud: string; groups: string[] }

  it('are each for one key, one audience and one list, whatever the names hold', async () => {
    const asked = [
      ['ES256', 'prod', ['a', 'b']],
      ['RS256', 'prod', ['a', 'b']],
      ['ES256', 'test', ['a', 'b']],
      ['ES256', 'prod', ['a\nb']],
      ['ES256', 'prod', ['a","b']],
      ['ES256', 'prod\na', ['b']],
      ['ES256', 'prod', ['b', 'a']],
      ['ES256', 'prod', ['a', 'b', '']],
      ['ES256', 'prod', []],
    ] as const
    for (const [alg, audience, groups] of [...asked, ...asked]) {
      const jwt = await answers.answer(alg, audience, groups)
      const { aud, groups: told } = groupsIn(jwt)
      assert.ok(jwt.includes(` ${alg} `))
      assert.deepEqual({ aud, told }, { aud: audience, told: groups })
    }
    assert.equal(signed, asked.length)
  })

  it('are made anew after a minute, after a rotation, and when the clock went back', async () => {
    const before = signed
    const ask = () => answers.answer('ES256', 'prod', ['x'])
    await ask()
    now += 59_999
    await ask()
    assert.equal(signed, before + 1)
    now += 1
    await ask()
    assert.equal(signed, before + 2)
    kid = 'two'
    await ask()
    assert.equal(signed, before + 3)
    now -= 1
    await ask()
    assert.equal(signed, before + 4)
  })
})
