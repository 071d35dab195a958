import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMachine, nodes, plugin } from '../test/plugin/support/machine.ts'
import { startLanyard } from '../test/support/lanyard.ts'
import { walkThrough } from '../test/support/logins.ts'
import { Person } from '../test/support/person.ts'
import type { Figure } from './report.ts'

const ROUNDS = 40

/** A cached get-token beside a script that does nothing, turn and turn about, on the pinned Node and the machine's own. */
export async function measurePlugin(): Promise<Figure[]> {
  await using lanyard = await startLanyard()
  await lanyard.addCluster('prod', { groups: ['viewers'], signingAlg: 'ES256' })
  const ada = await lanyard.addUser('ada', ['viewers'])
  using machine = createMachine()
  const ca = machine.writeCa(lanyard.ca)
  const login = machine.start([
    'login',
    '--issuer',
    lanyard.issuer,
    '--certificate-authority',
    ca,
    '--browser',
  ])
  const url = (await login.said(/log in at (\S+)/))[1] ?? ''
  const person = new Person(lanyard)
  await walkThrough(person, await person.open(url), ada)
  if (person.leftTo === undefined) throw new Error('the login led nowhere')
  await (await fetch(person.leftTo)).text()
  await person.close()
  const { code, stderr } = await login.result
  if (code !== 0) throw new Error(`the login failed: ${stderr}`)

  const args = [plugin, 'get-token', '--issuer', lanyard.issuer, '--audience', 'prod']
  const filled = await machine.run(args.slice(1))
  if (filled.code !== 0) throw new Error(`get-token failed: ${filled.stderr}`)
  const empty = join(machine.home, 'empty.cjs')
  writeFileSync(empty, '')
  return nodes.flatMap((node) => measureOn(node, args, empty, machine.env))
}

function measureOn(
  node: string,
  args: readonly string[],
  empty: string,
  env: Record<string, string>,
): Figure[] {
  const hits: number[] = []
  const empties: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    empties.push(timed(node, [empty], env))
    hits.push(timed(node, args, env))
  }
  const version = spawnSync(node, ['--version']).stdout.toString().trim()
  const ratios = hits.map((hit, index) => hit / (empties[index] ?? hit))
  return [
    { name: `cached get-token, ${version}`, unit: 'ms', rounds: hits },
    { name: `empty script, ${version}`, unit: 'ms', rounds: empties },
    { name: `their ratio, ${version}`, unit: '', rounds: ratios, bar: { atMost: 1.15 } },
  ]
}

function timed(node: string, args: readonly string[], env: Record<string, string>): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(node, args, { env })
  const took = performance.now() - began
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr.toString()}`)
  return took
}
