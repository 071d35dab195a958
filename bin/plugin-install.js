// `npm run plugin:install`: kubectl finds plugins by their name on PATH.
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { bundlePlugin } from './bundle-plugin.js'

const directory = join(homedir(), '.local', 'bin')
const file = join(directory, 'kubectl-lanyard')
await mkdir(directory, { recursive: true })
await bundlePlugin(file)
process.stdout.write(`${file}\n`)
if (!(process.env.PATH ?? '').split(delimiter).includes(directory)) {
  process.stderr.write(
    `lanyard: hint: ${directory} is not on your PATH, so kubectl will not find the plugin: add it there\n`,
  )
}
