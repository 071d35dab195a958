/**
 * Threat 1 (Dex CVE-2022-39222): whoever knows the id of somebody's authorization request gets nothing with it. RFC 6749
 * §10.5, RFC 9700 §4.5: a code goes to the browser that asked for it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, startCode, walkThrough } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { assertPage, devicesOf, rowsOf } from './attack.ts'

const EXPIRED = 'This sign-in has expired or was finished.'

describe('an interaction without its browser’s cookie', () => {
  let lanyard: Lanyard
  let ada: Credentials
  let mallory: Credentials
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    mallory = await lanyard.addUser('mallory', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(() => lanyard[Symbol.asyncDispose]())

  /** Somebody who has opened an authorization request of their own. */
  async function asking(): Promise<{ person: Person; page: Page; uid: string }> {
    const person = new Person(lanyard)
    const page = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
    return { person, page, uid: page.url.split('/').at(-1) ?? '' }
  }

  async function assertNothingIssued(work: () => Promise<void>): Promise<void> {
    const before = [await devicesOf(lanyard), await rowsOf(lanyard, 'AuthorizationCode')]
    await work()
    assert.deepEqual([await devicesOf(lanyard), await rowsOf(lanyard, 'AuthorizationCode')], before)
  }

  async function assertRefusedEverywhere(thief: Person, uid: string, csrf: string): Promise<void> {
    for (const path of [`interaction/${uid}`, `interaction/${uid}/sign-in`]) {
      assertPage(await thief.open(path), 400, 'ERR_INTERACTION_EXPIRED', EXPIRED)
    }
    for (const step of ['sign-in', 'answer', 'password']) {
      const form = { ...mallory, csrf, answer: 'approve' }
      const page = await thief.post(`interaction/${uid}/${step}`, form)
      assertPage(page, 400, 'ERR_INTERACTION_EXPIRED', EXPIRED)
    }
  }

  async function assertNotResumed(thief: Person, uid: string): Promise<void> {
    const resumed = await thief.open(`auth/${uid}`)
    assert.equal(resumed.status, 400, resumed.html)
    assert.equal(thief.leftTo, undefined)
  }

  it('is refused at every address of it, before and after its person has signed in', async () => {
    const victim = await asking()
    const thief = await asking()
    const csrf = csrfOf(thief.page)
    assert.notEqual(csrf, '')
    await assertNothingIssued(() => assertRefusedEverywhere(thief.person, victim.uid, csrf))
    await assertNotResumed(thief.person, victim.uid)
    await walkThrough(victim.person, victim.page, ada)
    assert.ok(victim.person.leftTo?.searchParams.has('code'))
    await assertNothingIssued(() => assertRefusedEverywhere(thief.person, victim.uid, csrf))
    await assertNotResumed(thief.person, victim.uid)
  })

  it('is refused to somebody who is signed in as well', async () => {
    const victim = await asking()
    const thief = await asking()
    const csrf = csrfOf(thief.page)
    await walkThrough(thief.person, thief.page, mallory)
    await assertNothingIssued(() => assertRefusedEverywhere(thief.person, victim.uid, csrf))
    await assertNotResumed(thief.person, victim.uid)
  })

  it('is refused with the cookies of another interaction under its path', async () => {
    const victim = await asking()
    const thief = await asking()
    const csrf = csrfOf(thief.page)
    thief.person.adopt(
      thief.person.cookies.map((cookie) => ({
        ...cookie,
        path: cookie.path.replace(thief.uid, victim.uid),
      })),
    )
    await assertNothingIssued(async () => {
      await assertRefusedEverywhere(thief.person, victim.uid, csrf)
      // The cookie says what is resumed, never the address: this is the thief's own request, which asks for a password again.
      const resumed = await thief.person.open(`auth/${victim.uid}`)
      assert.equal(thief.person.leftTo, undefined)
      assert.equal(resumed.heading, 'Sign in')
      assert.ok(!resumed.url.includes(victim.uid))
    })
    await walkThrough(victim.person, victim.page, ada)
    assert.ok(victim.person.leftTo?.searchParams.has('code'))
  })

  it('is refused with cookies that name it and are not signed by Lanyard', async () => {
    const victim = await asking()
    const thief = await asking()
    const csrf = csrfOf(thief.page)
    const signatures = thief.person.cookies.filter(({ name }) => name.endsWith('.sig'))
    thief.person.adopt([
      ...signatures.map((cookie) => ({
        ...cookie,
        path: cookie.path.replace(thief.uid, victim.uid),
      })),
      {
        name: '__Secure-lanyard-interaction',
        value: victim.uid,
        path: `/interaction/${victim.uid}`,
      },
      { name: '__Secure-lanyard-resume', value: victim.uid, path: `/auth/${victim.uid}` },
    ])
    await assertNothingIssued(() => assertRefusedEverywhere(thief.person, victim.uid, csrf))
    await assertNotResumed(thief.person, victim.uid)
  })

  it('is used once, by its own browser too', async () => {
    const { person, page, uid } = await asking()
    const held = person.cookies
    await walkThrough(person, page, ada)
    person.adopt(held)
    await assertNothingIssued(async () => {
      for (const path of [`interaction/${uid}`, `interaction/${uid}/sign-in`]) {
        assertPage(await person.open(path), 400, 'ERR_INTERACTION_EXPIRED', EXPIRED)
      }
      assert.equal((await person.open(`auth/${uid}`)).status, 400)
      assert.equal(person.leftTo, undefined)
    })
  })

  it('asks a signed-in browser for one press of a button, with prompt=none too (RFC 8252 §8.6)', async () => {
    const { person, page } = await asking()
    await walkThrough(person, page, ada)
    await assertNothingIssued(async () => {
      const question = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
      assert.equal(person.leftTo, undefined)
      assert.equal(question.status, 200)
      const silent = startCode(lanyard, { clientId: 'prod', extra: { prompt: 'none' } })
      await person.open(silent.url)
      const left = new URL(String(person.leftTo)).searchParams
      assert.deepEqual([left.get('code'), left.get('error')], [null, 'interaction_required'])
    })
  })

  it('does not act for one person on what another was shown', async () => {
    const { person, page } = await asking()
    await walkThrough(person, page, ada)
    const question = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
    assert.ok(question.html.includes('ada'))
    await person.post('sign-in', { csrf: csrfOf(question), ...mallory })
    await assertNothingIssued(async () => {
      const answer = await person.submit(question, { answer: 'approve' })
      assertPage(answer, 400, 'ERR_INTERACTION_EXPIRED', EXPIRED)
      assert.equal(person.leftTo, undefined)
    })
  })
})

function csrfOf({ forms }: Page): string {
  return forms[0]?.fields['csrf'] ?? ''
}
