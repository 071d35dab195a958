import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { readLifetime } from '../../src/plugin/certificate.ts'
import { createKeyAndRequest } from '../../src/plugin/certificate-request.ts'
import { openClientCertificates } from '../../src/tls/index.ts'
import { runProcess } from '../support/process.ts'

/** Judged by openssl, which reads DER strictly. */
async function openssl(csr: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProcess({
    command: 'openssl',
    args: ['req', '-verify', '-noout', ...args],
    env: { PATH: process.env['PATH'] },
    input: csr,
  })
  assert.equal(code, 0, stderr)
  assert.match(stderr + stdout, /verify OK/)
  return stdout
}

test('a request says nothing of its maker unless told, and openssl takes it', async () => {
  const { csr, key } = createKeyAndRequest(null)
  assert.match(await openssl(csr, '-subject'), /^subject=\s*$/m)
  assert.equal(createPrivateKey(key).asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.notEqual(createKeyAndRequest(null).key, key)
})

test('a request of any length says exactly who it is for, and asks for nothing else', async () => {
  const { readCertificateRequest } = await openClientCertificates()
  for (const count of [0, 1, 2, 5, 10, 40]) {
    // 127, 128, 255 and 256 octets are where the form of a length changes.
    for (const length of [1, 60, 100, 127, 128]) {
      const subject = {
        username: 'ü'.repeat(length),
        groups: Array.from({ length: count }, (_, at) => `group-${at}/${'x'.repeat(length)}`),
      }
      const { csr } = createKeyAndRequest(subject)
      await openssl(csr)
      const read = readCertificateRequest(csr)
      assert.deepEqual(read.claimed, { ...subject, uid: null })
      assert.deepEqual([read.keyName, read.hasAttributes], ['P-256', false])
    }
  }
})

test('a lifetime is said as people say it', () => {
  assert.deepEqual(['600', '90s', '10m', '1h'].map(readLifetime), [600, 90, 600, 3600])
  for (const text of ['', 'm', '10 m', '1d', '-1', '1.5h', '999999']) {
    assert.throws(() => readLifetime(text), { code: 'ERR_USAGE' }, text)
  }
})
