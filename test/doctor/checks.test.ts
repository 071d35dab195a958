import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ClusterFacts,
  type Finding,
  type HttpsOutcome,
  type IssuerFacts,
  type Ports,
  runDoctor,
} from '../../src/doctor/index.ts'
import { createAuthority } from '../support/certificates.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const now = Date.UTC(2026, 6, 1, 12)
const url = 'https://id.example.com'
const issuer: IssuerFacts = {
  ...{ url, serves: url, isDefault: false, certificateAuthority: null, tls: 'files' },
  ...{ certificateFile: '/etc/tls.crt', idTokenSeconds: 600, maxTokenBytes: 16_384 },
  keys: [
    { kid: 'one', alg: 'RS256', state: 'active' },
    { kid: 'two', alg: 'ES256', state: 'active' },
  ],
}
const cluster: ClusterFacts = {
  ...{ name: 'prod', audience: 'prod', server: 'https://k8s.example.com', signingAlg: 'RS256' },
  ...{ certificateAuthority: null, usernamePrefix: '', groupsPrefix: '', everyone: false },
  ...{ groups: ['viewers'], liveGroups: false, kubernetesVersion: null, replicas: [], probes: [] },
  people: [person('ada', ['viewers'])],
  ...{ probeToken: null, authenticationConfiguration: '', flags: [] },
}

function person(username: string, groups: readonly string[]) {
  return {
    ...{ username, email: null, emailVerified: false, status: 'active' as const },
    ...{ mustChangePassword: false, hasPassword: true, groups },
  }
}

const documents: Readonly<Record<string, unknown>> = {
  [`${url}/.well-known/openid-configuration`]: { issuer: url, jwks_uri: `${url}/jwks` },
  [`${url}/live/.well-known/openid-configuration`]: {
    issuer: `${url}/live`,
    jwks_uri: `${url}/jwks`,
  },
  [`${url}/jwks`]: {
    keys: [
      { kty: 'RSA', kid: 'one' },
      { kty: 'EC', crv: 'P-256', kid: 'two' },
    ],
  },
  'https://k8s.example.com/version': { gitVersion: 'v1.37.1' },
}

function answer(body: unknown, headers: Readonly<Record<string, string>> = {}): HttpsOutcome {
  return {
    ...{ kind: 'answer', status: 200, statusText: 'OK', chain: [] },
    headers: { date: new Date(now).toUTCString(), 'cache-control': 'no-store', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

const notFound: HttpsOutcome = {
  ...{ kind: 'answer', status: 404, statusText: 'Not Found', headers: {}, body: '', chain: [] },
}

/** A world where all is well, but for what the test changes. */
function portsWith(
  change: Readonly<Record<string, HttpsOutcome>> = {},
  more: Partial<Ports> = {},
): Ports {
  return {
    now,
    proxies: {},
    https: ({ url }) =>
      Promise.resolve(
        change[url] ?? (documents[url] === undefined ? notFound : answer(documents[url])),
      ),
    lookup: () => Promise.resolve(['192.0.2.1']),
    readFile: () => Promise.resolve({ kind: 'unreadable', code: 'ENOENT', reason: 'not there' }),
    run: () => Promise.resolve({ kind: 'failed', code: 'ENOENT', reason: 'not there' }),
    ...more,
  }
}

async function ask(
  ports: Ports = portsWith(),
  change: { issuer?: Partial<IssuerFacts>; cluster?: Partial<ClusterFacts> } = {},
  names: { users: string[]; groups: string[] } = { users: [], groups: [] },
): Promise<readonly Finding[]> {
  return runDoctor(
    {
      issuer: { ...issuer, ...change.issuer },
      clusters: [{ ...cluster, ...change.cluster }],
      ...{ names, person: null, kubeconfig: null, configs: [] },
    },
    ports,
  )
}

/** What is neither ok nor skipped, as `status check: summary`. */
function told(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ status }) => status === 'failed' || status === 'warning')
    .map(({ status, check, summary }) => `${status} ${check}: ${summary}`)
}

