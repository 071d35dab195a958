/** The second chapter of the journey: days at work, and what an admin and an owner are asked for in them. */
import assert from 'node:assert/strict'
import { noteSecret } from '../support/log-secrets.ts'
import { createDeviceKey, exchange, postForm, tokensOf } from '../support/logins.ts'
import { beginning, type Journey, PASSWORDS, step, type Traveller } from './journey.ts'
import { noted, type Party } from './journey-arrival.ts'

const REASON = 'roll back the shop, ticket 4711'

/** What the log holds of both chapters. */
const STEPS = [
  'somebody user added root',
  'somebody group added lanyard-admins',
  'somebody group member added root',
  'somebody setup completed root',
  'root user signed in root',
  'root factor passkey added root',
  'root factor recovery codes made root',
  'root group added platform',
  'root group added shop-devs',
  'root group added prod-admins',
  'root user signed in root',
  'root group changed prod-admins',
  'root cluster added prod-eu',
  'root invitation created grace',
  'somebody user added grace',
  'somebody group member added grace',
  'somebody invitation accepted grace',
  'grace user signed in grace',
  'grace factor passkey added grace',
  'grace factor recovery codes made grace',
  'root invitation created alan',
  'somebody user added alan',
  'somebody group member added alan',
  'somebody invitation accepted alan',
  'alan user signed in alan',
  'grace device signed in grace-thinkpad',
  'grace device approved',
  'grace device entered cluster prod-eu',
  'grace device revoked grace-thinkpad',
  'root user reset link made grace',
  'somebody user password reset grace',
  'grace user signed in grace',
  'root group owner added grace',
  'root group owner added grace',
  'alan group membership requested alan',
  'grace user signed in grace',
  'grace group membership approved alan',
  'grace group member added alan',
  'grace group member added alan',
  'alan device signed in alan-desktop',
  'alan device approved',
  'alan device entered cluster prod-eu',
  'root user disabled alan',
  'root device revoked alan-desktop',
]

export function days(party: () => Party): void {
  deviceDays(party)
  peopleDays(party)
  lastDay(party)
}

type Login = Awaited<ReturnType<typeof signInDevice>>

function deviceDays(party: () => Party): void {
  step(
    'a device that was signed in by its code shows up, and is revoked on the account page',
    async () => {
      const { grace, journey } = party()
      const login = await signInDevice(journey, grace, 'grace-thinkpad')
      assert.equal(await enters(journey, login), 200)
      await grace.open('/account')
      assert.deepEqual(await grace.rows('devices'), [
        'grace-thinkpad kubectl, all clusters, signed in just now; entered prod-eu just now 127.0.0.1 in 11 hours Revoke grace-thinkpad',
      ])
      await grace.press('Revoke grace-thinkpad')
      await grace.reads('The device is revoked.')
      assert.deepEqual(await grace.rows('devices', '.empty p'), [
        'No device is signed in as you. Set up kubectl',
      ])
      assert.equal(await enters(journey, login), 400)
    },
  )
}

function peopleDays(party: () => Party): void {
  step(
    'an admin makes a link for somebody who forgot their password, and they choose another',
    async () => {
      const { root, grace } = party()
      await root.press('Users')
      await root.press('grace')
      await root.at('Grace Hopper')
      await root.press('Make reset link')
      await root.at('The link is made')
      const link = noted(await root.textOf('figure code'))
      await grace.open(link)
      await grace.at('Set a new password')
      const again = PASSWORDS['grace anew']
      await grace.enter({ 'New password': again, 'New password again': again })
      await grace.press('Set password')
      await grace.at('Your password is changed')
      await grace.open('/account')
      await grace.at('Sign in')
      await grace.signIn('grace', PASSWORDS.grace)
      await grace.reads('Username or password is wrong. Check both and try again.')
      await grace.signIn('grace', again)
      await grace.at('Grace Hopper')
    },
  )

  step('somebody is made the owner of two groups', async () => {
    const { root, grace } = party()
    for (const group of ['shop-devs', 'prod-admins']) {
      await root.press('Groups')
      await root.press(group)
      await root.enter({ 'Add owner': 'grace' })
      await root.press('Add', 'owners')
      await root.reads('Saved.')
      assert.deepEqual(await root.rows('owners', 'li'), ['grace Remove grace'])
    }
    await grace.press('Membership for a while')
    assert.deepEqual(await grace.rows('owned', 'li'), ['prod-admins', 'shop-devs'])
  })

  step(
    'membership for a while is asked for with a reason, and approved with a passkey',
    async () => {
      const { grace, alan } = party()
      await alan.open('/account')
      assert.deepEqual(await alan.rows('groups', 'li'), ['platform direct'])
      await alan.press('Membership for a while')
      await alan.page.getByLabel('For', { exact: true }).selectOption({ label: '30 minutes' })
      await alan.enter({ Reason: REASON })
      await alan.press('Ask')
      await alan.reads('You have asked. An owner of the group answers on this page of theirs.')
      assert.deepEqual(await alan.rows('mine'), [
        `prod-admins ${REASON} waits for an answer just now Withdraw prod-admins`,
      ])
      await grace.press('Membership for a while')
      assert.deepEqual(await grace.rows('waiting'), [
        `alan ${REASON} prod-admins 30 minutes just now Refuse alan in prod-admins Approve alan in prod-admins`,
      ])
      await grace.press('Approve alan in prod-admins')
      await grace.confirmByPasskey('put alan into prod-admins for 30 minutes')
      await grace.reads('Approved. The membership has begun, and ends by itself.')
      await alan.open('/account/requests')
      assert.deepEqual(await alan.rows('mine'), [
        `prod-admins ${REASON} approved by grace ends in 29 minutes just now`,
      ])
      await alan.open('/account')
      assert.deepEqual(await alan.rows('groups', 'li'), [
        'platform direct',
        'prod-admins direct, ends in 29 minutes',
      ])
    },
  )

  step(
    'an owner adds a member on the page of the group, where nothing else can be changed',
    async () => {
      const { grace } = party()
      await grace.press('shop-devs', 'owned')
      await grace.at('shop-devs')
      assert.equal(await grace.page.locator('#policy, #owners, #delete').count(), 0)
      await grace.enter({ Username: 'alan' })
      await grace.press('Add', 'add')
      await grace.reads('Added.')
      assert.deepEqual(await grace.rows('members'), ['alan alan direct no end Remove alan'])
    },
  )
}

