import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withLock } from '../../src/plugin/lock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const options = {
  owner: process.getuid?.(),
  conversation: { tell: () => undefined, detail: () => undefined, fail: () => undefined },
}

describe('the lock of an issuer', () => {
  it('lets one work at a time, and is gone afterwards, also after a failure', async () => {
    await using temporary = await temporaryDirectory()
    const directory = join(temporary.path, 'issuer')
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    const patience = { ...options, patienceMs: 5000 }
    await Promise.all(Array.from({ length: 5 }, () => withLock(directory, patience, work)))
    assert.equal(most, 1)
    const fault = new TypeError('fault')
    await assert.rejects(
      withLock(directory, patience, () => Promise.reject(fault)),
      fault,
    )
    assert.equal(existsSync(join(directory, 'lock')), false)
  })

  it('is waited for no longer than the patience, and the sentence names it', async () => {
    await using temporary = await temporaryDirectory()
    const directory = join(temporary.path, 'issuer')
    await withLock(directory, { ...options, patienceMs: 0 }, async () => {
      await assert.rejects(
        withLock(directory, { ...options, patienceMs: 1000 }, () => Promise.resolve()),
        {
          code: 'ERR_LOCK_TIMEOUT',
          message: `another kubectl-lanyard has held "${join(directory, 'lock')}" for more than 1 s`,
        },
      )
    })
  })
})
