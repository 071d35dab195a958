import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMap, isSeq, parseDocument } from 'yaml'
import { addPeople, BY, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'
import { approveDevice } from './logins.ts'

test('the account shows profile, groups with the way to them, clusters, devices and what happened', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.groups.add({ name: 'staff' }, BY)
  await web.directory.groups.addMember('staff', { group: 'viewers' }, BY)
  await web.directory.users.change('ada', { email: 'ada@example.com' }, BY)
  const ada = web.person()
  await signIn(web.person(), 'ada', 'wrong wrong wrong wrong')
  await signIn(ada)
  await approveDevice(web, ada, { deviceName: 'ada-thinkpad <b>' })
  const { html } = await ada.open('account')
  assert.match(html, /Kubernetes knows you as <b>ada<\/b>/)
  assert.match(html, /ada@example\.com<br><span class="state">not verified/)
  assert.match(html, /viewers<\/span> <span class="hint">direct/)
  assert.match(html, /staff<\/span> <span class="hint">through viewers/)
  assert.match(html, /href="\/account\/kubectl\/prod-eu">prod-eu</)
  assert.match(html, /ada-thinkpad &lt;b&gt;/)
  assert.match(html, /Sign-in refused/)
  assert.match(html, /Signed in<\/th>/)
})

test('a device is revoked by its owner alone, and all of them at once', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const device = await approveDevice(web, ada, { deviceName: 'one' })
  await approveDevice(web, ada, { deviceName: 'two' })
  const bob = web.person()
  const bobs = await signIn(bob, 'bob')
  assert.equal(bobs.forms.length, 0)
  const csrf = (await bob.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const path = `${web.issuerUrl}/account/devices/${device.id}/revoke`
  assert.equal((await bob.post(path, { csrf })).status, 404)
  assert.equal((await ada.open(path)).status, 405, 'opening the address changes nothing')
  const { userId } = device
  const living = async () => (await web.issuer.devices.list(userId)).length
  assert.equal(await living(), 2)

  const account = await ada.open('account')
  const index = account.forms.findIndex(({ action }) => action.includes(device.id))
  const after = await ada.submit(account, {}, index)
  assert.match(after.html, /The device is revoked\./)
  assert.equal(await living(), 1)
  await approveDevice(web, ada, { deviceName: 'three' })
  const all = await ada.open('account')
  assert.match(all.forms[0]?.action ?? '', /revoke-all$/)
  assert.match((await ada.submit(all)).html, /All your devices are revoked\./)
  assert.equal(await living(), 0)
})

test('signing out can take the devices along', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const { userId } = await approveDevice(web, ada, { deviceName: 'one' })
  const page = await ada.open('sign-out')
  assert.match(page.html, /Also revoke my device/)
  assert.match((await ada.submit(page, { devices: 'all' })).html, /1 device was signed out too\./)
  assert.deepEqual(await web.issuer.devices.list(userId), [])
})

test('changing the password asks the old one and ends the other sessions', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const [here, there] = [web.person(), web.person()]
  await signIn(here)
  await signIn(there)
  web.advance(1_000)
  const page = await here.open('account/password')
  const change = (current_password: string) =>
    here.submit(page, { current_password, password: NEXT_PASSWORD, password_again: NEXT_PASSWORD })
  const wrong = await change('wrong wrong wrong wrong')
  assert.equal(wrong.status, 400)
  assert.match(wrong.html, /This is not your present password\./)
  assert.match((await change(PASSWORD)).html, /Your password is changed\./)
  assert.equal((await there.open('account')).heading, 'Sign in')
  assert.equal((await here.open('account')).heading, 'Ada Lovelace')
  assert.equal((await signIn(web.person(), 'ada', PASSWORD)).status, 400)
})

