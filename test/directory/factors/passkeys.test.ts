import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import type { FactorResult } from '../../../src/directory/index.ts'
import { hasCode, type UserId } from '../../../src/errors/index.ts'
import { type Algorithm, type Bent, Passkey } from '../../support/authenticator.ts'
import { BY, type Fixture, openDirectory, PASSWORD, START } from '../fixture.ts'

const ORIGIN = 'https://id.example.com'
const BROWSER = 'browser-1'
const REFUSED = {
  code: 'ERR_PASSKEY',
  message: 'this passkey could not be checked, so it was not added',
}

async function withAda(username = 'ada'): Promise<Fixture & { ada: UserId }> {
  const fixture = await openDirectory()
  const { id } = await fixture.directory.users.add(
    { username, displayName: 'Ada Lovelace', password: PASSWORD, mustChange: false },
    BY,
  )
  return { ...fixture, ada: id }
}

async function addPasskey(
  { directory }: Fixture,
  userId: UserId,
  options: {
    algorithm?: Algorithm
    counter?: number
    id?: string
    name?: string
    bent?: Bent
  } = {},
): Promise<Passkey> {
  const { passkeys } = directory.factors
  const passkey = new Passkey(ORIGIN, options)
  const asked = await passkeys.registrationOptions(userId, BROWSER)
  const response = passkey.create(asked, options.bent)
  await passkeys.register({ userId, binding: BROWSER, name: options.name ?? '', response }, BY)
  return passkey
}

async function signIn(
  { directory }: Fixture,
  passkey: Passkey,
  { userId = null, bent }: { userId?: UserId | null; bent?: Bent } = {},
): Promise<FactorResult> {
  const { passkeys } = directory.factors
  const response = passkey.get(await passkeys.signInOptions(userId, BROWSER), bent)
  return passkeys.verify({ userId, binding: BROWSER, response, address: '192.0.2.7' })
}

test('a browser is asked for a discoverable passkey of this person, unlocked by them, and for no attestation', async () => {
  await using fixture = await withAda()
  const { passkeys } = fixture.directory.factors
  const first = await addPasskey(fixture, fixture.ada)
  const asked = await passkeys.registrationOptions(fixture.ada, BROWSER)
  assert.deepEqual(asked.rp, { name: 'Lanyard', id: 'id.example.com' })
  assert.deepEqual(asked.user, {
    id: Buffer.from(fixture.ada).toString('base64url'),
    name: 'ada',
    displayName: 'Ada Lovelace',
  })
  assert.equal(asked.attestation, 'none')
  assert.equal(asked.authenticatorSelection?.residentKey, 'required')
  assert.equal(asked.authenticatorSelection?.userVerification, 'required')
  assert.deepEqual(
    asked.pubKeyCredParams.map(({ alg }) => alg),
    [-8, -7, -257],
  )
  assert.deepEqual(asked.excludeCredentials, [
    { id: first.id, type: 'public-key', transports: ['internal', 'hybrid'] },
  ])
  const anybody = await passkeys.signInOptions(null, BROWSER)
  assert.equal(anybody.userVerification, 'required')
  assert.equal(anybody.rpId, 'id.example.com')
  assert.equal(anybody.allowCredentials, undefined)
  const own = await passkeys.signInOptions(fixture.ada, BROWSER)
  assert.deepEqual(
    own.allowCredentials?.map(({ id }) => id),
    [first.id],
  )
})

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  test(`a passkey of ${algorithm} signs its person in, named or not`, async () => {
    await using fixture = await withAda()
    const passkey = await addPasskey(fixture, fixture.ada, { algorithm, counter: 3, name: 'Key' })
    fixture.advance(5_000)
    for (const userId of [null, fixture.ada]) {
      const result = await signIn(fixture, passkey, { userId })
      assert.equal(result.kind === 'ok' && result.subject.userId, fixture.ada)
    }
    assert.deepEqual((await fixture.directory.factors.of(fixture.ada)).passkeys, [
      { id: passkey.id, name: 'Key', backedUp: true, createdAt: START, lastUsedAt: START + 5_000 },
    ])
  })
}

