import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ANY_SIGN_IN,
  type Authentication,
  type Decision,
  type DecisionSubject,
  decide,
  FACTORS,
  type GuardedGroup,
  KUBECTL_CLIENT_ID,
  type Question,
  type SignInPolicy,
  type Target,
} from '../../src/access/index.ts'
import type { ApplicationId, ClusterId, DeviceId, UserId } from '../../src/errors/index.ts'

const now = 10_000_000
const SOON = now + 7_000

const bob: DecisionSubject = {
  userId: 'u-bob' as UserId,
  username: 'bob',
  status: 'active',
  mustChangePassword: false,
  sessionsValidFrom: 0,
  groups: ['admins', 'dev'],
  guarded: [],
  ways: [],
  groupsEndAt: null,
}

/** The strength of an `acr`, by hand: one that nobody knows is the weakest. */
const acrs: Record<string, number> = {
  'urn:lanyard:acr:one-factor': 0,
  'urn:lanyard:acr:two-factors': 1,
  'urn:lanyard:acr:passkey': 2,
  'urn:lanyard:acr:PASSKEY': 0,
  phrh: 0,
  '': 0,
}
const ages = [-5, 0, 59.999, 60, 3_599, 3_600, Number.NaN]
const policies: SignInPolicy[] = FACTORS.flatMap((factors) =>
  [null, 60, 3_600].map((maxAge) => ({ factors, maxAge })),
)
const guards = (policy: SignInPolicy): Record<string, readonly GuardedGroup[]> => ({
  'the group that opens': [{ name: 'dev', policy }],
  'another group': [{ name: 'admins', policy }],
  'both, one with another policy': [
    { name: 'admins', policy: { factors: 'passkey', maxAge: 3_600 } },
    { name: 'dev', policy },
  ],
})

const cluster = {
  kind: 'cluster',
  id: 'c' as ClusterId,
  name: 'prod',
  audience: 'prod',
  liveGroups: true,
  fallbackAfter: null,
} as const
const application = {
  kind: 'application',
  id: 'a' as ApplicationId,
  name: 'grafana',
  clientId: 'grafana',
} as const

/** Threat 16, in other words than the code's: what this sign-in gets, and until when. */
function expected({ subject, target, authentication }: Question): string {
  if (subject === undefined || target === undefined) throw new TypeError('both are given here')
  const strength = acrs[authentication.acr] ?? 0
  const age = (now - authentication.at) / 1000
  const lack = ({ factors, maxAge }: SignInPolicy) =>
    strength < { any: 0, two: 1, passkey: 2 }[factors]
      ? { any: '', two: 'second_factor_required', passkey: 'passkey_required' }[factors]
      : maxAge !== null && !(age < maxAge)
        ? 'sign_in_too_old'
        : null
  if (target.kind === 'kubectl') return 'admins,dev until never'
  const own = lack(target.policy)
  if (own !== null) return own
  const lacking = subject.guarded.filter(({ policy }) => lack(policy) !== null)
  const lacks = (name: string) => lacking.find((group) => group.name === name)
  const [first] = lacking
  if (first !== undefined && target.stepUp === 'refuse') return String(lack(first.policy))
  const closed = lacks('dev')
  if (closed !== undefined && !target.everyone) return String(lack(closed.policy))
  const ends = [
    subject.groupsEndAt,
    ...[target.policy, ...subject.guarded.map(({ policy }) => policy)]
      .filter((policy) => lack(policy) === null)
      .map(({ maxAge }) => (maxAge === null ? null : authentication.at + maxAge * 1000)),
  ].filter((end) => end !== null)
  const groups = ['admins', 'dev'].filter((name) => !lacks(name))
  return `${groups.join()} until ${ends.length === 0 ? 'never' : Math.min(...ends)}`
}

function told(decision: Decision): string {
  if (decision.kind === 'refused') return decision.reason
  const { groups, withheld, until } = decision.admission
  assert.deepEqual([...groups, ...withheld].sort(), ['admins', 'dev'], 'none is lost')
  return `${groups.join()} until ${until ?? 'never'}`
}

