import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noteSecret } from '../support/log-secrets.ts'
import type { Page, Person } from '../support/person.ts'
import { addPeople, BY, type Fixture, openWeb, PASSWORD, signIn } from './fixture.ts'

const DAY_MS = 86_400_000
const ASKED = { name: 'backup job', 'cluster.prod-eu': 'yes', current_password: PASSWORD }

function valueIn({ html }: Page): string {
  const value = /<code>(lanyard_at_[\dA-Za-z]{36})<\/code>/.exec(html)?.[1]
  assert.ok(value !== undefined, html)
  noteSecret(value, 'access token')
  return value
}

async function ask(person: Person, values: Readonly<Record<string, string>>): Promise<Page> {
  return person.submit(await person.open('account/tokens/new'), { lifetime: '2592000', ...values })
}

async function openForAda(
  options: Parameters<typeof openWeb>[0] = {},
): Promise<{ web: Fixture; ada: Person }> {
  const web = await openWeb(options)
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  return { web, ada }
}

test('a token is made with the password, shown once, works, and is revoked by its owner', async () => {
  const { web, ada } = await openForAda()
  await using _ = web
  assert.match((await ada.open('account')).html, /You have no access token\./)
  const made = await ask(ada, { ...ASKED, 'group.viewers': 'yes' })
  assert.equal(made.status, 200)
  assert.equal(made.heading, 'Copy your access token')
  assert.match(String(made.headers['cache-control']), /no-store/)
  const value = valueIn(made)
  const review = () => web.accessTokens.review(value, 'prod-eu', null)
  const found = await review()
  assert.ok(found?.kind === 'authenticated')
  const { username, groups, expiresAt } = found
  assert.deepEqual([username, groups], ['ada', ['viewers']])
  assert.equal(expiresAt, web.now() + 30 * DAY_MS)

  const account = await ada.open('account')
  assert.ok(!account.html.includes(value), 'it is shown once')
  assert.match(account.html, /backup job<\/bdi><\/b> <small class="mono">…[\dA-Za-z]{4}<\/small>/)
  assert.match(account.html, /Made an access token/)
  const index = account.forms.findIndex(({ action }) => action.includes('/account/tokens/'))
  assert.match((await ada.submit(account, {}, index)).html, /The access token is revoked\./)
  const refused = await review()
  assert.equal(refused?.kind, 'refused')
})

test('without the password, or with a wrong one, a session that was left open makes no token', async () => {
  const { web, ada } = await openForAda()
  await using _ = web
  for (const current_password of ['', 'wrong wrong wrong wrong']) {
    const page = await ask(ada, { ...ASKED, current_password })
    assert.equal(page.status, 400)
    assert.match(page.html, /This is not your present password\./)
    assert.match(page.html, /value="backup job"/, 'what was typed stays')
    assert.match(page.html, /name="cluster\.prod-eu" value="yes" checked/)
    assert.ok(!page.html.includes('wrong wrong'))
  }
  assert.deepEqual(await web.accessTokens.list(), [])
})

test("what is asked for cannot be more than one's own", async () => {
  const { web, ada } = await openForAda()
  await using _ = web
  await web.directory.groups.add({ name: 'admins' }, BY)
  await web.clusters.add(
    { name: 'prod-us', server: 'https://us.example.com:6443', groups: ['admins'] },
    BY,
  )
  const cases: [Record<string, string>, RegExp][] = [
    [{ name: 'x', current_password: PASSWORD }, /No cluster was named/],
    [{ ...ASKED, 'cluster.prod-us': 'yes' }, /prod-us/],
    [{ ...ASKED, 'group.admins': 'yes' }, /The owner, ada, is not in/],
    [{ ...ASKED, 'group.system:masters': 'yes' }, /The owner, ada, is not in/],
    [{ ...ASKED, lifetime: '99999999999' }, /cannot last/],
    [{ ...ASKED, lifetime: '-1' }, /cannot last/],
    [{ ...ASKED, lifetime: 'soon' }, /cannot last/],
    [{ ...ASKED, name: ' ' }, /must be a text/],
    [{ ...ASKED, name: 'a\u202eb' }, /must be a text/],
  ]
  for (const [values, sentence] of cases) {
    const page = await ask(ada, values)
    assert.equal(page.status, 400, JSON.stringify(values))
    assert.match(page.html, sentence)
  }
  assert.deepEqual(await web.accessTokens.list(), [])
})

test('threat 30: a foreign form makes and revokes nothing, and one person revokes no token of another', async () => {
  const { web, ada } = await openForAda()
  await using _ = web
  valueIn(await ask(ada, ASKED))
  const [token] = await web.accessTokens.list()
  assert.ok(token !== undefined)
  const path = `${web.issuerUrl}/account/tokens`
  assert.equal((await ada.post(path, ASKED)).status, 403)
  assert.equal((await ada.post(path, { ...ASKED, csrf: 'made up' })).status, 403)
  assert.equal((await ada.post(`${path}/${token.id}/revoke`, {})).status, 403)
  assert.equal((await ada.open(`${path}/${token.id}/revoke`)).status, 405)
  const bob = web.person()
  await signIn(bob, 'bob')
  const csrf = (await bob.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  assert.equal((await bob.post(`${path}/${token.id}/revoke`, { csrf })).status, 404)
  const nobody = web.person()
  assert.equal((await nobody.open('account/tokens/new')).heading, 'Sign in')
  assert.deepEqual(
    (await web.accessTokens.list()).map(({ id }) => id),
    [token.id],
  )
})

test('where the admin forbids them there is no form, and a form from before is refused', async () => {
  const { web, ada } = await openForAda({ accessTokens: { allowed: false, maxLifetime: DAY_MS } })
  await using _ = web
  const { html } = await ada.open('account')
  assert.match(html, /your admin does not allow new ones/)
  assert.ok(!html.includes('/account/tokens/new'))
  assert.equal((await ada.open('account/tokens/new')).status, 403)
  const csrf = (await ada.open('account/password')).forms[0]?.fields['csrf'] ?? ''
  const answer = await ada.post(`${web.issuerUrl}/account/tokens`, { ...ASKED, csrf })
  assert.equal(answer.status, 403)
  assert.deepEqual(await web.accessTokens.list(), [])
})

test('the form offers no longer life than the admin allows', async () => {
  const { web, ada } = await openForAda({
    accessTokens: { allowed: true, maxLifetime: 7 * 86_400 },
  })
  await using _ = web
  const { html } = await ada.open('account/tokens/new')
  const offered = [...html.matchAll(/<option value="(\d+)"/g)].map(([, seconds]) => seconds)
  assert.deepEqual(offered, ['86400', '604800'])
})