test('a name is cleaned, a passkey without one is called Passkey, and both are told of', async () => {
  await using fixture = await withAda()
  const { passkeys } = fixture.directory.factors
  const { ada } = fixture
  const named = await addPasskey(fixture, ada, { name: '  My\u202e \t laptop\u0000 ' })
  const other = await addPasskey(fixture, ada, { name: '\u200b' })
  await passkeys.rename(ada, other.id, 'é'.repeat(70), BY)
  await passkeys.rename(ada, named.id, 'My laptop', BY)
  assert.deepEqual(
    (await fixture.directory.factors.of(ada)).passkeys.map(({ name }) => name).sort(),
    ['My laptop', 'é'.repeat(64)],
  )
  await assert.rejects(passkeys.rename(ada, named.id, ' \u2066 ', BY), {
    code: 'ERR_PASSKEY_NAME',
    message: 'name of a passkey is empty',
  })
  const unknown = { code: 'ERR_PASSKEY_UNKNOWN', message: 'this account has no such passkey' }
  await assert.rejects(passkeys.rename(ada, 'nothing', 'x', BY), unknown)
  await assert.rejects(passkeys.remove(ada, 'nothing', BY), unknown)
  await passkeys.remove(ada, named.id, BY)
  const entries = await fixture.audit.list()
  assert.deepEqual(
    entries
      .filter(({ type }) => type.startsWith('factor.'))
      .map(({ type, target, detail }) => [type, target?.name, detail]),
    [
      ['factor.passkey_removed', 'ada', { passkey: 'My laptop' }],
      ['factor.passkey_renamed', 'ada', { passkey: 'é'.repeat(64), before: 'Passkey' }],
      ['factor.passkey_added', 'ada', { passkey: 'Passkey', backedUp: true }],
      ['factor.passkey_added', 'ada', { passkey: 'My laptop', backedUp: true }],
    ],
  )
})

test('another person can neither rename nor remove a passkey', async () => {
  await using fixture = await withAda()
  const { users, factors } = fixture.directory
  const eve = await users.add({ username: 'eve', password: PASSWORD }, BY)
  const passkey = await addPasskey(fixture, fixture.ada)
  await assert.rejects(factors.passkeys.rename(eve.id, passkey.id, 'x', BY), {
    code: 'ERR_PASSKEY_UNKNOWN',
  })
  await assert.rejects(factors.passkeys.remove(eve.id, passkey.id, BY), {
    code: 'ERR_PASSKEY_UNKNOWN',
  })
  assert.equal((await signIn(fixture, passkey)).kind, 'ok')
})

test('an account has at most twenty passkeys, and each once', async () => {
  await using fixture = await withAda()
  const { ada } = fixture
  const first = await addPasskey(fixture, ada)
  await assert.rejects(addPasskey(fixture, ada, { id: first.id }), {
    code: 'ERR_PASSKEY_EXISTS',
    message: 'this passkey was added already',
  })
  for (let n = 1; n < 20; n++) await addPasskey(fixture, ada)
  await assert.rejects(addPasskey(fixture, ada), {
    code: 'ERR_FACTORS_MANY',
    message: 'an account has at most 20 passkeys',
  })
  assert.equal((await fixture.directory.factors.of(ada)).passkeys.length, 20)
})

test('the last way in stays: a password or another passkey', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const ada = await users.add({ username: 'ada' }, BY)
  const one = await addPasskey(fixture, ada.id)
  const last = {
    code: 'ERR_LAST_WAY_IN',
    message: 'this is the last way to sign in to this account',
  }
  await assert.rejects(factors.passkeys.remove(ada.id, one.id, BY), last)
  const two = await addPasskey(fixture, ada.id)
  const both = await Promise.allSettled(
    [one, two].map(({ id }) => factors.passkeys.remove(ada.id, id, BY)),
  )
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.equal((await factors.of(ada.id)).passkeys.length, 1)
  await users.setPassword('ada', PASSWORD, {}, BY)
  const [left] = (await factors.of(ada.id)).passkeys
  await factors.passkeys.remove(ada.id, left?.id ?? '', BY)
  assert.deepEqual(await factors.of(ada.id), {
    ...{ password: true, passkeys: [], oneTimeCode: false, recoveryCodesLeft: 0 },
  })
})

