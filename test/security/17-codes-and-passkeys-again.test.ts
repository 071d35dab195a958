/**
 * Threat 17: a one-time code or an answer of a passkey is good once, also when two come at once, and an answer only as its person, at
 * this site, in this browser, unlocked by them.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Directory, FactorResult } from '../../src/directory/index.ts'
import type { UserId } from '../../src/errors/index.ts'
import { BY, type Fixture, openDirectory, PASSWORD } from '../directory/fixture.ts'
import { type Bent, codeAt, Passkey } from '../support/authenticator.ts'

const ORIGIN = 'https://id.example.com'
const BROWSER = 'the browser of ada'
const ADDRESS = '192.0.2.17'
const STEP = 30_000
const WRONG: FactorResult = { kind: 'wrong' }

interface World extends AsyncDisposable {
  readonly fixture: Fixture
  readonly directory: Directory
  readonly ada: UserId
  readonly eve: UserId
}

async function open(): Promise<World> {
  const fixture = await openDirectory()
  const { directory } = fixture
  const ada = await directory.users.add({ username: 'ada', password: PASSWORD }, BY)
  const eve = await directory.users.add({ username: 'eve', password: PASSWORD }, BY)
  return {
    ...{ fixture, directory, ada: ada.id, eve: eve.id },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  }
}

async function addPasskey({ directory }: World, userId: UserId, counter = 0): Promise<Passkey> {
  const { passkeys } = directory.factors
  const passkey = new Passkey(ORIGIN, { counter })
  const response = passkey.create(await passkeys.registrationOptions(userId, BROWSER))
  await passkeys.register({ userId, binding: BROWSER, name: '', response }, BY)
  return passkey
}

type Answer = Parameters<Directory['factors']['passkeys']['verify']>[0]

async function answerOf(
  { directory }: World,
  passkey: Passkey,
  bent: Bent = {},
  userId: UserId | null = null,
): Promise<Answer> {
  const asked = await directory.factors.passkeys.signInOptions(userId, BROWSER)
  return { userId, binding: BROWSER, response: passkey.get(asked, bent), address: ADDRESS }
}

async function refusals({ fixture }: World): Promise<[string | null | undefined, number][]> {
  const entries = await fixture.audit.list({ types: ['signin.refused'] })
  return entries.map(({ target, count }) => [target?.name, count])
}

function handleOf(userId: UserId): string {
  return Buffer.from(userId).toString('base64url')
}

describe('an answer of a passkey', () => {
  it('is refused from another site, without its person, for another act and in a frame', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { passkeys } = world.directory.factors
    const made = await passkeys.registrationOptions(world.ada, BROWSER)
    const bends: Bent[] = [
      { origin: 'https://id.example.com.evil.example' },
      { origin: 'https://evil.example' },
      { origin: 'http://id.example.com' },
      { origin: 'https://id.example.com:444' },
      { origin: 'https://id.example.com/' },
      { rpId: 'example.com' },
      { rpId: 'evil.example' },
      { userVerified: false },
      { userPresent: false },
      { userPresent: false, userVerified: false },
      { type: 'webauthn.create' },
      { crossOrigin: true },
      { challenge: made.challenge },
      { challenge: (await passkeys.signInOptions(null, 'another browser')).challenge },
      { challenge: (await passkeys.signInOptions(world.ada, BROWSER)).challenge },
      { challenge: Buffer.alloc(54, 1).toString('base64url') },
      { challenge: '' },
    ]
    for (const bent of bends) {
      const answer = await answerOf(world, passkey, bent)
      assert.deepEqual(await passkeys.verify(answer), WRONG, JSON.stringify(bent))
    }
    const forAda = await answerOf(world, passkey, { challenge: made.challenge }, world.ada)
    assert.deepEqual(await passkeys.verify(forAda), WRONG)
    assert.deepEqual(await refusals(world), [['ada', bends.length + 1]])
    assert.equal((await passkeys.verify(await answerOf(world, passkey))).kind, 'ok')
    assert.equal((await refusals(world)).length, 1)
  })

  it('is refused where a single character of its challenge is another', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { passkeys } = world.directory.factors
    const { challenge } = await passkeys.signInOptions(null, BROWSER)
    // Of the random part, the end, and the MAC.
    for (const index of [0, 10, 22, 28, 30, 71]) {
      const other = challenge[index] === 'A' ? 'B' : 'A'
      const tampered = challenge.slice(0, index) + other + challenge.slice(index + 1)
      const answer = await answerOf(world, passkey, { challenge: tampered })
      assert.deepEqual(await passkeys.verify(answer), WRONG, `character ${index}`)
    }
  })

  it('is refused once its ten minutes are over', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { passkeys } = world.directory.factors
    const answer = await answerOf(world, passkey)
    world.fixture.advance(10 * 60_000)
    assert.deepEqual(await passkeys.verify(answer), WRONG)
    const inTime = await answerOf(world, passkey)
    world.fixture.advance(10 * 60_000 - 1)
    assert.equal((await passkeys.verify(inTime)).kind, 'ok')
  })

  it("is refused as somebody else's", async () => {
    await using world = await open()
    const { ada, eve } = world
    const hers = await addPasskey(world, ada)
    const mine = await addPasskey(world, eve)
    const { passkeys } = world.directory.factors
    const answers = [
      // My passkey where ada was asked, and as if it were hers.
      await answerOf(world, mine, {}, ada),
      await answerOf(world, mine, { userHandle: handleOf(ada) }),
      await answerOf(world, mine, { userHandle: handleOf(ada) }, ada),
      await answerOf(world, mine, { id: hers.id }),
      await answerOf(world, mine, { id: hers.id, userHandle: handleOf(ada) }),
      await answerOf(world, hers, { signedBy: mine }),
      // Hers as mine.
      await answerOf(world, hers, { userHandle: handleOf(eve) }),
      await answerOf(world, hers, {}, eve),
      // Nobody's: whoever is not named before must be named by the passkey (WebAuthn §7.2 step 6).
      await answerOf(world, hers, { userHandle: undefined }),
      await answerOf(world, new Passkey(ORIGIN), { userHandle: handleOf(ada) }),
    ]
    for (const [index, answer] of answers.entries()) {
      assert.deepEqual(await passkeys.verify(answer), WRONG, `answer ${index}`)
    }
    const named = await answerOf(world, hers, { userHandle: undefined }, ada)
    const result = await passkeys.verify(named)
    assert.equal(result.kind === 'ok' && result.subject.username, 'ada')
  })

  it('is refused in the browser that did not ask, and of somebody disabled, and of a passkey that is gone', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { users, factors } = world.directory
    const stolen = await answerOf(world, passkey)
    assert.deepEqual(
      await factors.passkeys.verify({ ...stolen, binding: 'the browser of eve' }),
      WRONG,
    )
    await users.disable('ada', BY)
    assert.deepEqual(await factors.passkeys.verify(await answerOf(world, passkey)), WRONG)
    await users.enable('ada', BY)
    await factors.passkeys.remove(world.ada, passkey.id, BY)
    assert.deepEqual(await factors.passkeys.verify(await answerOf(world, passkey)), WRONG)
  })

  it('counts once: neither again, nor in two requests at once on two servers', async () => {
    await using world = await open()
    const other = world.fixture.another().directory
    for (const counter of [0, 7]) {
      const passkey = await addPasskey(world, world.ada, counter)
      const answer = await answerOf(world, passkey)
      const results = await Promise.all(
        [world.directory, other, world.directory].map(({ factors }) =>
          factors.passkeys.verify(answer),
        ),
      )
      assert.deepEqual(results.map(({ kind }) => kind).sort(), ['ok', 'wrong', 'wrong'])
      assert.deepEqual(await world.directory.factors.passkeys.verify(answer), WRONG)
      assert.deepEqual(await other.factors.passkeys.verify(answer), WRONG)
    }
    const spent = await world.fixture.store.query
      .selectFrom('spent_challenges')
      .select('hash')
      .execute()
    assert.equal(spent.length, 4, 'two additions and two answers: nothing for what was refused')
  })

  it('is refused where its counter does not grow, also at once: it is of a copy', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada, 5)
    const { passkeys } = world.directory.factors
    for (const [counter, kind] of [
      [4, 'wrong'],
      [5, 'wrong'],
      [0, 'wrong'],
      [9, 'ok'],
      [9, 'wrong'],
      [8, 'wrong'],
      [10, 'ok'],
    ] as const) {
      const answer = await answerOf(world, passkey, { counter })
      assert.equal((await passkeys.verify(answer)).kind, kind, `${counter}`)
    }
    const copies = await Promise.all([1, 2].map(() => answerOf(world, passkey, { counter: 20 })))
    const results = await Promise.all(copies.map((answer) => passkeys.verify(answer)))
    assert.deepEqual(results.map(({ kind }) => kind).sort(), ['ok', 'wrong'])
  })

  it('of an authenticator that never counts is no copy', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { passkeys } = world.directory.factors
    for (let n = 0; n < 3; n++) {
      assert.equal((await passkeys.verify(await answerOf(world, passkey))).kind, 'ok')
    }
  })

  it('that is no answer at all is wrong, and stops nothing', async () => {
    await using world = await open()
    const passkey = await addPasskey(world, world.ada)
    const { passkeys } = world.directory.factors
    const good = await answerOf(world, passkey)
    const { response, ...rest } = good.response
    for (const broken of [
      {},
      { id: 7 },
      { id: passkey.id },
      { ...rest },
      { ...rest, response: null },
      { ...rest, response: { ...response, authenticatorData: 'AA' } },
      { ...rest, response: { ...response, signature: '' } },
      { ...rest, response: { ...response, clientDataJSON: '{}' } },
      { ...rest, response: { ...response, userHandle: 7 } },
      { ...rest, response, rawId: 'another' },
      { ...rest, response, type: 'password' },
    ]) {
      const malformed = JSON.parse(JSON.stringify(broken)) as Answer['response']
      const result = await passkeys.verify({ ...good, response: malformed })
      assert.deepEqual(result, WRONG, JSON.stringify(broken).slice(0, 80))
    }
    assert.equal((await passkeys.verify(good)).kind, 'ok')
  })
})

describe('a one-time code', () => {
  async function addCodes({ fixture, directory }: World, userId: UserId): Promise<string> {
    const { secret } = await directory.factors.oneTimeCodes.begin(userId)
    await directory.factors.oneTimeCodes.confirm(userId, codeAt(secret, fixture.now()), BY)
    fixture.advance(2 * STEP)
    return secret
  }

  const enter = ({ factors }: Directory, userId: UserId, code: string) =>
    factors.oneTimeCodes.verify({ userId, code, address: ADDRESS, browser: null })

  it('counts once, and none before it counts after it (RFC 6238 §5.2)', async () => {
    await using world = await open()
    const { directory, ada, fixture } = world
    const secret = await addCodes(world, ada)
    const now = fixture.now()
    const [before, current, next] = [now - STEP, now, now + STEP].map((at) => codeAt(secret, at))
    assert.equal((await enter(directory, ada, current ?? '')).kind, 'ok')
    assert.deepEqual(await enter(directory, ada, current ?? ''), WRONG)
    assert.deepEqual(await enter(directory, ada, before ?? ''), WRONG)
    fixture.advance(STEP)
    assert.deepEqual(await enter(directory, ada, current ?? ''), WRONG)
    assert.equal((await enter(directory, ada, next ?? '')).kind, 'ok')
  })

  it('lets one of many requests in that come at once on two servers', async () => {
    await using world = await open()
    const secret = await addCodes(world, world.ada)
    const other = world.fixture.another().directory
    const code = codeAt(secret, world.fixture.now())
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        enter(n % 2 === 0 ? world.directory : other, world.ada, code),
      ),
    )
    assert.equal(results.filter(({ kind }) => kind === 'ok').length, 1)
    assert.equal(results.filter(({ kind }) => kind === 'wrong').length, 7)
  })

  it("is not another person's, and neither survives its removal nor a new beginning", async () => {
    await using world = await open()
    const { directory, ada, eve, fixture } = world
    const hers = await addCodes(world, ada)
    await addCodes(world, eve)
    assert.deepEqual(await enter(directory, eve, codeAt(hers, fixture.now())), WRONG)
    await directory.factors.oneTimeCodes.remove(ada, BY)
    await directory.factors.oneTimeCodes.begin(ada)
    assert.deepEqual(await enter(directory, ada, codeAt(hers, fixture.now())), WRONG)
    await assert.rejects(
      directory.factors.oneTimeCodes.confirm(ada, codeAt(hers, fixture.now()), BY),
      { code: 'ERR_CODE_WRONG' },
    )
  })
})
