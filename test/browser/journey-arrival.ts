/** The first chapter of the journey: from a server where nobody is known to a colleague with kubectl. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { deliverAll, linkIn, textOf } from '../mail/smtp.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { beginning, type Journey, PASSWORDS, step, type Traveller } from './journey.ts'

/** Who is under way; each is there from the step on that brings them. */
export interface Party {
  readonly journey: Journey
  readonly root: Traveller
  readonly grace: Traveller
  readonly alan: Traveller
}

export function arrival(party: () => Party): void {
  step(
    'the first admin is made on the set-up page, with the code that the server printed',
    async () => {
      const { root, journey } = party()
      await root.open('/setup')
      await root.at('Create the first admin')
      await root.enter({
        ...{ 'Set-up code': journey.setupCode, Username: 'root' },
        ...{ Password: PASSWORDS.root, 'Password again': PASSWORDS.root },
      })
      await root.press('Create admin')
      await root.at('root')
      await root.reads('You are the first admin. Add a first cluster next, on the admin’s pages.')
      assert.deepEqual(await root.rows('groups', 'li'), ['lanyard-admins direct'])
      await root.open('/setup')
      await root.at('Not found')
    },
  )

  step('the overview asks the admin for a second factor until there is one', async () => {
    const { root } = party()
    await root.open('/account')
    await root.press('Overview')
    const attention = () => root.page.locator('.ticks li b').allInnerTexts()
    assert.deepEqual(await attention(), ['You have no second factor', 'You are the only admin'])
    await root.press('Add a passkey')
    await root.at('Add a passkey')
    await root.enter({ Name: 'laptop fingerprint' })
    await root.touch('Make the passkey')
    await root.at('Keep your recovery codes')
    await noteRecoveryCodes(root)
    await root.press('I have kept them')
    assert.deepEqual(await root.rows('factors', 'tbody tr th'), [
      'Passkey laptop fingerprint',
      'One-time codes not set up',
      'Recovery codes 10 left',
      'Password on its own',
    ])
    await root.reads(
      'You have one passkey. If you lose it, you need a recovery code or an admin. Add a second one.',
    )
    await root.press('Overview')
    assert.deepEqual(await attention(), ['You are the only admin'])
  })

  step('a group is made, and one that asks for more than a password', async () => {
    const { root } = party()
    for (const [name, description] of [
      ['platform', 'Runs the clusters'],
      ['shop-devs', 'Builds the shop'],
      ['prod-admins', 'May do anything in prod-eu'],
    ] as const) {
      await root.press('Groups')
      await root.press('New group')
      await root.enter({ Name: name, Description: description })
      await root.press('Make group')
      await root.at(name)
      await root.reads('The group is made. Nobody is in it yet.')
    }
    await root.page.getByRole('radio', { name: /^A passkey/ }).check()
    await root.page.getByLabel('And no older than').selectOption({ label: '1 hour' })
    await root.page.getByLabel('Membership may be asked for').selectOption({ label: '1 hour' })
    await root.press('Save policy')
    await root.confirmByPasskey('change the policy of group prod-admins')
    await root.reads('Saved.')
    await root.press('Groups')
    assert.deepEqual(await root.rows('main'), [
      'lanyard-admins May administer Lanyard 1 none none any factor',
      'platform Runs the clusters 0 none none any factor',
      'prod-admins May do anything in prod-eu 0 none none a passkey, within 1 hour',
      'shop-devs Builds the shop 0 none none any factor',
    ])
  })

  step('a cluster is added, which one group may enter', async () => {
    const { root } = party()
    await root.press('Clusters')
    await root.press('Add cluster')
    await root.enter({
      ...{ Name: 'prod-eu', 'API server': 'https://10.20.0.5:6443' },
      'Groups that may enter': 'platform',
    })
    await root.press('Add cluster')
    await root.at('prod-eu')
    assert.deepEqual(await root.rows('access', 'li'), ['platform Remove platform'])
    const config = await root.textOf('#config pre')
    assert.match(config, /prod-eu/)
  })

  step('a person is invited by mail, and comes by the link in it', async () => {
    const { root, grace, journey } = party()
    await root.press('Invitations')
    await root.press('Invite')
    await root.enter({
      ...{ 'E-mail': 'grace@example.com', Username: 'grace', Name: 'Grace Hopper' },
      Groups: 'platform',
    })
    await root.press('Make invitation')
    await root.at('The invitation is made')
    await root.reads('A mail with a link of its own is on its way.')
    await root.press('I have handed it over')
    assert.deepEqual(await root.rows('main'), ['grace ends in 2 days platform root Revoke grace'])
    await deliverAll(journey.lanyard.server.rooms)
    const mail = journey.mail.received.find(({ to }) => to[0] === 'grace@example.com')
    assert.match(mail === undefined ? '' : textOf(mail), /^root invited you to Lanyard\.\r\n/)
    await grace.open(noted(linkIn(mail)))
    await grace.at('Welcome, Grace Hopper')
    assert.equal(await grace.textOf('main header p'), 'root invited you to the cluster prod-eu.')
    assert.equal(await grace.page.getByLabel('Username').inputValue(), 'grace')
    await accept(grace, PASSWORDS.grace)
  })

  step('who came is asked for a passkey, and makes one', async () => {
    const { grace } = party()
    await grace.at('Add a passkey')
    await grace.enter({ Name: 'blue key' })
    await grace.touch('Make the passkey')
    await grace.at('Keep your recovery codes')
    await noteRecoveryCodes(grace)
    await grace.press('I have kept them')
    await grace.at('Grace Hopper')
    assert.deepEqual(beginning(await grace.rows('factors', 'tbody tr th'), 'Passkey'), [
      'Passkey blue key',
    ])
    assert.deepEqual(await grace.rows('groups', 'li'), ['platform direct'])
    assert.deepEqual(await grace.rows('profile', 'dd'), [
      'Grace Hopper',
      'grace',
      'grace@example.com verified',
    ])
  })

  step('another is invited by a link that is handed over', async () => {
    const { root, alan, journey } = party()
    await root.press('Invitations')
    await root.press('Invite')
    await root.enter({ Username: 'alan', Groups: 'platform' })
    await root.press('Make invitation')
    await root.at('The invitation is made')
    const link = noted(await root.textOf('figure code'))
    await alan.open(link)
    await accept(alan, PASSWORDS.alan)
    await alan.at('Add a passkey')
    await alan.press('Back to your account')
    await alan.at('alan')
    assert.equal(
      journey.mail.received.some(({ to }) => to[0] !== 'grace@example.com'),
      false,
    )
    await root.press('I have handed it over')
    await root.press('All')
    assert.deepEqual(await root.rows('main'), [
      'alan accepted platform root',
      'grace accepted platform root',
    ])
    await alan.open(link)
    await alan.at('This link does not work')
  })

  step('who came reads how kubectl is set up, and takes a kubeconfig along', async () => {
    const { grace, journey } = party()
    await grace.press('Set up kubectl')
    await grace.at('Set up kubectl for prod-eu')
    const { issuer } = journey.lanyard
    const commands = await grace.page.locator('.steps pre').allInnerTexts()
    assert.deepEqual(commands.slice(0, 2), [
      'npm run plugin:install',
      `kubectl lanyard setup ${issuer} \\\n  --certificate-authority lanyard-ca.crt`,
    ])
    const { length, ...text } = await download(grace, 'Download kubeconfig')
    assert.equal(text.name, 'prod-eu.kubeconfig.yaml')
    assert.ok(length > 0)
    assert.match(text.content, /server: "?https:\/\/10\.20\.0\.5:6443/)
    assert.doesNotMatch(text.content, /token:|password:|client-key-data:/)
    const ca = await download(grace, 'Download lanyard-ca.crt')
    assert.deepEqual([ca.name, ca.content], ['lanyard-ca.crt', journey.lanyard.ca])
  })
}

async function accept({ enter, press }: Traveller, password: string): Promise<void> {
  await enter({ 'Choose a password': password, 'Choose a password again': password })
  await press('Set password')
}

async function noteRecoveryCodes({ textOf }: Traveller): Promise<void> {
  for (const code of (await textOf('pre code')).split(' ')) {
    noteSecret(code, 'recovery code')
  }
}

export function noted(link: string): string {
  noteSecret(link.slice(link.lastIndexOf('/') + 1), 'link')
  return link
}

async function download({ page }: Traveller, name: string) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name, exact: true }).click(),
  ])
  const content = await readFile(await file.path(), 'utf8')
  return { name: file.suggestedFilename(), content, length: content.length }
}
