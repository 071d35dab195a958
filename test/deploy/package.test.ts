import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { layOutPackage } from '../support/package.ts'
import { runProcess, startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the package starts from nothing and runs its commands, without the sources', async () => {
  await using directory = await temporaryDirectory()
  const data = join(directory.path, 'data')
  const command = await layOutPackage(join(directory.path, 'package'))
  const env = { LANYARD_DATA: data, LANYARD_LISTEN: '127.0.0.1:0' }
  const run = { command: process.execPath, env }

  await using server = await startProcess({ ...run, args: [command, 'serve'] })
  await server.waitForLine('stdout', /^Lanyard is ready\.$/)
  const added = await runProcess({ ...run, args: [command, 'group', 'add', 'viewers'] })
  assert.deepEqual(
    { code: added.code, stdout: added.stdout },
    { code: 0, stdout: 'group viewers added\n' },
  )
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const told = await runProcess({ ...run, args: [command, 'version'] })
  assert.equal(told.stdout, `${version}\n`)
})

test('the package holds what runs, and no source, test or bench', async () => {
  const { stdout } = await runProcess({
    command: 'npm',
    args: ['pack', '--dry-run', '--ignore-scripts', '--json'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    cwd: root,
  })
  const packed = JSON.parse(stdout) as
    | { files: { path: string }[] }[]
    | Record<string, { files: { path: string }[] }>
  const paths = (Object.values(packed)[0]?.files ?? []).map(({ path }) => path)
  const needed = [
    'bin/lanyard.js',
    'bin/kubectl-lanyard.js',
    'bin/launch.js',
    'LICENSE',
    'README.md',
  ]
  assert.deepEqual(
    [...needed, 'views/assets/lanyard.css'].filter((path) => !paths.includes(path)),
    [],
  )
  assert.deepEqual(
    paths.filter((path) => /^(src|db|test|bench|docs)\/|\.ts$/.test(path)),
    [],
  )
})
