import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execCredential, execStanza, readExecInfo } from '../../src/kubernetes/index.ts'

test('an ExecCredential carries the token and an RFC 3339 time in whole seconds, never later', () => {
  assert.deepEqual(
    execCredential({ token: 'aaa.bbb.ccc', expiresAt: Date.UTC(2026, 6, 1, 12, 0, 59, 999) }),
    {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'aaa.bbb.ccc', expirationTimestamp: '2026-07-01T12:00:59Z' },
    },
  )
})

test('the stanza is a bare command with an interactiveMode, which v1 demands', () => {
  assert.deepEqual(
    execStanza({ issuer: 'https://id.example.com', audience: 'prod', installHint: 'install it' }),
    {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'kubectl-lanyard',
      args: ['get-token', '--issuer', 'https://id.example.com', '--audience', 'prod'],
      interactiveMode: 'IfAvailable',
      provideClusterInfo: true,
      installHint: 'install it',
    },
  )
})

test('what kubectl says is read, and what is not from kubectl is nothing', () => {
  const info =
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}}'
  assert.deepEqual(readExecInfo(info), {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactive: true,
  })
  assert.equal(readExecInfo(info.replace('true', '"true"'))?.interactive, false)
  assert.equal(readExecInfo(info.replace(/,"spec".*/, '}'))?.interactive, false)
  for (const text of [
    undefined,
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"kind":"Pod","apiVersion":"v1"}',
  ]) {
    assert.equal(readExecInfo(text), null)
  }
})
