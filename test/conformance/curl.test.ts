/** The lines of docs/how-to/log-in-with-curl.md, as they stand there. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret, noteSkipped } from '../support/log-secrets.ts'
import { type Credentials, payloadOf } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { runProcess, startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const page = new URL('../../docs/how-to/log-in-with-curl.md', import.meta.url)

async function skipWithoutTools(): Promise<string | false> {
  for (const command of ['bash', 'curl', 'jq']) {
    const found = await runProcess({ command, args: ['--version'], env: process.env }).catch(
      () => undefined,
    )
    if (found?.code === 0) continue
    const what = 'that curl and jq log in'
    if (process.env['CI']) throw new Error(`${what}: not proved, there is no ${command}`)
    noteSkipped(what, `install ${command} and run the tests again`)
    return `no ${command}`
  }
  return false
}

const skip = await skipWithoutTools()

describe('curl and jq', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials
  let directory: string
  let logIn: string
  let refresh: string

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod-eu', { groups: ['viewers'] })
    directory = owned.use(await temporaryDirectory()).path
    await writeFile(join(directory, 'ca.crt'), lanyard.ca)
    const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    ;[logIn = '', refresh = ''] = blocks.map(([, lines = '']) =>
      lines.replace('https://id.example.com', lanyard.issuer),
    )
    assert.equal(logIn.trim().split('\n').length, 5)
  })
  after(() => owned.disposeAsync())

  function start(script: string) {
    const { PATH } = process.env
    const args = ['-uc', script]
    return startProcess({ command: 'bash', args, cwd: directory, env: { PATH, HOME: directory } })
  }

  async function answer(code: string, with_: 'approve' | 'refuse'): Promise<void> {
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const enter = await person.submit(await person.open('/device'), { ...ada })
    await person.submit(await person.submit(enter, { user_code: code }), { answer: with_ })
  }

  it('log in by a device code, and refresh', async () => {
    const shell = owned.use(await start(`${logIn}${refresh}jq -r .id_token <<<"$t"\n`))
    const [, code = ''] = await shell.waitForLine('stderr', /enter ([A-Z]{4}-[A-Z]{4})$/)
    await answer(code, 'approve')
    assert.deepEqual(await shell.exit, { code: 0, signal: null }, shell.stderr.text)
    const tokens = shell.stdout.lines
    assert.equal(tokens.length, 2)
    for (const token of tokens) {
      noteSecret(token, 'ID token')
      const claims = payloadOf(token)
      assert.deepEqual([claims['aud'], claims['preferred_username']], ['prod-eu', 'ada'])
    }
  })

  it('end when the person refuses', async () => {
    const shell = owned.use(await start(logIn))
    const [, code = ''] = await shell.waitForLine('stderr', /enter ([A-Z]{4}-[A-Z]{4})$/)
    await answer(code, 'refuse')
    assert.equal((await shell.exit).code, 5)
    assert.match(shell.stderr.text, /jq: error .*: access_denied$/m)
  })
})