function lastDay(party: () => Party): void {
  step('whom an admin locks is signed out everywhere', async () => {
    const { root, alan, journey } = party()
    const login = await signInDevice(journey, alan, 'alan-desktop')
    assert.equal(await enters(journey, login), 200)
    await root.press('Users')
    await root.press('alan')
    await root.press('Lock')
    await root.reads('Locked. Every sign-in of theirs is void, and their devices are revoked.')
    assert.equal(await enters(journey, login), 400)
    await alan.open('/account')
    await alan.at('Sign in')
    await alan.signIn('alan', PASSWORDS.alan)
    await alan.reads('Username or password is wrong. Check both and try again.')
    await root.press('Users')
    assert.deepEqual(await root.rows('main'), [
      'Select alan alan alan locked platform prod-admins shop-devs password',
      'Select grace grace Grace Hopper · grace@example.com active platform password, passkey',
      'Select root root root active lanyard-admins password, passkey',
    ])
  })

  step('the audit log shows each step, and verifies itself', async () => {
    const { root, journey } = party()
    await root.press('Audit log')
    const lines = await eventsOf(root)
    const refused = 'somebody signin refused '
    assert.deepEqual(lines.filter((line) => !line.startsWith(refused)).slice(-STEPS.length), STEPS)
    assert.deepEqual(beginning(lines, refused).sort(), [`${refused}alan`, `${refused}grace`])
    await root.press('Verify that nothing was changed')
    const { events, head } = await journey.lanyard.server.rooms.audit.verify()
    await root.reads(
      `Nothing was changed: ${events} events, as recorded. Head ${head?.id}:${head?.hash}. Note it elsewhere.`,
    )
  })
}

/** Who did what to whom, from the oldest on, over all pages of the log. What has no name but an opaque one is cut off. */
async function eventsOf({ page, press }: Traveller): Promise<string[]> {
  const lines: string[] = []
  const next = page.getByRole('link', { name: 'Next page' })
  for (;;) {
    for (const summary of await page.locator('.log summary').all()) {
      const [who = '', what = ''] = await summary.locator('b, b + span').allInnerTexts()
      lines.unshift(`${who.trim()} ${what.trim()}`.replace(/ [a-z0-9]{16}$/, ''))
    }
    if ((await next.count()) === 0) return lines
    await press('Next page')
  }
}

/** As the plugin does on a machine without a browser: a code, typed by whoever sits there. */
async function signInDevice({ lanyard }: Journey, person: Traveller, deviceName: string) {
  const key = await createDeviceKey()
  const client = { client_id: 'kubectl-lanyard' }
  const { body } = await postForm(lanyard, `${lanyard.issuer}/device/auth`, {
    ...{ ...client, scope: 'openid offline_access', device_name: deviceName },
  })
  const code = String(body['device_code'])
  noteSecret(code, 'device code')
  await person.open('/device')
  await person.at('Sign in a device')
  await person.enter({ Code: String(body['user_code']) })
  await person.press('Continue')
  await person.at('Did you start this?')
  await person.press('I started this')
  const url = `${lanyard.issuer}/token`
  const answer = await postForm(
    lanyard,
    url,
    { ...client, grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code },
    { dpop: await key.proof('POST', url) },
  )
  return { key, refreshToken: tokensOf(answer).refreshToken }
}

/** What the exchange for a token of the cluster is answered. */
async function enters({ lanyard }: Journey, login: Login): Promise<number> {
  return (await exchange(lanyard, login, 'prod-eu')).status
}
