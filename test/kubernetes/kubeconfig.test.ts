import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as yaml from 'yaml'
import {
  execStanza,
  type KubeconfigEntry,
  mergeContexts,
  readContexts,
} from '../../src/kubernetes/index.ts'

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, unknown> }[]
  contexts: { name: string; context: Record<string, unknown> }[]
  users: { name: string; user: { exec: { args: string[]; env?: unknown } } }[]
  'current-context': string
}

function parse(text: string, version: '1.1' | '1.2' = '1.2'): Kubeconfig {
  return yaml.parse(text, { version }) as Kubeconfig
}

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

function entry(name: string, more: Partial<KubeconfigEntry> = {}): KubeconfigEntry {
  return {
    contextName: name,
    clusterName: `lanyard-${name}`,
    userName: `lanyard-${name}`,
    server: 'https://k8s.example.com:6443',
    certificateAuthority: pem,
    exec: execStanza({
      issuer: 'https://id.example.com',
      audience: name,
      installHint: 'install it',
    }),
    ...more,
  }
}

const others = `# My clusters. Hands off.
apiVersion: v1
kind: Config
preferences: {}

clusters:
- cluster:
    server: https://old.example.com   # the old one
    certificate-authority-data: AAAA
  name: old
contexts:
- context: {cluster: old, user: me, namespace: "yes"}
  name: old
current-context: old
users:
# a token that somebody pasted
- name: me
  user:
    token: 'abc'
`

test('an empty file becomes a kubeconfig that has it all', () => {
  assert.deepEqual(parse(mergeContexts('', [entry('prod')])), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'lanyard-prod',
        cluster: {
          server: 'https://k8s.example.com:6443',
          'certificate-authority-data': Buffer.from(pem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'lanyard-prod', user: { exec: entry('prod').exec } }],
    contexts: [{ name: 'prod', context: { cluster: 'lanyard-prod', user: 'lanyard-prod' } }],
    'current-context': 'prod',
  })
})

test('what others wrote stays, comments and order included', () => {
  const merged = mergeContexts(others, [entry('prod')])
  const lines = merged.split('\n')
  const kept = others
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/ {2,}#/, ' #'))
  let from = 0
  for (const line of kept) {
    const at = lines.indexOf(line, from)
    assert.notEqual(at, -1, `"${line}" is gone or has moved`)
    from = at + 1
  }
  assert.equal(parse(merged)['current-context'], 'old')
})

test('a second run changes nothing, byte for byte', () => {
  const entries = [entry('prod'), entry('dev', { certificateAuthority: null })]
  for (const existing of [
    '',
    '\n',
    '---\n',
    others,
    others.replaceAll('\n', '\r\n'),
    '{"apiVersion":"v1","kind":"Config"}',
  ]) {
    const once = mergeContexts(existing, entries)
    assert.equal(mergeContexts(once, entries), once)
    assert.equal(mergeContexts(once, [...entries].reverse()), once)
  }
})

test('a file that has all already is not rewritten, however it is laid out', () => {
  const once = mergeContexts('', [entry('prod')])
  const mine = `# mine\n${once.replace('kind: Config', 'kind:   "Config"   # odd')}`
  assert.equal(mergeContexts(mine, [entry('prod')]), mine)
})

test('CRLF stays CRLF, and JSON stays JSON', () => {
  assert.equal(
    /[^\r]\n/.test(mergeContexts(others.replaceAll('\n', '\r\n'), [entry('prod')])),
    false,
  )
  const json = mergeContexts('{"apiVersion":"v1","kind":"Config","clusters":[]}', [entry('prod')])
  assert.deepEqual(JSON.parse(json), parse(mergeContexts('', [entry('prod')])))
})

