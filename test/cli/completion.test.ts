import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openCommandLine } from './command-line.ts'

test('the words so far decide what may come next', async () => {
  await using line = await openCommandLine()
  const complete = async (...words: string[]) =>
    (await line.text('complete', '--', ...words))
      .split('\n')
      .filter((suggestion) => suggestion !== '')
      .map((suggestion) => suggestion.split('\t')[0])
  assert.deepEqual(await complete('us'), ['user'])
  assert.deepEqual(await complete('user', 's'), ['show', 'set'])
  assert.deepEqual(await complete('group', 'member', ''), ['add', 'remove'])
  assert.deepEqual(await complete('user', 'list', '-o', ''), ['text', 'json'])
  assert.deepEqual(await complete('user', 'list', '--output', 'j'), ['json'])
  assert.deepEqual(await complete('user', 'list', '--prefix', ''), [])
  assert.deepEqual(await complete('user', 'add', 'ada', '--pass'), ['--password-stdin'])
  assert.deepEqual(await complete('completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(await complete('completion', 'bash', ''), [])
  assert.deepEqual(await complete('nonsense', ''), await complete(''))
  assert.deepEqual(await complete('comp'), ['completion'])
})

test('a script for each shell, and for no other', async () => {
  await using line = await openCommandLine()
  for (const shell of ['bash', 'zsh', 'fish']) {
    assert.match(await line.text('completion', shell), /lanyard complete -- /)
  }
  assert.equal((await line.run(['completion', 'tcsh'])).code, 2)
})

test('in a real bash a TAB completes, runs nothing that was typed, and sourcing twice does no harm', async () => {
  await using line = await openCommandLine()
  await using directory = await temporaryDirectory()
  const bin = join(directory.path, 'bin')
  await mkdir(bin)
  const launcher = join(import.meta.dirname, '../../bin/lanyard.js')
  await writeFile(
    join(bin, 'lanyard'),
    `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`,
  )
  await chmod(join(bin, 'lanyard'), 0o755)
  const script = join(directory.path, 'lanyard.bash')
  await writeFile(script, await line.text('completion', 'bash'))
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    [
      '--norc',
      '-c',
      `source "$1"; source "$1"
COMP_WORDS=(lanyard cluster dis); COMP_CWORD=2; _lanyard; echo "\${COMPREPLY[*]}"
COMP_WORDS=(lanyard user '$(touch pwned)' ''); COMP_CWORD=3; _lanyard
ls`,
      'bash',
      script,
    ],
    { cwd: directory.path, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } },
  )
  assert.deepEqual([stdout, stderr], ['disallow\nbin\nlanyard.bash\n', ''])
})