const discovery = `${url}/.well-known/openid-configuration`
const failure = (stage: 'name' | 'connect' | 'tls', code: string): HttpsOutcome => ({
  ...{ kind: 'failed', stage, code, reason: code.toLowerCase(), chain: [] },
})

describe('the checks of the issuer', () => {
  it('have nothing to say where all is well', async () => {
    assert.deepEqual(told(await ask()), [])
  })

  for (const [what, outcome, expected] of [
    [
      'a name that does not resolve',
      failure('name', 'ENOTFOUND'),
      'failed issuer.reachable: the issuer is down: its name id.example.com does not resolve here',
    ],
    [
      'a server that is down',
      failure('connect', 'ECONNREFUSED'),
      'failed issuer.reachable: the issuer is down: nothing listens at id.example.com',
    ],
    [
      'a server that is silent',
      failure('connect', 'ETIMEDOUT'),
      'failed issuer.reachable: the issuer is down: no answer came from id.example.com in time',
    ],
    [
      'plain HTTP',
      failure('tls', 'ERR_SSL_WRONG_VERSION_NUMBER'),
      'failed issuer.certificate: what listens at id.example.com does not speak TLS',
    ],
    [
      'an expired certificate',
      failure('tls', 'CERT_HAS_EXPIRED'),
      'failed issuer.certificate: a certificate at id.example.com has expired',
    ],
    [
      'a certificate of an unknown CA',
      failure('tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'failed issuer.certificate: the certificate at id.example.com does not lead to the CA',
    ],
    [
      'another issuer in the document',
      answer({ issuer: `${url}/`, jwks_uri: `${url}/jwks` }),
      `failed documents.discovery: the discovery document names the issuer "${url}/", not ${url}: the slash counts`,
    ],
    [
      'a page of a proxy',
      answer('<html>', { 'content-type': 'text/html' }),
      `failed documents.discovery: ${discovery} is no JSON`,
    ],
    [
      'a clock ahead',
      answer(documents[discovery], { date: new Date(now + 90_000).toUTCString() }),
      "failed clock.issuer: the clock of the issuer is 90 seconds ahead of this machine's",
    ],
    [
      'a clock a little behind',
      answer(documents[discovery], { date: new Date(now - 40_000).toUTCString() }),
      "warning clock.issuer: the clock of the issuer is 40 seconds behind this machine's",
    ],
  ] as const) {
    it(`name ${what}`, async () => {
      assert.deepEqual(told(await ask(portsWith({ [discovery]: outcome }))), [expected])
    })
  }

  it('name the names of a certificate that is for another host, and one that ends soon', async () => {
    await using directory = await temporaryDirectory()
    const authority = await createAuthority(directory.path, 'authority')
    const { certificate } = await authority.issue({
      ...{ name: 'proxy', usage: 'server', hosts: ['proxy.example.com'] },
    })
    const failed: HttpsOutcome = {
      ...{ kind: 'failed', stage: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID', reason: 'no' },
      chain: [certificate],
    }
    assert.deepEqual(told(await ask(portsWith({ [discovery]: failed }))), [
      'failed issuer.certificate: the certificate at id.example.com is not for id.example.com: its names are DNS:proxy.example.com',
    ])
    const soon = { ...answer(documents[discovery]), chain: [certificate] }
    const until = Date.now() + 86_400_000
    const findings = await ask(portsWith({ [discovery]: soon }, { now: until - 10 * 86_400_000 }))
    const expiry = findings.find(({ check }) => check === 'issuer.expiry')
    assert.equal(expiry?.status, 'warning')
    assert.match(expiry.summary, /^CN=proxy ends in (9|10) days, on \d{4}-\d\d-\d\d$/)
  })

  for (const [bad, headers, status] of [
    ['no-store', {}, null],
    ['max-age=30', { 'cache-control': 'max-age=30' }, 'warning'],
    ['max-age=300', { 'cache-control': 'max-age=300' }, 'failed'],
    ['no-cache, max-age=300', { 'cache-control': 'no-cache, max-age=300' }, 'failed'],
    ['private', { 'cache-control': 'private, max-age=31' }, 'failed'],
    ['Last-Modified', { 'cache-control': '', 'last-modified': 'x' }, 'failed'],
    ['Expires', { 'cache-control': '', expires: new Date(now + 60_000).toUTCString() }, 'failed'],
    ['an ETag', { 'cache-control': '', etag: '"x"' }, 'warning'],
  ] as const) {
    it(`judge the caching of the key set as kube-apiserver does: ${bad}`, async () => {
      const keys = answer(documents[`${url}/jwks`], headers)
      const findings = await ask(portsWith({ [`${url}/jwks`]: keys }))
      const caching = findings.find(({ check }) => check === 'documents.caching')
      assert.equal(caching?.status, status ?? 'ok')
    })
  }

  for (const [key, expected] of [
    [{ kty: 'OKP', crv: 'X25519' }, 'OKP with X25519'],
    [{ kty: 'EC', crv: 'secp256k1' }, 'EC with secp256k1'],
    [{ kty: 'AKP' }, 'kty "AKP"'],
    [{}, 'kty undefined'],
  ] as const) {
    it(`name a key that breaks the whole set: ${expected}`, async () => {
      const keys = answer({ keys: [{ kty: 'RSA', kid: 'one' }, key, { kty: 'RSA', kid: 'two' }] })
      assert.deepEqual(told(await ask(portsWith({ [`${url}/jwks`]: keys }))), [
        `failed documents.keys: the key set holds a key of a kind that breaks it: ${expected}`,
      ])
    })
  }

  it('name the key that signs and is not in the set', async () => {
    const keys = answer({ keys: [{ kty: 'RSA', kid: 'one' }] })
    assert.deepEqual(told(await ask(portsWith({ [`${url}/jwks`]: keys }))), [
      'failed documents.keys: the key set lacks the key that signs, two',
    ])
  })

  for (const [what, change, expected] of [
    ['no URL', 'id.example.com', 'the issuer "id.example.com" is no URL'],
    [
      'http',
      'http://id.example.com',
      'the issuer http://id.example.com is not https, and kube-apiserver trusts no other',
    ],
    [
      'a query',
      'https://id.example.com?x',
      'the issuer https://id.example.com?x has a query, a fragment or a user, which kube-apiserver refuses',
    ],
    ['a slash', `${url}/`, `the issuer ${url}/ ends with a slash`],
  ] as const) {
    it(`refuse an issuer with ${what}`, async () => {
      const facts = { issuer: { url: change, serves: change } }
      assert.deepEqual(told(await ask(portsWith(), facts)), [`failed issuer.url: ${expected}`])
    })
  }

  it('name the two issuers where settings and server differ', async () => {
    assert.deepEqual(
      told(await ask(portsWith(), { issuer: { serves: 'https://old.example.com' } })),
      [
        `failed issuer.equal: the server calls itself https://old.example.com, and these settings ${url}`,
      ],
    )
  })

  it('name a proxy of the environment, and the line that spares the issuer', async () => {
    const proxies = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost,.internal' }
    const findings = await ask(portsWith({}, { proxies }))
    const proxy = findings.find(({ status }) => status === 'warning')
    assert.deepEqual(
      [proxy?.check, proxy?.fixes],
      [
        'issuer.proxy',
        [
          {
            kind: 'command',
            place: 'server',
            line: 'export NO_PROXY=localhost,.internal,id.example.com',
          },
        ],
      ],
    )
    for (const NO_PROXY of ['example.com', '.example.com', '*', 'id.example.com']) {
      assert.deepEqual(told(await ask(portsWith({}, { proxies: { ...proxies, NO_PROXY } }))), [])
    }
  })

  it('name a second issuer that is not there', async () => {
    const live = `${url}/live/.well-known/openid-configuration`
    assert.deepEqual(told(await ask(portsWith({ [live]: notFound }))), [
      `failed documents.live: ${live} answers 404`,
    ])
  })
})

describe('the checks of a cluster', () => {
  it('name people who cannot be: reserved names', async () => {
    const findings = await ask(
      portsWith(),
      {},
      { users: ['ada', 'system:admin'], groups: ['Masters'] },
    )
    assert.deepEqual(told(findings), [
      'failed names.reserved: username "system:admin" is reserved by Kubernetes',
      'failed names.reserved: group name "Masters" is not in lower case and normal form',
    ])
  })

  it('name the largest token, before Lanyard or a proxy refuses it', async () => {
    const groups = (count: number) => [
      'viewers',
      ...Array.from({ length: count }, (_, i) => `g${i}`.padEnd(50, 'x')),
    ]
    const of = (count: number, liveGroups = false) =>
      ask(portsWith(), { cluster: { people: [person('ada', groups(count))], liveGroups } })
    assert.match(
      told(await of(120)).join(),
      /^warning token\.size: the token of ada with 121 groups/,
    )
    assert.match(told(await of(300)).join(), /^failed token\.size: .* over the limit of 16384$/)
    assert.doesNotMatch(told(await of(300, true)).join(), /token\.size/)
  })

  it('name tokens that live too long or too short', async () => {
    const of = (idTokenSeconds: number) => ask(portsWith(), { issuer: { idTokenSeconds } })
    assert.deepEqual(told(await of(60)), ['warning token.lifetime: ID tokens live 60 seconds'])
    assert.deepEqual(told(await of(7200)), ['warning token.lifetime: ID tokens live 120 minutes'])
    assert.deepEqual(told(await of(3600)), [])
  })

  it("name kubeadm's own group where no prefix keeps it apart", async () => {
    const people = [person('ada', ['viewers', 'kubeadm:cluster-admins'])]
    assert.deepEqual(told(await ask(portsWith(), { cluster: { people } })), [
      `warning cluster.prefix: ada is in "kubeadm:cluster-admins", which is kubeadm's own name in "prod"`,
    ])
    assert.deepEqual(told(await ask(portsWith(), { cluster: { people, groupsPrefix: 'id:' } })), [])
  })

  it('say what the warm-up saw at each apiserver', async () => {
    const [one, two, three] = [
      'https://a.example.com',
      'https://b.example.com',
      'https://c.example.com',
    ]
    const at = { probedAt: now, sinceAt: now - 7_200_000 }
    const probes = [
      { address: one, outcome: 'accepted', detail: '', ...at },
      { address: two, outcome: 'refused', detail: '401 Unauthorized', ...at },
    ]
    const change = { liveGroups: true, replicas: [one, two, three], probes }
    const findings = (await ask(portsWith(), { cluster: change })).filter(
      ({ check }) => check === 'cluster.live',
    )
    assert.deepEqual(
      findings.map(({ status, summary }) => `${status}: ${summary}`),
      [
        `ok: "prod" at ${one} takes live groups, since 2 hours ago`,
        `failed: "prod" at ${two} refuses live groups: 401 Unauthorized`,
        `warning: no apiserver of "prod" was warmed at ${three} yet`,
      ],
    )
  })

  it('do not take the record of the warm-up for now while Lanyard is down', async () => {
    const probe = { address: cluster.server, outcome: 'accepted', detail: '' }
    const probes = [{ ...probe, probedAt: now, sinceAt: now }]
    const ports = portsWith({ [discovery]: failure('connect', 'ECONNREFUSED') })
    const findings = await ask(ports, { cluster: { liveGroups: true, probes } })
    assert.deepEqual(
      findings.filter(({ check }) => check === 'cluster.live').map(({ status }) => status),
      ['skipped'],
    )
  })

  it('say that an older Kubernetes was not told', async () => {
    const version = answer({ gitVersion: 'v1.32.13' })
    const findings = await ask(portsWith({ 'https://k8s.example.com/version': version }))
    const old = findings.find(({ status }) => status === 'warning')
    assert.deepEqual(
      [old?.check, old?.fixes],
      [
        'cluster.version',
        [
          {
            kind: 'command',
            place: 'server',
            line: 'lanyard cluster set prod --kubernetes-version 1.32',
          },
        ],
      ],
    )
  })
})
