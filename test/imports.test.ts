/** The law of the house (CONTRIBUTING.md), executable: who may import whom, and who may touch what. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type Fence,
  findBreaches,
  findCircles,
  type Law,
  type Reach,
  readReaches,
  roomOf,
  type Table,
} from './support/house.ts'

const LEAVES = [
  'src/doctor',
  'src/kubernetes',
  'src/config',
  'src/http',
  'src/outbound',
  'src/tls',
  'src/errors',
  'src/telemetry',
]
const ROOMS = [
  'src/diagnosis',
  'src/access-review',
  'src/issuer',
  'src/access-tokens',
  'src/certificates',
  'src/machines',
  'src/access',
  'src/clusters',
  'src/directory',
  'src/mail',
  'src/audit',
]
const HOUSE = [
  'src/server.ts',
  'src/rooms.ts',
  'src/cli',
  'src/web',
  'src/gateways',
  'src/proxy',
  ...ROOMS,
  ...LEAVES,
  'src/plugin',
  'db',
  'views',
]

/** Top of the house first: whatever a room may import stands below it, but for `access`, which is pure and so a leaf. */
const table: Table = {
  test: [...HOUSE, 'bench', 'src/main.ts', 'bin/build.ts'],
  'bin/build.ts': ['src/plugin'],
  bench: [...HOUSE, 'test'],
  'src/main.ts': ['src/cli', 'src/announce.ts', 'src/server.ts', ...LEAVES],
  'src/announce.ts': ['src/server.ts', ...LEAVES],
  'src/cli': ['src/rooms.ts', 'src/proxy', ...ROOMS, ...LEAVES, 'db'],
  'src/server.ts': ['src/rooms.ts', 'src/web', 'src/gateways', ...ROOMS, ...LEAVES, 'db', 'views'],
  'src/rooms.ts': [...ROOMS, ...LEAVES, 'db'],
  'src/web': [
    ...ROOMS,
    'src/doctor',
    'src/kubernetes',
    'src/config',
    'src/http',
    'src/errors',
    'src/telemetry',
    'views',
  ],
  'src/gateways': [
    ...ROOMS,
    'src/kubernetes',
    'src/config',
    'src/http',
    'src/outbound',
    'src/errors',
    'src/telemetry',
  ],
  'src/diagnosis': [
    'src/issuer',
    'src/access',
    'src/clusters',
    'src/directory',
    'src/doctor',
    'src/kubernetes',
    'src/config',
    'src/outbound',
    'src/errors',
    'db',
  ],
  'src/access-review': [
    'src/clusters',
    'src/directory',
    'src/audit',
    'src/kubernetes',
    'src/outbound',
    'src/errors',
    'db',
  ],
  'src/issuer': [
    'src/machines',
    'src/access',
    'src/clusters',
    'src/directory',
    'src/mail',
    'src/audit',
    'src/kubernetes',
    'src/config',
    'src/http',
    'src/outbound',
    'src/errors',
    'src/telemetry',
    'db',
  ],
  'src/access-tokens': [
    'src/access',
    'src/clusters',
    'src/directory',
    'src/audit',
    'src/kubernetes',
    'src/errors',
    'db',
  ],
  'src/certificates': [
    'src/access',
    'src/clusters',
    'src/directory',
    'src/audit',
    'src/kubernetes',
    'src/outbound',
    'src/tls',
    'src/errors',
    'db',
  ],
  'src/machines': [
    'src/access',
    'src/clusters',
    'src/audit',
    'src/kubernetes',
    'src/outbound',
    'src/errors',
    'db',
  ],
  'src/clusters': [
    'src/doctor',
    'src/access',
    'src/directory',
    'src/audit',
    'src/kubernetes',
    'src/errors',
    'db',
  ],
  'src/directory': ['src/mail', 'src/audit', 'src/kubernetes', 'src/errors', 'db'],
  'src/mail': ['src/audit', 'src/errors', 'src/telemetry', 'db'],
  'src/audit': ['src/errors', 'db'],
  'src/access': ['src/kubernetes', 'src/errors'],
  'src/proxy': [
    'src/kubernetes',
    'src/http',
    'src/outbound',
    'src/tls',
    'src/errors',
    'src/telemetry',
  ],
  'src/plugin': ['src/doctor', 'src/kubernetes', 'src/errors'],
  'src/doctor': ['src/kubernetes', 'src/errors'],
  'src/kubernetes': ['src/errors'],
  'src/config': ['src/errors'],
  'src/http': ['src/errors'],
  'src/outbound': ['src/errors'],
  'src/tls': ['src/errors'],
  'src/telemetry': ['src/errors'],
  'src/errors': [],
  db: ['src/errors'],
  views: [],
}

