import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { Passkey } from '../support/authenticator.ts'
import type { Page, Person } from '../support/person.ts'
import { addPeople, BY, type Fixture, openWeb, PASSWORD, signIn } from './fixture.ts'

async function stage(web: Fixture) {
  await addPeople(web)
  const { users, groups, owners } = web.directory
  await users.add({ username: 'olga', password: PASSWORD, mustChange: false }, BY)
  await groups.add({ name: 'prod-admins', description: 'May do anything <b>' }, BY)
  await groups.change('prod-admins', { longestMembership: 3_600 }, BY)
  await owners.add('prod-admins', 'olga', BY)
}

async function open(web: Fixture, username: string): Promise<{ person: Person; page: Page }> {
  const person = web.person()
  await signIn(person, username)
  return { person, page: await person.open('account/requests') }
}

/** Sends the form whose action ends so. */
function send(person: Person, page: Page, end: string, values: Record<string, string> = {}) {
  const index = page.forms.findIndex(({ action }) => action.endsWith(end))
  assert.notEqual(index, -1, `no form of ${end} in ${page.html}`)
  return person.submit(page, values, index)
}

const wish = { group: 'prod-admins', seconds: '1800', reason: 'roll back the <i>shop</i>' }

async function givePasskey({ directory, issuerUrl }: Fixture, username: string): Promise<Passkey> {
  const { id: userId } = await directory.users.get(username)
  const passkey = new Passkey(new URL(issuerUrl).origin)
  const { passkeys } = directory.factors
  const response = passkey.create(await passkeys.registrationOptions(userId, 'b'))
  await passkeys.register({ userId, binding: 'b', name: 'key', response }, BY)
  return passkey
}

/** The options that the page holds for the browser's script. */
function optionsOf(page: Page): PublicKeyCredentialRequestOptionsJSON {
  const text = /data-options="([^"]*)"/.exec(page.html)?.[1] ?? ''
  return JSON.parse(text.replaceAll('&quot;', '"')) as PublicKeyCredentialRequestOptionsJSON
}

function answerOf(passkey: Passkey, page: Page): string {
  return JSON.stringify(passkey.get(optionsOf(page)))
}

test('somebody asks with a reason, and an owner approves with a passkey and nothing less', async () => {
  await using web = await openWeb()
  await stage(web)
  const ada = await open(web, 'ada')
  assert.equal(ada.page.heading, 'Membership for a while')
  assert.doesNotMatch(ada.page.html, /Waiting for your answer/)
  const asked = await send(ada.person, ada.page, '/account/requests', wish)
  assert.match(asked.html, /You have asked\. An owner of the group answers/)
  assert.match(asked.html, /roll back the &lt;i&gt;shop&lt;\/i&gt;/)
  assert.match(asked.html, /waits for an answer/)

  const passkey = await givePasskey(web, 'olga')
  const olga = await open(web, 'olga')
  const asksPasskey = await send(olga.person, olga.page, '/approve')
  assert.equal(asksPasskey.heading, 'Confirm with your passkey')
  assert.match(
    asksPasskey.html,
    /You are about to put <b><bdi>ada<\/bdi><\/b> into <b>prod-admins<\/b> for 30 minutes\./,
  )
  const { id: adaId } = await web.directory.users.get('ada')
  const groupsOfAda = async () => (await web.directory.subject(adaId))?.groups

  const wrong = await olga.person.submit(asksPasskey, { passkey: '{"id":"none"}' })
  assert.equal(wrong.status, 400)
  assert.match(wrong.html, /This passkey was not accepted\./)
  assert.equal((await olga.person.submit(wrong, { passkey: 'x'.repeat(9_000) })).status, 400)
  const unverified = passkey.get(optionsOf(wrong), { userVerified: false })
  const touched = await olga.person.submit(wrong, { passkey: JSON.stringify(unverified) })
  assert.equal(touched.heading, 'Confirm with your passkey')
  assert.deepEqual(await groupsOfAda(), ['viewers'])

  const done = await olga.person.submit(touched, { passkey: answerOf(passkey, touched) })
  assert.match(done.html, /Approved\. The membership has begun, and ends by itself\./)
  assert.deepEqual(await groupsOfAda(), ['prod-admins', 'viewers'])
  const mine = await ada.person.open('account/requests')
  assert.match(mine.html, /<span class="state ok">approved by olga<\/span> <small>ends/)
  web.advance(1_800_000)
  assert.match(
    (await ada.person.open('account/requests')).html,
    /<span class="state">over, approved by olga</,
  )
})

