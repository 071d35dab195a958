import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { ask, http2To, sendRaw } from '../proxy/ask.ts'
import { type Stage, setStage } from '../proxy/stage.ts'

const TOKEN = 'tok-mallory'

/** What a client might hope is taken for an identity of its choice, as raw lines behind its own token. */
const CLAIMS = [
  ['X-Remote-User', 'admin'],
  ['X-Remote-Group', 'system:masters'],
  ['X-Remote-Uid', '0'],
  ['X-Remote-Extra-Scopes', 'all'],
] as const

const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.replaceAll('-', '_'),
  (name) => name.replaceAll('-', '.'),
  (name) => name.replace('-', '_'),
  (name) => name.replace('-', '%2d'),
  (name) => name.replace('-', '%2D').toUpperCase(),
  (name) => name.replace('R', '%52'),
  (name) => `${name}-2`,
]

const nameless = [
  ['Forwarded', 'for=10.0.0.1'],
  ['X-Forwarded-For', '127.0.0.1'],
  ['X-Forwarded-User', 'admin'],
  ['X-Forwarded-Groups', 'system:masters'],
  ['X_Forwarded_User', 'admin'],
  ['X-Real-Ip', '127.0.0.1'],
  ['Proxy-Authorization', 'Basic YWRtaW46YWRtaW4='],
  ['Proxy-Connection', 'keep-alive'],
  ['Impersonate_User', 'admin'],
  ['IMPERSONATE%2DUSER', 'admin'],
  ['Impersonate-', 'admin'],
  ['Impersonate-Userx', 'admin'],
  ['Impersonate-Groups', 'system:masters'],
  ['Te', 'trailers'],
  ['Trailer', 'X-Remote-User'],
  ['Via', '1.1 admin'],
] as const

const NAMED_IN_CONNECTION = [
  'X-Remote-User',
  'x-remote-user, x-remote-group',
  'close, X-Remote-User',
  'X-Remote-Group',
  'X-Remote-Uid',
  'Host',
  'Authorization',
  'Content-Length',
  'Transfer-Encoding',
  'X-Remote-Extra-lanyard.dev%2fdevice',
]

/** Targets that two readers might read in two ways. */
const TARGETS = [
  '/api/v1/../../healthz',
  '/api/v1/./pods',
  '/api/v1/%2e%2e/pods',
  '/api/v1/%2E./pods',
  '/api/v1/.%2e/pods',
  '/api/v1/..;x=1/pods',
  '/api/v1/namespaces%2fdefault/secrets',
  '/api/v1/namespaces/a%5c..%5cb/secrets',
  '/api/v1//pods',
  '//api/v1/pods',
  '/api/v1/pods%00',
  '/api/v1/%252e%252e/pods',
  '/api/v1/namespaces/a/pods/b/proxy/../../secrets',
  '/api/v1/namespaces/a/pods/b/proxy/%2e%2e/%2e%2e/secrets',
  '/api/v1/namespaces/a/pods/b/proxy/..%2f..%2fsecrets',
  '/api/v1/pods%zz',
  '/clusters/beta/../alpha/api',
  '/clusters/beta/%2e%2e/alpha/api',
  'https://alpha.test/api/v1/pods',
  'http://127.0.0.1:1/api',
  'api/v1/pods',
  '*',
  '/api\\v1\\pods',
]

/** Bodies that might be read as a second request, on a connection that speaks for everybody. */
const HIDDEN =
  'GET /hidden HTTP/1.1\r\nHost: a\r\nX-Remote-User: admin\r\nX-Remote-Group: system:masters\r\n\r\n'
