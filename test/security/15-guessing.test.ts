/**
 * Threat 15: one failure budget per account, whatever the spelling, the network, the claimed address or the form; and no lock-out of
 * the person whose account it is.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { freezeTime } from './attack.ts'
import { count, signIn } from './support/adversary.ts'

const WRONG = 'not the password at all 55'
/** What one account, and what one known browser, may fail within ten minutes. */
const FAILURES = 10
const BROWSER_FAILURES = 5
/** The test's own address is a proxy that may say who the visitor is: so that one machine can play many networks. */
const BEHIND_PROXY = { settings: { trustedProxies: ['127.0.0.1'] } } as const

let lanyard: Lanyard
/** Without a proxy. */
let direct: Lanyard
let time: ReturnType<typeof freezeTime>
let people: Person[] = []
let users = 0
let networks = 0
before(async () => {
  time = freezeTime()
  lanyard = await startLanyard({ ...BEHIND_PROXY, clock: Date.now })
  direct = await startLanyard()
  await lanyard.addCluster('prod')
})
after(async () => {
  await Promise.all([lanyard, direct].map((one) => one[Symbol.asyncDispose]()))
  time[Symbol.dispose]()
})
let ada: Credentials
beforeEach(async () => {
  ada = await lanyard.addUser(`ada${++users}`)
})
afterEach(async () => {
  await Promise.all(people.map((person) => person.close()))
  people = []
})

/** Somebody at an address of their own, unless one is given. */
function at(address = `198.51.${++networks >> 8}.${networks & 255}`): Person {
  const person = new Person({ ...lanyard, headers: { 'x-forwarded-for': address } })
  people.push(person)
  return person
}

function guess(username: string, person = at()): Promise<Page> {
  return signIn(person, { username, password: WRONG })
}

function assertLimited(page: Page, about?: string): void {
  assert.equal(page.status, 429, about)
  assert.match(String(page.headers['retry-after']), /^[1-9]\d*$/)
  assert.match(page.html, /Too many/)
}

async function spend(username: string): Promise<void> {
  for (let n = 0; n < FAILURES; n += 1) assert.equal((await guess(username)).status, 400)
}

async function refusalsOf({ username }: Credentials): Promise<number> {
  const entries = await lanyard.server.rooms.audit.list({ account: username })
  return entries.reduce((sum, entry) => sum + entry.count, 0)
}

