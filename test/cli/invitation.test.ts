import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startRelay } from '../mail/smtp.ts'
import { type CommandLine, noon, openCommandLine } from './command-line.ts'

describe('links that are handed over', () => {
  const owned = new AsyncDisposableStack()
  let line: CommandLine
  before(async () => {
    line = owned.use(await openCommandLine())
    await line.text('group', 'add', 'viewers')
  })
  after(() => owned.disposeAsync())

  it('invites, lists and revokes', async () => {
    const ada = await line.json(
      'MadeInvitation',
      ...['invitation', 'create', '--username', 'Ada', '--email', 'ada@example.com'],
      ...['--group', 'viewers', '--expires-in', '2d'],
    )
    assert.match(ada.link, /^https:\/\/id\.example\.com\/invitation\/[a-z2-9-]{31}$/)
    assert.deepEqual(
      [ada.username, ada.groups, ada.state, ada.mailed, ada.expiresAt],
      [
        'ada',
        ['viewers'],
        'open',
        false,
        new Date(noon + 2 * 86_400_000).toISOString().replace('.000Z', 'Z'),
      ],
    )
    const { stdout, stderr } = await line.run([
      'invitation',
      'create',
      '--email',
      'bob@example.com',
    ])
    assert.match(stdout, /^link +https:\/\/id\.example\.com\/invitation\//m)
    assert.match(stderr, /^lanyard: hint: no mail was sent: whoever accepts/m)
    const list = await line.list('Invitation', 'invitation', 'list')
    assert.deepEqual(
      list.map(({ email }) => email ?? '').sort((a, b) => a.localeCompare(b)),
      ['ada@example.com', 'bob@example.com'],
    )
    assert.equal(await line.text('invitation', 'revoke', ada.id), `invitation ${ada.id} revoked\n`)
    assert.equal((await line.list('Invitation', 'invitation', 'list')).length, 1)
    assert.equal((await line.list('Invitation', 'invitation', 'list', '--all')).length, 2)
    const again = await line.run(['invitation', 'revoke', ada.id])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /^lanyard: error: no open invitation has the id /)
  })

  it('makes a link for a new password that no admin sees', async () => {
    await line.text('user', 'add', 'cyd', '--password-stdin', '--no-must-change')
    const { user, link, expiresAt } = await line.json('ResetLink', 'user', 'reset-link', 'Cyd')
    assert.deepEqual(
      [user, expiresAt],
      ['cyd', new Date(noon + 86_400_000).toISOString().replace('.000Z', 'Z')],
    )
    const code = link.replace('https://id.example.com/reset/', '')
    assert.deepEqual(await line.server.directory.resetLinks.find(code), {
      ...{ username: 'cyd', displayName: 'cyd' },
    })
  })

  it('says that no mail server is set', async () => {
    const { code, stderr } = await line.run(['mail', 'test', 'ada@example.com'])
    assert.equal(code, 1)
    assert.match(stderr, /^lanyard: error: no mail server is set\nlanyard: hint: set mail\.server/)
  })
})

it('mail test hands a mail over now, or says why not', async () => {
  await using server = await startRelay()
  await using line = await openCommandLine({
    LANYARD_MAIL_SERVER: `smtp://127.0.0.1:${server.port}`,
    LANYARD_MAIL_FROM: 'lanyard@example.com',
    LANYARD_MAIL_START_TLS: 'never',
  })
  const address = `127.0.0.1:${server.port}`
  assert.deepEqual(await line.json('MailTest', 'mail', 'test', 'ada@example.com'), {
    ...{ to: 'ada@example.com', server: address },
  })
  assert.match(
    server.received[0]?.source ?? '',
    /^This is a test from https:\/\/id\.example\.com\.\r$/m,
  )
  server.refuse = () => ({ code: 550, text: 'no such mailbox' })
  const { code, stderr } = await line.run(['mail', 'test', 'nobody@example.com'])
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^lanyard: error: ${address} answered: 550 no such mailbox\n`))
  const made = await line.json(
    'MadeInvitation',
    'invitation',
    'create',
    '--email',
    'ada@example.com',
  )
  assert.equal(made.mailed, true)
  const unsent = await line.json(
    'MadeInvitation',
    ...['invitation', 'create', '--email', 'ada@example.com', '--no-mail'],
  )
  assert.equal(unsent.mailed, false)
})