/** Where the house's own tools and tests are free: what they touch is not shipped. */
const OUTSIDE = ['test/', 'bench/']

const KOA = ['src/http/', 'src/web/', 'src/gateways/', 'src/issuer/provider', 'src/server.ts']

const fences: readonly Fence[] = [
  packages(['oidc-provider'], ['src/issuer/']),
  packages(
    ['kysely'],
    [
      'db/',
      'src/directory/',
      'src/clusters/',
      'src/issuer/',
      'src/audit/',
      'src/access-tokens/',
      'src/certificates/',
      'src/machines/',
      'src/mail/',
    ],
  ),
  packages(['better-sqlite3'], ['db/']),
  packages(['nodemailer'], ['src/mail/']),
  // The engine speaks Koa: a context is the type of a parameter in the issuer, and runs nothing there.
  packages(['koa', '@koa'], [...KOA, 'src/issuer/']),
  {
    ...packages(['koa', '@koa'], KOA),
    stops: (reach) => !reach.erased && isOf(['koa', '@koa'], reach),
  },
  packages(['@peculiar'], ['src/tls/']),
  packages(['otpauth', 'qrcode'], ['src/directory/factors/']),
  packages(['@simplewebauthn'], ['src/directory/factors/', 'src/web/']),
  {
    ...packages(['@simplewebauthn'], ['src/directory/factors/']),
    stops: (reach) => !reach.erased && isOf(['@simplewebauthn'], reach),
  },
  packages(['hono'], ['views/']),
  {
    what: 'raw of hono/html',
    stops: ({ kind }) => kind === 'raw html',
    allowed: ['views/layout.ts'],
  },
  {
    what: 'process.env',
    stops: ({ kind }) => kind === 'process.env',
    allowed: ['src/main.ts', 'src/config/', 'src/plugin/', ...OUTSIDE],
  },
  {
    what: 'the current time',
    stops: ({ kind }) => kind === 'current time',
    allowed: ['src/main.ts', 'src/plugin/main.ts', ...OUTSIDE],
  },
]

const law: Law = { table, fences }
const root = fileURLToPath(new URL('..', import.meta.url))

function packages(names: readonly string[], allowed: readonly string[]): Fence {
  return {
    what: `the package ${names.join(', ')}`,
    stops: (reach) => isOf(names, reach),
    allowed: [...allowed, ...OUTSIDE],
  }
}

function isOf(names: readonly string[], { kind, specifier }: Reach): boolean {
  return (
    kind === 'import' &&
    names.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  )
}

function readHouse(): Map<string, string> {
  const sources = new Map<string, string>()
  for (const top of ['src', 'db', 'views', 'bin', 'bench', 'test']) {
    if (!existsSync(join(root, top))) continue
    for (const entry of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const path = `${top}/${entry.replaceAll('\\', '/')}`
      if (/\.[cm]?tsx?$/.test(path)) sources.set(path, readFileSync(join(root, path), 'utf8'))
    }
  }
  return sources
}

describe('the house', () => {
  const sources = readHouse()

  test('keeps its law', () => {
    assert.deepEqual(findBreaches(sources, law), [])
  })

  test('has every room in the table, and every room was visited', () => {
    const onDisk = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
      .map(({ name }) => `src/${name}`)
    const visited = new Set([...sources.keys()].map((path) => roomOf(path, table)))
    assert.deepEqual(
      onDisk.filter((room) => !(room in table)),
      [],
      'rooms on disk that the table lacks',
    )
    assert.deepEqual(
      [...onDisk, 'db', 'test'].filter((room) => !visited.has(room)),
      [],
      'rooms that were not visited',
    )
    assert.deepEqual(
      Object.keys(table).filter((room) => !existsSync(join(root, room))),
      [],
      'rooms of the table that do not exist',
    )
  })

  test('has a table without circles, but for tools that start one another', () => {
    const rooms = Object.entries(table).filter(([room]) => room !== 'bench')
    assert.deepEqual(findCircles(new Map(rooms)), [])
  })
})

