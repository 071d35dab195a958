import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addApplication, applicationLogin } from '../security/support/adversary.ts'
import { startLanyard } from '../support/lanyard.ts'
import { clusterLogin, refresh } from '../support/logins.ts'
import { Person } from '../support/person.ts'

test('an application’s sign-out says where it leads and, when told to, ends every device too', async () => {
  await using lanyard = await startLanyard()
  const ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  const wiki = await addApplication(lanyard, 'wiki')
  const person = new Person(lanyard)
  const { idToken } = await applicationLogin(lanyard, wiki, ada, person)
  const laptop = await clusterLogin(lanyard, ada, 'prod')

  const query = { id_token_hint: idToken, post_logout_redirect_uri: wiki.signedOutUri }
  const page = await person.open(`session/end?${new URLSearchParams(query).toString()}`)
  assert.equal(page.heading, 'Sign out?')
  assert.match(page.html, /Also revoke my 2 devices/)
  assert.match(page.html, new RegExp(`You return to ${new URL(wiki.signedOutUri).host} afterwards`))

  await person.submit(page, { logout: 'yes', devices: 'all' })
  assert.equal(person.leftTo?.href, wiki.signedOutUri)
  assert.equal((await refresh(lanyard, 'prod', laptop.refreshToken)).status, 400)
  assert.deepEqual(
    await lanyard.server.rooms.directory.users
      .get('ada')
      .then(({ id }) => lanyard.server.issuer.devices.list(id)),
    [],
  )
  await person.close()
})