const SMUGGLED: readonly (readonly [string, string])[] = [
  [
    'a length and chunks',
    `POST /smuggle HTTP/1.1\r\n$H\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'two lengths',
    `POST /smuggle HTTP/1.1\r\n$H\r\nContent-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
  [
    'chunks by another name',
    `POST /smuggle HTTP/1.1\r\n$H\r\nTransfer-Encoding: xchunked\r\n\r\n${HIDDEN}`,
  ],
  [
    'chunks twice',
    `POST /smuggle HTTP/1.1\r\n$H\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'a space before the colon',
    `POST /smuggle HTTP/1.1\r\n$H\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'a folded line',
    `POST /smuggle HTTP/1.1\r\n$H\r\nX-A: b\r\n X-Remote-User: admin\r\nContent-Length: 0\r\n\r\n`,
  ],
  ['a bare line feed', `GET /smuggle HTTP/1.1\n$H\nX-Remote-User: admin\n\n`],
  [
    'a carriage return in a value',
    `GET /smuggle HTTP/1.1\r\n$H\r\nX-A: b\rX-Remote-User: admin\r\n\r\n`,
  ],
  ['a NUL in a value', `GET /smuggle HTTP/1.1\r\n$H\r\nX-A: b\0c\r\n\r\n`],
  [
    'a GET whose length is named in Connection',
    `GET /counted HTTP/1.1\r\n$H\r\nConnection: Content-Length\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
  [
    'chunks that are named in Connection',
    `GET /counted HTTP/1.1\r\n$H\r\nConnection: Transfer-Encoding, close\r\nTransfer-Encoding: chunked\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  ],
  [
    'an upgrade with a body',
    `GET /counted HTTP/1.1\r\n$H\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
  [
    'an upgrade to what nobody speaks',
    `GET /counted HTTP/1.1\r\n$H\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${HIDDEN}`,
  ],
  ['a tunnel', `CONNECT 127.0.0.1:6443 HTTP/1.1\r\n$H\r\n\r\n${HIDDEN}`],
  ['a method that is none', `TRACE /smuggle HTTP/1.1\r\n$H\r\n\r\n`],
]

const TOKENS: readonly (readonly [string, string])[] = [
  ['two tokens', `Authorization: Bearer ${TOKEN}\r\nAuthorization: Bearer tok-other`],
  ['another scheme', 'Authorization: Basic YWRtaW46YWRtaW4='],
  ['no token', 'Authorization: Bearer '],
  ['two in one line', `Authorization: Bearer ${TOKEN}, Bearer tok-other`],
  ['one in the query', 'X-Access-Token: tok-mallory'],
  [
    'two subprotocols',
    'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.YQ, base64url.bearer.authorization.k8s.io.Yg',
  ],
]

/** Whom Lanyard must never name, and whom the proxy names to nobody even so. */
const NAMES = [
  { username: 'system:admin', groups: [] },
  { username: 'SYSTEM:admin', groups: [] },
  { username: 'system:serviceaccount:kube-system:default', groups: [] },
  { username: 'ada', groups: ['system:masters'] },
  { username: 'ada', groups: ['viewers', 'ｓystem:masters'] },
  { username: 'ada', groups: ['sys\u200btem:masters'] },
  { username: 'ada\r\nX-Remote-Group: system:masters', groups: [] },
  { username: 'ada', groups: ['a\nb'] },
  { username: 'ada', groups: [''] },
  { username: 'LANYARD:root', groups: [] },
]

describe('identities that clients make up', () => {
  let stage: Stage
  let seen: { url: string; rawHeaders: string[] }[] = []

  before(async () => {
    stage = await setStage({
      handle(req, res) {
        seen.push({ url: req.url ?? '', rawHeaders: req.rawHeaders })
        req.resume().on('end', () => res.end('ok'))
      },
    })
    stage.lanyard.people.set(TOKEN, {
      ...{ username: 'mallory', uid: 'u-9', groups: ['guests'] },
      extra: { 'lanyard.dev/device': ['d-9'] },
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  const OURS = [
    'x-remote-extra-lanyard.dev%2fdevice: d-9',
    'x-remote-group: guests',
    'x-remote-uid: u-9',
    'x-remote-user: mallory',
  ]

  /** Every line at the apiserver that could be about who somebody is. */
  function claimsSeen(): string[][] {
    return seen.map(({ rawHeaders }) =>
      pairsOf(rawHeaders)
        .filter(([name]) =>
          /remote|impersonate|forward|proxy|real.ip|authoriz|^via$/i.test(decodeURIComponent(name)),
        )
        .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
        .sort(),
    )
  }

  async function attempt(lines: string, target = '/api/v1/pods'): Promise<string> {
    seen = []
    const head = `GET ${target} HTTP/1.1\r\nHost: alpha.test\r\nAuthorization: Bearer ${TOKEN}\r\n`
    return sendRaw(stage, `${head}${lines}\r\nConnection: close\r\n\r\n`)
  }

  for (const [name, value] of CLAIMS) {
    for (const [index, spell] of SPELLINGS.entries()) {
      it(`takes away ${spell(name)}: ${value} (${index})`, async () => {
        assert.match(await attempt(`${spell(name)}: ${value}`), /^HTTP\/1.1 200/)
        assert.deepEqual(claimsSeen(), [OURS])
      })
    }
  }
  for (const [name, value] of nameless) {
    it(`takes away ${name}`, async () => {
      assert.match(await attempt(`${name}: ${value}`), /^HTTP\/1.1 200/)
      assert.deepEqual(claimsSeen(), [OURS])
    })
  }
  for (const named of NAMED_IN_CONNECTION) {
    it(`keeps its own headers where Connection names ${named}`, async () => {
      seen = []
      const head = `GET /api HTTP/1.1\r\nHost: alpha.test\r\nAuthorization: Bearer ${TOKEN}\r\n`
      const answer = await sendRaw(stage, `${head}Connection: ${named}\r\n\r\n`, '\r\n\r\n')
      assert.match(answer, /^HTTP\/1.1 200/)
      assert.deepEqual(claimsSeen(), [OURS])
    })
  }
  for (const target of TARGETS) {
    it(`refuses the target ${target}`, async () => {
      const answer = await attempt('X-A: b', target)
      assert.match(answer, /^HTTP\/1.1 40[04]/)
      assert.deepEqual(seen, [])
    })
  }
  for (const [what, text] of SMUGGLED) {
    it(`lets no second request in by ${what}`, async () => {
      seen = []
      const head = `Host: alpha.test\r\nAuthorization: Bearer ${TOKEN}`
      const sent = text.includes('\r\n') ? text : text.replaceAll('\n', '\n')
      const answer = await sendRaw(stage, sent.replace('$H', head), '\r\n\r\n')
      assert.deepEqual(
        seen.filter(({ url }) => url !== '/counted'),
        [],
      )
      if (seen.length > 0) assert.deepEqual(claimsSeen(), [OURS])
      assert.doesNotMatch(answer, /^HTTP\/1.1 101/)
    })
  }
  for (const [what, line] of TOKENS) {
    it(`refuses ${what}`, async () => {
      seen = []
      const text = `GET /api HTTP/1.1\r\nHost: alpha.test\r\n${line}\r\nConnection: close\r\n\r\n`
      assert.match(await sendRaw(stage, text), /^HTTP\/1.1 40[01]/)
      assert.deepEqual(seen, [])
    })
  }
  for (const [index, person] of NAMES.entries()) {
    it(`sends nobody on as ${JSON.stringify(person)}`, async () => {
      seen = []
      stage.lanyard.people.set(`tok-name-${index}`, person)
      const answer = await ask(stage, { path: '/api', token: `tok-name-${index}` })
      assert.equal(answer.status, 401)
      assert.deepEqual(seen, [])
    })
  }

  it('refuses a request for one cluster on a connection for another', async () => {
    seen = []
    const session = http2To(stage, 'beta.test')
    const stream = session.request({
      ...{ ':path': '/api', ':authority': 'alpha.test' },
      authorization: `Bearer ${TOKEN}`,
    })
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
    assert.equal(headers[':status'], 421)
    assert.deepEqual(seen, [])
    session.close()
  })

  it('takes claims away by HTTP/2 too, and reads no more than the length that was given', async () => {
    seen = []
    const session = http2To(stage)
    // Whoever sends more than was announced loses the connection.
    session.on('error', () => {})
    const stream = session.request({
      ...{ ':method': 'POST', ':path': '/api', ':authority': 'alpha.test', 'content-length': '2' },
      ...{
        authorization: `Bearer ${TOKEN}`,
        'x-remote-user': 'admin',
        x_remote_group: 'system:masters',
      },
    })
    stream.on('error', () => {})
    stream.end(`ab${HIDDEN}`)
    await new Promise((resolve) => stream.once('close', resolve))
    assert.deepEqual(
      seen.map(({ url }) => url).filter((url) => url !== '/api'),
      [],
    )
    for (const claims of claimsSeen()) assert.deepEqual(claims, OURS)
    session.destroy()
  })

  it('passes on as whom to act where the apiserver itself asks whether that is allowed', async () => {
    assert.match(
      await attempt('Impersonate-User: bob\r\nImpersonate-Group: a\r\nImpersonate-Group: b'),
      /^HTTP\/1.1 200/,
    )
    assert.deepEqual(claimsSeen(), [
      ['impersonate-group: a', 'impersonate-group: b', 'impersonate-user: bob', ...OURS],
    ])
    assert.match(await attempt('Impersonate-Group: system:masters'), /^HTTP\/1.1 400/)
    assert.match(await attempt('Impersonate-User: a\r\nImpersonate-User: b'), /^HTTP\/1.1 400/)
  })
})

function pairsOf(rawHeaders: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[index * 2] ?? '',
    rawHeaders[index * 2 + 1] ?? '',
  ])
}