test('wrong old passwords are limited, and the page says for how long', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open('account/password')
  const guess = () =>
    ada.submit(page, {
      current_password: 'wrong wrong wrong wrong',
      password: NEXT_PASSWORD,
      password_again: NEXT_PASSWORD,
    })
  const guessUntilLimited = async () => {
    for (let tries = 0; tries < 20; tries++) {
      const answer = await guess()
      if (answer.status === 429) return answer
    }
    throw new Error('twenty wrong passwords were taken')
  }
  assert.equal((await guessUntilLimited()).headers['retry-after'], '60')
  web.advance(60_000)
  const limited = await guessUntilLimited()
  assert.equal(limited.headers['retry-after'], '120')
  assert.match(limited.html, /2 minutes/)
})

test('a disabled person is signed out at once', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  await web.directory.users.disable('ada', BY)
  assert.equal((await ada.open('account')).heading, 'Sign in')
})

test('the kubectl page has the commands of this issuer, for clusters that one may enter', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const first = await ada.submit(await ada.open('account/kubectl'), {
    username: 'ada',
    password: PASSWORD,
  })
  assert.equal(first.url, `${web.issuerUrl}/account/kubectl`)
  assert.equal(first.heading, 'Set up kubectl for prod-eu')
  const { html } = await ada.open('account/kubectl/prod-eu')
  assert.match(html, /npm run plugin:install/)
  assert.ok(
    html.includes(
      `kubectl lanyard setup ${web.issuerUrl} \\\n  --certificate-authority lanyard-ca.crt`,
    ),
  )
  assert.match(html, /Groups {6}\[viewers system:authenticated\]/)
  assert.equal((await ada.open('account/kubectl/lanyard-ca.crt')).html, 'PEM of the CA\n')

  const file = await ada.open('account/kubectl/prod-eu/kubeconfig.yaml')
  assert.equal(
    file.headers['content-disposition'],
    'attachment; filename="prod-eu.kubeconfig.yaml"',
  )
  const kubeconfig = parseDocument(file.html)
  const server = kubeconfig.getIn(['clusters', 0, 'cluster', 'server'])
  assert.equal(server, 'https://api.prod-eu.example.com:6443')
  const user = kubeconfig.getIn(['users', 0, 'user'])
  assert.ok(isMap(user))
  assert.deepEqual(
    user.items.map(({ key }) => String(key)),
    ['exec'],
  )
  assert.equal(user.getIn(['exec', 'command']), 'kubectl-lanyard')
  assert.equal(user.getIn(['exec', 'provideClusterInfo']), true)
  assert.equal(
    user.getIn(['exec', 'installHint']),
    `kubectl-lanyard, which logs you in to this cluster, is not on your PATH. How to install it: ${web.issuerUrl}/account/kubectl`,
  )

  const other = await ada.open('account/kubectl/prod-eu/kubelogin.yaml')
  assert.equal(
    other.headers['content-disposition'],
    'attachment; filename="prod-eu.kubelogin.yaml"',
  )
  const args = parseDocument(other.html).getIn(['users', 0, 'user', 'exec', 'args'])
  assert.ok(isSeq(args))
  assert.deepEqual(args.toJSON(), [
    'oidc-login',
    'get-token',
    `--oidc-issuer-url=${web.issuerUrl}`,
    '--oidc-client-id=prod-eu',
    '--oidc-extra-scope=offline_access',
    `--certificate-authority-data=${Buffer.from('PEM of the CA\n').toString('base64')}`,
  ])
  const stranger = await web.person().open('account/kubectl/prod-eu/kubelogin.yaml')
  assert.equal(stranger.heading, 'Sign in')

  const bob = web.person()
  await signIn(bob, 'bob')
  assert.match((await bob.open('account/kubectl')).html, /There is no cluster that you may enter\./)
  const [hers, none] = [
    await bob.open('account/kubectl/prod-eu'),
    await bob.open('account/kubectl/nowhere'),
  ]
  assert.equal(hers.status, 404)
  const sentence = /<p>There is no such cluster that you may enter\.<\/p>/
  assert.match(hers.html, sentence)
  assert.match(none.html, sentence)
  for (const file of ['kubeconfig.yaml', 'kubelogin.yaml']) {
    assert.equal((await bob.open(`account/kubectl/prod-eu/${file}`)).status, 404)
  }
})
