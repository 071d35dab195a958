import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { startFakeIssuer } from './support/fake-issuer.ts'
import { createMachine, logIn, type Machine, nodes, plugin } from './support/machine.ts'

/** The names of everything that Node has loaded when a script ends. */
function loadedBy(
  machine: Machine,
  node: string,
  script: string,
  args: readonly string[],
): string[] {
  const recorder = join(machine.home, 'recorder.cjs')
  const record = join(machine.home, 'record')
  writeFileSync(
    recorder,
    `const { writeFileSync } = require('node:fs')
process.once('exit', () => writeFileSync(${JSON.stringify(record)}, JSON.stringify(process.moduleLoadList)))`,
  )
  const { status } = spawnSync(node, ['-r', recorder, script, ...args], { env: machine.env })
  assert.equal(status, 0)
  return JSON.parse(readFileSync(record, 'utf8')) as string[]
}

for (const node of nodes) {
  describe(`the hot path on ${node}`, () => {
    it('loads nothing that an empty script does not', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      const args = ['get-token', '--issuer', issuer.issuer, '--audience', 'prod-eu']
      await machine.run(args)
      const empty = join(machine.home, 'empty.cjs')
      writeFileSync(empty, '')
      const already = new Set(loadedBy(machine, node, empty, []))
      const more = loadedBy(machine, node, plugin, args).filter((name) => !already.has(name))
      assert.deepEqual(more, [])
    })
  })
}
