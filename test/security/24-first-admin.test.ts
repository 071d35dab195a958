/** Threat 24: one admin from any number of set-ups at once, with one code or with many; closed for ever after. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Page, Person } from '../support/person.ts'
import { auditTypes } from './attack.ts'
import { count, errorCodeOf } from './support/adversary.ts'

const password = 'nine green llamas nap'
noteSecret(password, 'password')

async function race(
  lanyard: Lanyard,
  code: string,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<Page[]> {
  noteSecret(code, 'set-up code')
  const people = Array.from({ length: 20 }, () => new Person(lanyard))
  const pages = await Promise.all(people.map((person) => person.open(`setup?code=${code}`)))
  const other = meanwhile()
  const answers = await Promise.all(
    people.map((person, n) =>
      person.submit(pages[n] as Page, {
        username: `admin${n}`,
        password,
        password_again: password,
      }),
    ),
  )
  await Promise.all([other, ...people.map((person) => person.close())])
  return answers
}

async function adminsOf({ server }: Lanyard): Promise<readonly string[]> {
  return (await server.rooms.directory.groups.members('lanyard-admins')).users
}

describe('twenty set-ups at once', () => {
  it('make one admin; the others make nobody, and the door is closed', async () => {
    await using lanyard = await startLanyard()
    const { setupLink } = lanyard.server.rooms.directory
    const { code } = await setupLink.issue(byTest)
    const answers = await race(lanyard, code)
    const made = answers.filter(({ url }) => new URL(url).pathname === '/account')
    assert.equal(made.length, 1)
    for (const answer of answers) {
      if (made.includes(answer)) continue
      assert.equal(answer.status, 404, answer.html)
      assert.match(errorCodeOf(answer.html) ?? '', /^ERR_(?:SETUP_CLOSED|NOT_FOUND)$/)
    }
    assert.deepEqual(await adminsOf(lanyard), [made[0]?.heading])
    for (const table of ['users', 'passwords', 'groups'] as const) {
      assert.equal(await count(lanyard, table), 1, table)
    }
    const types = await auditTypes(lanyard)
    assert.equal(types.filter((type) => type === 'setup.completed').length, 1)
    assert.equal(types.filter((type) => type === 'user.added').length, 1)
    await assertClosed(lanyard, code)
  })

  it('while the command makes an admin, make one admin between them', async () => {
    await using lanyard = await startLanyard()
    const { code } = await lanyard.server.rooms.directory.setupLink.issue(byTest)
    await race(lanyard, code, () => lanyard.addUser('root', ['lanyard-admins']))
    const admins = await adminsOf(lanyard)
    // The command needs no code: it may come after the one who won, never they after it.
    assert.ok(admins.includes('root') && admins.length <= 2, admins.join())
    assert.equal(await count(lanyard, 'users'), admins.length)
    await assertClosed(lanyard, code)
  })
})

describe('a closed set-up', () => {
  it('stays closed over a restart, and when the last admin is not allowed to go', async () => {
    await using lanyard = await startLanyard()
    await lanyard.addUser('root', ['lanyard-admins'])
    const { users, groups } = lanyard.server.rooms.directory
    const lastAdmin = { code: 'ERR_LAST_ADMIN' }
    await assert.rejects(users.disable('root', byTest), lastAdmin)
    await assert.rejects(users.delete('root', byTest), lastAdmin)
    await assert.rejects(groups.removeMember('lanyard-admins', { user: 'root' }, byTest), lastAdmin)
    await assert.rejects(groups.delete('lanyard-admins', byTest), lastAdmin)
    await using again = await restart(lanyard)
    await assertClosed(again, 'abcd-efgh')
  })
})

async function restart(lanyard: Lanyard): Promise<Lanyard> {
  await lanyard.server.close()
  return startLanyard({ data: lanyard.data })
}

/** No page, no form, no new link: 404 as for any address that is not there. */
async function assertClosed(lanyard: Lanyard, code: string): Promise<void> {
  const before = await count(lanyard, 'users')
  const person = new Person(lanyard)
  const csrf = (await person.open('sign-in')).forms[0]?.fields['csrf'] ?? ''
  const nothing = await person.open('nothing')
  const form = { csrf, setup_code: code, username: 'eve', password, password_again: password }
  for (const page of [await person.open(`setup?code=${code}`), await person.post('/setup', form)]) {
    assert.equal(page.status, 404)
    assert.equal(errorCodeOf(page.html), 'ERR_NOT_FOUND')
    assert.equal(page.heading, nothing.heading)
  }
  await person.close()
  await assert.rejects(lanyard.server.rooms.directory.setupLink.issue(byTest), {
    code: 'ERR_SETUP_CLOSED',
  })
  assert.equal(await count(lanyard, 'users'), before)
}
