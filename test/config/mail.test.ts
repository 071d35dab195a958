import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, loadConfig } from '../../src/config/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const PASSWORD = 'seven-grey-otters'

async function load(yaml: string, env: Record<string, string> = {}) {
  await using home = await temporaryDirectory()
  writeFileSync(join(home.path, 'given.yaml'), yaml)
  writeFileSync(join(home.path, 'ca.crt'), 'PEM')
  return loadConfig({ configPath: 'given.yaml', env, cwd: home.path })
}

async function faultsOf(yaml: string, env: Record<string, string> = {}): Promise<string[]> {
  try {
    await load(yaml, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    assert.equal(error.message.includes(PASSWORD), false)
    return error.faults.map(({ key, expected }) => `${key}: ${expected}`)
  }
  return []
}

const from = 'from: lanyard@example.com'

test('a mail server, with ports and TLS as its scheme has them', async () => {
  for (const [server, host, port, implicitTls] of [
    ['smtp://mail.example.com', 'mail.example.com', 587, false],
    ['smtp://mail.example.com:25', 'mail.example.com', 25, false],
    ['smtps://mail.example.com', 'mail.example.com', 465, true],
    ['smtps://mail.example.com:443', 'mail.example.com', 443, true],
    ['smtp://[2001:db8::1]:2525', '2001:db8::1', 2525, false],
  ] as const) {
    const { mail } = await load(`mail:\n  server: ${server}\n  ${from}\n`)
    assert.deepEqual(
      [mail?.host, mail?.port, mail?.implicitTls, mail?.startTls],
      [host, port, implicitTls, 'required'],
    )
  }
})

test('a password from the environment is in no print of the configuration', async () => {
  const yaml = `mail:\n  server: smtp://mail.example.com\n  ${from}\n  username: lanyard\n  certificateAuthority: ca.crt\n`
  const config = await load(yaml, { LANYARD_MAIL_PASSWORD: PASSWORD })
  assert.equal(config.mail?.password?.(), PASSWORD)
  assert.match(config.mail?.certificateAuthority ?? '', /\/ca\.crt$/)
  assert.equal(
    `${JSON.stringify(config)}${inspect(config, { depth: 9 })}`.includes(PASSWORD),
    false,
  )
})

test('what does not go together, and never the password', async () => {
  const server = 'server: smtp://mail.example.com'
  for (const [yaml, fault] of [
    [server, 'mail.from: the address that mail comes from'],
    [from, 'mail.server: a server, as mail.from is given'],
    [`${server}\n  ${from}\n  username: ada`, 'mail.password: the password of mail.username'],
    [
      `${server}\n  ${from}\n  password: ${PASSWORD}`,
      'mail.username: the username that mail.password belongs to',
    ],
    [
      `${server}\n  ${from}\n  username: ada\n  password: [${PASSWORD}]`,
      'mail.password: a text of 1 to 1024 characters, in quotes',
    ],
    [
      `${server}\n  ${from}\n  username: ada\n  password: ${PASSWORD}\n  startTls: never`,
      'mail.startTls: required: without TLS a password is for everybody to read',
    ],
    [`${server}:99999\n  ${from}`, 'mail.server: a port from 1 to 65535'],
    [
      `server: mail.example.com\n  ${from}`,
      'mail.server: smtp://host:port or smtps://host:port, such as smtp://mail.example.com:587',
    ],
    [
      `${server}\n  from: "Ada <ada@example.com>"`,
      'mail.from: one plain address, such as lanyard@example.com',
    ],
    [
      `${server}\n  ${from}\n  certificateAuthority: nowhere.crt`,
      'mail.certificateAuthority: a file that can be read',
    ],
  ] as const) {
    assert.deepEqual(await faultsOf(`mail:\n  ${yaml}\n`), [fault], yaml)
  }
})
