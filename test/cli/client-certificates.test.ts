import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { runCommand } from '../../src/cli/index.ts'
import { readContexts } from '../../src/kubernetes/index.ts'
import { askPluginApi, makeRequest } from '../support/certificate-requests.ts'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { pluginLogin } from '../support/logins.ts'
import { openCommandLine } from './command-line.ts'

const server = 'https://k8s.example.com:6443'

test('lanyard cluster client-ca makes one, prints it again, and turns it over in two steps', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server)
  const made = await line.run(['cluster', 'client-ca', 'prod'])
  assert.equal(made.code, 0)
  const ca = new X509Certificate(made.stdout)
  assert.match(ca.subject, /^O=Lanyard\nCN=Lanyard client CA [0-9a-f]{8} for prod$/)
  assert.deepEqual([ca.ca, ca.keyUsage], [true, ['1.3.6.1.5.5.7.3.2']])
  assert.deepEqual(made.stderr.split('\n').slice(0, 2), [
    'lanyard: hint: put it into a file CA.crt beside every kube-apiserver of prod, then: cp FILE FILE.new && cat CA.crt >> FILE.new && mv FILE.new FILE, where FILE is the one of --client-ca-file',
    'lanyard: hint: kube-apiserver reads it again by itself within a second or so: nothing restarts, nobody is logged out',
  ])
  assert.equal(await line.text('cluster', 'client-ca', 'prod'), made.stdout)

  const early = await line.run(['cluster', 'client-ca', 'prod', '--activate'])
  assert.deepEqual(early, {
    ...{ code: 1, stdout: '' },
    stderr:
      'lanyard: error: no next client CA of cluster "prod" waits\nlanyard: hint: make one first: lanyard cluster client-ca prod --rotate\n',
  })
  const next = await line.text('cluster', 'client-ca', 'prod', '--rotate')
  const { authorities } = await line.json('ClusterClientCa', 'cluster', 'client-ca', 'prod')
  assert.deepEqual(
    authorities.map(({ state, certificate }) => [state, certificate]),
    [
      ['active', made.stdout],
      ['next', next],
    ],
  )
  assert.equal((await line.run(['cluster', 'client-ca', 'prod', '--rotate'])).code, 1)
  assert.equal(await line.text('cluster', 'client-ca', 'prod', '--activate'), next)
  const removed = await line.run(['cluster', 'client-ca', 'prod', '--remove'])
  assert.equal(removed.stdout, next)
  assert.equal(
    removed.stderr,
    'lanyard: warning: what it signed is believed until it ends: to refuse it at once, take the CA out of --client-ca-file now, by a rename\n',
  )
  const { store, audit } = line.server
  assert.deepEqual(await store.query.selectFrom('client_authorities').selectAll().execute(), [])
  assert.deepEqual(
    (await audit.list()).map(({ type }) => type).filter((type) => type.includes('client_ca')),
    [
      'cluster.client_ca_removed',
      'cluster.client_ca_activated',
      'cluster.client_ca_made',
      'cluster.client_ca_made',
    ],
  )
})

test('its key lies in the database under the key file alone', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server)
  await line.text('cluster', 'client-ca', 'prod')
  const [row] = await line.server.store.query.selectFrom('client_authorities').selectAll().execute()
  const [header = ''] = row?.private_jwe.split('.') ?? []
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), {
    ...{ alg: 'dir', enc: 'A256GCM', kid: row?.id },
  })
})

test('lanyard cluster signer prints the least that it needs, and what is wrong with a token', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', 'https://127.0.0.1:1')
  const manifest = await line.text('cluster', 'signer', 'prod', '--rbac')
  const documents = parseAllDocuments(manifest).map(
    (each) => each.toJS() as { kind: string; rules?: unknown },
  )
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    [...['Namespace', 'ServiceAccount', 'Secret', 'ClusterRole', 'ClusterRoleBinding']],
  )
  const apiGroups = ['certificates.k8s.io']
  assert.deepEqual(documents[3]?.rules, [
    { apiGroups, resources: ['certificatesigningrequests'], verbs: ['create', 'get'] },
    { apiGroups, resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
    {
      ...{ apiGroups, resources: ['signers'], verbs: ['approve'] },
      resourceNames: ['kubernetes.io/kube-apiserver-client'],
    },
  ])
  assert.deepEqual(await line.json('ClusterSigner', 'cluster', 'signer', 'prod'), {
    ...{ cluster: 'prod', set: false, createdAt: null, manifest: null },
  })
  const { certificates } = line.server
  await assert.rejects(certificates.signers.set('prod', 'two words', byTest), {
    code: 'ERR_SIGNER_TOKEN',
  })
  await assert.rejects(certificates.signers.set('prod', 'x'.repeat(20), byTest), {
    code: 'ERR_CERTIFICATE_SIGNER',
    message:
      'the own signer of cluster "prod" did not sign: cannot ask https://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
  })
  await line.text('cluster', 'client-ca', 'prod')
  assert.equal((await line.run(['cluster', 'signer', 'prod', '--rbac', '--remove'])).code, 2)
})

test('lanyard cluster kubeconfig --client-certificate has the plugin get a certificate, past any proxy', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server)
  await line.text('cluster', 'set', 'prod', '--proxy-server', 'https://proxy.example.com:9443')
  const [context] = readContexts(
    await line.text('cluster', 'kubeconfig', 'prod', '--client-certificate'),
  )
  assert.deepEqual([context?.server, context?.exec?.args[0]], [server, 'get-certificate'])
  const both = ['cluster', 'kubeconfig', 'prod', '--client-certificate', '--for', 'kubelogin']
  assert.equal((await line.run(both)).code, 2)
})

test('lanyard audit who leads from a certificate in kube-apiserver’s audit log to the person', async () => {
  await using lanyard = await startLanyard()
  const ada = await lanyard.addUser('ada', ['viewers'])
  await lanyard.addCluster('prod', { groups: ['viewers'] })
  await lanyard.server.rooms.certificates.authorities.make('prod', byTest)
  const login = await pluginLogin(lanyard, ada)
  const { csr } = await makeRequest()
  const { body } = await askPluginApi(lanyard, login, 'certificates', { cluster: 'prod', csr })
  const said = { stdout: '', stderr: '' }
  const who = (credential: string) => {
    said.stdout = said.stderr = ''
    return runCommand(['audit', 'who', credential], {
      ...{ clock: Date.now, cwd: lanyard.data, env: { LANYARD_DATA: lanyard.data } },
      stdout: { write: (text) => (said.stdout += text) },
      stderr: { write: (text) => (said.stderr += text) },
      terminal: {
        isInteractive: false,
        askPassword: () => Promise.reject(new TypeError('asked')),
        confirm: () => Promise.reject(new TypeError('asked')),
        readStdin: () => Promise.resolve(''),
      },
    })
  }
  const credentialId = String(body['credentialId'])
  for (const spelling of [credentialId, credentialId.slice('X509SHA256='.length)]) {
    assert.equal(await who(spelling), 0, said.stderr)
    assert.match(said.stdout, /^person +ada \(ada\)\n/)
  }
  assert.equal(await who(`X509SHA256=${'0'.repeat(64)}`), 1)
  assert.match(said.stderr, /^lanyard: error: no device is behind the token "X509SHA256=0{64}"\n/)
})