describe('guessing a password', () => {
  it('has one budget for every spelling of the name that finds the account', async () => {
    const wide = [...ada.username].map((c) =>
      String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0),
    )
    const spellings = [ada.username, ada.username.toUpperCase(), wide.join('')]
    // Each is the account: the right password proves it.
    for (const username of spellings) {
      assert.equal((await signIn(at(), { ...ada, username })).status, 200, username)
    }
    for (let n = 0; n < FAILURES; n += 1) {
      assert.equal((await guess(spellings[n % 3] ?? '')).status, 400)
    }
    for (const username of spellings) assertLimited(await guess(username), username)
    assertLimited(await signIn(at(), ada), 'the right password is not even looked at')
  })

  it('finds no account by a name with spaces, invisible characters or an address around it', async () => {
    const aliases = [` ${ada.username}`, `${ada.username} `, `${ada.username}\u200b`]
    aliases.push(`${ada.username}\u0000`, `${ada.username}@localhost`, `\ufeff${ada.username}`)
    for (const username of aliases) {
      assert.equal((await signIn(at(), { ...ada, username })).status, 400, JSON.stringify(username))
    }
  })

  it('has one budget across every form that takes a password', async () => {
    const session = at('203.0.113.7')
    await signIn(session, ada)
    const change = await session.open('account/password')
    const flows: (() => Promise<Page>)[] = [
      () => guess(ada.username),
      async () => signIn(at(), { ...ada, password: WRONG }, 'device'),
      async () => {
        const person = at()
        const page = await person.open(startCode(lanyard, { clientId: 'prod' }).url)
        return person.submit(page, { username: ada.username, password: WRONG })
      },
      async () => {
        const person = at()
        const page = await person.open('sign-in')
        return person.post('/sign-in/password', {
          csrf: page.forms[0]?.fields['csrf'] ?? '',
          username: ada.username,
          current_password: WRONG,
          password: 'eleven tin kettles sing',
          password_again: 'eleven tin kettles sing',
        })
      },
    ]
    for (let n = 0; n < FAILURES; n += 1) {
      assert.equal((await flows[n % flows.length]?.())?.status, 400, `flow ${n % flows.length}`)
    }
    for (const [index, flow] of flows.entries()) assertLimited(await flow(), `flow ${index}`)
    // The account page is a known browser here: its own budget, and then the account's, which is spent.
    const passwords = {
      password: 'eleven tin kettles sing',
      password_again: 'eleven tin kettles sing',
    }
    const wrong = () => session.submit(change, { current_password: WRONG, ...passwords })
    for (let n = 0; n < BROWSER_FAILURES; n += 1) assert.equal((await wrong()).status, 400)
    assert.equal((await wrong()).status, 429)
  })

  it('cannot exceed the budget by guessing at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess(ada.username)))
    const wrong = answers.filter(({ status }) => status === 400).length
    assert.equal(wrong, FAILURES)
    assert.equal(answers.filter(({ status }) => status === 429).length, 30 - FAILURES)
    assert.equal(await refusalsOf(ada), 30)
  })

  it('waits ever longer: a minute, two, four, eight, a quarter of an hour', async () => {
    await spend(ada.username)
    for (const minutes of [1, 2, 4, 8, 15, 15]) {
      time.advance(minutes * 60_000 - 1)
      assertLimited(await guess(ada.username), `${minutes} minutes`)
      time.advance(1)
      assert.equal((await guess(ada.username)).status, 400, `${minutes} minutes`)
    }
  })

  it('from one IPv6 network is guessing from one place, whatever its last 64 bits', async () => {
    for (let n = 0; n < 50; n += 1) {
      const page = await guess(`nobody${n}`, at(`2001:db8:15::${n.toString(16)}:1`))
      assert.equal(page.status, 400)
    }
    assertLimited(await guess('nobody', at('2001:db8:15:0:ffff:ffff:ffff:ffff')))
    assertLimited(await guess('nobody', at('2001:0DB8:0015:0000::9')))
    assert.equal((await guess('nobody', at('2001:db8:15:1::1'))).status, 400)
    // IPv4 in IPv6 is IPv4.
    for (let n = 0; n < 50; n += 1) await guess(`nobody${n}`, at('::ffff:192.0.2.15'))
    assertLimited(await guess('nobody', at('192.0.2.15')))
  })

  it('does not lock the person out of a browser that they have used', async () => {
    const home = at('203.0.113.9')
    await signIn(home, ada)
    await home.submit(await home.open('sign-out'))
    await spend(ada.username)
    assertLimited(await signIn(at(), ada))
    assert.equal((await signIn(home, ada)).heading, ada.username)
  })

  it('with the cookie of a known browser is bounded, and a made-up cookie is worth nothing', async () => {
    const home = at('203.0.113.10')
    await signIn(home, ada)
    const bob = await lanyard.addUser(`bob${users}`)
    const known = home.cookies.find(({ name }) => name === '__Host-lanyard-known')
    assert.ok(known)
    const thief = () => {
      const person = at()
      person.adopt([known])
      return person
    }
    await spend(ada.username)
    for (let n = 0; n < BROWSER_FAILURES; n += 1) {
      assert.equal((await guess(ada.username, thief())).status, 400)
    }
    assertLimited(await guess(ada.username, thief()))
    // It is one account's, and nobody can make one.
    await spend(bob.username)
    assertLimited(await guess(bob.username, thief()))
    const forged = at()
    forged.adopt([{ ...known, value: known.value.replace(/!.*$/, `!${'A'.repeat(43)}`) }])
    assertLimited(await guess(ada.username, forged))
  })

  it('is not undone by signing in to another account from the same place', async () => {
    const mallory = await lanyard.addUser(`mallory${users}`)
    const place = '203.0.113.66'
    for (let n = 0; n < FAILURES; n += 1) {
      assert.equal((await guess(ada.username, at(place))).status, 400)
      assert.equal((await signIn(at(place), mallory)).status, 200)
    }
    assertLimited(await guess(ada.username, at(place)))
  })
})

describe('an address that a visitor claims', () => {
  it('is not believed without a trusted proxy', async () => {
    for (let n = 0; n < 51; n += 1) {
      const person = new Person({
        ...direct,
        headers: { 'x-forwarded-for': `192.0.2.${n}`, forwarded: `for=192.0.2.${n}` },
      })
      const page = await signIn(person, { username: `nobody${n}`, password: WRONG })
      await person.close()
      assert.equal(page.status, n < 50 ? 400 : 429, `attempt ${n}`)
    }
    assert.equal(await count(direct, 'failure_budgets'), 51)
  })

  it('counts only at the end that the trusted proxy wrote', async () => {
    const claimed = (n: number) => at(`192.0.2.${n}, 10.9.9.${n}, 198.18.0.1`)
    for (let n = 0; n < 50; n += 1) {
      assert.equal((await guess(`who${n}`, claimed(n))).status, 400)
    }
    assertLimited(await guess('who', claimed(99)))
  })
})
