import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { explainOwnToken } from '../../../src/doctor/apiserver/explain-log.ts'
import { sentences } from '../../../src/doctor/apiserver/sentences.ts'
import { explainLog, explainSentence } from '../../../src/doctor/index.ts'

const context = { cluster: 'prod-eu', issuer: 'https://id.example.com', audience: 'prod-eu' }
const line = (error: string): string =>
  `E0131 08:00:00.000000       1 authentication.go:76] "Unable to authenticate the request" err=${error}`

describe("kube-apiserver's sentences", () => {
  for (const { example, pattern } of sentences) {
    it(`has a meaning for: ${example.slice(0, 90)}`, () => {
      const first = sentences.find((sentence) => sentence.pattern.test(example))
      assert.equal(first?.pattern, pattern, 'another sentence takes it')
      const meaning = explainSentence(`[invalid bearer token, ${example}]`, context)
      assert.ok(meaning)
      assert.match(meaning.cause, /^(?:[a-z`_]|https:|Lanyard).*[^.]$/s)
      assert.notEqual(meaning.why, '')
      assert.notEqual(meaning.fixes.length, 0)
    })
  }

  it('stand all in the explanation', async () => {
    const page = await readFile(
      new URL('../../../docs/explanation/what-kube-apiserver-checks.md', import.meta.url),
      'utf8',
    )
    const missing = sentences.filter(
      ({ example }) => !page.includes(example.replaceAll('|', '\\|')),
    )
    assert.deepEqual(
      missing.map(({ example }) => example),
      [],
    )
  })

  it('are found in a line of the log, quoted as Go does', () => {
    const error = String.raw`"[invalid bearer token, oidc: verify token: oidc: expected audience \"prod-eu\" got [\"st\u00e4ging\"]]"`
    const { status, summary, fixes } = explainLog(line(error), context)
    assert.equal(status, 'failed')
    assert.equal(summary, 'the token is for ["stäging"], and kube-apiserver takes "prod-eu"')
    assert.deepEqual(fixes, [
      { kind: 'command', place: 'laptop', line: 'kubectl lanyard setup' },
      {
        ...{ kind: 'command', place: 'server' },
        line: 'lanyard cluster config prod-eu --for structured',
      },
    ])
  })

  it('are found in a block, as klog writes what has line breaks', () => {
    const text = `${line('<')}\n\t[invalid bearer token, oidc: required claim a value does not match. Got = x\n\ty, want = z]\n >`
    assert.equal(
      explainLog(text, context).summary,
      'the settings require "a" to be "z", and the token has "x\ny"',
    )
  })

  it('of an unknown issuer says that the log cannot tell', () => {
    const { summary, fixes } = explainLog(line('"invalid bearer token"'), context)
    assert.equal(
      summary,
      "kube-apiserver was not told of this issuer yet: no issuer of its settings is the token's, or it is no token at all",
    )
    assert.deepEqual(fixes[0], {
      ...{ kind: 'command', place: 'server' },
      line: 'lanyard cluster config prod-eu --for kubeadm',
    })
  })

  it('of a token that Lanyard made itself are about the settings, and nobody’s laptop', () => {
    const settings = 'lanyard cluster config prod-eu --for structured'
    for (const error of [
      'oidc: verify token: oidc: expected audience "other" got ["prod-eu"]',
      'oidc: verify token: oidc: malformed jwt: x',
    ]) {
      assert.deepEqual(explainOwnToken(`[invalid bearer token, ${error}]`, context)?.fixes, [
        { kind: 'command', place: 'server', line: settings },
      ])
    }
  })

  for (const reason of [
    'dial tcp: lookup id.example.com: no such host',
    'dial tcp 192.0.2.1:443: i/o timeout',
    'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  ]) {
    it(`of groups that nobody answered for are told from a refusal: ${reason}`, () => {
      const error = `oidc: could not expand distributed claims: while getting distributed claim "groups": Get "https://id.example.com/live/groups": ${reason}`
      const { summary, why, fixes } = explainLog(error, context)
      assert.match(summary, /^kube-apiserver cannot reach Lanyard at https:/)
      assert.doesNotMatch(why, /403/)
      assert.match(JSON.stringify(fixes), /start Lanyard.*reach https:\/\/id\.example\.com"/)
    })
  }

  it('that are not known are said to be', () => {
    const { status, summary } = explainLog(line('"x509: certificate has expired"'), context)
    assert.deepEqual(
      [status, summary],
      ['warning', 'this sentence is not known: x509: certificate has expired'],
    )
  })

  it('of the start are told from those of a token', () => {
    const text = `"command failed" err="invalid authentication configuration: jwt[0].issuer.url: Required value"`
    assert.match(explainLog(text, context).summary, /^kube-apiserver does not take its settings: /)
  })

  it('never carry a token along that was pasted with them', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'
    for (const text of [token, `Bearer ${token}`, line(`"[invalid bearer token, ${token}]"`)]) {
      assert.doesNotMatch(JSON.stringify(explainLog(text, context)), /eyJ|c2lnbmF0dXJl/)
    }
  })

  for (const text of ['', ' ', 'err=', 'err="', 'err=<', 'null', '\u0000', 'x'.repeat(1_000_000)]) {
    it(`takes ${JSON.stringify(text.slice(0, 10))} for none`, () => {
      const { status, summary } = explainLog(text, context)
      assert.equal(status, 'warning')
      assert.ok(summary.length < 400)
    })
  }
})
