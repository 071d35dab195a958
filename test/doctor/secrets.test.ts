import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyEdit, type Finding, printFindings } from '../../src/doctor/index.ts'
import { holdsSecret, quoteLine } from '../../src/doctor/secret-text.ts'
import { withoutSecrets } from '../../src/doctor/secrets.ts'
import { issuerUrl, lookAt, printedConfiguration } from './config-double.ts'

const secret = 'hunter2-0a1b'
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVk'
const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2-0a1b\n-----END RSA PRIVATE KEY-----'

const held: readonly string[] = [
  `token: ${secret}`,
  `TOKEN: ${secret}`,
  `  - token: ${secret}`,
  `# token: ${secret}`,
  `agent-token: "${secret}"`,
  `{"agent-token":"${secret}"}`,
  `{token: ${secret}, a: b}`,
  `{a: b, Password: '${secret} and more ${secret}'}`,
  `password = ${secret}`,
  `clientSecret: ${secret}`,
  `{client-secret: ${secret}}`,
  `client-key-data: ${secret}`,
  `client-key: ${secret}`,
  `datastore-endpoint: postgres://u:${secret}@db/k3s`,
  `datastore-endpoint: u:${secret}@tcp(db)/k3s`,
  `endpoint: https://u:p/${secret}@db`,
  `etcd-s3-secret-key: ${secret}`,
  `- AWS_SECRET_ACCESS_KEY=${secret}`,
  `certificateKey: ${secret}`,
  `keys: [{name: a, secret: ${secret}}]`,
  `- --etcd-password=${secret}`,
  `command: [kube-apiserver, --etcd-password=${secret}, --v=2]`,
  `command: [kube-apiserver, "--etcd-password", "${secret}"]`,
  `--bootstrap-token ${secret}`,
  `--BOOTSTRAP-TOKEN=${secret}`,
  `extraArgs: [{name: etcd-password, value: ${secret}}]`,
  `token: "${secret}`,
  `header: Bearer ${secret}`,
  `x: eyJ${secret}.${secret}.${secret}`,
  `key: "-----BEGIN PRIVATE KEY-----\\n${secret}"`,
]

describe('a line of a file', () => {
  for (const line of held) {
    it(`is quoted without its secret: ${line}`, () => {
      const quote = quoteLine(['a: b', line], 2)
      assert.equal(quote.includes(secret), false, quote)
    })
  }

  for (const [what, text, line] of [
    ['a private key', key, 2],
    ['a block of text', `client-key-data: |\n  a\n  ${secret}`, 3],
    ['a value on a line of its own', `token:\n  ${secret}`, 2],
    ['an open quote', `token: "a\n  ${secret}"`, 2],
    ['the second of two items', `- --etcd-password\n- ${secret}`, 2],
    ['the value of a pair', `- name: etcd-password\n  value: ${secret}`, 2],
  ] as const) {
    it(`is not quoted inside of ${what}`, () => {
      const quote = quoteLine(text.split('\n'), line)
      assert.equal(quote.includes(secret), false, quote)
    })
  }

  for (const line of [
    '    url: https://id.example.com',
    '- --oidc-issuer-url=https://id.example.com',
    '- --service-account-key-file=/etc/kubernetes/pki/sa.pub',
    '- --token-auth-file=/etc/tokens.csv',
    '        args: [get-token, --issuer, https://id.example.com, --audience, prod]',
    '    claim: email',
    '  - expression: \'claims.token_use == "id"\'',
    '    audiences: [token, password]',
    '  secretName: a',
    '- --kubelet-client-key=/etc/kubernetes/pki/client.key',
    '- --enable-bootstrap-token-auth=true',
  ]) {
    it(`is quoted as it stands: ${line}`, () => {
      assert.equal(quoteLine([line], 1), line)
    })
  }
})

