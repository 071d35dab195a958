/**
 * Threat 18: no session survives an authentication under its old id, none is taken from a visitor, and what somebody did not finish, or
 * somebody else began in the same browser, gives nothing.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  payloadOf,
  redeem,
  startCode,
  tokensOf,
} from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { devicesOf, freezeTime, startDevice } from './attack.ts'
import {
  type Application,
  addApplication,
  applicationLogin,
  sessionOf,
  signIn,
} from './support/adversary.ts'

const SESSION = '__Host-lanyard-session'
let lanyard: Lanyard
let time: ReturnType<typeof freezeTime>
let ada: Credentials
let bob: Credentials
let wiki: Application
before(async () => {
  time = freezeTime()
  lanyard = await startLanyard({ clock: Date.now })
  ada = await lanyard.addUser('ada', ['devs'])
  bob = await lanyard.addUser('bob', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  wiki = await addApplication(lanyard)
})
after(async () => {
  await lanyard[Symbol.asyncDispose]()
  time[Symbol.dispose]()
})

const prod = (extra: Record<string, string> = {}) =>
  startCode(lanyard, { clientId: 'prod', extra }).url
const wikiUrl = (extra: Record<string, string> = {}) =>
  startCode(lanyard, {
    clientId: wiki.clientId,
    redirectUri: wiki.redirectUri,
    scope: 'openid profile offline_access',
    extra,
  }).url

async function isSignedIn(cookies: Person['cookies']): Promise<boolean> {
  const thief = new Person(lanyard)
  thief.adopt(cookies)
  const page = await thief.open('account')
  await thief.close()
  return new URL(page.url).pathname === '/account'
}

describe('session fixation', () => {
  it('fails: every authentication has a new id, and the old one is nobody’s', async () => {
    const person = new Person(lanyard)
    const seen: string[] = []
    const noteSession = async () => {
      const session = sessionOf(person)
      assert.ok(session !== undefined)
      noteSecret(session, 'session cookie')
      assert.equal(seen.includes(session), false, 'an id came back')
      for (const old of seen) {
        assert.equal(await isSignedIn([{ name: SESSION, value: old, path: '/' }]), false)
      }
      seen.push(session)
    }
    await signIn(person, ada)
    await noteSession()
    // Again while signed in, by a form that another tab had open.
    const tab = new Person(lanyard)
    const form = await tab.open('sign-in')
    person.adopt(tab.cookies)
    await person.submit(form, { username: ada.username, password: ada.password })
    await noteSession()
    await tab.close()
    // Again in the same browser, by the page that a link can open.
    await authorize(lanyard, person, ada, { clientId: 'prod', extra: { prompt: 'login' } })
    await noteSession()
    await person.submit(await person.open('sign-out'))
    await signIn(person, ada)
    await noteSession()
    await authorize(lanyard, person, bob, { clientId: 'prod', extra: { prompt: 'login' } })
    await noteSession()
    await person.close()
  })

  it('fails with an id that the attacker got before, or made up', async () => {
    const attacker = new Person(lanyard)
    await signIn(attacker, bob)
    await attacker.submit(await attacker.open('sign-out'))
    const page = await attacker.open(prod())
    assert.equal(sessionOf(attacker), undefined, 'a visitor has no session to plant')
    const planted = [
      { name: SESSION, value: 'A'.repeat(43), path: '/' },
      { name: `${SESSION}.sig`, value: 'A'.repeat(27), path: '/' },
    ]
    const victim = new Person(lanyard)
    victim.adopt([...planted, ...attacker.cookies])
    await signIn(victim, ada)
    assert.notEqual(sessionOf(victim), 'A'.repeat(43))
    assert.equal(await isSignedIn(planted), false)
    // The interaction that the attacker began still knows nobody.
    assert.ok('password' in ((await attacker.open(page.url)).forms[0]?.fields ?? {}))
    assert.equal(await isSignedIn(attacker.cookies), false)
    await Promise.all([attacker, victim].map((one) => one.close()))
  })

  it('fails with a session cookie whose signature is another’s, or missing', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const signed = person.cookies.filter(({ name }) => name.startsWith(SESSION))
    assert.equal(signed.length, 2)
    assert.equal(await isSignedIn(signed), true)
    const [session, signature] = signed
    assert.ok(session && signature)
    assert.equal(await isSignedIn([session]), false)
    assert.equal(await isSignedIn([session, { ...signature, value: 'A'.repeat(27) }]), false)
    await person.close()
  })
})

describe('a re-authentication (OpenID Connect Core §3.1.2.1)', () => {
  for (const [name, extra] of [
    ['prompt=login', { prompt: 'login' }],
    ['max_age that has passed', { max_age: '60' }],
    ['max_age=0', { max_age: '0' }],
    ['prompt=login with consent', { prompt: 'login consent' }],
  ] as const) {
    it(`by ${name} cannot be skipped by going back, pressing the button, or asking for the resume`, async () => {
      const person = new Person(lanyard)
      await signIn(person, ada)
      time.advance(61_000)
      const before = await devicesOf(lanyard)
      const page = await person.open(prod(extra))
      assert.ok('password' in (page.forms[0]?.fields ?? {}), page.html)
      const uid = new URL(page.url).pathname.split('/')[2] ?? ''
      const csrf = page.forms[0]?.fields['csrf'] ?? ''
      const pressed = await person.post(`/interaction/${uid}/answer`, { csrf, answer: 'approve' })
      assert.ok('password' in (pressed.forms[0]?.fields ?? {}), pressed.html)
      const resumed = await person.open(`auth/${uid}`)
      assert.equal(person.leftTo?.searchParams.get('code') ?? null, null)
      assert.ok(resumed.status === 200 || resumed.status === 400)
      assert.deepEqual(await devicesOf(lanyard), before)
      await person.close()
    })
  }

  it('says when it was, and a fresh one satisfies max_age', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const signedInAt = Math.floor(Date.now() / 1000)
    time.advance(120_000)
    const request = { clientId: 'prod', extra: { max_age: '60' } }
    const { started, params } = await authorize(lanyard, person, ada, request)
    const { idToken } = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
    assert.equal(payloadOf(idToken)['auth_time'], signedInAt + 120)
    await person.close()
  })

  it('that was cancelled ends: the session stays, and the request gives nothing later', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    const page = await person.open(prod({ prompt: 'login' }))
    const cancel = {
      csrf: page.forms[0]?.fields['csrf'] ?? '',
      answer: 'refuse',
    }
    const uid = new URL(page.url).pathname.split('/')[2] ?? ''
    await person.post(`/interaction/${uid}/answer`, cancel)
    assert.equal(person.leftTo?.searchParams.get('error'), 'access_denied')
    assert.equal((await person.open(`interaction/${uid}`)).status, 400)
    const again = await person.open(`auth/${uid}`)
    assert.equal(again.status, 400)
    assert.equal(person.leftTo, undefined)
    assert.equal(await isSignedIn(person.cookies), true)
    await person.close()
  })

  it('of another person takes over the browser, and nothing of the first one', async () => {
    const person = new Person(lanyard)
    const { refreshToken } = await applicationLogin(lanyard, wiki, ada, person)
    assert.notEqual(refreshToken, '')
    const hers = sessionOf(person)
    const { params } = await authorize(lanyard, person, bob, {
      clientId: 'prod',
      extra: { prompt: 'login' },
    })
    assert.notEqual(params.get('code'), null)
    assert.equal((await person.open('account')).heading, 'bob')
    assert.equal(await isSignedIn([{ name: SESSION, value: hers ?? '', path: '/' }]), false)
    // Her consent was hers: he is asked for his own.
    const page = await person.open(wikiUrl())
    assert.equal(person.leftTo, undefined)
    assert.ok(page.html.includes('bob') && !page.html.includes('ada'), page.html)
    await person.close()
  })

  it('is never answered by a session alone where a program on this computer asks (RFC 8252 §8.6)', async () => {
    const person = new Person(lanyard)
    await signIn(person, ada)
    await person.open(prod({ prompt: 'none' }))
    assert.equal(person.leftTo?.searchParams.get('error'), 'interaction_required')
    assert.equal(person.leftTo?.searchParams.get('code'), null)
    const nobody = new Person(lanyard)
    await nobody.open(prod({ prompt: 'none' }))
    assert.equal(nobody.leftTo?.searchParams.get('error'), 'login_required')
    await Promise.all([person, nobody].map((one) => one.close()))
  })

  it('with an ID token hint of another person gives no code (OpenID Connect Core §3.1.2.1)', async () => {
    const person = new Person(lanyard)
    const { idToken } = await applicationLogin(lanyard, wiki, ada, person)
    await person.submit(await person.open('sign-out'))
    await signIn(person, bob)
    await person.open(wikiUrl({ prompt: 'none', id_token_hint: idToken }))
    assert.equal(person.leftTo?.searchParams.get('error'), 'login_required')
    assert.equal(person.leftTo?.searchParams.get('code'), null)
    await person.close()
  })
})

describe('every cookie', () => {
  it('is for this host over TLS alone, and out of reach of scripts and of other sites (ASVS 5.0 V3.3)', async () => {
    const person = new Person(lanyard)
    const names = new Set<string>()
    const check = ({ headers }: Page): void => {
      for (const line of [headers['set-cookie'] ?? []].flat()) {
        const [pair = '', ...attributes] = line.toLowerCase().split('; ')
        names.add(pair.slice(0, pair.indexOf('=')).replace(/\.sig$/, ''))
        const prefix = attributes.includes('path=/') ? '__host-' : '__secure-'
        assert.ok(pair.startsWith(prefix), line)
        for (const one of ['secure', 'httponly', 'samesite=lax']) {
          assert.ok(attributes.includes(one), line)
        }
        assert.ok(!attributes.some((one) => one.startsWith('domain')), line)
      }
    }
    person.follows = false
    check(await person.open(prod()))
    const form = await person.open('sign-in?next=device')
    check(form)
    check(await person.submit(form, { ...bob }))
    const { userCode } = await startDevice(lanyard, 'prod')
    check(await person.submit(await person.open('device'), { user_code: userCode }))
    assert.deepEqual([...names].sort(), [
      '__host-lanyard-csrf',
      '__host-lanyard-known',
      '__host-lanyard-session',
      '__secure-lanyard-device',
      '__secure-lanyard-interaction',
      '__secure-lanyard-resume',
    ])
    await person.close()
  })
})

describe('a session', () => {
  it('ends after an hour without use, after twelve in any case, and when the password changes', async () => {
    const idle = new Person(lanyard)
    await signIn(idle, ada)
    time.advance(3600_000 - 2_000)
    assert.equal(await isSignedIn(idle.cookies), true)
    time.advance(3600_000 + 2_000)
    assert.equal(await isSignedIn(idle.cookies), false)

    const busy = new Person(lanyard)
    await signIn(busy, ada)
    for (let hours = 0; hours < 24; hours += 1) {
      time.advance(30 * 60_000)
      if (hours < 23) assert.equal((await busy.open('account')).heading, 'ada', `${hours}`)
    }
    assert.equal(await isSignedIn(busy.cookies), false)

    const here = new Person(lanyard)
    const there = new Person(lanyard)
    await signIn(here, ada)
    await signIn(there, ada)
    time.advance(1000)
    const next = 'eleven tin kettles sing'
    noteSecret(next, 'password')
    const fields = { current_password: ada.password, password: next, password_again: next }
    const changed = await here.submit(await here.open('account/password'), fields)
    assert.equal(changed.status, 200)
    assert.equal(await isSignedIn(here.cookies), true)
    assert.equal(await isSignedIn(there.cookies), false)
    await Promise.all([idle, busy, here, there].map((one) => one.close()))
  })
})
