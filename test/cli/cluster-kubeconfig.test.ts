import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readContexts } from '../../src/kubernetes/index.ts'
import { openCommandLine } from './command-line.ts'

const server = 'https://k8s.example.com:6443'

test('lanyard cluster kubeconfig prints one for the plugin, and says what it needs besides', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server, '--audience', 'prod-2026')
  const shown = await line.json('ClusterKubeconfig', 'cluster', 'kubeconfig', 'prod')
  assert.deepEqual([shown.cluster, shown.for, shown.context], ['prod', 'plugin', 'prod'])
  assert.deepEqual(readContexts(shown.kubeconfig), [
    {
      ...{ name: 'prod', cluster: 'prod@id.example.com', user: 'prod@id.example.com', server },
      exec: {
        command: 'kubectl-lanyard',
        args: ['get-token', '--issuer', 'https://id.example.com', '--audience', 'prod-2026'],
      },
    },
  ])
  assert.deepEqual(await line.run(['cluster', 'kubeconfig', 'prod']), {
    ...{ code: 0, stdout: shown.kubeconfig },
    stderr:
      'lanyard: hint: whoever uses it says once on their machine: kubectl lanyard login --issuer https://id.example.com --certificate-authority CA.crt\n',
  })
})

test('and one for kubelogin, with Lanyard’s own CA inline', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server)
  const { stdout, stderr } = await line.run([
    ...['cluster', 'kubeconfig', 'prod', '--for', 'kubelogin'],
  ])
  assert.equal(stderr, '')
  const [context] = readContexts(stdout)
  assert.equal(context?.exec?.command, 'kubectl')
  const args = context?.exec?.args ?? []
  assert.deepEqual(args.slice(0, 5), [
    ...['oidc-login', 'get-token', '--oidc-issuer-url=https://id.example.com'],
    ...['--oidc-client-id=prod', '--oidc-extra-scope=offline_access'],
  ])
  const [, data = ''] = args[5]?.split('--certificate-authority-data=') ?? []
  assert.match(Buffer.from(data, 'base64').toString(), /^-----BEGIN CERTIFICATE-----\n/)
  const wrong = await line.run(['cluster', 'kubeconfig', 'prod', '--for', 'kubectl'])
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  const lost = await line.run(['cluster', 'kubeconfig', 'lab'])
  assert.match(lost.stderr, /^lanyard: error: no cluster is named "lab"\n/)
})

test('and warns where the server calls itself by another name than the kubeconfig would', async () => {
  await using line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', server)
  await writeFile(join(line.data, 'issuer'), 'https://other.example.com\n')
  const { stderr } = await line.run(['cluster', 'kubeconfig', 'prod', '--for', 'kubelogin'])
  assert.match(stderr, /^lanyard: warning: the server calls itself https:\/\/other\.example\.com, /)
})
