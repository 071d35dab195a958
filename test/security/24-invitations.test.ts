/**
 * Threat 24 (authentik CVE-2022-23555, CVE-2023-46249): an invitation makes one account, once, for whom it was made, with no more than its
 * maker had to give; used, expired, revoked and invented ones get one answer.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { Person } from '../support/person.ts'
import { assertPage } from './attack.ts'
import { count } from './support/adversary.ts'

const GONE = 'This invitation is not known, was used or revoked, or its time is over.'
const PASSWORD = 'nine green llamas nap'
noteSecret(PASSWORD, 'password')
const passwords = { password: PASSWORD, password_again: PASSWORD }

describe('an invitation', () => {
  let lanyard: Lanyard
  let now = Date.now()
  before(async () => {
    lanyard = await startLanyard({ clock: () => now })
    await lanyard.addUser('root', ['lanyard-admins'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const invitations = () => lanyard.server.rooms.directory.invitations
  async function invite(more: { username?: string; email?: string; groups?: string[] }) {
    const made = await invitations().create({ groups: [], lifetimeSeconds: 3_600, ...more }, byTest)
    noteSecret(made.code, 'invitation')
    return made
  }
  async function open(link: string) {
    const person = new Person(lanyard)
    return { person, page: await person.open(link) }
  }

  it('makes one account from twenty acceptances at once', async () => {
    const before = await count(lanyard, 'users')
    const { link } = await invite({ email: 'kat@example.com', groups: ['viewers'] })
    const visitors = await Promise.all(Array.from({ length: 20 }, () => open(link)))
    const answers = await Promise.all(
      visitors.map(({ person, page }, n) =>
        person.submit(page, { username: `kat-${n}`, ...passwords }),
      ),
    )
    const made = answers.filter(({ status }) => status === 200)
    assert.equal(made.length, 1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      assertPage(answer, 404, 'ERR_INVITATION_CODE', GONE)
    }
    assert.equal(await count(lanyard, 'users'), before + 1)
    const members = await lanyard.server.rooms.directory.groups.members('viewers')
    assert.equal(members.users.filter((name) => name.startsWith('kat-')).length, 1)
    const signedIn = visitors.filter(({ person }) =>
      person.cookies.some(({ name }) => name === '__Host-lanyard-session'),
    )
    assert.equal(signedIn.length, 1)
  })

  it('that was used, revoked, is over or never was gets one answer, opened or sent', async () => {
    const used = await invite({ username: 'used' })
    const revoked = await invite({ username: 'revoked' })
    const expired = await invite({ username: 'expired' })
    const before = await Promise.all([used, revoked, expired].map(({ link }) => open(link)))
    await before[0]?.person.submit(before[0].page, passwords)
    await invitations().revoke(revoked.invitation.id, byTest)
    now += 3_600_000
    const users = await count(lanyard, 'users')
    for (const { person, page } of before) {
      assertPage(await person.submit(page, passwords), 404, 'ERR_INVITATION_CODE', GONE)
    }
    for (const link of [
      ...[used.link, revoked.link, expired.link],
      `${lanyard.issuer}/invitation/abcdefg-hjkmnpq-rstuvwx-yz23456`,
      `${lanyard.issuer}/invitation/${used.invitation.id}`,
      `${lanyard.issuer}/invitation/%00`,
    ]) {
      assertPage((await open(link)).page, 404, 'ERR_INVITATION_CODE', GONE)
    }
    assert.equal(await count(lanyard, 'users'), users)
  })

  it('makes nobody else than it says, in nothing else, with any field', async () => {
    const { link } = await invite({ username: 'ina', email: 'ina@example.com' })
    const { person, page } = await open(link)
    await person.submit(page, {
      ...passwords,
      ...{ username: 'root', email: 'root@example.com', emailVerified: 'true' },
      ...{ groups: 'lanyard-admins', group: 'lanyard-admins', display_name: 'Root' },
    })
    assert.equal((await person.open('account')).heading, 'ina')
    const { groups, users } = lanyard.server.rooms.directory
    const ina = await users.get('ina')
    assert.deepEqual([ina.email, ina.emailVerified], ['ina@example.com', false])
    assert.deepEqual(await groups.of(ina.id), [])
  })

  it('makes no second one of somebody who came by another way', async () => {
    const { link } = await invite({ username: 'late' })
    const { person, page } = await open(link)
    const late = await lanyard.addUser('late')
    const answer = await person.submit(page, passwords)
    assert.equal(answer.status, 400)
    assert.match(answer.html, /User &quot;late&quot; exists already\./)
    const browser = new Person(lanyard)
    assert.equal((await browser.submit(await browser.open('sign-in'), { ...late })).heading, 'late')
  })

  it('begins a session of its own in a browser where somebody else was signed in', async () => {
    const bob = await lanyard.addUser('bob')
    const { link } = await invite({ username: 'nia' })
    const person = new Person(lanyard)
    await person.submit(await person.open('sign-in'), { ...bob })
    const session = () =>
      person.cookies.find(({ name }) => name === '__Host-lanyard-session')?.value
    const before = session()
    await person.submit(await person.open(link), passwords)
    assert.equal((await person.open('account')).heading, 'nia')
    assert.notEqual(session(), before)
  })
})
