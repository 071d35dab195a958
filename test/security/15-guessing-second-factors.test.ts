/**
 * Threat 15: one failure budget per account over passwords, one-time codes and recovery codes, wherever they are typed. Whoever knows the
 * password cannot guess codes without end, and whoever hammers an account keeps neither a known browser out of it nor a passkey.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Directory, FactorResult, KnownBrowser } from '../../src/directory/index.ts'
import type { UserId } from '../../src/errors/index.ts'
import { BY, type Fixture, openDirectory, PASSWORD } from '../directory/fixture.ts'
import { codeAt, Passkey } from '../support/authenticator.ts'

const ORIGIN = 'https://id.example.com'
const MINUTE = 60_000
const STEP = 30_000
/** What one account, and what one known browser, may fail within ten minutes. */
const FAILURES = 10
const BROWSER_FAILURES = 5
const NETWORK_FAILURES = 50

interface Place {
  readonly address?: string
  readonly browser?: KnownBrowser | null
}

interface World extends AsyncDisposable {
  readonly fixture: Fixture
  readonly directory: Directory
  readonly ada: UserId
  /** What her app shows now. */
  code(): string
  readonly recovery: readonly string[]
  /** Each attempt comes from a network of its own, unless a place is given. */
  password(password: string, place?: Place & { username?: string }): Promise<FactorResult['kind']>
  enter(code: string, place?: Place): Promise<FactorResult['kind']>
  recover(code: string, place?: Place): Promise<FactorResult['kind']>
}

async function open(): Promise<World> {
  const fixture = await openDirectory()
  const { directory } = fixture
  const { users, factors, verifyPassword } = directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD, mustChange: false }, BY)
  const { secret } = await factors.oneTimeCodes.begin(id)
  const code = () => codeAt(secret, fixture.now())
  await factors.oneTimeCodes.confirm(id, code(), BY)
  const recovery = await factors.recoveryCodes.renew(id, BY)
  fixture.advance(2 * STEP)
  let networks = 0
  const from = ({ address, browser = null }: Place = {}) => ({
    address: address ?? `198.51.${++networks >> 8}.${networks & 255}`,
    browser,
  })
  return {
    ...{ fixture, directory, ada: id, code, recovery },
    password: async (password, { username = 'ada', ...place } = {}) =>
      (await verifyPassword({ username, password, ...from(place) })).kind,
    enter: async (typed, place) =>
      (await factors.oneTimeCodes.verify({ userId: id, code: typed, ...from(place) })).kind,
    recover: async (typed, place) =>
      (await factors.recoveryCodes.verify({ userId: id, code: typed, ...from(place) })).kind,
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  }
}

/** A code that her app does not show. */
function wrong(world: World): string {
  return `${(Number(world.code()) + 1) % 1_000_000}`.padStart(6, '0')
}

async function spend(world: World): Promise<void> {
  for (let n = 0; n < FAILURES; n++) assert.equal(await world.password('x'), 'wrong')
}

