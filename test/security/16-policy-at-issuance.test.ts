/**
 * Threat 16: the policy is asked where something is issued, not where a page was shown. Whatever changes between the sign-in page and
 * the code, or between the code and its redemption, is seen.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  pluginLogin,
  redeem,
  refresh,
  startCode,
} from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { approveDevice, assertRefused, devicesOf, poll, startDevice } from './attack.ts'
import { countModel, errorCodeOf, signIn } from './support/adversary.ts'

const NEXT = 'eleven tin kettles sing'
noteSecret(NEXT, 'password')

let lanyard: Lanyard
let ada: Credentials
let group = ''
let users = 0
before(async () => {
  lanyard = await startLanyard()
})
after(() => lanyard[Symbol.asyncDispose]())
beforeEach(async () => {
  users += 1
  group = `devs${users}`
  ada = await lanyard.addUser(`ada${users}`, [group])
  await lanyard.addCluster(`prod${users}`, { groups: [group] })
})

interface Change {
  readonly what: string
  make(): Promise<unknown>
  /** What the person is told, where they are told. */
  sentence(): string
}

const typed = () => ({ username: ada.username, password: ada.password })
const rooms = () => lanyard.server.rooms
const changes: readonly Change[] = [
  {
    what: 'a user who was disabled',
    make: () => rooms().directory.users.disable(ada.username, byTest),
    sentence: () => `user "${ada.username}" is disabled`,
  },
  {
    what: 'a user who was deleted',
    make: () => rooms().directory.users.delete(ada.username, byTest),
    sentence: () => 'this user does not exist',
  },
  {
    what: 'a user who left the group',
    make: () => rooms().directory.groups.removeMember(group, { user: ada.username }, byTest),
    sentence: () =>
      `${ada.username} is in none of the groups that may enter cluster "prod${users}"`,
  },
  {
    what: 'a group that was deleted',
    make: () => rooms().directory.groups.delete(group, byTest),
    sentence: () =>
      `${ada.username} is in none of the groups that may enter cluster "prod${users}"`,
  },
  {
    what: 'a group that the cluster no longer lets in',
    make: () => rooms().clusters.disallow(`prod${users}`, group, byTest),
    sentence: () =>
      `${ada.username} is in none of the groups that may enter cluster "prod${users}"`,
  },
  {
    what: 'a password that an admin has set',
    make: () =>
      rooms().directory.users.setPassword(ada.username, NEXT, { mustChange: true }, byTest),
    sentence: () => `${ada.username} signed in before all sessions were ended`,
  },
]

const audience = () => `prod${users}`

describe('between the code and its redemption', () => {
  for (const change of changes) {
    it(`${change.what} gets no token`, async () => {
      const person = new Person(lanyard)
      const { started, params } = await authorize(lanyard, person, ada, { clientId: audience() })
      await person.close()
      await change.make()
      const answer = await redeem(lanyard, started, params.get('code') ?? '')
      assertRefused(answer, 'invalid_grant', change.sentence())
      assert.equal(await countModel(lanyard, 'RefreshToken'), 0)
    })
  }
})

describe('between the approval of a device code and its redemption', () => {
  for (const change of changes) {
    it(`${change.what} gets no token`, async () => {
      const device = await startDevice(lanyard, audience())
      await approveDevice(lanyard, ada, device)
      await change.make()
      assertRefused(await poll(lanyard, device), 'invalid_grant', change.sentence())
    })
  }
})

describe('between the sign-in page and the password', () => {
  for (const change of changes.slice(2, 5)) {
    it(`${change.what} gets no code and no session`, async () => {
      const person = new Person(lanyard)
      const page = await person.open(startCode(lanyard, { clientId: audience() }).url)
      await change.make()
      await person.submit(page, typed())
      assert.equal(person.leftTo?.searchParams.get('error'), 'access_denied')
      assert.equal(person.leftTo?.searchParams.get('error_description'), change.sentence())
      assert.equal(person.leftTo?.searchParams.get('code'), null)
      await person.close()
    })
  }

  for (const change of changes.slice(0, 2)) {
    it(`${change.what} is told what a wrong password is told`, async () => {
      const person = new Person(lanyard)
      const page = await person.open(startCode(lanyard, { clientId: audience() }).url)
      await change.make()
      const answer = await person.submit(page, typed())
      assert.equal(answer.status, 400)
      assert.equal(person.leftTo, undefined)
      await person.close()
    })
  }
})

