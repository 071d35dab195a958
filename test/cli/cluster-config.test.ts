import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { distributions } from '../../src/kubernetes/index.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

const config = ['cluster', 'config', 'prod']

async function openWithCluster(...options: string[]): Promise<CommandLine> {
  const line = await openCommandLine()
  await line.text('cluster', 'add', 'prod', '--server', 'https://10.0.0.1:6443', ...options)
  return line
}

test('every distribution has an answer in the documented shape, and a text that says where, what and how back', async () => {
  await using line = await openWithCluster('--groups', 'embedded')
  for (const distribution of distributions) {
    const answer = await line.json('ClusterConfig', ...config, '--for', distribution)
    assert.deepEqual([answer.distribution, answer.kubernetesVersion], [distribution, '1.37'])
    const text = await line.text(...config, '--for', distribution)
    assert.match(text, /^# prod.*, Kubernetes 1\.37$/m)
    for (const { path, machine, content } of answer.files) {
      assert.ok(text.includes(path) && text.toLowerCase().includes(machine.toLowerCase()))
      assert.ok(text.includes(content))
    }
    for (const { run } of answer.commands) assert.ok(text.includes(run))
    if (answer.files.length > 0) {
      assert.ok(text.includes(`# ${answer.restarts}\n\n# Undo:\n#   ${answer.undo.split('\n')[0]}`))
    }
  }
})

test('one part is printed as it stands, with nothing on stderr but warnings', async () => {
  await using line = await openWithCluster('--username-prefix', 'u:', '--groups-prefix', 'g:')
  const { files, flags } = await line.json('ClusterConfig', ...config, '--for', 'k3s')
  for (const { path, content } of files) {
    const only = await line.run([...config, '--for', 'k3s', '--only', path.split('/').at(-1) ?? ''])
    assert.deepEqual(only, { code: 0, stdout: content, stderr: '' })
  }
  const only = await line.run([...config, '--for', 'k3s', '--only', 'flags'])
  assert.deepEqual(only, { code: 0, stdout: `${flags.join('\n')}\n`, stderr: '' })
  await line.text('cluster', 'set', 'prod', '--username-prefix', '')
  const { stderr } = await line.run([...config, '--for', 'flags', '--only', 'flags'])
  assert.match(
    stderr,
    /^lanyard: warning: flags cannot refuse a name that begins with system:.*\n$/,
  )
})

test('the CA is Lanyard’s own, or the one that is given, and lies where it is said', async () => {
  await using line = await openWithCluster()
  const own = await line.json('ClusterConfig', ...config, '--for', 'flags')
  assert.match(own.files[0]?.content ?? '', /BEGIN CERTIFICATE/)
  const other = await line.json(
    ...([
      'ClusterConfig',
      ...config,
      '--for',
      'flags',
      '--issuer-ca',
      join(line.data, 'ca.crt'),
    ] as const),
    ...['--issuer-ca-path', "/etc/it's here.crt"],
  )
  assert.equal(other.files[0]?.content, own.files[0]?.content)
  assert.ok(other.flags.includes("--oidc-ca-file=/etc/it's here.crt"))
  const text = await line.text(
    ...config,
    '--for',
    'flags',
    '--issuer-ca-path',
    "/etc/it's here.crt",
  )
  assert.ok(text.includes("sudo tee '/etc/it'\\''s here.crt'.new > /dev/null"))
})

test('of the file with the CA nothing but its certificates is printed', async () => {
  await using line = await openWithCluster()
  const own = await line.text(...config, '--for', 'flags')
  const certificate = await readFile(join(line.data, 'ca.crt'), 'utf8')
  const other = join(line.data, 'other.crt')
  await writeFile(other, `# ours\n${certificate}LANYARD\necho this would run\n`)
  assert.equal(await line.text(...config, '--for', 'flags', '--issuer-ca', other), own)
  for (const [text, fault] of [
    ['LANYARD\necho this would run\n', 'the certificate authority holds no PEM certificate'],
    [
      `${certificate}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
      'the certificate authority holds a private key',
    ],
  ] as const) {
    await writeFile(other, text)
    for (const command of [
      [...config, '--for', 'flags'],
      ['cluster', 'kubeconfig', 'prod'],
    ]) {
      const run = await line.run([...command, '--issuer-ca', other])
      assert.deepEqual(
        [run.code, run.stdout, run.stderr.split('\n')[0]],
        [2, '', `lanyard: error: --issuer-ca ${other}: ${fault}`],
      )
    }
  }
})

test('the version is the cluster’s, and a guess says that it is one', async () => {
  await using line = await openWithCluster()
  const guess =
    /hint: this is for Kubernetes 1\.37; if prod is another: lanyard cluster set prod --kubernetes-version 1\.33/
  assert.match((await line.run([...config, '--for', 'k3s'])).stderr, guess)
  const asked = await line.run([...config, '--for', 'k3s', '--kubernetes-version', '1.33'])
  assert.match(asked.stdout, /^apiVersion: apiserver\.config\.k8s\.io\/v1beta1$/m)
  assert.ok(!asked.stderr.includes('this is for Kubernetes'))
  await line.text('cluster', 'set', 'prod', '--kubernetes-version', '1.33')
  assert.equal((await line.run([...config, '--for', 'k3s'])).stdout, asked.stdout)
})

test('show is facts, and leads here', async () => {
  await using line = await openWithCluster('--kubernetes-version', '1.33')
  const { stdout, stderr } = await line.run(['cluster', 'show', 'prod'])
  assert.match(stdout, /^Kubernetes +1\.33$/m)
  assert.match(stdout, /^groups +live$/m)
  assert.ok(!stdout.includes('oidc') && !stdout.includes('apiVersion'))
  assert.ok(stderr.endsWith('lanyard cluster config prod --for kubeadm\n'))
})

for (const [options, code, sentence] of [
  [[], 2, "required option '--for <distribution>' not specified"],
  [
    ['--for', 'openshift'],
    2,
    `option '--for <distribution>' argument 'openshift' is invalid. Allowed choices are ${distributions.join(', ')}`,
  ],
  [
    ['--for', 'k3s', '--kubernetes-version', '1.2'],
    1,
    'Kubernetes 1.2 is older than 1.23, the oldest whose settings are known',
  ],
  [
    ['--for', 'k3s', '--kubernetes-version', 'abc'],
    1,
    'Kubernetes version "abc" is not of the form 1.34',
  ],
  [
    ['--for', 'structured', '--kubernetes-version', '1.29'],
    1,
    'Kubernetes 1.29 reads no AuthenticationConfiguration: that came with 1.30',
  ],
  [['--for', 'k3s', '--only', 'flag'], 2, 'there is no part "flag" for k3s'],
  [['--for', 'gke', '--only', 'flags'], 2, 'there is no part "flags" for gke'],
  [
    ['--for', 'k3s', '--issuer-ca-path', '/ca.crt'],
    2,
    '--issuer-ca-path goes with --for flags: with k3s the CA has its place already',
  ],
  [
    ['--for', 'k3s', '--issuer-ca', '/nope'],
    2,
    "--issuer-ca: ENOENT: no such file or directory, open '/nope'",
  ],
] as [string[], number, string][]) {
  test(`lanyard cluster config prod ${options.join(' ')}`, async () => {
    await using line = await openWithCluster()
    const run = await line.run([...config, ...options])
    assert.equal(run.stderr.split('\n')[0], `lanyard: error: ${sentence}`)
    assert.deepEqual([run.code, run.stdout], [code, ''])
  })
}

test('an unknown cluster is named', async () => {
  await using line = await openCommandLine()
  const run = await line.run([...config, '--for', 'k3s'])
  assert.deepEqual(
    [run.code, run.stderr.split('\n')[0]],
    [1, 'lanyard: error: no cluster is named "prod"'],
  )
})
