import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, type Fault, loadConfig, withIssuer } from '../../src/config/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
after(() => rmSync(directory, { recursive: true }))

function load(yaml: string, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(directory, 'cwd-'))
  writeFileSync(join(cwd, 'given.yaml'), yaml)
  return loadConfig({ configPath: 'given.yaml', env, cwd })
}

function faultsOf(run: () => unknown): readonly Fault[] {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults
  }
  return assert.fail('no fault was found')
}

test('with nothing given it runs on this machine alone', () => {
  const cwd = mkdtempSync(join(directory, 'empty-'))
  assert.deepEqual(loadConfig({ env: {}, cwd }), {
    issuer: 'https://localhost:8443',
    issuerIsDefault: true,
    listen: { host: '127.0.0.1', port: 8443 },
    data: join(cwd, 'data'),
    tls: { kind: 'own' },
    trustedProxies: [],
    lifetimes: {
      idToken: 600,
      login: 43_200,
      code: 60,
      deviceCode: 600,
      sessionIdle: 3600,
      sessionAbsolute: 43_200,
      rotationGrace: 10,
      publishAhead: 3600,
    },
    accessTokens: { allowed: true, maxLifetime: 31_536_000 },
    audit: { stream: null, retention: null },
    mail: null,
    admin: { secondFactor: 'optional' },
    adminGroup: 'lanyard-admins',
    maxTokenBytes: 16_384,
    brand: { name: 'Lanyard', logo: null, accent: null },
    log: { level: 'info', format: 'json' },
    keySecret: null,
  })
})

test('the file in the data directory is found, and the environment wins over it', () => {
  const cwd = mkdtempSync(join(directory, 'found-'))
  mkdirSync(join(cwd, 'elsewhere'))
  writeFileSync(
    join(cwd, 'elsewhere', 'lanyard.yaml'),
    'issuer: https://id.example.com/auth\nlifetimes:\n  idToken: 5m\n  login: 8h\nbrand:\n  accent: "#0E6377"\n',
  )
  const env = { LANYARD_DATA: 'elsewhere', LANYARD_LIFETIMES_ID_TOKEN: '120' }
  const config = loadConfig({ env, cwd, isTerminal: true })
  assert.equal(config.issuer, 'https://id.example.com/auth')
  assert.equal(config.issuerIsDefault, false)
  assert.equal(config.data, join(cwd, 'elsewhere'))
  assert.equal(config.lifetimes.idToken, 120)
  assert.equal(config.lifetimes.login, 28_800)
  assert.equal(config.brand.accent, '#0e6377')
  assert.equal(config.log.format, 'pretty')
})

test('all faults come at once, each with file, line, key, value and what would be right', () => {
  const yaml = [
    'isuer: https://id.example.com',
    'listen: 127.0.0.1',
    'lifetimes:',
    '  idToken: 5 minutes',
    '  logn: 8h',
    'trustedProxies: [10.0.0.0/8, 0.0.0.0/0]',
    'brand:',
    '  accent: #0e6377',
    'maxTokenBytes: 12',
    'maxTokenBytes: 16384',
    'tls: own',
  ].join('\n')
  const env = { LANYARD_ISSUER: 'https://id.example.com/', LANYARD_LISTN: '[::1]:1' }
  const shown = faultsOf(() => load(yaml, env)).map(({ file, line, key, value }) =>
    [file, line, key, value].join(' '),
  )
  assert.deepEqual(shown, [
    'given.yaml 1 isuer ',
    'given.yaml 2 listen "127.0.0.1"',
    'given.yaml 4 lifetimes.idToken "5 minutes"',
    'given.yaml 5 lifetimes.logn ',
    'given.yaml 6 trustedProxies ["10.0.0.0/8","0.0.0.0/0"]',
    'given.yaml 8 brand.accent empty',
    'given.yaml 9 maxTokenBytes 12',
    'given.yaml 10 maxTokenBytes ',
    'given.yaml 11 tls "own"',
    'environment  LANYARD_LISTN ',
    'environment  LANYARD_ISSUER "https://id.example.com/"',
  ])
})

test('the message has a line for each fault', () => {
  assert.throws(() => load('isuer: x\nlifetimes:\n  login: never\n'), {
    code: 'ERR_CONFIG',
    message: [
      'the configuration has 2 faults:',
      '  given.yaml:1: isuer; expected "issuer", as no key has this name',
      '  given.yaml:3: lifetimes.login is "never"; expected a duration from 1m to 90d, such as 90s, 10m or 12h (a bare number is seconds)',
    ].join('\n'),
  })
})

test('an issuer has one spelling', () => {
  const bad: Record<string, string | undefined> = {
    'https://id.example.com/': 'this spelling: https://id.example.com',
    'https://ID.example.com': 'this spelling: https://id.example.com',
    'https://id.example.com:443': 'this spelling: https://id.example.com',
    'https://id.example.com/a/../b': 'this spelling: https://id.example.com/b',
    'https://id.example.com?a=b': undefined,
    'https://id.example.com#': undefined,
    'https://ada@id.example.com': undefined,
    'https://id.example.com/a;b': undefined,
    'https://id.example.com//a': undefined,
    'javascript:alert(1)': undefined,
    'id.example.com': undefined,
  }
  const general =
    'an https URL without query, fragment, user or slash at its end, such as https://id.example.com'
  for (const [issuer, expected = general] of Object.entries(bad)) {
    assert.deepEqual(
      faultsOf(() => load('', { LANYARD_ISSUER: issuer })),
      [
        {
          file: 'environment',
          line: null,
          key: 'LANYARD_ISSUER',
          value: JSON.stringify(issuer),
          expected,
        },
      ],
    )
  }
})

