import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAuthority } from '../../support/certificates.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import {
  answering,
  complaints,
  down,
  firstFixes,
  ISSUER,
  KUBECONFIG,
  NOW,
  said,
  wellLaptop,
} from './laptop-double.ts'

const CONFIG = '/home/ada/.kube/config'

describe('a laptop', () => {
  test('on which all is well hears nothing', async () => {
    assert.deepEqual(await said(wellLaptop()), [])
  })

  test('whose issuer is down is told so, and works on with what is cached', async () => {
    const laptop = wellLaptop()
    const fault = { kind: 'fault', code: 'ERR_NETWORK', message: 'cannot reach it' } as const
    laptop.ports = { https: down, askAsPlugin: () => Promise.resolve(fault) }
    assert.deepEqual(await said(laptop), [
      `failed issuer.reachable: the issuer ${ISSUER} is down, or cannot be reached from here: nothing listens at id.example.com`,
      'failed cluster.reachable: the API of cluster "prod@id.example.com": nothing listens at api.example.com:6443',
    ])
  })

  test('reaches an issuer by a proxy alone', async () => {
    const laptop = wellLaptop()
    laptop.facts = { env: { PATH: '/usr/bin', HTTPS_PROXY: 'http://u:pa55@proxy:3128' } }
    laptop.ports = { https: down }
    const found = await said(laptop)
    assert.deepEqual(
      found.map((line) => line.split(':')[0]),
      ['failed cluster.reachable'],
    )
  })

  test('whose proxy is in the way is told what to spare, and no password', async () => {
    const laptop = wellLaptop()
    laptop.facts = {
      env: {
        PATH: '/usr/bin',
        https_proxy: 'http://u:pa55@proxy:3128',
        no_proxy: '.corp, localhost',
      },
    }
    const fault = {
      kind: 'fault',
      code: 'ERR_NETWORK',
      message: 'by http://u:pa55@proxy:3128',
    } as const
    laptop.ports = { askAsPlugin: () => Promise.resolve(fault) }
    assert.deepEqual(await firstFixes(laptop), ['export no_proxy=.corp,localhost,id.example.com'])
    assert.equal(JSON.stringify(await complaints(laptop)).includes('pa55'), false)
  })

  for (const [value, line] of [
    ['proxy.corp:3128', 'export HTTPS_PROXY="http://$HTTPS_PROXY"'],
    ['socks5://proxy:1080', 'unset HTTPS_PROXY'],
    ['u:pa55@proxy:3128', 'unset HTTPS_PROXY'],
    ['http//proxy', 'unset HTTPS_PROXY'],
  ] as const) {
    test(`with the proxy ${value} is told: ${line}`, async () => {
      const laptop = wellLaptop()
      laptop.facts = { env: { PATH: '/usr/bin', HTTPS_PROXY: value } }
      assert.deepEqual(await firstFixes(laptop), [line])
      assert.equal(JSON.stringify(await complaints(laptop)).includes('pa55'), false)
    })
  }

  for (const [seconds, expected] of [
    [29, []],
    [-45, ["warning clock.issuer: the clock of the issuer is 45 seconds behind this machine's"]],
    [600, ["failed clock.issuer: the clock of the issuer is 600 seconds ahead of this machine's"]],
  ] as const) {
    test(`with an issuer ${seconds} seconds ahead`, async () => {
      const laptop = wellLaptop()
      laptop.ports = { https: answering(NOW + seconds * 1000) }
      const found = await said(laptop)
      assert.deepEqual(
        found.filter((line) => line.includes('clock.issuer')),
        expected,
      )
    })
  }

  test('with an older plugin than the server', async () => {
    const laptop = wellLaptop()
    laptop.facts = { plugin: { version: '0.0.9', path: '/usr/bin/kubectl-lanyard' } }
    assert.deepEqual(await said(laptop), [
      'warning plugin.version: the plugin is of version 0.0.9, and the server of 0.1.0',
    ])
  })

  test('without a home', async () => {
    const laptop = wellLaptop()
    laptop.facts = { home: '/nowhere' }
    const [first] = await said(laptop)
    assert.equal(first, 'failed home.directory: the home directory "/nowhere" does not exist')
  })

  test('whose home cannot be written to', async () => {
    const laptop = wellLaptop()
    laptop.ports = { may: (_, what) => Promise.resolve(what === 'execute') }
    assert.deepEqual(
      (await firstFixes(laptop))[0],
      'chmod u+w /home/ada/.local/state/kubectl-lanyard',
    )
  })

  test('whose issuer is unknown here is not told to trust it by a line to copy', async () => {
    const laptop = wellLaptop()
    laptop.facts = { issuers: ['https://other.example.com'] }
    laptop.ports = {
      known: () => ({
        ...{ certificateAuthority: undefined, hasLogin: false, fault: null },
        ...{ directory: '/s/id', cacheDirectory: '/c/id' },
      }),
      enterable: () => assert.fail('an issuer that is not trusted was asked'),
      exchange: () => assert.fail('a login was shown to an issuer that is not trusted'),
      https: ({ url }) =>
        url.startsWith(ISSUER)
          ? assert.fail('an issuer that is not trusted was asked')
          : answering()({ url, method: 'GET', certificateAuthority: null }),
    }
    const [first] = await complaints(laptop)
    assert.equal(first?.summary, `${ISSUER} is not an issuer that this device trusts`)
    assert.deepEqual(
      first?.fixes.map(({ kind }) => kind),
      ['advice'],
    )
  })

  test('whose issuer shows a certificate of another CA is given a fingerprint and no shortcut', async () => {
    await using directory = await temporaryDirectory()
    const foreign = await createAuthority(directory.path, 'foreign')
    const laptop = wellLaptop()
    const fault = { kind: 'fault', code: 'ERR_TLS', message: 'no' } as const
    laptop.ports = {
      askAsPlugin: () => Promise.resolve(fault),
      known: () => ({
        ...{ certificateAuthority: 'PEM', hasLogin: true, fault: null },
        ...{ directory: '/s/id', cacheDirectory: '/c/id' },
      }),
      https: () =>
        Promise.resolve({
          ...{ kind: 'failed', stage: 'tls', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
          ...{ reason: 'unable to verify', chain: [foreign.certificate] },
        }),
    }
    const [first] = await complaints(laptop)
    assert.equal(
      first?.summary,
      `the CA that this device keeps for ${ISSUER} is not that of its certificate`,
    )
    assert.match(first?.seen.at(-1) ?? '', /^SHA-256 of the last certificate: [0-9A-F:]{95}$/)
    assert.deepEqual(
      first?.fixes.map(({ kind }) => kind),
      ['advice'],
    )
  })

  test('whose CA of the cluster has ended', async () => {
    await using directory = await temporaryDirectory()
    const { certificate } = await createAuthority(directory.path, 'old')
    const laptop = wellLaptop()
    const data = Buffer.from(certificate).toString('base64')
    laptop.files[CONFIG] = KUBECONFIG.replace(
      'cluster:\n      server',
      `cluster:\n      certificate-authority-data: ${data}\n      server`,
    )
    const now = NOW + 20 * 365 * 86_400_000
    const server = 'https://api.example.com:6443'
    const listed = { name: 'prod', audience: 'prod', server, certificateAuthority: certificate }
    laptop.ports = {
      ...{ now, https: answering(now) },
      enterable: () =>
        Promise.resolve({ kind: 'listed', username: 'ada', version: '0.1.0', clusters: [listed] }),
    }
    const found = await said(laptop)
    assert.match(
      found[0] ?? '',
      /^failed cluster.certificate: the CA of cluster "prod@id.example.com" ended on \d{4}-\d\d-\d\d: CN=old$/,
    )
  })

  test('whose context is of another plugin', async () => {
    const laptop = wellLaptop()
    laptop.files[CONFIG] = KUBECONFIG.replace('command: kubectl-lanyard', 'command: aws').replace(
      /args: .*/,
      'args: [eks, get-token]',
    )
    const [first] = await said(laptop)
    assert.equal(
      first,
      'warning kubeconfig.user: the context "prod" logs in by aws, not by this plugin',
    )
  })

  test('whose context gets a client certificate hears nothing of that', async () => {
    const laptop = wellLaptop()
    laptop.files[CONFIG] = KUBECONFIG.replace('[get-token,', '[get-certificate,')
    assert.deepEqual(await said(laptop), [])
  })

  test('with a slash behind the issuer is slower, and told the line', async () => {
    const laptop = wellLaptop()
    laptop.files[CONFIG] = KUBECONFIG.replace(`${ISSUER},`, `${ISSUER}/,`)
    assert.deepEqual(await said(laptop), [
      'warning kubeconfig.args: the args of user "prod@id.example.com" are not spelt as setup spells them',
    ])
    assert.match((await firstFixes(laptop))[0] ?? '', /^19: .*example.com\/, .* -> .*args:/)
  })

  test('whose login the issuer refuses for good', async () => {
    const laptop = wellLaptop()
    const fault = { kind: 'fault', code: 'ERR_REFUSED', message: 'user "ada" is disabled' } as const
    laptop.ports = { enterable: () => Promise.resolve(fault) }
    assert.deepEqual(await said(laptop), ['failed login.alive: user "ada" is disabled'])
  })

  test('over ssh is told to log in by a code', async () => {
    const laptop = wellLaptop()
    laptop.facts = { whyNoBrowser: 'this is an ssh session' }
    laptop.ports = {
      known: () => ({
        ...{ certificateAuthority: null, hasLogin: false, fault: null },
        ...{ directory: '/s/id', cacheDirectory: '/c/id' },
      }),
    }
    assert.deepEqual(await firstFixes(laptop), [
      `kubectl lanyard login --issuer ${ISSUER} --device`,
    ])
  })
})

describe('the proof', () => {
  const failing = (stderr: string) => {
    const laptop = wellLaptop()
    laptop.ports = {
      run: (_, args) =>
        Promise.resolve(
          args.includes('auth')
            ? { kind: 'ended', code: 1, stdout: '', stderr }
            : { kind: 'ended', code: 0, stdout: '', stderr: '' },
        ),
    }
    return laptop
  }

  for (const [stderr, expected] of [
    [
      'Error from server (Forbidden): selfsubjectreviews is forbidden',
      /^failed kubectl.whoami: kubectl auth whoami is forbidden/,
    ],
    [
      'Unable to connect: tls: failed to verify certificate: x509: unknown authority',
      /does not trust/,
    ],
    ['dial tcp 10.0.0.1:6443: connect: connection refused', /cannot reach the cluster/],
    ['proxyconnect tcp: dial tcp 127.0.0.1:1: refused', /do not get through the proxy/],
    [
      'getting credentials: exec: executable kubectl-lanyard failed with exit code 3',
      /gets no token/,
    ],
  ] as const) {
    test(`explains: ${stderr}`, async () => {
      const found = await said(failing(stderr))
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', expected)
    })
  }

  test('explains a 401 by what a kube-apiserver would make of the token', async () => {
    const found = await said(failing('error: You must be logged in to the server (Unauthorized)'))
    assert.match(found[0] ?? '', /^failed token.verdict: a new token would be refused too/)
    assert.match(found[1] ?? '', /^failed kubectl.whoami: .* refuses the token/)
  })

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const tokenOf = (alg: string) =>
    `${part({ alg, kid: 'k' })}.${part({ iss: ISSUER, aud: 'prod' })}.c2ln`

  test('does not tell to remove a cached token that could not be checked', async () => {
    const laptop = failing('error: You must be logged in to the server (Unauthorized)')
    laptop.ports = {
      ...laptop.ports,
      https: down,
      askAsPlugin: () => Promise.resolve({ kind: 'fault', code: 'ERR_NETWORK', message: 'down' }),
      cached: () => ({ token: tokenOf('ES256'), file: '/cache/token-prod.json' }),
    }
    const found = await complaints(laptop)
    assert.doesNotMatch(JSON.stringify(found), /rm \/cache|login\.cached/)
  })

  test('tells to remove a cached token that is broken itself', async () => {
    const laptop = failing('error: You must be logged in to the server (Unauthorized)')
    laptop.ports = {
      ...laptop.ports,
      cached: () => ({ token: tokenOf('HS256'), file: '/cache/token-prod.json' }),
    }
    assert.match(JSON.stringify(await complaints(laptop)), /rm \/cache\/token-prod\.json/)
  })

  test('shows no token that kubectl may have said', async () => {
    const laptop = failing(
      'error: Bearer abcdef.ghi eyJhbGci.eyJzdWIi.c2lnbmVk https://u:pa55@proxy/',
    )
    const text = JSON.stringify(await complaints(laptop))
    for (const secret of ['abcdef', 'eyJ', 'c2lnbmVk', 'pa55']) {
      assert.equal(text.includes(secret), false, secret)
    }
  })

  test('tells rights from logins', async () => {
    const laptop = wellLaptop()
    const whoami = '{"status":{"userInfo":{"username":"ada","groups":["viewers"]}}}'
    const rules =
      '{"status":{"resourceRules":[{"verbs":["create"],"apiGroups":["authentication.k8s.io"]}]}}'
    laptop.ports = {
      run: (_, args) => {
        const stdout = args.includes('auth') ? whoami : args.includes('create') ? rules : 'team-a'
        return Promise.resolve({ kind: 'ended', code: 0, stderr: '', stdout })
      },
    }
    assert.deepEqual(await said(laptop), [
      'warning rbac.binding: ada is logged in, and is bound to no role in namespace "team-a"',
    ])
  })
})

describe('an edit', () => {
  test('that would show a secret is advice', async () => {
    const laptop = wellLaptop()
    laptop.files[CONFIG] = KUBECONFIG.replace(
      /user:\n {6}exec:[\s\S]*$/,
      `user: {password: pa55word, exec: {apiVersion: client.authentication.k8s.io/v9, command: kubectl-lanyard, args: [get-token, --issuer, ${ISSUER}, --audience, prod], interactiveMode: Never}}\n`,
    )
    const found = await complaints(laptop)
    assert.equal(found[0]?.check, 'kubeconfig.exec')
    assert.deepEqual(found[0]?.fixes, [
      {
        kind: 'advice',
        text: `in ${CONFIG}, line 15, set apiVersion to client.authentication.k8s.io/v1, and leave the rest of the line, not shown, because secrets stand there`,
      },
    ])
    assert.equal(JSON.stringify(found).includes('pa55word'), false)
  })
})

describe('a kuberc', () => {
  const withKuberc = (text: string, minor = '37') => {
    const laptop = wellLaptop()
    laptop.files['/home/ada/.kube/kuberc'] = text
    const { run } = laptop.ports
    assert.equal(run, undefined)
    laptop.ports = {
      run: (_, args) =>
        Promise.resolve({
          ...{ kind: 'ended', code: 0, stderr: '' },
          stdout: args.includes('version')
            ? `{"clientVersion":{"minor":"${minor}"}}`
            : '{"status":{"userInfo":{"username":"ada"},"resourceRules":[{"apiGroups":[""]}]}}',
        }),
    }
    return laptop
  }

  for (const [name, text, minor, fixes] of [
    [
      'that denies all, to 1.35',
      'credentialPluginPolicy: DenyAll',
      '35',
      [
        '1: credentialPluginPolicy: DenyAll -> credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: kubectl-lanyard',
      ],
    ],
    [
      'that denies all, to 1.36',
      'credentialPluginPolicy: DenyAll',
      '36',
      [
        '1: credentialPluginPolicy: DenyAll -> credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: kubectl-lanyard',
      ],
    ],
    [
      'whose list has others',
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n  - command: aws\n',
      '37',
      ['null: null ->   - command: kubectl-lanyard'],
    ],
    [
      'that lists it by name',
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: kubectl-lanyard\n',
      '37',
      [],
    ],
    [
      'that lists its path',
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: /usr/bin/kubectl-lanyard\n',
      '37',
      [],
    ],
    ['that allows all', 'credentialPluginPolicy: AllowAll\n', '37', []],
    ['that says nothing of it', 'kind: Preference\n', '37', []],
  ] as const) {
    test(name, async () => {
      assert.deepEqual(await firstFixes(withKuberc(text, minor)), fixes)
    })
  }

  test('that is switched off is not read', async () => {
    const laptop = withKuberc('credentialPluginPolicy: DenyAll')
    laptop.facts = { env: { PATH: '/usr/bin', KUBERC: 'off' } }
    assert.deepEqual(await said(laptop), [])
  })
})