describe('a finding', () => {
  const finding: Finding = {
    ...{ check: 'a.b', status: 'failed', summary: 'no', seen: [], why: '', fixes: [] },
  }

  for (const line of held.slice(0, 15)) {
    it(`shows no secret in any member: ${line}`, () => {
      const shown = withoutSecrets({
        ...finding,
        seen: [`/etc/f:12: ${line}`],
        fixes: [
          { kind: 'edit', place: 'apiserver', file: '/f', line: 1, remove: line, insert: 'a' },
          { kind: 'edit', place: 'apiserver', file: '/f', line: 1, remove: line, insert: null },
          { kind: 'edit', place: 'apiserver', file: '/f', line: 1, remove: null, insert: line },
        ],
      })
      assert.equal(JSON.stringify(shown).includes(secret), false, JSON.stringify(shown))
      assert.deepEqual(
        shown.fixes.map(({ kind }) => kind),
        ['advice', 'advice', 'advice'],
      )
    })
  }

  it('shows no token, no password of an address and no private key in what others said', () => {
    const said = `Bearer ${secret} of ${jwt} at https://u:${secret}@db ${key} --x-token=${secret}`
    const shown = withoutSecrets({
      ...{ ...finding, summary: said, seen: [said], why: said },
      fixes: [
        { kind: 'advice', text: said },
        { kind: 'command', place: 'server', line: said },
      ],
    })
    assert.doesNotMatch(JSON.stringify(shown), /hunter2|eyJ|MII/)
    assert.deepEqual(
      shown.fixes.map(({ kind }) => kind),
      ['advice', 'advice'],
    )
  })

  for (const part of [
    '-',
    ' ',
    '\n',
    'a',
    '://',
    'eyJ',
    '"',
    'token',
    'BEGIN ',
    'token: ',
    '- ',
    '{',
  ]) {
    it(`is read in a short time, whatever is in it: ${JSON.stringify(part)}`, () => {
      const text = part.repeat(Math.ceil(200_000 / part.length))
      const began = performance.now()
      withoutSecrets({
        ...{ ...finding, summary: text, seen: [text] },
        fixes: [{ kind: 'edit', place: 'server', file: 'f', line: 1, remove: text, insert: 'a' }],
      })
      assert.ok(performance.now() - began < 3_000)
    })
  }

  it('lets what Lanyard prints itself be an edit', () => {
    assert.equal(holdsSecret(printedConfiguration), false)
  })

  it("keeps kube-apiserver's sentences", () => {
    for (const summary of [
      '[invalid bearer token, oidc: verify token: oidc: token is expired (Token Expiry: 2026-01-01)]',
      'oidc: malformed token: oidc: malformed jwt, illegal base64 data',
      'oidc: parse username claims "email": claim not present',
    ]) {
      assert.equal(withoutSecrets({ ...finding, summary }).summary, summary)
    }
  })
})

describe('a file of kube-apiserver with secrets', () => {
  async function look(text: string) {
    const findings = await lookAt({ '/etc/f.yaml': text })
    const failed = findings.filter(({ status }) => status === 'failed')
    assert.notDeepEqual(failed, [])
    for (const shown of [JSON.stringify(findings), printFindings(findings)]) {
      assert.equal(shown.includes(secret), false, shown)
    }
    return failed
  }

  it('of k3s on one line: the line is not shown, and the change is', async () => {
    const failed = await look(
      `{token: ${secret}, datastore-endpoint: "postgres://u:${secret}@db/k", kube-apiserver-arg: [oidc-issuer-url=${issuerUrl}/, oidc-client-id=prod]}\n`,
    )
    const [fix] = failed.find(({ check }) => check === 'config.issuer')?.fixes ?? []
    assert.deepEqual(fix, {
      kind: 'advice',
      text: `in /etc/f.yaml, line 1, set kube-apiserver-arg to oidc-issuer-url=${issuerUrl}, and leave the rest of the line, not shown, because secrets stand there`,
    })
  })

  it('of a pod with its flags on one line', async () => {
    const failed = await look(
      `kind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, --etcd-password=${secret}, --oidc-issuer-url=${issuerUrl}/, --oidc-client-id=prod, --authentication-config=/a]\n`,
    )
    assert.equal(
      failed.flatMap(({ fixes }) => fixes).some(({ kind }) => kind === 'edit'),
      false,
    )
  })

  for (const [what, text] of [
    ['flow', `{token: ${secret}: b, x: [a]}\n`],
    ['block', `a: b\ntoken: ${secret}: b\n`],
    ['a quote', `x: [a]\ntoken: "${secret}\n`],
    ['a word', `x: [a]\n"token": "a" ${secret}\n`],
    ['a tag', `token: !${secret} a\nx: [a\n`],
    ['a header', `x: [a]\ntoken: |${secret}\n`],
    ['a tab', `x: [a]\ntoken: |\n  a\n\t${secret}\n`],
    ['a value below', `x: [a]\ntoken:\n  ${secret}: b: c\n`],
    ['an alias', `token: *${secret}\nx: [a]\n`],
  ] as const) {
    it(`that is no YAML: ${what}`, async () => {
      await look(text)
    })
  }

  it('that is no YAML any more, and an AuthenticationConfiguration', async () => {
    const broken = `${printedConfiguration}token: "${secret}\n`
    const failed = await look(broken)
    const [fix] = failed[0]?.fixes ?? []
    assert.equal(fix?.kind, 'advice')
    assert.match(fix.text, /^in \/etc\/f\.yaml, change lines 1 to \d+/)
  })

  it('within an AuthenticationConfiguration, in a line that tabs have moved', async () => {
    await look(
      printedConfiguration.replace('jwt:', `# token: >\n#   a\ntoken: >\n\t${secret}\njwt:`),
    )
  })

  it('and one without them is still mended by its edit', async () => {
    const text = `kube-apiserver-arg: [oidc-issuer-url=${issuerUrl}/, oidc-client-id=prod]\n`
    const findings = await lookAt({ '/etc/f.yaml': text })
    const fix = findings.find(({ check }) => check === 'config.issuer')?.fixes[0]
    assert.ok(fix?.kind === 'edit')
    assert.equal(applyEdit(text, fix), text.replace(`${issuerUrl}/,`, `${issuerUrl},`))
  })
})
