import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { addRule, pin } from '../machines/at-the-door.ts'
import { buildkiteClaims, githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { payloadOf } from '../support/logins.ts'
import { createMachine, credentialOf, type Machine } from './support/machine.ts'

describe('get-token --machine', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ci: StandInIssuer

  before(async () => {
    ;[lanyard, ci] = await Promise.all([startLanyard(), startStandInIssuer()])
    owned.use(lanyard)
    owned.use(ci)
    await lanyard.addCluster('prod')
    await lanyard.server.rooms.machines.issuers.add(
      { name: 'ci', issuer: ci.url, certificateAuthority: ci.ca },
      byTest,
    )
    for (const [name, claim, value] of [
      ['octo', 'repository', 'octo-org/octo-repo'],
      ['main', 'ref', 'refs/heads/main'],
      ['pipeline', 'organization_slug', 'acme-inc'],
    ] as const) {
      await addRule(lanyard, {
        ...{ name, issuer: 'ci', username: `machine:${name}`, clusters: ['prod'] },
        pins: [pin(claim, value)],
      })
    }
  })
  after(() => owned.disposeAsync())

  const run = (machine: Machine, env: Record<string, string>, ...more: string[]) =>
    machine.run(
      [
        ...['get-token', '--machine', '--issuer', lanyard.issuer, '--audience', 'prod'],
        ...['--certificate-authority', machine.writeCa(lanyard.ca), ...more],
      ],
      env,
    )
  const jobToken = (change = {}) =>
    ci.sign(githubClaims({ iss: ci.url, aud: lanyard.issuer }, { ref: 'refs/heads/x', ...change }))

  it('prints the ExecCredential, says no secret, and leaves nothing behind', async () => {
    using machine = createMachine()
    const token = await jobToken()
    const result = await run(machine, { LANYARD_ID_TOKEN: token }, '-v')
    assert.equal(result.code, 0, result.stderr)
    const { status } = credentialOf(result)
    assert.equal(payloadOf(status.token)['preferred_username'], 'machine:octo')
    const end = Number(payloadOf(status.token)['exp']) * 1000
    // Half a minute early, as every token of the plugin.
    assert.ok(Math.abs(Date.parse(status.expirationTimestamp) - (end - 30_000)) < 2_000)
    assert.match(result.stderr, /found the machine's token: LANYARD_ID_TOKEN/)
    assert.ok(!result.stderr.includes(token) && !result.stderr.includes(status.token))
    assert.deepEqual(readdirSync(machine.home).sort(), ['browser', 'its ca.pem'])
  })

  it('takes the pod’s file first, and says which rule where several match', async () => {
    using machine = createMachine()
    const file = join(machine.home, 'token')
    writeFileSync(file, `${await jobToken({ ref: 'refs/heads/main' })}\n`)
    const env = { LANYARD_TOKEN_FILE: file, LANYARD_ID_TOKEN: 'not looked at' }
    const both = await run(machine, env)
    assert.equal(both.code, 4)
    assert.match(both.stderr, /several machine rules match this token: .* \(main, octo\)/)
    const one = await run(machine, env, '--rule', 'main')
    assert.equal(one.code, 0, one.stderr)
    assert.equal(payloadOf(credentialOf(one).status.token)['preferred_username'], 'machine:main')
  })

  it('asks the agent of Buildkite', async () => {
    using machine = createMachine()
    const bin = join(machine.home, 'bin')
    mkdirSync(bin)
    const token = await ci.sign(
      buildkiteClaims({ iss: ci.url, aud: lanyard.issuer }, { jti: 'b1' }),
    )
    writeFileSync(
      join(bin, 'buildkite-agent'),
      `#!/bin/sh\n[ "$*" = "oidc request-token --audience ${lanyard.issuer}" ] && echo ${token}\n`,
      { mode: 0o755 },
    )
    const result = await run(machine, { BUILDKITE: 'true', PATH: `${bin}:/usr/bin:/bin` })
    assert.equal(result.code, 0, result.stderr)
    writeFileSync(join(bin, 'buildkite-agent'), '#!/bin/sh\necho no plan >&2; exit 1\n')
    const refused = await run(machine, { BUILDKITE: 'true', PATH: `${bin}:/usr/bin:/bin` })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /buildkite-agent gave no token: no plan\n/)
  })

  it('never sends to an issuer what was made for somebody else', async () => {
    using machine = createMachine()
    for (const [aud, named] of [
      ['sts.amazonaws.com', 'sts.amazonaws.com'],
      [['vault', 'x'], 'vault, x'],
      [undefined, 'nobody'],
    ] as const) {
      const result = await run(machine, { LANYARD_ID_TOKEN: await jobToken({ aud }) })
      assert.equal(result.code, 1)
      assert.equal(
        result.stderr,
        [
          `kubectl-lanyard: error: the token from LANYARD_ID_TOKEN is for ${named}, and was not sent to ${lanyard.issuer}`,
          `kubectl-lanyard: hint: make it for the audience ${lanyard.issuer}`,
          '',
        ].join('\n'),
      )
    }
  })

  it('says what is missing where there is no token', async () => {
    using machine = createMachine()
    for (const [env, hint] of [
      [
        {},
        'mount a projected token at /var/run/secrets/lanyard/token, or name its file with LANYARD_TOKEN_FILE',
      ],
      [{ GITHUB_ACTIONS: 'true' }, 'give the job `permissions: {id-token: write}`'],
      [
        { GITLAB_CI: 'true' },
        `give the job \`id_tokens: {LANYARD_ID_TOKEN: {aud: ${lanyard.issuer}}}\``,
      ],
    ] as const) {
      const { code, stderr, stdout } = await run(machine, env)
      assert.deepEqual(
        [code, stdout, stderr],
        [
          1,
          '',
          `kubectl-lanyard: error: this machine has no token of its own\nkubectl-lanyard: hint: ${hint}\n`,
        ],
      )
    }
    const missing = await run(machine, { LANYARD_TOKEN_FILE: '/nowhere/token' })
    assert.match(missing.stderr, /cannot read the token in "\/nowhere\/token": ENOENT/)
    const plain = await run(machine, {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1/',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    })
    assert.match(plain.stderr, /ACTIONS_ID_TOKEN_REQUEST_URL is no address that begins with https/)
    ci.answer(
      `/no?audience=${encodeURIComponent(lanyard.issuer)}`,
      (res) => void res.writeHead(403).end(),
    )
    const refused = await run(machine, {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${ci.url}/no`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      SSL_CERT_FILE: ci.caPath,
    })
    assert.match(refused.stderr, /GitHub answered 403 and no token/)
  })

  it('is the only get-token that takes a CA or a rule', async () => {
    using machine = createMachine()
    const own = ['get-token', '--issuer', lanyard.issuer, '--audience', 'prod']
    const rule = await machine.run([...own, '--rule', 'x'])
    assert.deepEqual(
      [rule.code, rule.stderr.split('\n')[0]],
      [2, 'kubectl-lanyard: error: --rule needs --machine'],
    )
    const ca = await machine.run([...own, '--certificate-authority', '/x'])
    assert.equal(ca.code, 2)
    assert.match(ca.stderr, /may not choose the CA of a login/)
  })
})