describe('the law', () => {
  const small: Law = {
    table: { 'src/web': ['src/errors', 'views'], 'src/errors': [], views: [], test: ['src/web'] },
    fences,
  }
  const rest = {
    'src/errors/index.ts': 'export const x = 1',
    'src/errors/inner.ts': '',
    'src/web/index.ts': '',
    'src/web/inner.ts': '',
    'views/index.ts': '',
  }
  const breaches = (path: string, code: string) =>
    findBreaches(new Map(Object.entries({ ...rest, [path]: code })), small)

  for (const [name, path, code, expected] of [
    [
      'a room above',
      'src/errors/a.ts',
      `import '../web/index.ts'`,
      'src/errors may not import src/web',
    ],
    [
      'a type from a room above',
      'src/errors/a.ts',
      `import type { A } from '../web/index.ts'`,
      'src/errors may not import src/web',
    ],
    [
      'a type in passing',
      'src/errors/a.ts',
      `type A = import('../web/index.ts').A`,
      'src/errors may not import src/web',
    ],
    [
      'an export from above',
      'src/errors/a.ts',
      `export * from '../web/index.ts'`,
      'src/errors may not import src/web',
    ],
    [
      'a lazy import from above',
      'src/errors/a.ts',
      'await import(`../web/index.ts`)',
      'src/errors may not import src/web',
    ],
    [
      'a worker from above',
      'src/errors/a.ts',
      `new Worker(new URL('../web/index.ts', import.meta.url))`,
      'src/errors may not import src/web',
    ],
    [
      'a back door',
      'src/web/a.ts',
      `import { x } from '../errors/inner.ts'`,
      'enters src/errors by src/errors/inner.ts instead of src/errors/index.ts',
    ],
    [
      'a back door from a test of another room',
      'test/errors/a.test.ts',
      `import '../../src/web/inner.ts'`,
      'enters src/web by src/web/inner.ts instead of src/web/index.ts',
    ],
    [
      'a missing file',
      'src/web/a.ts',
      `import './b.ts'`,
      'imports src/web/b.ts, which does not exist',
    ],
    [
      'a computed import',
      'src/web/a.ts',
      'await import(name)',
      'imports what only running it would tell',
    ],
    [
      'a fenced package',
      'src/web/a.ts',
      `import type P from 'oidc-provider'`,
      'the package oidc-provider is for src/issuer/, test/, bench/ alone',
    ],
    [
      'a required package',
      'src/web/a.ts',
      `const P = require('better-sqlite3')`,
      'the package better-sqlite3 is for db/, test/, bench/ alone',
    ],
    [
      'raw html',
      'views/a.ts',
      `import { html, raw as plain } from 'hono/html'`,
      'raw of hono/html is for views/layout.ts alone',
    ],
    [
      'the environment',
      'src/web/a.ts',
      `const x = process?.['env']`,
      'process.env is for src/main.ts, src/config/, src/plugin/, test/, bench/ alone',
    ],
    [
      'the environment, taken apart',
      'src/web/a.ts',
      'const { env: x } = process',
      'process.env is for src/main.ts, src/config/, src/plugin/, test/, bench/ alone',
    ],
    [
      'the environment, imported',
      'src/web/a.ts',
      `import { env } from 'node:process'`,
      'process.env is for src/main.ts, src/config/, src/plugin/, test/, bench/ alone',
    ],
    [
      'the current time',
      'src/web/a.ts',
      'const x = Date.now()',
      'the current time is for src/main.ts, src/plugin/main.ts, test/, bench/ alone',
    ],
    [
      'the current time as a date',
      'src/web/a.ts',
      'const x = new Date()',
      'the current time is for src/main.ts, src/plugin/main.ts, test/, bench/ alone',
    ],
  ] as const) {
    test(`refuses ${name}`, () => {
      assert.deepEqual(breaches(path, code), [`${path}:1 ${expected}`])
    })
  }

  test('refuses a file outside every room', () => {
    assert.deepEqual(breaches('src/stray.ts', ''), [
      'src/stray.ts:1 stands in no room of the table',
    ])
  })

  test('refuses a circle of files', () => {
    const sources = new Map([
      ['src/web/a.ts', `import './b.ts'`],
      ['src/web/b.ts', `export * from './a.ts'`],
    ])
    assert.deepEqual(findBreaches(sources, small), [
      'src/web/a.ts:1 imports itself: src/web/a.ts -> src/web/b.ts -> src/web/a.ts',
    ])
  })

  test('lets types go round: nothing of them is left when the files run', () => {
    const sources = new Map([
      ['src/web/a.ts', `import './b.ts'`],
      ['src/web/b.ts', `export type * from './a.ts'`],
    ])
    assert.deepEqual(findBreaches(sources, small), [])
  })

  test('lets a test look inside the room that it mirrors', () => {
    assert.deepEqual(breaches('test/web/a.test.ts', `import '../../src/web/inner.ts'`), [])
  })

  test('sees no import in strings, comments and names', () => {
    const code = `
      // import '../web/index.ts'
      /* export * from '../web/index.ts' */
      const text = "import '../web/index.ts'" + \`import('../web/index.ts') \${'x'}\` + /import '..\\/web'/.source
      const config = { import: (path: string) => path, env: 1 }
      export const y = config.import('../web/index.ts'), z = new Date(0), e = config.env
    `
    assert.deepEqual(readReaches('src/errors/a.ts', code), [])
  })
})
