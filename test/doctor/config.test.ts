import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addArguments,
  flagsOf,
  readArguments,
  removeArgument,
  replaceArguments,
  setArgument,
} from '../../src/doctor/config/arguments.ts'
import { appendItems, mapAt, removeItem, removeKey, setKey } from '../../src/doctor/config/nodes.ts'
import {
  applyEdit,
  type Edit,
  insertBefore,
  readSource,
  replaceFile,
} from '../../src/doctor/config/source.ts'
import { lookAt, printedConfiguration } from './config-double.ts'

const pod = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --allow-privileged=true
    - "--oidc-username-prefix=oidc:"   # ours
    - --oidc-client-id
    - kubernetes
    image: registry.k8s.io/kube-apiserver
`
const kubeadm = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - name: oidc-client-id
    value: kubernetes
`
const kubeadmOld = `apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraArgs:
    oidc-client-id: kubernetes
`
const k3s = `write-kubeconfig-mode: "0644"
kube-apiserver-arg:
  - oidc-client-id=kubernetes
  - 'oidc-groups-claim=groups'
`
const lines = `--allow-privileged=true
--oidc-client-id=kubernetes
`

function listOf(text: string, file = '/etc/file') {
  const list = readArguments(readSource(file, text))
  assert.ok(list)
  return list
}

function set(text: string, name: string, value: string): string {
  const list = listOf(text)
  const argument = list.list.find((each) => each.name === name)
  assert.ok(argument)
  return applyEdit(text, setArgument(list, argument, value))
}

function edited(text: string, edit: Edit | null): string {
  assert.ok(edit)
  return applyEdit(text, edit)
}

describe('flags of kube-apiserver in a file', () => {
  for (const [what, text] of Object.entries({ pod, kubeadm, kubeadmOld, k3s, lines })) {
    it(`are read, and one is changed with the rest byte for byte: ${what}`, () => {
      assert.ok(flagsOf(listOf(text)).includes('--oidc-client-id=kubernetes'))
      assert.equal(
        set(text, 'oidc-client-id', 'prod'),
        text.replace(/(oidc-client-id[\s\S]*?)kubernetes/, '$1prod'),
      )
    })
  }

  it('keep their quotes, and get them where YAML would read a mapping', () => {
    assert.match(
      set(pod, 'oidc-username-prefix', 'id:'),
      /- "--oidc-username-prefix=id:" {3}# ours\n/,
    )
    assert.match(set(k3s, 'oidc-groups-claim', 'roles'), /- 'oidc-groups-claim=roles'\n/)
    assert.match(set(k3s, 'oidc-client-id', 'a:'), /- "oidc-client-id=a:"\n/)
  })

  it('are added behind what resembles them, in the writing of the file', () => {
    const flags = ['--oidc-groups-prefix=oidc:', '--oidc-groups-claim=groups']
    assert.equal(
      edited(k3s, addArguments(listOf(k3s), flags)),
      `${k3s}  - "oidc-groups-prefix=oidc:"\n  - oidc-groups-claim=groups\n`,
    )
    assert.equal(edited(lines, addArguments(listOf(lines), flags)), `${lines}${flags.join('\n')}\n`)
    assert.equal(addArguments(listOf(kubeadm), flags), null)
  })

  it('are taken away with their line alone', () => {
    const list = listOf(k3s)
    const [first] = list.list
    assert.ok(first)
    assert.equal(
      edited(k3s, removeArgument(list, first)),
      k3s.replace('  - oidc-client-id=kubernetes\n', ''),
    )
    const flow = 'kube-apiserver-arg: [oidc-client-id=a, oidc-groups-claim=b]\n'
    const inFlow = listOf(flow)
    const [shared] = inFlow.list
    assert.ok(shared)
    assert.equal(removeArgument(inFlow, shared), null)
    assert.equal(edited(flow, setArgument(inFlow, shared, 'c')), flow.replace('=a', '=c'))
  })

  it('give way all together to one other, by one edit', async () => {
    const flag = '--authentication-config=/etc/a.yaml'
    const between = `${lines}--v=2\n--oidc-groups-claim=groups\n--profiling=false\n`
    assert.equal(
      edited(between, replaceArguments(listOf(between), 'oidc-', flag)),
      `--allow-privileged=true\n${flag}\n--v=2\n--profiling=false\n`,
    )
    assert.equal(
      edited(k3s, replaceArguments(listOf(k3s), 'oidc-', flag)),
      `write-kubeconfig-mode: "0644"\nkube-apiserver-arg:\n  - ${flag.slice(2)}\n`,
    )
    assert.equal(replaceArguments(listOf(pod), 'oidc-', flag), null, 'two items are one flag')
    const files = { '/etc/a.yaml': printedConfiguration, '/etc/flags': between }
    const told = (await lookAt(files)).filter(({ status }) => status === 'failed')
    assert.deepEqual(
      told.map(({ summary }) => summary),
      ['/etc/flags has --oidc flags, and does not name /etc/a.yaml'],
    )
    assert.deepEqual(told[0]?.fixes, [
      replaceArguments(listOf(between, '/etc/flags'), 'oidc-', flag),
    ])
  })

  it('are none in other files', () => {
    for (const text of [
      '',
      'kind: Pod\n',
      'a: b\n',
      '- a\n',
      'kind: ConfigMap\ndata: {a: --b}\n',
    ]) {
      assert.equal(readArguments(readSource('f', text)), null, text)
    }
  })
})

