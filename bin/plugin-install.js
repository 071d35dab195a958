// `npm run plugin:install`: kubectl finds plugins by their name on PATH. The file appears whole or not at all, for kubectl may
// be running its predecessor.
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { bundlePlugin } from '../src/plugin/index.ts'

const directory = join(homedir(), '.local', 'bin')
const file = join(directory, 'kubectl-lanyard')
const draft = `${file}.${process.pid}.tmp`
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
await mkdir(directory, { recursive: true })
try {
  await bundlePlugin(draft, version)
  await rename(draft, file)
} finally {
  await rm(draft, { force: true })
}
process.stdout.write(`${file}\n`)
if (!(process.env.PATH ?? '').split(delimiter).includes(directory)) {
  process.stderr.write(
    `lanyard: hint: ${directory} is not on your PATH, so kubectl will not find the plugin: add it there\n`,
  )
}