test('an answer that does not fit adds no passkey', async () => {
  await using fixture = await withAda()
  const { passkeys } = fixture.directory.factors
  const { ada } = fixture
  const asked = await passkeys.registrationOptions(ada, BROWSER)
  const tampered = `${asked.challenge.slice(0, -2)}AA`
  const bends: Bent[] = [
    { origin: 'https://id.example.com.evil.example' },
    { origin: 'http://id.example.com' },
    { origin: 'https://id.example.com:8443' },
    { rpId: 'example.com' },
    { userVerified: false },
    { userPresent: false },
    { type: 'webauthn.get' },
    { crossOrigin: true },
    { challenge: tampered },
    { challenge: Buffer.alloc(54).toString('base64url') },
    { challenge: '' },
    { challenge: (await passkeys.signInOptions(ada, BROWSER)).challenge },
    { challenge: (await passkeys.registrationOptions(ada, 'browser-2')).challenge },
    { id: 'another' },
  ]
  for (const bent of bends) {
    const response = new Passkey(ORIGIN).create(asked, bent)
    await assert.rejects(
      passkeys.register({ userId: ada, binding: BROWSER, name: '', response }, BY),
      REFUSED,
      JSON.stringify(bent),
    )
  }
  const { response, ...rest } = new Passkey(ORIGIN).create(asked)
  for (const broken of [
    { ...rest, response: { ...response, attestationObject: 'AA' } },
    { ...rest, response: { ...response, clientDataJSON: 'AA' } },
    { ...rest, type: 'x' },
    {},
    null,
  ]) {
    const malformed = JSON.parse(JSON.stringify(broken)) as RegistrationResponseJSON
    await assert.rejects(
      passkeys.register({ userId: ada, binding: BROWSER, name: '', response: malformed }, BY),
      REFUSED,
    )
  }
  fixture.advance(10 * 60_000)
  const late = new Passkey(ORIGIN).create(asked)
  await assert.rejects(
    passkeys.register({ userId: ada, binding: BROWSER, name: '', response: late }, BY),
    REFUSED,
  )
  assert.deepEqual((await fixture.directory.factors.of(ada)).passkeys, [])
})

test('one answer adds one passkey, whichever of two requests comes first', async () => {
  await using fixture = await withAda()
  const other = fixture.another().directory
  const asked = await fixture.directory.factors.passkeys.registrationOptions(fixture.ada, BROWSER)
  const results = await Promise.allSettled(
    [fixture.directory, other].map((directory) =>
      directory.factors.passkeys.register(
        {
          ...{ userId: fixture.ada, binding: BROWSER, name: '' },
          response: new Passkey(ORIGIN).create(asked),
        },
        BY,
      ),
    ),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  assert.equal(refused.length, 1)
  assert.ok(hasCode(refused[0]?.reason, 'ERR_PASSKEY'))
  assert.equal((await fixture.directory.factors.of(fixture.ada)).passkeys.length, 1)
})

test('an attestation is neither asked for nor looked at', async () => {
  await using fixture = await withAda()
  const { passkeys } = fixture.directory.factors
  const passkey = new Passkey(ORIGIN)
  const asked = await passkeys.registrationOptions(fixture.ada, BROWSER)
  const made = passkey.create(asked)
  const none = Buffer.from('\u0063fmt\u0064none').toString('hex')
  const packed = Buffer.from('\u0063fmt\u0066packed').toString('hex')
  const bytes = Buffer.from(made.response.attestationObject, 'base64url').toString('hex')
  const response = {
    ...made,
    response: {
      ...made.response,
      attestationObject: Buffer.from(bytes.replace(none, packed), 'hex').toString('base64url'),
    },
  }
  assert.notEqual(response.response.attestationObject, made.response.attestationObject)
  await passkeys.register({ userId: fixture.ada, binding: BROWSER, name: '', response }, BY)
  assert.equal((await signIn(fixture, passkey)).kind, 'ok')
})
