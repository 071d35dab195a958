/**
 * Threat 27: what the plugin keeps is this user's alone, in every way that a file can be somebody else's; and no secret of it stands in
 * arguments, in the environment, in a kubeconfig, or in anything that is printed. (The modes and links of each file: test/plugin/files.)
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { addressToOpen, createMachine, type Machine, visit } from '../plugin/support/machine.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { getToken, logIn, signInAt, startLogin } from './support/plugin.ts'

let lanyard: Lanyard
let ada: Credentials
before(async () => {
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
})
after(() => lanyard[Symbol.asyncDispose]())

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Every string in the plugin's files that opens something. */
function secretsOf({ state, cache }: Machine): string[] {
  const secrets = [...filesBelow(state), ...filesBelow(cache)]
    .filter((path) => path.endsWith('.json'))
    .flatMap((path) => {
      const entry = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
      const key = JSON.stringify(entry['key'] ?? {})
      return [entry['refreshToken'], entry['token'], ...(key.match(/[\w+/=-]{40,}/g) ?? [])]
    })
    .filter((secret) => typeof secret === 'string')
  for (const secret of secrets) noteSecret(secret, 'secret of the plugin')
  return secrets
}

function assertHidden(secrets: readonly string[], text: string, where: string): void {
  for (const secret of secrets)
    assert.equal(text.includes(secret), false, `${where} holds a secret`)
}

describe('the plugin’s files', () => {
  it('are refused as a pipe, a directory, or in a directory that others may write', async () => {
    using machine = createMachine()
    await logIn(machine, lanyard, ada)
    assert.equal((await machine.run(getToken(lanyard.issuer))).code, 0)
    const [token] = filesBelow(machine.cache)
    assert.ok(token !== undefined)
    const refused = async (sentence: RegExp) => {
      const { code, stdout, stderr } = await machine.run(getToken(lanyard.issuer))
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, sentence)
      assertHidden(secretsOf(machine), stderr, 'stderr')
    }
    renameSync(token, join(machine.home, 'kept'))
    execFileSync('mkfifo', ['-m', '600', token])
    await refused(/is not a regular file, so it is not used/)
    rmSync(token)
    mkdirSync(token, { mode: 0o700 })
    await refused(/is not a regular file, so it is not used/)
    rmSync(token, { recursive: true })
    renameSync(join(machine.home, 'kept'), token)
    chmodSync(machine.cache, 0o777)
    await refused(/can be used by others \(mode 777\)/)
    chmodSync(machine.cache, 0o700)
    chmodSync(machine.state, 0o770)
    rmSync(token)
    await refused(/can be used by others \(mode 770\)/)
  })

  it('are new files at every write: what was planted or linked before keeps its own content', async () => {
    using machine = createMachine()
    await logIn(machine, lanyard, ada)
    await machine.run(getToken(lanyard.issuer))
    const [token] = filesBelow(machine.cache)
    assert.ok(token !== undefined)
    const planted = join(machine.home, 'planted')
    writeFileSync(planted, '{}', { mode: 0o600 })
    rmSync(token)
    linkSync(planted, token)
    assert.equal((await machine.run(getToken(lanyard.issuer))).code, 0)
    assert.equal(readFileSync(planted, 'utf8'), '{}')
    assert.equal(statSync(token).nlink, 1)
    assert.equal(statSync(token).mode & 0o777, 0o600)
  })

  it('are gone after a logout, every secret of them', async () => {
    using machine = createMachine()
    await logIn(machine, lanyard, ada)
    await machine.run(getToken(lanyard.issuer))
    const secrets = secretsOf(machine)
    assert.ok(secrets.length >= 3, `${secrets.length}`)
    assert.equal((await machine.run(['logout', '--issuer', lanyard.issuer])).code, 0)
    for (const path of filesBelow(machine.home)) {
      assertHidden(secrets, readFileSync(path, 'utf8'), path)
    }
  })
})

describe('a secret', () => {
  it('stands in nothing that is printed with -v, by any command, whether it works or fails', async () => {
    using machine = createMachine()
    const login = await logIn(machine, lanyard, ada)
    const issuer = ['--issuer', lanyard.issuer]
    const fetched = await machine.run(['-v', ...getToken(lanyard.issuer)])
    const secrets = secretsOf(machine)
    assert.ok(secrets.length >= 3)
    const commands = [
      ['-v', 'whoami', ...issuer],
      ['-v', 'sessions', ...issuer],
      ['-v', 'setup', lanyard.issuer],
      ['-v', ...getToken(lanyard.issuer, 'nowhere')],
      ['-v', 'logout', ...issuer],
      ['-v', ...getToken(lanyard.issuer)],
    ]
    assertHidden(secrets, login.stdout + login.stderr + fetched.stderr, 'login')
    for (const args of commands) {
      const { stdout, stderr } = await machine.run(args)
      assertHidden(secrets, stdout + stderr, args.join(' '))
    }
    assert.match(fetched.stdout, /^\{"kind":"ExecCredential"/)
  })

  it('stands in no argument, no environment and no address that the browser is given', async () => {
    using machine = createMachine()
    const running = startLogin(machine, lanyard)
    const asked = await addressToOpen(running)
    const good = await signInAt(lanyard, asked, ada)
    await visit(good.href)
    assert.equal((await running.result).code, 0)
    assert.equal((await machine.run(['setup', lanyard.issuer])).code, 0)
    assert.equal((await machine.run(getToken(lanyard.issuer))).code, 0)
    const secrets = secretsOf(machine)
    assertHidden(secrets, asked, 'the address')
    assertHidden(
      secrets,
      readFileSync(join(machine.home, 'opened'), 'utf8'),
      'the browser’s arguments',
    )
    const kubeconfig = readFileSync(join(machine.home, '.kube', 'config'), 'utf8')
    assert.match(kubeconfig, /kubectl-lanyard/)
    assertHidden(secrets, kubeconfig, 'the kubeconfig')
    assert.equal(kubeconfig.includes('env:'), false)
  })
})