describe('whoever knows the password', () => {
  it('has ten guesses at a code, and typing the password again gives no more', async () => {
    await using world = await open()
    for (let n = 0; n < FAILURES; n++) {
      assert.equal(await world.password(PASSWORD), 'ok')
      assert.equal(await world.enter(wrong(world)), 'wrong')
    }
    assert.equal(await world.enter(world.code()), 'limited')
    assert.equal(await world.password(PASSWORD), 'limited')
    assert.equal(await world.recover(world.recovery[0] ?? ''), 'limited')
  })

  it('guesses about a hundred codes in a day, whatever they do between', async () => {
    await using world = await open()
    const { directory, fixture, ada } = world
    const end = fixture.now() + 24 * 60 * MINUTE
    let guesses = 0
    while (fixture.now() < end) {
      await world.password(PASSWORD)
      const attempt = { userId: ada, code: wrong(world), address: null, browser: null }
      const result = await directory.factors.oneTimeCodes.verify(attempt)
      if (result.kind === 'limited') fixture.advance(result.retryAfterMs)
      else guesses++
    }
    assert.ok(guesses > FAILURES && guesses <= 110, `${guesses} guesses`)
  })

  it('cannot exceed the budget by guessing at once on two servers', async () => {
    await using world = await open()
    const other = world.fixture.another().directory.factors
    const code = wrong(world)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? world.directory.factors : other).oneTimeCodes.verify({
          ...{ userId: world.ada, code, address: `203.0.113.${n}`, browser: null },
        }),
      ),
    )
    assert.equal(answers.filter(({ kind }) => kind === 'wrong').length, FAILURES)
    assert.equal(answers.filter(({ kind }) => kind === 'limited').length, 30 - FAILURES)
  })

  it('is not helped by the password change form, which asks for it too', async () => {
    await using world = await open()
    const next = 'amber kettles sing low'
    for (let n = 0; n < FAILURES; n++) await world.enter(wrong(world))
    await assert.rejects(
      world.directory.users.changePassword(
        world.ada,
        { current: PASSWORD, next, address: null, knownBrowser: null },
        BY,
      ),
      { code: 'ERR_SIGNIN_LIMITED' },
    )
  })
})

describe('the budget of an account', () => {
  it('is one over every factor and every spelling of the name', async () => {
    await using world = await open()
    const spellings = ['ada', 'ADA', 'ＡＤＡ', 'ａda']
    const attempts: (() => Promise<FactorResult['kind']>)[] = [
      ...spellings.map((username) => () => world.password('x', { username })),
      () => world.enter(wrong(world)),
      () => world.recover('aaaa-bbbb-cccc'),
    ]
    for (let n = 0; n < FAILURES; n++) {
      assert.equal(await attempts[n % attempts.length]?.(), 'wrong', `${n}`)
    }
    for (const attempt of attempts) assert.equal(await attempt(), 'limited')
    assert.equal(await world.password(PASSWORD, { username: 'ＡＤＡ' }), 'limited')
    assert.equal(await world.enter(world.code()), 'limited')
    const entries = await world.fixture.audit.list({ account: 'ada', types: ['signin.refused'] })
    assert.equal(
      entries.reduce((sum, { count }) => sum + count, 0),
      FAILURES + 8,
    )
  })

  it('counts nothing that was right, and begins anew only after the whole sign-in', async () => {
    await using world = await open()
    for (let n = 0; n < FAILURES - 1; n++) await world.enter(wrong(world))
    assert.equal(await world.password(PASSWORD), 'ok')
    assert.equal(await world.recover(world.recovery[0] ?? ''), 'ok')
    assert.equal(await world.enter(world.code()), 'ok')
    // Two of three factors, but nobody said that it is over: nine failures still count.
    assert.equal(await world.enter(wrong(world)), 'wrong')
    assert.equal(await world.enter(wrong(world)), 'limited')
    world.fixture.advance(MINUTE)
    assert.equal(await world.password(PASSWORD), 'ok')
    assert.equal(await world.enter(world.code()), 'ok', 'the right password made nobody wait')
    await world.directory.factors.completed(world.ada, null)
    await spend(world)
    assert.equal(await world.password('x'), 'limited')
  })

  it('begins anew with the password alone only where no code comes next', async () => {
    await using world = await open()
    const { oneTimeCodes, recoveryCodes } = world.directory.factors
    await oneTimeCodes.remove(world.ada, BY)
    for (let n = 0; n < FAILURES - 1; n++) await world.password('x')
    assert.equal(await world.password(PASSWORD), 'ok')
    await spend(world)
    await world.directory.limits.clear(world.ada, BY)
    await recoveryCodes.renew(world.ada, BY)
    for (let n = 0; n < FAILURES; n++) {
      assert.equal(await world.password(PASSWORD), 'ok')
      assert.equal(await world.recover('aaaa-bbbb-cccc'), 'wrong')
    }
    assert.equal(await world.password(PASSWORD), 'limited')
  })

  it('is not spent by a network that has to wait, whatever the last 64 bits of its addresses', async () => {
    await using world = await open()
    const { directory } = world
    const hop = (n: number) => ({ address: `2001:db8:15::${n.toString(16)}:1` })
    for (let n = 0; n < NETWORK_FAILURES; n++) {
      const nobody = { username: `nobody${n}`, password: 'x', browser: null, ...hop(n) }
      assert.equal((await directory.verifyPassword(nobody)).kind, 'wrong')
    }
    for (let n = 100; n < 120; n++) {
      assert.equal(await world.enter(world.code(), hop(n)), 'limited')
      assert.equal(await world.recover('aaaa-bbbb-cccc', hop(n)), 'limited')
    }
    assert.equal(await directory.limits.of(world.ada), null)
    assert.equal(await world.enter(world.code(), { address: '2001:db8:15:1::1' }), 'ok')
  })
})