test('a range of IPv4 inside IPv6 is written as IPv4', () => {
  const proxies = (list: string) => () => load('', { LANYARD_TRUSTED_PROXIES: list })
  assert.equal(faultsOf(proxies('::ffff:10.0.0.0/104')).length, 1)
  assert.deepEqual(proxies('::ffff:10.0.0.1')().trustedProxies, ['::ffff:10.0.0.1'])
})

test('plain HTTP only behind trusted proxies', () => {
  const keysOf = (yaml: string): string[] => faultsOf(() => load(yaml)).map(({ key }) => key)
  assert.deepEqual(keysOf('issuer: http://id.example.com'), ['issuer'])
  assert.deepEqual(keysOf('tls: {mode: none}'), ['tls.mode', 'issuer'])
  assert.deepEqual(keysOf('issuer: https://a.example\ntls: {mode: none}'), ['tls.mode'])
  const behind = 'tls: {mode: none}\ntrustedProxies: ["::1"]\nissuer: '
  assert.equal(load(`${behind}http://id.example.com`).issuer, 'http://id.example.com')
  assert.deepEqual(load(`${behind}https://id.example.com`).tls, { kind: 'none' })
})

test('what is wrong together is found: TLS files, lifetimes', () => {
  const keysOf = (yaml: string): string[] => faultsOf(() => load(yaml)).map(({ key }) => key)
  assert.deepEqual(keysOf('tls: {certificate: a.crt}'), ['tls.key'])
  assert.deepEqual(keysOf('tls: {key: a.key}'), ['tls.certificate'])
  assert.deepEqual(keysOf('tls: {mode: own, key: a.key, certificate: a.crt}'), ['tls.mode'])
  assert.deepEqual(keysOf('tls: {mode: files}'), ['tls.mode'])
  assert.deepEqual(keysOf('lifetimes: {idToken: 3h, login: 2h, sessionIdle: 13h}'), [
    'lifetimes.idToken',
    'lifetimes.sessionIdle',
  ])
})

test('a file that is missing, cannot be parsed or moves its own directory is a fault', () => {
  const cwd = mkdtempSync(join(directory, 'odd-'))
  assert.throws(() => loadConfig({ configPath: 'none.yaml', env: {}, cwd }), {
    message:
      /^the configuration has a fault:\n {2}none\.yaml: --config; expected a file that can be read: ENOENT/,
  })
  assert.deepEqual(
    faultsOf(() => load('issuer: [a\nlisten: x: y'))
      .map(({ key }) => key)
      .includes('YAML'),
    true,
  )
  assert.deepEqual(
    faultsOf(() => load('- a')).map(({ key, value }) => [key, value]),
    [['YAML', '["a"]']],
  )
  mkdirSync(join(cwd, 'data'))
  writeFileSync(join(cwd, 'data', 'lanyard.yaml'), 'data: ./other')
  assert.deepEqual(
    faultsOf(() => loadConfig({ env: {}, cwd })).map(({ key }) => key),
    ['data'],
  )
})

test("Kubernetes' own variables for a Service called lanyard are no settings", () => {
  const env = {
    LANYARD_SERVICE_HOST: '10.0.0.1',
    LANYARD_SERVICE_PORT_HTTPS: '443',
    LANYARD_PORT: 'tcp://10.0.0.1:443',
    LANYARD_PORT_443_TCP_ADDR: '10.0.0.1',
    LANYARD_ISSUER: '',
  }
  assert.equal(load('', env).issuerIsDefault, true)
})

test('the key secret is in no fault and in no print', () => {
  const secret = Buffer.alloc(32, 7).toString('base64')
  const config = load('', { LANYARD_KEY_SECRET: secret })
  assert.deepEqual(config.keySecret?.(), new Uint8Array(32).fill(7))
  assert.doesNotMatch(inspect(config) + JSON.stringify(config), /7, 7|BwcH/)
  const short = 'c2hvcnQ='
  assert.throws(
    () => load('', { LANYARD_KEY_SECRET: short }),
    (error: Error) => error instanceof ConfigError && !error.message.includes(short),
  )
})

test('with port 0 the default issuer waits for the port; one that was configured does not', () => {
  const settings = load('', { LANYARD_LISTEN: '127.0.0.1:0' })
  assert.equal(settings.issuer, null)
  assert.equal(withIssuer(settings, 1234).issuer, 'https://localhost:1234')
  const given = load('issuer: https://id.example.com', { LANYARD_LISTEN: '[::1]:0' })
  assert.deepEqual(given.listen, { host: '::1', port: 0 })
  assert.equal(withIssuer(given, 1234).issuer, 'https://id.example.com')
})

test('lists and paths', () => {
  const config = load('tls: {certificate: a.crt, key: /b.key}\n', {
    LANYARD_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8',
  })
  assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', 'fd00::/8'])
  assert.equal(config.tls.kind, 'files')
  assert.match(JSON.stringify(config.tls), /"\/.*\/cwd-[^/]+\/a\.crt","key":"\/b\.key"/)
})
