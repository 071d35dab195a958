import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pluginKubeconfig, signerRbac } from '../../src/kubernetes/index.ts'
import { approveDevice } from '../security/attack.ts'
import { makeRequest } from '../support/certificate-requests.ts'
import {
  buildPlugin,
  countRequests,
  openTerminal,
  type Plugin,
  type Terminal,
} from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { createApiClient } from './api-client.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that kube-apiserver takes client certificates of Lanyard')
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'
const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }

interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

describe('client certificates at a real kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let plugin: Plugin
  let alpha: Apiserver
  let bundle: string
  /** Added to Lanyard's clock: a certificate that Lanyard signs then ends as much earlier for the apiserver. */
  let skewMs = 0
  before(async () => {
    lanyard = owned.use(await startLanyard({ clock: () => Date.now() + skewMs }))
    plugin = owned.use(await buildPlugin())
    const etcd = owned.use(await startEtcd())
    alpha = owned.use(await startApiserver({ etcd }))
    bundle = join(alpha.directory, 'client-bundle.crt')
    await writeFile(bundle, alpha.clientAuthority.certificate)
    // What the page says for kubeadm: a file of its own, once.
    await alpha.restart({ args: [`--client-ca-file=${bundle}`] })
    owned.use(await startControllerManager(alpha))
    for (const name of ['alpha', 'beta']) {
      await lanyard.addCluster(name, {
        ...{ groups: ['viewers'], server: alpha.url, liveGroups: name === 'alpha' },
        certificateAuthority: alpha.certificateAuthority.certificate,
      })
    }
    await lanyard.server.rooms.clusters.change('alpha', { usernamePrefix: 'oidc:' }, byTest)
  })
  after(() => owned.disposeAsync())

  async function logIn(terminal: Terminal, person: Credentials): Promise<void> {
    const ca = join(terminal.kubectl.home, 'issuer ca.crt')
    await writeFile(ca, lanyard.ca)
    await using running = await terminal.kubectl.start([
      ...['lanyard', 'login', '--issuer', lanyard.issuer, '--device'],
      ...['--certificate-authority', ca],
    ])
    const [, userCode = ''] = await running.waitForLine(
      'stderr',
      /enter the code ([A-Z]{4}-[A-Z]{4})$/,
    )
    await approveDevice(lanyard, person, { deviceCode: '', userCode, clientId: '' })
    const { code } = await running.exit
    assert.equal(code, 0, running.stderr.text)
  }

  /** What `lanyard cluster kubeconfig NAME --client-certificate` prints. */
  async function writeKubeconfig(terminal: Terminal, name: string): Promise<void> {
    const cluster = await lanyard.server.rooms.clusters.get(name)
    const issuer = { issuer: lanyard.issuer, certificateAuthority: lanyard.ca }
    await writeFile(terminal.kubeconfig, pluginKubeconfig(cluster, issuer, 'get-certificate'))
  }

  async function whoami(terminal: Terminal): Promise<UserInfo> {
    const result = await terminal.kubectl.run(['auth', 'whoami', '-o', 'json'])
    assert.equal(result.code, 0, result.stderr)
    return (JSON.parse(result.stdout) as { status: { userInfo: UserInfo } }).status.userInfo
  }

  const signedEvents = () => lanyard.server.rooms.audit.list({ types: ['certificate.signed'] })

  async function appendToBundle(pem: string): Promise<void> {
    await writeFile(`${bundle}.new`, `${await readFile(bundle, 'utf8')}${pem}`)
    await rename(`${bundle}.new`, bundle)
  }

  it('lets kubectl in by an exec certificate, its CA appended while requests flow', async (t) => {
    const ada = await lanyard.addUser('ada', ['viewers', 'dev'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, ada)
    await writeKubeconfig(terminal, 'alpha')
    const { certificate } = await lanyard.server.rooms.certificates.authorities.make(
      'alpha',
      byTest,
    )
    const refused = await terminal.kubectl.run(['auth', 'whoami'])
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /the server has asked for the client to provide credentials|Unauthorized/,
    )

    const flow = keepAsking(alpha)
    await poll('requests flow', async () => flow.answered > 20)
    const appended = performance.now()
    await appendToBundle(certificate)
    const [first] = await poll('the apiserver takes the new CA', async () => {
      const result = await terminal.kubectl.run(['auth', 'whoami', '-o', 'json'])
      return result.code === 0 && [result.stdout]
    })
    const tookMs = Math.round(performance.now() - appended)
    const counted = await flow.end()
    t.diagnostic(
      `appended and taken within ${tookMs} ms; ${counted.answered} requests of others, ${counted.failed} failed`,
    )
    assert.equal(counted.failed, 0)
    assert.ok(first !== undefined)

    const user = await whoami(terminal)
    const { id } = await lanyard.server.rooms.directory.users.get('ada')
    assert.equal(user.username, 'oidc:ada')
    assert.equal(user.uid, id)
    assert.deepEqual([...user.groups].sort(), ['dev', 'system:authenticated', 'viewers'])
    const [event, ...others] = await signedEvents()
    // One for all of those commands: the others read it from the cache.
    assert.deepEqual(others, [])
    assert.deepEqual(user.extra[CREDENTIAL_ID], [`X509SHA256=${event?.target?.id}`])
    // Its lines of those whom nobody knows have no user, so they are read as text.
    const log = await readFile(join(alpha.directory, 'audit.log'), 'utf8')
    assert.ok(log.includes(`"${CREDENTIAL_ID}":["X509SHA256=${event?.target?.id}"]`))
  })

  it('makes one request of ten commands at once', async () => {
    const bea = await lanyard.addUser('bea', ['viewers'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, bea)
    await writeKubeconfig(terminal, 'alpha')
    using requests = countRequests(
      ({ method, url }) => method === 'POST' && url === '/kubectl/v1/certificates',
    )
    const results = await Promise.all(
      Array.from({ length: 10 }, () => terminal.kubectl.run(['auth', 'whoami', '-o', 'name'])),
    )
    assert.deepEqual(
      results.map(({ code }) => code),
      Array(10).fill(0),
      results[0]?.stderr,
    )
    assert.equal(requests.count, 1)
  })

  it('refuses it after its end, on a connection that is open already too', async () => {
    const { csr, key } = await makeRequest()
    const cleo = await lanyard.addUser('cleo', ['viewers'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, cleo)
    const { id } = await lanyard.server.rooms.directory.users.get('cleo')
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    // Ten minutes from a clock that is 9 minutes and 54 seconds behind.
    skewMs = -594_000
    let signed: Awaited<ReturnType<typeof lanyard.server.rooms.certificates.sign>>
    try {
      signed = await lanyard.server.rooms.certificates.sign({
        ...{ userId: id, deviceId: device.id, cluster: { name: 'alpha' }, csr, by: byTest },
      })
    } finally {
      skewMs = 0
    }
    const certificate = new X509Certificate(signed.certificate)
    assert.equal(certificate.validToDate.getTime() - certificate.validFromDate.getTime(), 900_000)
    await using client = createApiClient({
      ...{ url: alpha.url, authority: alpha.certificateAuthority.certificate },
      ...{ certificate: signed.certificate, key },
    })
    const ask = () => client.ask(WHOAMI, { method: 'POST', body: review })
    assert.equal((await ask()).status, 201)
    const mark = alpha.logMark()
    const { status } = await poll(
      'the certificate ends',
      async () => {
        const answer = await ask()
        return answer.status !== 201 && answer
      },
      { timeoutMs: 12_000 },
    )
    assert.equal(status, 401)
    assert.ok(Date.now() >= signed.notAfter && Date.now() < signed.notAfter + 2_000)
    assert.match(
      (await alpha.unauthenticatedReasons(mark)).join('\n'),
      /x509: certificate has expired or is not yet valid/,
    )
  })

  it('is worth nothing where another cluster’s CA is trusted (threat 11)', async () => {
    const { certificates, directory } = lanyard.server.rooms
    await lanyard.addCluster('gamma', { groups: ['viewers'] })
    await certificates.authorities.make('gamma', byTest)
    const { id } = await directory.users.get('cleo')
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    const { csr, key } = await makeRequest()
    const signed = await certificates.sign({
      ...{ userId: id, deviceId: device.id, cluster: { name: 'gamma' }, csr, by: byTest },
    })
    await using client = createApiClient({
      ...{ url: alpha.url, authority: alpha.certificateAuthority.certificate },
      ...{ certificate: signed.certificate, key },
    })
    const mark = alpha.logMark()
    const { status } = await client.ask(WHOAMI, { method: 'POST', body: review })
    assert.equal(status, 401)
    assert.match(
      (await alpha.unauthenticatedReasons(mark)).join('\n'),
      /x509: certificate signed by unknown authority/,
    )
  })

  it('gives nothing new to a disabled user, and cannot take back what they have', async () => {
    const dan = await lanyard.addUser('dan', ['viewers'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, dan)
    await writeKubeconfig(terminal, 'alpha')
    assert.equal((await whoami(terminal)).username, 'oidc:dan')
    await lanyard.server.rooms.directory.users.disable('dan', byTest)
    // What the page says in plain words: until its end, ten minutes at most unless longer was asked.
    assert.equal((await whoami(terminal)).username, 'oidc:dan')
    const refused = await terminal.kubectl.run(['lanyard', 'certificate', '--cluster', 'alpha'])
    assert.deepEqual(
      [refused.code, refused.stderr.split('\n')[0]],
      [4, `kubectl-lanyard: error: ${lanyard.issuer} refused: user "dan" is disabled`],
    )
  })

  it('writes key and certificate to files, the key for its owner alone', async () => {
    const eve = await lanyard.addUser('eve', ['viewers'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, eve)
    const out = terminal.kubectl.home
    const result = await terminal.kubectl.run([
      ...['lanyard', 'certificate', '--cluster', 'alpha', '--lifetime', '5m', '--out', out],
    ])
    assert.equal(result.code, 0, result.stderr)
    assert.equal(result.stdout, `${out}/alpha.crt\n${out}/alpha.key\n`)
    assert.equal((await stat(join(out, 'alpha.key'))).mode & 0o777, 0o600)
    const [event] = await signedEvents()
    assert.deepEqual(result.stderr.trimEnd().split('\n'), [
      `kubectl-lanyard: oidc:eve at alpha until ${String(event?.detail['until'])}, with the groups viewers`,
      'kubectl-lanyard: this cluster asks for groups otherwise: those in the certificate stay as they are until it ends',
      'kubectl-lanyard: nobody can take it back before its end: keep the key to yourself',
      `kubectl-lanyard: in kube-apiserver's audit log: X509SHA256=${event?.target?.id}`,
      `kubectl-lanyard: try: kubectl --client-certificate ${out}/alpha.crt --client-key ${out}/alpha.key auth whoami`,
    ])
    await using client = createApiClient({
      ...{ url: alpha.url, authority: alpha.certificateAuthority.certificate },
      certificate: await readFile(join(out, 'alpha.crt'), 'utf8'),
      key: await readFile(join(out, 'alpha.key'), 'utf8'),
    })
    assert.equal((await client.ask(WHOAMI, { method: 'POST', body: review })).status, 201)
  })

  it('is signed by the cluster itself, by the least of RBAC', async (t) => {
    const { signers } = lanyard.server.rooms.certificates
    await alpha.apply(signerRbac('lanyard-signer', 'lanyard'))
    const made = await alpha.admin.run([
      ...['create', 'token', 'lanyard-signer', '--namespace', 'lanyard'],
    ])
    assert.equal(made.code, 0, made.stderr)
    const token = made.stdout.trim()
    await assert.rejects(signers.set('beta', `${token.slice(0, -8)}AAAAAAAA`, byTest), {
      code: 'ERR_CERTIFICATE_SIGNER',
    })
    await poll('the service account may ask', async () =>
      signers.set('beta', token, byTest).then(
        () => true,
        () => false,
      ),
    )
    const fay = await lanyard.addUser('fay', ['viewers', 'dev'])
    await using terminal = await openTerminal(plugin)
    await logIn(terminal, fay)
    await writeKubeconfig(terminal, 'beta')
    const started = performance.now()
    const user = await whoami(terminal)
    t.diagnostic(
      `kubectl with a certificate signed by the cluster: ${Math.round(performance.now() - started)} ms`,
    )
    assert.equal(user.username, 'fay')
    // kube-controller-manager drops the UID.
    assert.equal(user.uid, undefined)
    assert.deepEqual([...user.groups].sort(), ['dev', 'system:authenticated', 'viewers'])
    const [event] = await signedEvents()
    assert.deepEqual(user.extra[CREDENTIAL_ID], [`X509SHA256=${event?.target?.id}`])
    assert.equal(event?.detail['signer'], 'cluster')
    const listed = await alpha.api.ask('/apis/certificates.k8s.io/v1/certificatesigningrequests')
    const { items } = listed.body as { items: { metadata: { name: string }; spec: object }[] }
    assert.deepEqual(
      items.map(({ metadata }) => /^lanyard-[0-9a-f]{32}$/.test(metadata.name)),
      [true],
    )
  })

  it('asks the cluster’s signer for nothing but what Lanyard says', async () => {
    const { certificates, directory } = lanyard.server.rooms
    const { id } = await directory.users.get('fay')
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    const ask = { userId: id, deviceId: device.id, cluster: { name: 'beta' }, by: byTest }
    for (const [what, options] of [
      ['nobody', {}],
      ['system:nodes', { subject: '/O=system:nodes/CN=system:node:one' }],
      ['another person', { subject: '/CN=ada/O=dev/O=viewers' }],
      ['one group more', { subject: '/CN=fay/O=dev/O=viewers/O=admins' }],
      ['one group less', { subject: '/CN=fay/O=dev' }],
      ['a UID', { subject: '/CN=fay/O=dev/O=viewers/UID=x' }],
      ['two names', { subject: '/CN=fay/CN=root/O=dev/O=viewers' }],
      [
        'an extension',
        { subject: '/CN=fay/O=dev/O=viewers', args: ['-addext', 'subjectAltName=DNS:x'] },
      ],
    ] as const) {
      const { csr } = await makeRequest(options)
      await assert.rejects(certificates.sign({ ...ask, csr }), { code: 'ERR_CSR_SUBJECT' }, what)
    }
    const { csr } = await makeRequest({ subject: '/CN=fay/O=viewers/O=dev' })
    await assert.rejects(certificates.sign({ ...ask, csr, lifetimeSeconds: 599 }), {
      code: 'ERR_CERTIFICATE_LIFETIME',
    })
    const both = await Promise.allSettled([
      certificates.sign({ ...ask, csr }),
      certificates.sign({ ...ask, csr }),
    ])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
})

/** Somebody else's requests, one after the other, until told to stop. */
function keepAsking({ api }: Apiserver) {
  const counted = { answered: 0, failed: 0 }
  const stop = new AbortController()
  const done = (async () => {
    while (!stop.signal.aborted) {
      const ok = await api.ask('/api/v1/namespaces').then(
        ({ status }) => status === 200,
        () => false,
      )
      counted.answered += 1
      if (!ok) counted.failed += 1
    }
  })()
  return {
    get answered() {
      return counted.answered
    },
    async end() {
      stop.abort()
      await done
      return counted
    },
  }
}
