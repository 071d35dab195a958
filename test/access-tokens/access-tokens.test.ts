import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTokenValue } from '../../src/access-tokens/index.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { addPeople, BY, type Fixture, openWeb } from '../web/fixture.ts'

const DAY_SECONDS = 86_400
const OLD = '31ada4fd-adec-460c-809a-9e56ceb75269'
noteSecret(OLD, 'imported token')

async function adaOf(web: Fixture) {
  await addPeople(web)
  return (await web.directory.users.get('ada')).id
}

async function makeFor(web: Fixture, change: { groups?: string[]; lifetime?: number } = {}) {
  const userId = (await web.directory.users.get('ada')).id
  const { groups = null, lifetime } = change
  const asked = { userId, name: 'backup job', clusters: ['prod-eu'], groups, lifetime }
  const made = await web.accessTokens.create(asked, BY)
  noteSecret(made.value, 'access token')
  return made
}

const kindOf = async (web: Fixture, value: string, audience = 'prod-eu') => {
  const review = await web.accessTokens.review(value, audience, '192.0.2.9')
  return review?.kind === 'refused' ? review.sentence : review?.kind
}

test('a value has the form and the checksum that scanners look for, and its hash alone is stored', async () => {
  await using web = await openWeb()
  await adaOf(web)
  const { token, value } = await makeFor(web)
  assert.match(value, /^lanyard_at_[0-9A-Za-z]{36}$/)
  assert.ok(isTokenValue(value))
  const last = value.at(-1) === 'a' ? 'b' : 'a'
  assert.ok(!isTokenValue(value.slice(0, -1) + last))
  assert.ok(!isTokenValue(`${value}a`))
  assert.equal(token.hint, value.slice(-4))
  const rows = await web.store.query.selectFrom('access_tokens').selectAll().execute()
  assert.ok(!JSON.stringify(rows).includes(value))
  assert.ok(!JSON.stringify(await web.audit.list({})).includes(value))
})

test('it ends by its time, by its owner, and with whatever lets its owner in', async () => {
  await using web = await openWeb()
  await adaOf(web)
  const { value } = await makeFor(web, { lifetime: DAY_SECONDS })
  assert.equal(await kindOf(web, value), 'authenticated')
  assert.equal(await kindOf(web, value, 'nowhere'), 'there is no such cluster or application')
  assert.equal(await kindOf(web, OLD), undefined)
  await web.directory.users.disable('ada', BY)
  assert.notEqual(await kindOf(web, value), 'authenticated')
  await web.directory.users.enable('ada', BY)
  assert.equal(await kindOf(web, value), 'authenticated')
  await web.directory.groups.removeMember('viewers', { user: 'ada' }, BY)
  assert.notEqual(await kindOf(web, value), 'authenticated')
  await web.directory.groups.addMember('viewers', { user: 'ada' }, BY)
  web.advance(DAY_SECONDS * 1000 - 1)
  assert.equal(await kindOf(web, value), 'authenticated')
  web.advance(1)
  assert.equal(await kindOf(web, value), 'access token backup job has expired')
  const again = await makeFor(web)
  assert.equal(await web.accessTokens.revoke(again.token.id, BY), true)
  assert.equal(await web.accessTokens.revoke(again.token.id, BY), false)
  assert.equal(await kindOf(web, again.value), 'access token backup job was revoked')
})

test('with its owner, and with its cluster, it is gone for ever', async () => {
  await using web = await openWeb()
  await adaOf(web)
  const first = await makeFor(web)
  await web.clusters.delete('prod-eu', BY)
  assert.notEqual(await kindOf(web, first.value), 'authenticated')
  const server = 'https://api.prod-eu.example.com:6443'
  await web.clusters.add({ name: 'other', server, groups: ['viewers'] }, BY)
  assert.equal(
    await kindOf(web, first.value, 'other'),
    'access token backup job is not for this cluster',
  )
  await web.directory.users.delete('ada', BY)
  assert.equal(await kindOf(web, first.value, 'other'), undefined)
})

test('last used is written once an hour at most, so that a review is a read', async () => {
  await using web = await openWeb()
  const userId = await adaOf(web)
  const { value } = await makeFor(web)
  const lastUsed = async () => (await web.accessTokens.list({ userId }))[0]?.lastUsedAt
  const at = web.now()
  await kindOf(web, value)
  web.advance(3_599_999)
  await kindOf(web, value)
  assert.equal(await lastUsed(), at)
  web.advance(1)
  await kindOf(web, value)
  assert.equal(await lastUsed(), at + 3_600_000)
})

test('threat 22: fifty living ones, also where they are asked for at once', async () => {
  await using web = await openWeb()
  const userId = await adaOf(web)
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => makeFor(web)))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 50)
  await assert.rejects(makeFor(web), { code: 'ERR_TOKENS_FULL' })
  const [token] = await web.accessTokens.list({ userId })
  assert.ok(token !== undefined)
  await web.accessTokens.revoke(token.id, BY)
  await makeFor(web)
  assert.equal(await kindOf(web, 'x'.repeat(1_000_000)), undefined)
})

test('an import is all or nothing, and twice is once', async () => {
  await using web = await openWeb()
  const userId = await adaOf(web)
  const request = (text: string) => ({ text, clusters: ['prod-eu'], dryRun: false })
  const faulty = await web.accessTokens.importTokenFile(
    request(`${OLD},carol,7,"viewers"\n${OLD}x,system:admin,8\n`),
    BY,
  )
  assert.equal(faulty.faults.length, 1)
  assert.equal(await web.directory.users.find('carol'), undefined)
  const good = request(`${OLD},carol,7,"viewers,new ones"\n`.replace('new ones', 'newcomers'))
  const dry = await web.accessTokens.importTokenFile({ ...good, dryRun: true }, BY)
  assert.deepEqual([dry.lines, dry.usersAdded, dry.secretsAdded], [1, 0, 0])
  assert.equal(await kindOf(web, OLD), undefined)
  const first = await web.accessTokens.importTokenFile(good, BY)
  assert.deepEqual([first.usersAdded, first.secretsAdded], [1, 1])
  const second = await web.accessTokens.importTokenFile(good, BY)
  assert.deepEqual([second.usersAdded, second.secretsAdded], [0, 0])
  const review = await web.accessTokens.review(OLD, 'prod-eu', null)
  assert.ok(review?.kind === 'authenticated')
  const { username, uid, groups } = review
  assert.deepEqual([username, uid, groups], ['carol', '7', ['newcomers', 'viewers']])
  const foreign = await web.accessTokens.importTokenFile(
    request(`${OLD}y,dave,1\n${OLD},ada,9\n`),
    BY,
  )
  assert.deepEqual(foreign.faults, [{ line: 2, sentence: "has a token that is carol's already" }])
  assert.equal(await web.directory.users.find('dave'), undefined)
  assert.deepEqual(await web.accessTokens.list({ userId }), [])
  const [token] = await web.accessTokens.list()
  assert.ok(token !== undefined)
  await web.accessTokens.revoke(token.id, BY)
  await web.accessTokens.importTokenFile(good, BY)
  assert.notEqual(await kindOf(web, OLD), 'authenticated', 'what was revoked stays so')
})