describe('between the page with the button and the button', () => {
  for (const change of changes) {
    it(`${change.what} gets no code`, async () => {
      const person = new Person(lanyard)
      await signIn(person, ada)
      const question = await person.open(startCode(lanyard, { clientId: audience() }).url)
      const before = await devicesOf(lanyard)
      await change.make()
      await person.submit(question, { answer: 'approve' })
      assert.equal(person.leftTo?.searchParams.get('code') ?? null, null)
      assert.deepEqual(await devicesOf(lanyard), before)
      await person.close()
    })
  }

  it('somebody else in the browser confirms nothing that they have not read', async () => {
    const bob = await lanyard.addUser(`bob${users}`, [group])
    const person = new Person(lanyard)
    await signIn(person, ada)
    const question = await person.open(startCode(lanyard, { clientId: audience() }).url)
    await person.submit(await person.open('sign-out'))
    await signIn(person, bob)
    const answer = await person.submit(question, { answer: 'approve' })
    assert.equal(errorCodeOf(answer.html), 'ERR_INTERACTION_EXPIRED')
    assert.equal(person.leftTo, undefined)
    await person.close()
  })
})

describe('a password that is due', () => {
  const passwords = { password: NEXT, password_again: NEXT }
  const due = async () => {
    await rooms().directory.users.setPassword(ada.username, ada.password, {}, byTest)
  }

  it('opens no page and no interaction before it is changed', async () => {
    await due()
    const person = new Person(lanyard)
    const forced = await signIn(person, ada)
    assert.equal(forced.status, 200)
    assert.ok('current_password' in (forced.forms[0]?.fields ?? {}), forced.html)
    for (const path of ['account', 'account/kubectl', 'device', 'account/password', 'sign-out']) {
      assert.match(new URL((await person.open(path)).url).pathname, /^\/sign-in$/, path)
    }
    const { page, params } = await authorize(lanyard, person, ada, { clientId: audience() })
    assert.equal(params.get('code'), null)
    assert.ok('current_password' in (page.forms[0]?.fields ?? {}), page.html)
    await person.submit(page, { current_password: ada.password, ...passwords })
    assert.notEqual(person.leftTo?.searchParams.get('code') ?? null, null)
    await person.close()
  })

  it('cannot be answered with the password that is there, nor by going back to the page before', async () => {
    await due()
    const person = new Person(lanyard)
    const start = await person.open(startCode(lanyard, { clientId: audience() }).url)
    const forced = await person.submit(start, typed())
    const same = {
      current_password: ada.password,
      password: ada.password,
      password_again: ada.password,
    }
    assert.equal((await person.submit(forced, same)).status, 400)
    const answer = { csrf: forced.forms[0]?.fields['csrf'] ?? '', answer: 'approve', person: '' }
    const back: Page = await person.post(start.url.replace(/(\/sign-in)?$/, '/answer'), answer)
    assert.equal(person.leftTo, undefined)
    assert.ok('username' in (back.forms[0]?.fields ?? {}), back.html)
    await person.close()
  })

  it('stops logins that were made before, of the plugin and of a cluster', async () => {
    const login = await pluginLogin(lanyard, ada)
    const tokens = await clusterLogin(lanyard, ada, audience())
    const sentence = `${ada.username} signed in before all sessions were ended`
    await due()
    assertRefused(await exchange(lanyard, login, audience()), 'invalid_grant', sentence)
    const refreshed = await refresh(lanyard, audience(), tokens.refreshToken)
    assertRefused(refreshed, 'invalid_grant', sentence)
  })
})
