import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lookAt } from './config-double.ts'
import { complaints, wellLaptop } from './laptop/laptop-double.ts'

const MIB = 1024 * 1024
const repeated = (bytes: number): string => 'a: 1\n'.repeat(bytes / 5)

/** Of one file that is too long. */
const reason = 'it is longer than 262144 bytes'

describe('a file that takes long to parse', () => {
  it('of kube-apiserver is not parsed, and the finding says so', async () => {
    const began = performance.now()
    const [finding] = await lookAt({ '/etc/f.yaml': repeated(MIB) })
    assert.ok(performance.now() - began < 3_000)
    assert.equal(finding?.status, 'failed')
    assert.equal(finding.summary, `/etc/f.yaml cannot be read: ${reason}`)
    assert.equal(finding.why, 'what is longer is not parsed')
  })

  it('of kube-apiserver, as long as it may be, takes no minute', async () => {
    const began = performance.now()
    const [finding] = await lookAt({ '/etc/f.yaml': repeated(262_140) })
    assert.ok(performance.now() - began < 10_000)
    assert.equal(finding?.check, 'config.accepted')
  })

  it('named by a flag is not parsed either', async () => {
    const flags = '--authentication-config=/etc/a.yaml\n'
    const found = await lookAt({ '/etc/flags': flags }, { '/etc/a.yaml': repeated(MIB) })
    assert.ok(found.some(({ summary }) => summary === `/etc/a.yaml cannot be read: ${reason}`))
  })

  it('of kubectl is not parsed, and the finding says so', async () => {
    const laptop = wellLaptop()
    laptop.files['/home/ada/.kube/config'] = repeated(MIB)
    const began = performance.now()
    const findings = await complaints(laptop)
    assert.ok(performance.now() - began < 3_000)
    const finding = findings.find(({ check }) => check === 'kubeconfig.valid')
    assert.equal(finding?.status, 'warning')
    assert.match(finding.summary, /is not looked at: it is longer than 262144 bytes$/)
  })
})