test('new values replace Lanyard’s own, and what the person added beside them stays', () => {
  const once = mergeContexts('', [entry('prod')])
  const edited = once
    .replace(
      '      interactiveMode',
      '      env: [{name: HTTPS_PROXY, value: "http://p:1"}]\n      interactiveMode',
    )
    .replace('    cluster: lanyard-prod\n', '    cluster: lanyard-prod\n    namespace: shop\n')
  const moved = entry('prod', { server: 'https://new.example.com', certificateAuthority: null })
  const after = parse(mergeContexts(edited, [moved]))
  assert.deepEqual(after.clusters[0]?.cluster, { server: 'https://new.example.com' })
  assert.deepEqual(after.users[0]?.user.exec.env, [{ name: 'HTTPS_PROXY', value: 'http://p:1' }])
  assert.equal(after.contexts[0]?.context['namespace'], 'shop')
})

test('verification is never skipped in what Lanyard writes', () => {
  const weak = mergeContexts('', [entry('prod')]).replace(
    '    server:',
    '    insecure-skip-tls-verify: true\n    server:',
  )
  const [first] = parse(mergeContexts(weak, [entry('prod')])).clusters
  assert.equal('insecure-skip-tls-verify' in (first?.cluster ?? {}), false)
})

test('names that are another’s are refused, and nothing is lost by trying', () => {
  const taken: [KubeconfigEntry, string][] = [
    [entry('x', { userName: 'me' }), 'the kubeconfig has a user "me" that Lanyard did not write'],
    [entry('old'), 'the kubeconfig has a context "old" that Lanyard did not write'],
    [
      entry('x', { clusterName: 'old' }),
      'the kubeconfig has a cluster "old" that Lanyard did not write',
    ],
  ]
  for (const [wanted, message] of taken) {
    assert.throws(() => mergeContexts(others, [wanted]), {
      code: 'ERR_KUBECONFIG_NAME_TAKEN',
      message,
    })
  }
})

test('what is no kubeconfig is refused', () => {
  for (const text of [
    '[]',
    'just text',
    'clusters: {}',
    'users: [1]',
    'a: b: c',
    'a: 1\na: 2',
    '---\na: 1\n---\nb: 1\n',
  ]) {
    assert.throws(
      () => mergeContexts(text, [entry('prod')]),
      { code: 'ERR_KUBECONFIG_INVALID' },
      text,
    )
  }
})

test('odd names come back as they were, in both versions of YAML', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
      const text = mergeContexts(others, [entry(name, { contextName: `c${name}` })])
      for (const version of ['1.1', '1.2'] as const) {
        const { contexts, users } = parse(text, version)
        assert.equal(contexts[1]?.name, `c${name}`)
        assert.equal(users[1]?.name, `lanyard-${name}`)
      }
    }),
    { numRuns: 300 },
  )
  const words = [
    'yes',
    'No',
    'on',
    'null',
    '~',
    '0x1f',
    '1e3',
    '1_000',
    '12:30',
    '.inf',
    '=',
    '<<',
    '!x',
    '&a',
    '*a',
    '- a',
    '? a',
    '# a',
    'a: b',
    "it's",
    '"q"',
    '%',
    '@x',
    '`x',
  ]
  for (const word of words) {
    const text = mergeContexts('', [
      entry(word, { contextName: word, clusterName: word, userName: word }),
    ])
    for (const version of ['1.1', '1.2'] as const) {
      const read = parse(text, version)
      assert.equal(read.contexts[0]?.name, word)
      assert.equal(read['current-context'], word)
      assert.deepEqual(read.users[0]?.user.exec.args.at(-1), word)
    }
  }
})

test('contexts are read with their server and command', () => {
  const broken = `${others}\n`.replace('contexts:\n', 'contexts:\n- name: half\n')
  assert.deepEqual(readContexts(mergeContexts(broken, [entry('prod')])), [
    { name: 'old', cluster: 'old', user: 'me', server: 'https://old.example.com', exec: null },
    {
      name: 'prod',
      cluster: 'lanyard-prod',
      user: 'lanyard-prod',
      server: 'https://k8s.example.com:6443',
      exec: {
        command: 'kubectl-lanyard',
        args: ['get-token', '--issuer', 'https://id.example.com', '--audience', 'prod'],
      },
    },
  ])
  assert.deepEqual(readContexts(''), [])
})
