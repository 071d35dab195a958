import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { askPluginApi, makeKey, makeRequest } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, type PluginLogin, pluginLogin } from '../support/logins.ts'

describe('a client certificate', () => {
  let lanyard: Lanyard
  let ada: Credentials
  let login: PluginLogin
  let ca: X509Certificate
  let now = Date.now()
  before(async () => {
    lanyard = await startLanyard({ clock: () => now })
    ada = await lanyard.addUser('ada', ['viewers', 'dev'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const { rooms } = lanyard.server
    const change = { usernamePrefix: 'oidc:', groupsPrefix: 'team/' }
    await rooms.clusters.change('prod', change, byTest)
    login = await pluginLogin(lanyard, ada)
    ca = new X509Certificate(
      (await rooms.certificates.authorities.make('prod', byTest)).certificate,
    )
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const sign = (body: object, as = login) => askPluginApi(lanyard, as, 'certificates', body)
  const certificateOf = (body: Readonly<Record<string, unknown>>) =>
    new X509Certificate(String(body['certificate']))

  it('says what Lanyard says, and nothing of the request', async () => {
    const { csr, key } = await makeRequest({
      subject: '/CN=root/O=system:masters',
      args: ['-addext', 'subjectAltName=DNS:kubernetes', '-addext', 'basicConstraints=CA:TRUE'],
    })
    const { status, body } = await sign({ cluster: 'prod', csr })
    assert.equal(status, 200, JSON.stringify(body))
    const { userId } = (await lanyard.server.rooms.directory.subject(
      (
        await lanyard.server.rooms.directory.users.get('ada')
      ).id,
    )) ?? { userId: '' }
    assert.deepEqual(body['subject'], {
      username: 'oidc:ada',
      groups: ['team/dev', 'team/viewers'],
      uid: userId,
    })
    const certificate = certificateOf(body)
    assert.equal(
      certificate.subject,
      `CN=oidc:ada\nO=team/dev\nO=team/viewers\n1.3.6.1.4.1.57683.2=${userId}`,
    )
    assert.deepEqual(
      [certificate.ca, certificate.subjectAltName, certificate.keyUsage],
      [false, undefined, ['1.3.6.1.5.5.7.3.2']],
    )
    assert.ok(certificate.verify(ca.publicKey) && certificate.checkIssued(ca))
    assert.equal(
      certificate.publicKey.export({ format: 'pem', type: 'spki' }),
      (await import('node:crypto')).createPublicKey(key).export({ format: 'pem', type: 'spki' }),
    )
    assert.equal(BigInt(`0x${certificate.serialNumber}`) > 1n << 64n, true)
    const seconds = Math.floor(now / 1000) * 1000
    assert.equal(certificate.validToDate.getTime(), seconds + 600_000)
    assert.equal(certificate.validFromDate.getTime(), seconds - 300_000)
    const sha256 = createHash('sha256').update(certificate.raw).digest('hex')
    assert.equal(body['credentialId'], `X509SHA256=${sha256}`)
    const [event] = await lanyard.server.rooms.audit.list({ types: ['certificate.signed'] })
    assert.deepEqual(
      [event?.actor.name, event?.target, event?.deviceId === null, event?.detail],
      [
        'ada',
        { kind: 'certificate', id: sha256, name: 'prod' },
        false,
        {
          user: userId,
          username: 'oidc:ada',
          groups: ['team/dev', 'team/viewers'],
          serial: certificate.serialNumber.toLowerCase(),
          until: new Date(seconds + 600_000).toISOString(),
          signer: 'lanyard',
          key: 'P-256',
        },
      ],
    )
  })

  it('is signed once for a key: of twenty at once one wins, and no later request', async () => {
    const key = makeKey('P-256')
    const { csr } = await makeRequest({ key })
    const all = await Promise.all(Array.from({ length: 20 }, () => sign({ cluster: 'prod', csr })))
    const statuses = all.map(({ status }) => status).sort((one, other) => one - other)
    assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 409)])
    // Another signature over the same key is another request, and no other key.
    const again = await sign({ cluster: 'prod', csr: (await makeRequest({ key })).csr })
    assert.deepEqual([again.status, again.body['error']], [409, 'csr_used'])
  })

  it('takes the pinned keys and refuses all others', async () => {
    for (const kind of ['P-384', 'RSA 2048', 'RSA 4096'] as const) {
      const { csr } = await makeRequest({ key: makeKey(kind) })
      const { status, body } = await sign({ cluster: 'prod', csr })
      assert.equal(status, 200, `${kind}: ${JSON.stringify(body)}`)
    }
    for (const kind of ['P-521', 'ed25519', 'RSA 1024', 'RSA 4224'] as const) {
      const { csr } = await makeRequest({ key: makeKey(kind) })
      const { status, body } = await sign({ cluster: 'prod', csr })
      assert.deepEqual(
        [status, body['error']],
        [400, 'csr_key'],
        `${kind}: ${JSON.stringify(body)}`,
      )
    }
    const { csr } = await makeRequest({ key: makeKey('RSA 2048'), args: ['-sha1'] })
    const sha1 = await sign({ cluster: 'prod', csr })
    assert.deepEqual([sha1.status, sha1.body['error']], [400, 'csr_invalid'])
  })

  it('lasts as long as asked, an hour at most, and never beyond the login', async () => {
    for (const lifetime of [59, 3601, 0, -1, 1.5, 1e300]) {
      const { csr } = await makeRequest()
      const { status, body } = await sign({ cluster: 'prod', csr, lifetime })
      assert.deepEqual([status, body['error']], [400, 'certificate_lifetime'], String(lifetime))
    }
    const { csr } = await makeRequest()
    const hour = await sign({ cluster: 'prod', csr, lifetime: 3600 })
    assert.equal(
      hour.body['notAfter'],
      new Date(Math.floor(now / 1000) * 1000 + 3_600_000).toISOString(),
    )
    const { id, deviceId, until } = await deviceOf()
    const before = now
    now = until - 90_500
    try {
      const late = await lanyard.server.rooms.certificates.sign({
        ...{ userId: id, deviceId, cluster: { name: 'prod' }, by: byTest },
        csr: (await makeRequest()).csr,
      })
      assert.ok(late.notAfter <= until && late.notAfter > until - 2_000, String(late.notAfter))
    } finally {
      now = before
    }
  })

  it('never lasts beyond what lets its person in', async () => {
    const { groups } = lanyard.server.rooms.directory
    await groups.add({ name: 'oncall' }, byTest)
    await groups.addMember('oncall', { user: 'ada' }, byTest)
    await groups.change('oncall', { policy: { factors: 'any', maxAge: 60 } }, byTest)
    const fresh = await pluginLogin(lanyard, ada)
    const askedAt = now
    now += 20_000
    const { status, body } = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, fresh)
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(JSON.stringify(body['subject']).includes('team/oncall'))
    const ends = Date.parse(String(body['notAfter']))
    assert.ok(ends <= askedAt + 60_000 && ends > askedAt + 58_000, new Date(ends).toISOString())
    const { rooms } = lanyard.server
    await rooms.clusters.change('prod', { policy: { factors: 'two', maxAge: null } }, byTest)
    const weak = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, fresh)
    assert.deepEqual(weak.body, {
      error: 'insufficient_user_authentication',
      error_description: 'ada signed in with one factor, and cluster "prod" asks for two',
      acr_values: 'urn:lanyard:acr:two-factors urn:lanyard:acr:passkey',
      reference: weak.body['reference'],
    })
    assert.equal(weak.status, 401)
    await rooms.clusters.change('prod', { policy: { factors: 'any', maxAge: null } }, byTest)
    await groups.delete('oncall', byTest)
    now = askedAt
  })

  async function deviceOf() {
    const { id } = await lanyard.server.rooms.directory.users.get('ada')
    const [device] = await lanyard.server.issuer.devices.list(id)
    if (device === undefined) throw new TypeError('ada has a login')
    return { id, deviceId: device.id, until: device.expiresAt }
  }

  it('is refused to whoever may not enter now, by the decision’s own sentence', async () => {
    const { directory } = lanyard.server.rooms
    const bob = await lanyard.addUser('bob', ['strangers'])
    const bobs = await pluginLogin(lanyard, bob)
    const none = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, bobs)
    assert.deepEqual(
      [none.status, none.body['error_description']],
      [403, 'bob is in none of the groups that may enter cluster "prod"'],
    )
    const nowhere = await sign({ cluster: 'nowhere', csr: (await makeRequest()).csr })
    assert.deepEqual(
      [nowhere.status, nowhere.body['error_description']],
      [403, 'there is no such cluster or application'],
    )
    const { id, deviceId } = await deviceOf()
    await directory.users.disable('ada', byTest)
    await assert.rejects(
      lanyard.server.rooms.certificates.sign({
        ...{ userId: id, deviceId, cluster: { name: 'prod' }, by: byTest },
        csr: (await makeRequest()).csr,
      }),
      { code: 'ERR_CERTIFICATE_REFUSED', message: 'user "ada" is disabled' },
    )
    await directory.users.enable('ada', byTest)
  })

  it('is refused where groups would make it larger than a handshake takes', async () => {
    const { directory, certificates } = lanyard.server.rooms
    await lanyard.addUser('joiner', [
      ...['viewers'],
      ...Array.from({ length: 105 }, (_, at) => `group-${at}-${'x'.repeat(90)}`),
    ])
    const joiner = { username: 'joiner', password: 'correct horse of joiner 7419' }
    await pluginLogin(lanyard, joiner)
    const { id } = await directory.users.get('joiner')
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    const cluster = { name: 'prod' }
    await assert.rejects(
      certificates.sign({
        ...{ userId: id, deviceId: device.id, cluster, by: byTest },
        csr: (await makeRequest()).csr,
      }),
      {
        code: 'ERR_CERTIFICATE_TOO_LARGE',
        message: /^with 106 groups the certificate has \d{5} bytes: more than 12288$/,
      },
    )
  })

  it('is signed by the next CA once that is let, and not before', async () => {
    const { authorities } = lanyard.server.rooms.certificates
    const next = await authorities.make('prod', byTest)
    await assert.rejects(authorities.make('prod', byTest), { code: 'ERR_CLIENT_CA_EXISTS' })
    const fresh = await pluginLogin(lanyard, ada)
    const old = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, fresh)
    assert.ok(certificateOf(old.body).checkIssued(ca))
    assert.equal((await authorities.activate('prod', byTest)).id, next.id)
    const young = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, fresh)
    assert.ok(certificateOf(young.body).checkIssued(new X509Certificate(next.certificate)))
    assert.deepEqual(
      (await authorities.list('prod')).map(({ id, state }) => [id, state]),
      [[next.id, 'active']],
    )
    await authorities.remove('prod', byTest)
    const gone = await sign({ cluster: 'prod', csr: (await makeRequest()).csr }, fresh)
    assert.deepEqual([gone.status, gone.body['error']], [400, 'certificate_none'])
  })
})