test('policies × sign-ins × guarded groups × stepUp × memberships that end: each has its one answer', () => {
  let asked = 0
  const seen = new Set<string>()
  for (const own of policies) {
    for (const stepUp of ['refuse', 'withhold'] as const) {
      const targets: Target[] = [true, false].flatMap((everyone) => [
        { ...cluster, everyone, groups: ['dev'], policy: own, stepUp },
        { ...application, everyone, groups: ['dev'], policy: own, stepUp },
      ])
      for (const target of [...targets, { kind: 'kubectl' } as const]) {
        for (const groupPolicy of policies) {
          for (const [which, guarded] of Object.entries({ none: [], ...guards(groupPolicy) })) {
            for (const groupsEndAt of [null, SOON]) {
              for (const acr of Object.keys(acrs)) {
                for (const age of ages) {
                  const authentication: Authentication = { at: now - age * 1000, amr: [], acr }
                  if (Number.isNaN(age)) continue
                  const subject = { ...bob, guarded, groupsEndAt }
                  const question = { subject, target, device: 'new', authentication, now } as const
                  const answer = told(decide(question))
                  const where = `${target.kind} ${JSON.stringify(own)} ${stepUp}, guarded: ${which} ${JSON.stringify(groupPolicy)}, ${acr} ${age} s ago`
                  if (answer !== expected(question)) assert.equal(answer, expected(question), where)
                  seen.add(answer.replace(/\d+/, 'a time'))
                  asked++
                }
              }
            }
          }
        }
      }
    }
  }
  assert.equal(asked, 9 * 2 * 5 * 9 * 4 * 2 * 6 * 6)
  assert.deepEqual(
    [...seen].sort(),
    [
      ...[' until a time', ' until never', 'admins until a time', 'admins until never'],
      ...['admins,dev until a time', 'admins,dev until never', 'dev until a time'],
      ...['dev until never', 'passkey_required', 'second_factor_required', 'sign_in_too_old'],
    ].sort(),
  )
})

test('a sign-in at no time satisfies no age', () => {
  for (const policy of policies) {
    const decision = decide({
      subject: { ...bob, sessionsValidFrom: Number.NEGATIVE_INFINITY },
      target: { ...cluster, everyone: true, groups: [], policy, stepUp: 'withhold' },
      device: 'new',
      authentication: { at: Number.NaN, amr: [], acr: 'urn:lanyard:acr:passkey' },
      now,
    })
    assert.equal(decision.kind, 'refused')
  }
})

test('no admission outlives the moment when time alone would change the answer', () => {
  const policy = { factors: 'two', maxAge: 60 } as const
  const ask = (at: number) =>
    decide({
      subject: bob,
      target: { ...cluster, everyone: false, groups: ['dev'], policy, stepUp: 'withhold' },
      device: 'new',
      authentication: { at: now, amr: [], acr: 'urn:lanyard:acr:two-factors' },
      now: at,
    })
  const first = ask(now)
  const until = first.kind === 'admitted' ? (first.admission.until ?? 0) : 0
  assert.equal(until, now + 60_000)
  assert.equal(told(ask(until - 1)), `admins,dev until ${until}`)
  assert.equal(told(ask(until)), 'sign_in_too_old')
})

test('a refusal of this kind says in one sentence who asks for what, and carries what would satisfy', () => {
  const guarded = (policy: SignInPolicy) => [{ name: 'prod-admins', policy }]
  const weak: Authentication = { at: now - 120_000, amr: ['pwd'], acr: acrNamed('one-factor') }
  const strong: Authentication = { ...weak, acr: acrNamed('passkey') }
  const two: SignInPolicy = { factors: 'two', maxAge: null }
  const key: SignInPolicy = { factors: 'passkey', maxAge: 900 }
  const fresh: SignInPolicy = { factors: 'any', maxAge: 60 }
  const table: [Authentication, Partial<Target>, readonly GuardedGroup[], string, SignInPolicy][] =
    [
      [
        weak,
        { policy: two },
        [],
        'bob signed in with one factor, and cluster "prod" asks for two',
        two,
      ],
      [
        weak,
        { policy: key },
        [],
        'bob did not sign in with a passkey, and cluster "prod" asks for one',
        key,
      ],
      [
        strong,
        { policy: fresh },
        [],
        'bob signed in more than 60 seconds ago, and cluster "prod" asks for a newer sign-in',
        fresh,
      ],
      [
        weak,
        { stepUp: 'refuse' },
        guarded(key),
        'bob did not sign in with a passkey, and group "prod-admins" asks for one',
        key,
      ],
      [
        weak,
        { groups: ['prod-admins'] },
        guarded(two),
        'bob signed in with one factor, and group "prod-admins" asks for two',
        two,
      ],
    ]
  for (const [authentication, change, guards, sentence, needs] of table) {
    const decision = decide({
      subject: { ...bob, groups: ['dev', 'prod-admins'], guarded: guards },
      target: {
        ...cluster,
        ...{ everyone: false, groups: ['dev'], policy: ANY_SIGN_IN, stepUp: 'withhold' },
        ...change,
      } as Target,
      device: {
        ...{ id: 'd' as DeviceId, userId: bob.userId, clientId: KUBECTL_CLIENT_ID },
        ...{ expiresAt: now + 1, revokedAt: null },
      },
      authentication,
      now,
    })
    assert.ok(decision.kind === 'refused')
    assert.deepEqual([decision.sentence, decision.needs], [sentence, needs])
  }
})

function acrNamed(name: string): string {
  return `urn:lanyard:acr:${name}`
}
