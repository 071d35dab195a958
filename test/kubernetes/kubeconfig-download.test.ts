import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  kubeloginKubeconfig,
  mergeContexts,
  pluginEntry,
  pluginKubeconfig,
  readContexts,
} from '../../src/kubernetes/index.ts'

const cluster = {
  name: 'prod-eu',
  audience: 'prod',
  server: 'https://k8s.example.com:6443',
  certificateAuthority: 'the CA of the API\n',
}
const issuer = { issuer: 'https://id.example.com:8443/sso', certificateAuthority: 'our CA\n' }
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('the plugin’s kubeconfig has one context, and tells who lacks the plugin where to get it', () => {
  const own = 'prod-eu@id.example.com:8443'
  assert.deepEqual(parse(pluginKubeconfig(cluster, issuer)), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: own,
        cluster: {
          server: 'https://k8s.example.com:6443',
          'certificate-authority-data': base64('the CA of the API\n'),
        },
      },
    ],
    users: [
      {
        name: own,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'kubectl-lanyard',
            args: ['get-token', '--issuer', issuer.issuer, '--audience', 'prod'],
            interactiveMode: 'IfAvailable',
            provideClusterInfo: true,
            installHint:
              'kubectl-lanyard, which logs you in to this cluster, is not on your PATH. How to install it: https://id.example.com:8443/sso/account/kubectl',
          },
        },
      },
    ],
    contexts: [{ name: 'prod-eu', context: { cluster: own, user: own } }],
    'current-context': 'prod-eu',
  })
})

test('setup finds what was downloaded, and changes nothing in it', () => {
  const downloaded = pluginKubeconfig(cluster, issuer)
  assert.equal(mergeContexts(downloaded, [pluginEntry(cluster, issuer.issuer)]), downloaded)
})

test('kubelogin gets the options of its usage page, and Lanyard’s CA inline', () => {
  const text = kubeloginKubeconfig(cluster, issuer)
  const { users } = parse(text) as { users: { user: { exec: unknown } }[] }
  assert.deepEqual(users[0]?.user.exec, {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'kubectl',
    args: [
      'oidc-login',
      'get-token',
      '--oidc-issuer-url=https://id.example.com:8443/sso',
      '--oidc-client-id=prod',
      '--oidc-extra-scope=offline_access',
      `--certificate-authority-data=${base64('our CA\n')}`,
    ],
    env: [{ name: 'KUBECONFIG', value: '/dev/null' }],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: false,
    installHint:
      'kubelogin logs you in to this cluster. To install it: kubectl krew install oidc-login, or see https://github.com/int128/kubelogin',
  })
  const trusted = kubeloginKubeconfig(
    { ...cluster, certificateAuthority: null },
    { ...issuer, certificateAuthority: null },
  )
  assert.equal(trusted.includes('certificate-authority'), false)
})

test('setup adds the plugin’s context beside kubelogin’s in one file', () => {
  const changed = { ...cluster, server: 'https://new.example.com' }
  const entry = pluginEntry(changed, issuer.issuer, 'prod-eu@id.example.com:8443')
  const merged = mergeContexts(kubeloginKubeconfig(cluster, issuer), [entry])
  assert.deepEqual(
    readContexts(merged).map(({ name, server, exec }) => [name, server, exec?.command]),
    [
      ['prod-eu', 'https://k8s.example.com:6443', 'kubectl'],
      ['prod-eu@id.example.com:8443', 'https://new.example.com', 'kubectl-lanyard'],
    ],
  )
})