test('without a passkey an owner is sent to make one; a fresh one approves at once, and an old one does not', async () => {
  await using web = await openWeb()
  await stage(web)
  const ada = await open(web, 'ada')
  await send(ada.person, ada.page, '/account/requests', wish)
  const olga = await open(web, 'olga')
  const none = await send(olga.person, olga.page, '/approve')
  assert.match(none.html, /You have no passkey yet, and this is not done without one\./)
  assert.match(none.html, /href="\/account\/passkeys\/new"/)
  const passkey = await givePasskey(web, 'olga')
  const asks = await send(olga.person, olga.page, '/approve')
  await olga.person.submit(asks, { passkey: answerOf(passkey, asks) })

  await web.directory.groups.removeMember('prod-admins', { user: 'ada' }, BY)
  await send(ada.person, await ada.person.open('account/requests'), '/account/requests', wish)
  const atOnce = await send(olga.person, await olga.person.open('account/requests'), '/approve')
  assert.match(atOnce.html, /Approved\./)
  await web.directory.groups.removeMember('prod-admins', { user: 'ada' }, BY)
  await send(ada.person, await ada.person.open('account/requests'), '/account/requests', wish)
  web.advance(5 * 60_000 + 1)
  const again = await send(olga.person, await olga.person.open('account/requests'), '/approve')
  assert.equal(again.heading, 'Confirm with your passkey')
})

test('who is no owner answers nothing, and nobody withdraws another’s request', async () => {
  await using web = await openWeb()
  await stage(web)
  const ada = await open(web, 'ada')
  await send(ada.person, ada.page, '/account/requests', wish)
  const [request] = await web.directory.requests.waiting('all')
  assert.ok(request)
  const bob = await open(web, 'bob')
  const csrf = bob.page.forms[0]?.fields['csrf'] ?? ''
  const path = (verb: string) => `${web.issuerUrl}/account/requests/${request.id}/${verb}`
  for (const [verb, sentence] of [
    ['approve', 'There is no request that you may answer here.'],
    ['refuse', 'There is no request that you may answer here.'],
    ['withdraw', `There is no request &quot;${request.id}&quot;.`],
  ] as const) {
    const page = await bob.person.post(path(verb), { csrf })
    assert.equal(page.status, 404, verb)
    assert.ok(page.html.includes(sentence), page.html)
    assert.equal((await bob.person.open(path(verb))).status, 405)
    assert.equal((await bob.person.post(path(verb), { csrf: 'x' })).status, 403)
    const visitor = web.person()
    const signInPage = await visitor.open('sign-in')
    const posted = await visitor.post(path(verb), {
      csrf: signInPage.forms[0]?.fields['csrf'] ?? '',
    })
    assert.equal(posted.heading, 'Sign in')
  }
  // Not even the one who asked, when they own the group too.
  await web.directory.owners.add('prod-admins', 'ada', BY)
  const passkey = await givePasskey(web, 'ada')
  const own = await ada.person.post(path('approve'), {
    csrf: ada.page.forms[0]?.fields['csrf'] ?? '',
  })
  const refused = await ada.person.submit(own, { passkey: answerOf(passkey, own) })
  assert.equal(refused.status, 403)
  assert.match(refused.html, /Nobody approves a request of their own\./)
  assert.equal((await web.directory.requests.get(request.id)).state, 'waiting')

  const olga = await open(web, 'olga')
  const done = await send(olga.person, olga.page, '/refuse')
  assert.match(done.html, /Refused\./)
  assert.equal((await web.directory.requests.get(request.id)).state, 'refused')
  assert.equal((await send(olga.person, olga.page, '/refuse')).status, 409)
})

test('a wish that cannot be granted comes back with its reason and what was typed', async () => {
  await using web = await openWeb()
  await stage(web)
  const { person, page } = await open(web, 'ada')
  for (const [change, status, sentence] of [
    [{ reason: '' }, 400, 'Reason &quot;&quot; must have 1 to 256 visible characters.'],
    [
      { seconds: '7200' },
      400,
      '7200 seconds in &quot;prod-admins&quot; must be a whole number from 60 to 3600.',
    ],
    [
      { seconds: 'soon' },
      400,
      'NaN seconds in &quot;prod-admins&quot; must be a whole number from 60 to 3600.',
    ],
    [{ group: 'viewers' }, 403, 'Membership of &quot;viewers&quot; cannot be asked for.'],
    [{ group: 'ѕystem:masters' }, 404, 'No group is named'],
  ] as const) {
    const failed = await send(person, page, '/account/requests', { ...wish, ...change })
    assert.equal(failed.status, status, failed.html)
    assert.ok(failed.html.includes(sentence), failed.html)
    assert.match(failed.title, /^Error: /)
  }
  assert.deepEqual(await web.directory.requests.waiting('all'), [])
  await send(person, page, '/account/requests', wish)
  assert.equal((await send(person, page, '/account/requests', wish)).status, 409)
  const mine = await person.open('account/requests')
  const withdrawn = await send(person, mine, '/withdraw')
  assert.match(withdrawn.html, /Your request is withdrawn\./)
  assert.equal((await send(person, mine, '/withdraw')).status, 409)
})