describe('a stranger who hammers the account', () => {
  it('keeps no known browser out, whose own budget is one over every factor as well', async () => {
    await using world = await open()
    const home: Place = { address: '203.0.113.9', browser: { id: 'home', userId: world.ada } }
    await spend(world)
    assert.equal(await world.password(PASSWORD), 'limited')
    assert.equal(await world.password(PASSWORD, home), 'ok')
    assert.equal(await world.enter(world.code(), home), 'ok')
    // Whoever stole its cookie has five guesses, not five at each factor.
    const guesses = [
      () => world.enter(wrong(world), home),
      () => world.recover('aaaa-bbbb-cccc', home),
      () => world.password('x', home),
    ]
    for (let n = 0; n < BROWSER_FAILURES; n++) {
      assert.equal(await guesses[n % 3]?.(), 'wrong', `${n}`)
    }
    for (const guess of guesses) assert.equal(await guess(), 'limited')
    assert.equal(await world.password(PASSWORD, home), 'limited')
  })

  it('gains nothing from a browser that is known for another account', async () => {
    await using world = await open()
    const eve = await world.directory.users.add({ username: 'eve', password: PASSWORD }, BY)
    await spend(world)
    const browser = { id: 'eve', userId: eve.id }
    assert.equal(await world.enter(world.code(), { browser }), 'limited')
  })

  it('keeps no passkey out; wrong answers spend their network and no account', async () => {
    await using world = await open()
    const { passkeys } = world.directory.factors
    const passkey = new Passkey(ORIGIN)
    const made = passkey.create(await passkeys.registrationOptions(world.ada, 'b'))
    await passkeys.register({ userId: world.ada, binding: 'b', name: '', response: made }, BY)
    const answer = async (address: string, origin = ORIGIN) => {
      const response = passkey.get(await passkeys.signInOptions(null, 'b'), { origin })
      return (await passkeys.verify({ userId: null, binding: 'b', response, address })).kind
    }
    await spend(world)
    assert.equal(await world.password(PASSWORD), 'limited')
    assert.equal(await answer('203.0.113.9'), 'ok')
    await world.directory.factors.completed(world.ada, null)
    const evil = 'https://evil.example'
    for (let n = 0; n < NETWORK_FAILURES; n++) {
      assert.equal(await answer(`2001:db8:16::${n.toString(16)}`, evil), 'wrong')
    }
    assert.equal(await answer('2001:db8:16::ffff:1', evil), 'limited')
    assert.equal(await answer('2001:db8:16::ffff:2'), 'limited')
    assert.equal(await answer('2001:db8:17::1'), 'ok')
    assert.equal(await world.password(PASSWORD), 'ok', 'the account was never counted')
    // An answer that is right is no failure of its network.
    for (let n = 0; n < NETWORK_FAILURES + 5; n++) assert.equal(await answer('203.0.113.9'), 'ok')
  })
})
