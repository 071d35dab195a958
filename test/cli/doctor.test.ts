import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runCommand, type Terminal } from '../../src/cli/index.ts'
import { shapes } from '../../src/cli/shapes.ts'
import { type Authority, createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'
import { runProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const lanyardCommand = fileURLToPath(new URL('../../bin/lanyard.js', import.meta.url))

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Settings {
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
}

async function run(argv: readonly string[], { env, stdin = '' }: Settings): Promise<Run> {
  const written = { stdout: '', stderr: '' }
  const terminal: Terminal = {
    isInteractive: false,
    askPassword: () => Promise.reject(new TypeError('asked for a password')),
    confirm: () => Promise.reject(new TypeError('asked to confirm')),
    readStdin: () => Promise.resolve(stdin),
  }
  const code = await runCommand(['doctor', ...argv], {
    ...{ clock: Date.now, env, cwd: '/', terminal },
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  })
  return { code, ...written }
}

/** The findings, in the documented shape. */
async function ask(argv: readonly string[], settings: Settings) {
  const { stdout } = await run([...argv, '-o', 'json'], settings)
  return shapes.Finding.array().parse(JSON.parse(stdout))
}

async function failed(argv: readonly string[], settings: Settings): Promise<readonly string[]> {
  const findings = await ask(argv, settings)
  return findings
    .filter(({ status }) => status === 'failed')
    .map(({ check, summary }) => `${check}: ${summary}`)
}

describe('lanyard doctor', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials
  let authority: Authority
  let directory: string
  let env: Record<string, string>

  before(async () => {
    const files = owned.use(await temporaryDirectory())
    directory = files.path
    lanyard = owned.use(await startLanyard())
    env = { LANYARD_DATA: lanyard.data, LANYARD_LISTEN: '127.0.0.1:0' }
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    authority = await createAuthority(directory, 'authority')
  })
  after(() => owned.disposeAsync())

  it('says on the first line what failed, and what to do, and counts on stderr', async () => {
    const { code, stdout, stderr } = await run(['prod'], { env })
    assert.equal(code, 1)
    assert.match(
      stdout,
      /^failed {3}cluster\.reachable +the API of cluster "prod" cannot be reached: nothing listens at 127\.0\.0\.1:6443\n {9}seen {2}/,
    )
    assert.match(stdout, /\n {9}why {3}.*\n {9}fix {3}if it is wrong: lanyard cluster set prod/)
    assert.match(stdout, /\nok {7}documents\.discovery +the discovery document names https:/)
    assert.match(stderr, /^lanyard: 1 failed, 1 warning, \d+ ok, \d+ not looked at\n$/)
  })

  it('ends with 2 for warnings alone', async () => {
    await using own = await startLanyard()
    const { code } = await run([], {
      env: { LANYARD_DATA: own.data, LANYARD_LISTEN: '127.0.0.1:0' },
    })
    assert.equal(code, 2)
  })

  it('looks at all clusters unless one is named, and refuses one that is not there', async () => {
    await using own = await startLanyard()
    const settings = { env: { LANYARD_DATA: own.data, LANYARD_LISTEN: '127.0.0.1:0' } }
    await own.addCluster('one')
    await own.addCluster('two')
    assert.deepEqual(
      (await failed([], settings)).filter((line) => line.startsWith('cluster.policy')),
      [
        'cluster.policy: no group may enter cluster "one"',
        'cluster.policy: no group may enter cluster "two"',
      ],
    )
    const unknown = await run(['three'], settings)
    assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
    assert.match(unknown.stderr, /^lanyard: error: .*three/)
    const ambiguous = await run(['--config', 'x'], settings)
    assert.deepEqual(
      [ambiguous.code, ambiguous.stderr],
      [
        2,
        'lanyard: error: --config is about one cluster, and there are 2\nlanyard: hint: name it: lanyard doctor one --config\n',
      ],
    )
  })

  it('says that the server is down, and looks at what is left', async () => {
    const own = await startLanyard({ data: join(directory, 'down') })
    await own.addCluster('c', { groups: ['viewers'] })
    await own[Symbol.asyncDispose]()
    const settings = { env: { LANYARD_DATA: own.data, LANYARD_LISTEN: '127.0.0.1:0' } }
    const lines = await failed(['c'], settings)
    const { host } = new URL(own.issuer)
    assert.equal(lines[0], `issuer.reachable: the issuer is down: nothing listens at ${host}`)
    assert.deepEqual(
      lines.map((line) => line.split(':')[0]),
      ['issuer.reachable', 'cluster.policy', 'cluster.reachable'],
    )
  })

  it('says what it cannot look at where the data directory is not there', async () => {
    const settings = { env: { LANYARD_DATA: join(directory, 'nothing') } }
    const lines = await failed(['--issuer', lanyard.issuer], settings)
    assert.deepEqual(
      lines.map((line) => line.split(':')[0]),
      ['data.readable', 'issuer.certificate'],
    )
    const ca = join(directory, 'lanyard-ca.crt')
    await writeFile(ca, lanyard.ca)
    assert.deepEqual(await failed(['--issuer', lanyard.issuer, '--issuer-ca', ca], settings), [
      `data.readable: there is no Lanyard in ${join(directory, 'nothing')}`,
    ])
  })

  it("says who may read it, as somebody else than the server's user", {
    skip: process.getuid?.() !== 0 && 'only root can become somebody else',
  }, async () => {
    await chmod(directory, 0o755)
    const { code, stdout } = await runProcess({
      command: process.execPath,
      args: [lanyardCommand, 'doctor', '-o', 'json'],
      env: { PATH: process.env['PATH'], LANYARD_DATA: lanyard.data },
      uid: 65_534,
    })
    assert.equal(code, 1)
    const [first] = shapes.Finding.array().parse(JSON.parse(stdout))
    assert.equal(first?.check, 'data.readable')
    assert.match(first.summary, /^user \S+ may not read the data directory /)
    assert.deepEqual(first.fixes, [
      { kind: 'advice', text: 'run this as the user who runs the server' },
    ])
  })

  it('says what is wrong with the configuration, and still looks at the issuer', async () => {
    const file = join(directory, 'lanyard.yaml')
    await writeFile(file, 'isuer: https://id.example.com\n')
    const lines = await failed(['--lanyard-config', file], { env: {} })
    assert.match(lines[0] ?? '', /^settings\.valid: /)
  })

  it('says whose certificate stands there, and what it is for', async () => {
    const { certificate } = authority
    const ca = join(directory, 'ca.crt')
    await writeFile(ca, certificate)
    const pair = await authority.issue({ name: 'proxy', usage: 'server', hosts: ['proxy.test'] })
    await using server = await startHttpsServer(pair, 'localhost', (_, response) => response.end())
    const settings = { env: { LANYARD_DATA: join(directory, 'nothing') } }
    const [, host] = await failed(['--issuer', server.origin, '--issuer-ca', ca], settings)
    const { host: port } = new URL(server.origin)
    assert.equal(
      host,
      `issuer.certificate: the certificate at ${port} is not for localhost: its names are DNS:proxy.test`,
    )
    const [, untrusted] = await failed(['--issuer', server.origin], settings)
    assert.equal(
      untrusted,
      `issuer.certificate: the certificate at ${port} does not lead to the CA: CN=proxy was issued by CN=authority`,
    )
  })

  it('says that plain HTTP is none', async () => {
    const plain = createServer((_, response) => response.end())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    try {
      const address = plain.address()
      assert.ok(address !== null && typeof address === 'object')
      const settings = { env: { LANYARD_DATA: join(directory, 'nothing') } }
      const [, line] = await failed(['--issuer', `https://127.0.0.1:${address.port}`], settings)
      assert.equal(
        line,
        `issuer.certificate: what listens at 127.0.0.1:${address.port} does not speak TLS`,
      )
    } finally {
      plain.close()
    }
  })

  describe('with a token on stdin', () => {
    it('says step by step what kube-apiserver answers, and never prints it', async () => {
      const { idToken } = await clusterLogin(lanyard, ada, 'prod')
      for (const stdin of [idToken, `Bearer ${idToken}\n`]) {
        const { code, stdout } = await run(['prod', '--token', '-', '-o', 'json'], { env, stdin })
        assert.equal(code, 0, stdout)
        const [finding] = shapes.Finding.array().parse(JSON.parse(stdout))
        assert.equal(
          finding?.summary,
          'kube-apiserver takes the token: "ada", in viewers, system:authenticated',
        )
        for (const part of idToken.split('.')) assert.equal(stdout.includes(part), false)
      }
    })

    it('says which check says no, with the sentence of its log', async () => {
      await lanyard.addCluster('other', { groups: ['viewers'] })
      const { idToken } = await clusterLogin(lanyard, ada, 'other')
      const [finding] = await ask(['prod', '--token'], { env, stdin: idToken })
      assert.equal(finding?.status, 'failed')
      assert.match(finding.seen.join('\n'), /expected audience "prod" got \["other"\]/)
    })

    it('takes no token from an argument, nor two questions, nor none', async () => {
      const sentence = async (argv: readonly string[]) => {
        const { code, stdout, stderr } = await run(argv, { env })
        assert.deepEqual([code, stdout], [2, ''])
        return stderr.split('\n')[0]
      }
      assert.equal(
        await sentence(['prod', '--token', 'abc.def.ghi']),
        'lanyard: error: a token is read from stdin, never from an argument',
      )
      assert.equal(
        await sentence(['prod', '--token', '-', '--explain']),
        'lanyard: error: --token and --explain both read stdin',
      )
      assert.equal(await sentence(['prod', '--token', '-']), 'lanyard: error: stdin is empty')
    })
  })

  it('explains a line of the log, of any cluster and without any', async () => {
    const stdin =
      'E1125 10:00:00.000000       1 authentication.go:76] "Unable to authenticate the request" err="[invalid bearer token, oidc: authenticator not initialized]"'
    const settings = { env: { LANYARD_DATA: join(directory, 'nothing') }, stdin }
    for (const each of [{ env, stdin }, settings]) {
      const [finding] = await ask(['--explain'], each)
      assert.equal(finding?.check, 'log.explained')
      assert.match(finding.summary, /has not been able to read the discovery document/)
    }
  })
})
