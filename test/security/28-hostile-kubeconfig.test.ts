/**
 * Threat 28: a kubeconfig from a stranger names another issuer, or the right one in another spelling, and gets neither a login nor a
 * token nor a request: a login belongs to one issuer, client and CA, and nobody is trusted because a file says so.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type FakeIssuer, startFakeIssuer } from '../plugin/support/fake-issuer.ts'
import { createMachine, type Machine } from '../plugin/support/machine.ts'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { getToken, logIn } from './support/plugin.ts'

let lanyard: Lanyard
let ada: Credentials
let machine: Machine
let hostile: FakeIssuer
before(async () => {
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  hostile = await startFakeIssuer()
  machine = createMachine()
  await logIn(machine, lanyard, ada)
})
after(async () => {
  machine[Symbol.dispose]()
  await hostile[Symbol.asyncDispose]()
  await lanyard[Symbol.asyncDispose]()
})

/** As a terminal would offer a login: the plugin must not even ask. */
const interactive = {
  KUBERNETES_EXEC_INFO: JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: { interactive: true },
  }),
}

async function assertLoginWorks(): Promise<void> {
  const { code, stderr } = await machine.run(getToken(lanyard.issuer))
  assert.equal(code, 0, stderr)
}

describe('another issuer', () => {
  it('is asked for nothing, and its CA is taken from no environment that the kubeconfig sets', async () => {
    const tabs = machine.tabs()
    const ca = machine.writeCa(hostile.authority.certificate)
    for (const env of [
      {},
      { NODE_EXTRA_CA_CERTS: ca },
      { SSL_CERT_FILE: ca },
      { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    ]) {
      const { code, stdout, stderr } = await machine.run(getToken(hostile.issuer), {
        ...interactive,
        ...env,
      })
      assert.deepEqual([code, stdout], [3, ''])
      assert.match(stderr, /is not an issuer that this device trusts/)
    }
    assert.deepEqual(hostile.log, [])
    assert.equal(machine.tabs(), tabs)
    await assertLoginWorks()
  })

  it('that names the right one’s endpoints, or the right one itself, is refused at login', async () => {
    const ca = machine.writeCa(hostile.authority.certificate)
    for (const metadata of [
      { issuer: lanyard.issuer },
      { token_endpoint: `${lanyard.issuer}/token` },
      { authorization_endpoint: `${lanyard.issuer}/auth` },
    ]) {
      hostile.behaviour.metadata = metadata
      const { code, stdout, stderr } = await machine.run([
        'login',
        '--browser',
        '--issuer',
        hostile.issuer,
        '--certificate-authority',
        ca,
      ])
      assert.deepEqual([code, stdout], [1, ''], stderr)
      assert.equal(
        hostile.log.some((entry) => entry.startsWith('POST')),
        false,
      )
    }
    hostile.behaviour.metadata = {}
    await assertLoginWorks()
  })
})

describe('the right issuer in another spelling', () => {
  it('is the same only where it is the same origin and path; all else is another or none', async () => {
    const { port } = new URL(lanyard.issuer)
    const same = [`${lanyard.issuer}/`, `https://LOCALHOST:${port}`, `localhost:${port}`]
    for (const issuer of same) {
      assert.equal((await machine.run(getToken(issuer), interactive)).code, 0, issuer)
    }
    const others = [
      `http://localhost:${port}`,
      `https://localhost:${port}@evil.example`,
      `https://user@localhost:${port}`,
      `https://localhost:${port}/other`,
      `https://localhost:${port}//evil.example`,
      `https://localhost.:${port}`,
      `https://127.0.0.1:${port}`,
      `https://localhost:${port}?x=1`,
      `https://localhost:${port}#x`,
      `https://localhost:1`,
      'https://',
      '',
      '../../../etc/passwd',
    ]
    for (const issuer of others) {
      const { code, stdout, stderr } = await machine.run(getToken(issuer), interactive)
      assert.ok(code === 1 || code === 2 || code === 3, `${issuer}: ${code} ${stderr}`)
      assert.equal(stdout, '', issuer)
    }
    await assertLoginWorks()
  })

  it('and an audience that is a path reaches no file but its own', async () => {
    const before = existsSync(machine.cache) ? readdirSync(machine.cache) : []
    for (const audience of ['../../x', '/etc/passwd', '..', '.', 'prod/../prod', 'PROD']) {
      const { code, stdout, stderr } = await machine.run(
        getToken(lanyard.issuer, audience),
        interactive,
      )
      assert.deepEqual([code, stdout], [4, ''], `${audience}: ${stderr}`)
    }
    assert.deepEqual(readdirSync(machine.cache), before)
  })
})

describe('whoever answers at the right address with another certificate', () => {
  it('gets no login, though the environment trusts their CA', async () => {
    await using files = await temporaryDirectory()
    const authority = await createAuthority(files.path, 'hostile')
    const leaf = await authority.issue({ name: 'leaf', usage: 'server', hosts: ['localhost'] })
    const asked: string[] = []
    using victim = createMachine()
    let port = 0
    {
      await using gone = await startLanyard()
      const bob = await gone.addUser('bob', ['devs'])
      await gone.addCluster('prod', { groups: ['devs'] })
      await logIn(victim, gone, bob)
      port = Number(new URL(gone.issuer).port)
    }
    // The one that was there is gone; somebody else listens at its address.
    await using taken = await startHttpsServer(
      leaf,
      'localhost',
      (request, response) => {
        asked.push(`${request.method} ${request.url}`)
        response.end('{}')
      },
      port,
    )
    const ca = victim.writeCa(authority.certificate)
    for (const env of [
      {},
      { NODE_EXTRA_CA_CERTS: ca },
      { SSL_CERT_FILE: ca },
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    ]) {
      const { code, stdout, stderr } = await victim.run(getToken(taken.origin), env)
      assert.deepEqual([code, stdout], [1, ''], stderr)
      assert.match(stderr, /hint: is the issuer's CA passed to setup or login/)
    }
    assert.deepEqual(asked, [])
  })
})
