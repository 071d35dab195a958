import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distanceOf } from '../../src/web/device.ts'
import { addPeople, openWeb, PASSWORD, signIn } from './fixture.ts'
import { enterCode, requestDeviceCode } from './logins.ts'

test('sign in first, then the code, then two buttons, then done', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const code = await requestDeviceCode(web, { deviceName: 'jump-3', clientId: 'prod-eu' })
  const signInFirst = await ada.open(`device?user_code=${code}`)
  assert.equal(signInFirst.title, 'Sign in to kubectl – Lanyard')
  const ask = await ada.submit(signInFirst, { username: 'ada', password: PASSWORD })
  assert.equal(ask.heading, 'Sign in a device')
  assert.equal((await ada.open(`device?user_code=${code}`)).forms[0]?.fields['user_code'], '')

  const typed = ` ${code.replace('-', ' ').toLowerCase()} `
  const confirm = await ada.submit(ask, { user_code: typed })
  assert.equal(confirm.heading, 'Did you start this?')
  for (const expected of [
    code,
    'jump-3',
    '<b>prod-eu</b>',
    '127.0.0.1',
    'viewers',
    'after 12 hours',
  ]) {
    assert.ok(confirm.html.includes(expected), expected)
  }
  assert.deepEqual(confirm.forms[0]?.buttons, [
    { name: 'answer', value: 'refuse' },
    { name: 'answer', value: 'approve' },
  ])
  const done = await ada.submit(confirm, { answer: 'approve' })
  assert.equal(done.heading, 'You are signed in')
  const again = await ada.submit(confirm, { answer: 'approve' })
  assert.match(again.html, /This code is not known, or it has expired\./)
})

test('a refusal kills the code', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const code = await requestDeviceCode(web)
  const confirm = await enterCode(ada, code)
  const refused = await ada.submit(confirm, { answer: 'refuse' })
  assert.equal(refused.heading, 'Refused')
  assert.match(refused.html, /r-[a-z\d]{4}-[a-z\d]{4}/)
  assert.equal((await enterCode(ada, code)).title, 'Error: Sign in a device – Lanyard')
})

test('policy is asked on POST, and its sentence shown', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const bob = web.person()
  await signIn(bob, 'bob')
  const code = await requestDeviceCode(web, { clientId: 'prod-eu' })
  const refused = await bob.submit(await enterCode(bob, code), { answer: 'approve' })
  assert.equal(refused.status, 403)
  assert.equal(refused.heading, 'Refused')
  assert.match(
    refused.html,
    /in none of the groups that may enter cluster &quot;prod-eu&quot;\.<\/b>/,
  )
  assert.equal((await enterCode(bob, code)).status, 400)
})

test('another network takes the primary button away', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person('203.0.113.24')
  await signIn(ada)
  const near = await enterCode(ada, await requestDeviceCode(web, { address: '203.0.113.24' }))
  assert.match(near.html, /btn primary" name="answer" value="approve"/)
  const far = await enterCode(ada, await requestDeviceCode(web, { address: '198.51.100.7' }))
  assert.doesNotMatch(far.html, /btn primary/)
  assert.match(far.html, /this browser is at 203\.0\.113\.24/)
})

test('a code that another browser typed first cannot be approved here', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const [ada, bob] = [web.person(), web.person()]
  await signIn(ada)
  await signIn(bob, 'bob')
  const code = await requestDeviceCode(web)
  const hers = await enterCode(ada, code)
  assert.equal((await enterCode(bob, code)).title, 'Error: Sign in a device – Lanyard')
  const csrf = (await bob.open('device')).forms[0]?.fields['csrf'] ?? ''
  const fields = { ...hers.forms[0]?.fields, csrf, answer: 'approve' }
  const stolen = await bob.post(`${web.issuerUrl}/device/answer`, fields)
  assert.equal(stolen.status, 400)
  assert.equal((await ada.submit(hers, { answer: 'approve' })).heading, 'You are signed in')
})

test('what one person read is not for the next one in the same browser to approve', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const person = web.person()
  await signIn(person)
  const hers = await enterCode(person, await requestDeviceCode(web))
  await person.submit(await person.open('sign-out'))
  await signIn(person, 'bob')
  assert.equal((await person.submit(hers, { answer: 'approve' })).status, 400)
  const bob = await web.directory.users.get('bob')
  assert.deepEqual(await web.issuer.devices.list(bob.id), [])
})

test('guesses are limited, in both forms together, and a right code costs nothing', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  for (let round = 0; round < 12; round += 1) {
    const right = await enterCode(ada, await requestDeviceCode(web))
    assert.equal(right.heading, 'Did you start this?')
  }
  const confirm = await enterCode(ada, await requestDeviceCode(web))
  for (let guess = 0; guess < 5; guess += 1) {
    assert.equal((await enterCode(ada, 'BBBB-BBBB')).status, 400)
    const other = await ada.submit(confirm, { user_code: 'CCCC-CCCC', answer: 'approve' })
    assert.equal(other.status, 400)
  }
  const limited = await enterCode(ada, 'BBBB-BBBB')
  assert.equal(limited.status, 429)
  assert.match(limited.html, /Too many attempts\. Wait 10 minutes, then try again\./)
  assert.equal((await enterCode(ada, await requestDeviceCode(web))).status, 429)
  web.advance(10 * 60_000)
  assert.equal((await enterCode(ada, await requestDeviceCode(web))).status, 200)
})

test('how far a device is', () => {
  assert.equal(distanceOf('203.0.113.24', '203.0.113.24'), 'same-address')
  assert.equal(distanceOf('127.0.0.1', '::1'), 'same-address')
  assert.equal(distanceOf('2001:db8::1', '2001:db8::2'), 'same-network')
  assert.equal(distanceOf('203.0.113.24', '203.0.113.25'), 'elsewhere')
  assert.equal(distanceOf('127.0.0.1', '203.0.113.25'), 'elsewhere')
  assert.equal(distanceOf(null, '203.0.113.25'), 'elsewhere')
})