describe('edits of YAML', () => {
  const text = `jwt:
- issuer:
    url: 'https://old'   # theirs
    audiences: [a]
  claimMappings:
    username: {claim: sub, prefix: ""}
  claimValidationRules:
  - claim: hd
    requiredValue: x
  - expression: "true"
`
  const source = readSource('f', text)
  const issuer = mapAt(source, ['jwt', 0, 'issuer'])
  const username = mapAt(source, ['jwt', 0, 'claimMappings', 'username'])
  assert.ok(issuer && username)

  it('change a value and keep its quotes and its comment', () => {
    assert.equal(
      edited(text, setKey(source, issuer, 'url', 'https://new')),
      text.replace('https://old', 'https://new'),
    )
  })

  it('add a key under the first one, a block too', () => {
    assert.equal(
      edited(text, setKey(source, issuer, 'certificateAuthority', 'A\nB\n')),
      text.replace('# theirs\n', '# theirs\n    certificateAuthority: |\n      A\n      B\n'),
    )
  })

  it('stay in flow style', () => {
    assert.equal(
      edited(text, setKey(source, username, 'claim', 'preferred_username')),
      text.replace('claim: sub', 'claim: preferred_username'),
    )
    assert.equal(
      edited(text, setKey(source, username, 'extra', 'x')),
      text.replace('prefix: ""}', 'prefix: "", extra: x}'),
    )
  })

  it('take a key or an item away, all its lines and no other', () => {
    const mappings = mapAt(source, ['jwt', 0])
    assert.ok(mappings)
    assert.equal(
      edited(text, removeKey(source, mappings, 'claimMappings')),
      text.replace(/ {2}claimMappings:\n.*\n/, ''),
    )
    assert.equal(
      edited(text, removeItem(source, ['jwt', 0, 'claimValidationRules'], 0)),
      text.replace(/ {2}- claim: hd\n.*\n/, ''),
    )
    assert.equal(removeKey(source, username, 'claim'), null)
  })

  it('append items with the dashes of the list', () => {
    assert.equal(
      edited(text, appendItems(source, ['jwt', 0, 'claimValidationRules'], [{ claim: 'a' }])),
      `${text}  - claim: a\n`,
    )
  })

  it('apply only where the text that goes is there', () => {
    const edit = insertBefore(source, 1, 'kind: X')
    assert.equal(applyEdit(text, edit), `kind: X\n${text}`)
    assert.equal(applyEdit(text, insertBefore(source, 99, 'kind: X')), `${text}kind: X\n`)
    assert.equal(applyEdit(text, replaceFile(source, 'a: b\n')), 'a: b\n')
    assert.throws(() => applyEdit('something else\n', replaceFile(source, 'a: b\n')), TypeError)
    assert.equal(applyEdit('', { ...edit, line: null }), 'kind: X\n')
  })
})
