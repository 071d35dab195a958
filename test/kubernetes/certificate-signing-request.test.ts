import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  approveSigningRequest,
  certificateSigningRequest,
  readSigningState,
} from '../../src/kubernetes/index.ts'

const posted = certificateSigningRequest({ name: 'one', csr: 'PEM', expirationSeconds: 600 })

test('a CertificateSigningRequest asks the client signer for the two usages that a person needs', () => {
  assert.deepEqual(posted, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'one' },
    spec: {
      request: 'UEVN',
      signerName: 'kubernetes.io/kube-apiserver-client',
      expirationSeconds: 600,
      usages: ['client auth', 'digital signature'],
    },
  })
})

test('an approval changes the status alone', () => {
  assert.deepEqual(approveSigningRequest(posted, 'why'), {
    ...posted,
    status: {
      conditions: [{ type: 'Approved', status: 'True', reason: 'LanyardDecided', message: 'why' }],
    },
  })
})

test('what has become of one is signed, failed, or still open', () => {
  const state = (status: unknown) => readSigningState({ ...posted, status })
  assert.deepEqual(state({}), { certificate: null, failure: null })
  assert.deepEqual(state({ certificate: 'UEVN' }), { certificate: 'PEM', failure: null })
  const approved = { type: 'Approved', status: 'True', reason: 'x', message: 'y' }
  const failed = {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message: 'no',
  }
  assert.deepEqual(state({ conditions: [approved] }), { certificate: null, failure: null })
  assert.deepEqual(state({ conditions: [approved, failed] }), {
    certificate: null,
    failure: 'SignerValidationFailure: no',
  })
  for (const other of [null, 'x', [], { kind: 'Status' }]) {
    assert.throws(() => readSigningState(other), TypeError)
  }
})
