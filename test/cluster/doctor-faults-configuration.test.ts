/**
 * Faults in the AuthenticationConfiguration of a kube-apiserver. Each seed has a Lanyard of its own, so that one apiserver can be
 * started with the entries of all of them, broken and mended: two starts instead of sixty.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import type { Finding } from '../../src/doctor/index.ts'
import { roleBinding } from '../../src/kubernetes/index.ts'
import { createAuthority } from '../support/certificates.ts'
import { showCluster } from '../support/end-to-end.ts'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'
import {
  askDoctor,
  type Desk,
  failures,
  followDoctor,
  furnishDesk,
  getPods,
  tokenOf,
  untilPods,
} from './doctor-faults.ts'

const skip = await skipWithoutCluster(
  'that the doctor finds and mends faults in kube-apiserver’s files',
)

interface Seed {
  readonly name: string
  /** What the admin made of the file that Lanyard printed. */
  readonly spoil: (text: string, world: { issuer: string; otherCa: string }) => string
  readonly check: string
  readonly cause: RegExp
  /** kube-apiserver does not start with it. */
  readonly refused?: true
  /** Mended, it is still another than what Lanyard printed. */
  readonly own?: true
  readonly live?: true
  readonly groupsPrefix?: string
}

const replaced =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const spoiled = text.replace(from, to)
    assert.notEqual(spoiled, text, `${from} is in the file`)
    return spoiled
  }

const withCa = (text: string, make: (indented: string) => string): string =>
  replaced(/ {4}certificateAuthority: \|\n(?: {6}.*\n)+/, make('      '))(text)

const seeds: readonly Seed[] = [
  {
    name: 'the issuer ends with a slash',
    spoil: replaced(/url: (.*)$/m, 'url: $1/'),
    check: 'config.issuer',
    cause: /^issuer\.url is ".*\/", and the issuer is .*: the slash at its end counts$/,
  },
  {
    name: 'the issuer is http',
    spoil: replaced('url: https:', 'url: http:'),
    check: 'config.issuer',
    cause: /: it must be https$/,
    refused: true,
  },
  {
    name: 'the issuer has another name',
    spoil: replaced(/url: https:\/\/localhost/, 'url: https://127.0.0.1'),
    check: 'config.issuer',
    cause: /^issuer\.url is "https:\/\/127\.0\.0\.1:\d+", and the issuer is https:\/\/localhost/,
  },
  {
    name: 'the issuer is in capitals',
    spoil: replaced(/url: https:\/\/localhost/, 'url: https://Localhost'),
    check: 'config.issuer',
    cause: /: letter case counts$/,
  },
  {
    name: 'the file is for another issuer alone',
    spoil: (text, { issuer }) =>
      text
        .replace(`url: ${issuer}`, 'url: https://elsewhere.example.com')
        .replace(/ {4}- c$/m, '    - elsewhere') +
      text
        .slice(text.indexOf('- issuer:'))
        .replace(`url: ${issuer}`, 'url: https://yonder.example.com')
        .replace(/ {4}- c$/m, '    - yonder'),
    check: 'config.issuer',
    cause: /has no entry for the issuer https:\/\/localhost/,
  },
  {
    name: 'the audience is another',
    spoil: replaced(/ {4}- c$/m, '    - kubernetes'),
    check: 'config.audience',
    cause: /^issuer\.audiences has "kubernetes", and tokens for "c" carry "c"$/,
  },
  {
    name: 'no audience is named',
    spoil: replaced(/audiences:\n {4}- c$/m, 'audiences: []'),
    check: 'config.audience',
    cause: /^issuer\.audiences has nothing, and tokens for "c" carry "c"$/,
    refused: true,
  },
  {
    name: 'two audiences without audienceMatchPolicy',
    spoil: replaced(/ {4}- c$/m, '    - c\n    - headlamp'),
    check: 'config.accepted',
    cause: /audienceMatchPolicy/,
    refused: true,
    own: true,
  },
  {
    name: 'the CA is missing',
    spoil: (text) => withCa(text, () => ''),
    check: 'config.certificate-authority',
    cause: /^issuer\.certificateAuthority is missing, and the issuer's CA is a private one$/,
  },
  {
    name: 'the CA is an old one',
    spoil: (text, { otherCa }) =>
      withCa(
        text,
        (indent) => `    certificateAuthority: |\n${otherCa.trimEnd().replace(/^/gm, indent)}\n`,
      ),
    check: 'config.certificate-authority',
    cause: /^issuer\.certificateAuthority is another CA than the issuer's$/,
  },
  {
    name: 'the CA is a path',
    spoil: (text) =>
      withCa(text, () => '    certificateAuthority: /etc/kubernetes/pki/lanyard-ca.crt\n'),
    check: 'config.certificate-authority',
    cause: /is no certificate: it takes the PEM text itself, never a path$/,
    refused: true,
  },
  {
    name: 'the username is read from email',
    spoil: replaced('claim: preferred_username', 'claim: email'),
    check: 'config.username',
    cause: /^the username is read from the claim "email"$/,
  },
  {
    name: 'the username is read from a claim that no token has',
    spoil: replaced('claim: preferred_username', 'claim: upn'),
    check: 'config.username',
    cause: /^the username is read from the claim "upn"$/,
  },
  {
    name: 'the username has no prefix',
    spoil: replaced(/(claim: preferred_username\n) *prefix: .*\n/, '$1'),
    check: 'config.prefix',
    cause: /^claimMappings\.username\.prefix is missing$/,
    refused: true,
  },
  {
    name: 'the groups have another prefix',
    spoil: replaced('prefix: "corp:"', 'prefix: "oidc:"'),
    check: 'config.prefix',
    cause: /^kube-apiserver puts "oidc:" before groups, and Lanyard thinks "corp:"$/,
    groupsPrefix: 'corp:',
  },
  {
    name: 'the groups are not mapped',
    spoil: replaced(/ {4}groups:\n {6}claim: groups\n {6}prefix: .*\n/, ''),
    check: 'config.groups',
    cause: /^claimMappings\.groups is missing: nobody has a group$/,
  },
  {
    name: 'the groups are read from another claim, in flow style',
    spoil: replaced(
      /groups:\n {6}claim: groups\n {6}prefix: .*\n/,
      'groups: {claim: roles, prefix: ""}\n',
    ),
    check: 'config.groups',
    cause: /^the groups are read from the claim "roles", which tokens do not have$/,
  },
  {
    name: 'live groups and an expression',
    spoil: replaced(
      /groups:\n {6}claim: groups\n {6}prefix: .*\n/,
      `groups:\n      expression: 'dyn(claims.?groups.orValue([])).map(g, g)'\n`,
    ),
    check: 'config.groups',
    cause: /^the groups are mapped by an expression, and the cluster has live groups$/,
    live: true,
  },
  {
    name: 'an expression of groups that does not compile',
    spoil: replaced(
      /groups:\n {6}claim: groups\n {6}prefix: .*\n/,
      `groups:\n      expression: 'claims.groups.map(g, "team:" + g)'\n`,
    ),
    check: 'config.accepted',
    cause: /compilation failed/,
    refused: true,
  },
  {
    name: 'token_use is wanted to be something else',
    spoil: replaced('requiredValue: kube', 'requiredValue: id'),
    check: 'config.rules',
    cause: /^a rule wants token_use to be "id", which no token says$/,
  },
  {
    name: 'a claim is required that no token has',
    spoil: replaced(
      'claimValidationRules:\n',
      'claimValidationRules:\n  - claim: hd\n    requiredValue: example.com\n',
    ),
    check: 'config.rules',
    cause: /^a rule wants hd to be "example\.com", which no token says$/,
  },
  {
    name: 'a rule lets tokens live five minutes alone',
    spoil: replaced('claims.exp - claims.iat <= 3600', 'claims.exp - claims.iat <= 300'),
    check: 'config.rules',
    cause: /^a rule takes tokens of 300 seconds at most, and Lanyard makes them for 600$/,
  },
  {
    name: 'a rule that no token passes',
    spoil: replaced(
      'claimValidationRules:\n',
      `claimValidationRules:\n  - expression: 'claims.acr == "gold"'\n    message: sign in better\n`,
    ),
    check: 'config.replay',
    cause: /^with these settings kube-apiserver refuses tokens: .*acr/,
  },
  {
    name: 'a rule of users that nobody passes',
    spoil: replaced(
      'userValidationRules:\n',
      `userValidationRules:\n  - expression: "user.username.endsWith('@example.com')"\n    message: people of the company alone\n`,
    ),
    check: 'config.replay',
    cause: /^with these settings .*people of the company alone$/,
  },
  {
    name: 'a field is misspelt',
    spoil: replaced('claimMappings:', 'claimMapping:'),
    check: 'config.accepted',
    cause: /^kube-apiserver does not know the field jwt\[0\]\.claimMapping$/,
    refused: true,
  },
  {
    name: 'a field stands under the wrong one',
    spoil: replaced(/\n {4}username:\n/, '\n  username:\n'),
    check: 'config.accepted',
    cause: /not valid YAML|does not know the field/,
    refused: true,
  },
  {
    name: 'a line is indented by a space too many',
    spoil: replaced(/^ {4}url:/m, '     url:'),
    check: 'config.accepted',
    cause: /is not valid YAML at line \d+: /,
    refused: true,
  },
  {
    name: 'a line is indented by a tab',
    spoil: replaced(/^ {4}audiences:/m, '\t\taudiences:'),
    check: 'config.accepted',
    cause: /is not valid YAML at line \d+: /,
    refused: true,
  },
  {
    name: 'an apiVersion that there is not',
    spoil: replaced('apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v2'),
    check: 'config.version',
    cause: /^kube-apiserver knows no apiVersion "apiserver\.config\.k8s\.io\/v2" for this file$/,
    refused: true,
  },
  {
    name: 'the same issuer twice',
    spoil: (text) => text + text.slice(text.indexOf('- issuer:')),
    check: 'config.accepted',
    cause: /^jwt\[1\]\.issuer\.url: Duplicate value/,
    refused: true,
  },
]

/** A Lanyard with one cluster, and somebody's token for it. */
interface Home extends Desk {
  readonly token: string
}

interface World extends Home {
  readonly seed: Seed
  readonly file: string
}

/** What does not start needs no Lanyard of its own: once mended it is what Lanyard printed. */
function isShared({ refused, own }: Seed): boolean {
  return refused === true && own !== true
}

describe('the doctor and faults in an AuthenticationConfiguration', { skip }, () => {
  const owned = new AsyncDisposableStack()
  const worlds = new Map<Seed, World>()
  let apiserver: Apiserver
  let shared: Home | undefined

  before(async () => {
    const [etcd, directory] = await Promise.all([startEtcd(), temporaryDirectory()])
    for (const each of [etcd, directory]) owned.use(each)
    await furnishDesk(directory.path)
    const otherCa = (await createAuthority(directory.path, 'old-authority')).certificate
    for (const [index, seed] of seeds.entries()) {
      worlds.set(seed, await createWorld(seed, index, directory.path, otherCa))
    }
    const loaded = [...worlds.values()].filter(({ seed }) => seed.refused !== true)
    apiserver = owned.use(
      await startApiserver({ etcd, authenticationConfig: await merged(loaded) }),
    )
    await bindAll()
  })
  after(() => owned.disposeAsync())

  async function createWorld(
    seed: Seed,
    index: number,
    directory: string,
    otherCa: string,
  ): Promise<World> {
    const home = isShared(seed) && shared !== undefined ? shared : await createHome(seed, directory)
    if (isShared(seed)) shared = home
    const { authenticationConfiguration } = await showCluster(home.lanyard, 'c')
    const file = join(directory, `authentication-${index}.yaml`)
    const { issuer } = home.lanyard
    const spoiled = seed.spoil(authenticationConfiguration, { issuer, otherCa })
    await writeFile(file, spoiled)
    return { ...home, seed, file }
  }

  async function createHome(seed: Seed, directory: string): Promise<Home> {
    const lanyard = owned.use(await startLanyard())
    const group = groupOf(seed)
    const credentials = await lanyard.addUser('ada', [group])
    await lanyard.addCluster('c', { groups: [group], liveGroups: seed.live ?? false })
    const { groupsPrefix = '' } = seed
    if (groupsPrefix !== '') {
      await lanyard.server.rooms.clusters.change('c', { groupsPrefix }, byTest)
    }
    const token = await tokenOf({ lanyard, directory }, credentials, 'c')
    assert.ok(token)
    return { lanyard, directory, token }
  }

  /** One file with the entries of all; other issuers than Lanyard's are not there for the apiserver to wait for. */
  async function merged(of: readonly World[]): Promise<string> {
    const jwt = new Map<string, unknown>()
    for (const { file } of of) {
      const { jwt: entries } = parse(await readFile(file, 'utf8')) as {
        jwt: { issuer: { url: string } }[]
      }
      for (const entry of entries) {
        if (!entry.issuer.url.endsWith('example.com')) jwt.set(entry.issuer.url, entry)
      }
    }
    return stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [...jwt.values()],
    })
  }

  async function bindAll(): Promise<void> {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]
    const role = stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'viewing' },
      rules,
    })
    const bindings = seeds.map((seed) =>
      roleBinding({
        groupName: groupOf(seed),
        prefix: seed.groupsPrefix ?? '',
        role: 'viewing',
      }),
    )
    await apiserver.apply([role, ...bindings].join('---\n'))
    const { certificate } = apiserver.certificateAuthority
    for (const { lanyard } of worlds.values()) {
      const change = { server: apiserver.url, certificateAuthority: certificate }
      await lanyard.server.rooms.clusters.change('c', change, byTest)
      await lanyard.server.issuer.refresh()
    }
  }

  for (const seed of seeds.filter(({ refused }) => refused !== true)) {
    it(`is needed, for nobody gets in: ${seed.name}`, async () => {
      const world = worldOf(seed)
      assert.notEqual((await getPods(world, 'c', world.token)).code, 0)
    })
  }

  for (const seed of seeds) {
    it(`finds and mends: ${seed.name}`, async () => {
      const world = worldOf(seed)
      const argv = ['c', '--config', world.file]
      const isMine = ({ check }: Finding): boolean => check.startsWith('config.')
      const [first] = await followDoctor(world, argv, isMine)
      assert.equal(first?.check, seed.check, first?.summary)
      assert.match(first.summary, seed.cause)
      assert.notEqual(first.why, '')
    })
  }

  it('is right about what kube-apiserver does not start with', async () => {
    for (const seed of seeds.filter(({ refused }) => refused === true)) {
      const { lanyard } = worldOf(seed)
      const { authenticationConfiguration } = await showCluster(lanyard, 'c')
      const other = await createAuthority(worldOf(seed).directory, 'another')
      const spoiled = seed.spoil(authenticationConfiguration, {
        issuer: lanyard.issuer,
        otherCa: other.certificate,
      })
      await assert.rejects(
        apiserver.restart({ authenticationConfig: spoiled }),
        /refused to start/,
        seed.name,
      )
    }
  })

  it('makes kubectl get pods work, for everybody', async () => {
    await apiserver.restart({ authenticationConfig: await merged([...worlds.values()]) })
    for (const [seed, world] of worlds) {
      if (isShared(seed)) {
        const printed = await showCluster(world.lanyard, 'c')
        assert.deepEqual(
          parse(await readFile(world.file, 'utf8')),
          parse(printed.authenticationConfiguration),
          seed.name,
        )
      }
      await untilPods(seed.name, () => getPods(world, 'c', world.token))
      const left = failures(await askDoctor(world, ['c', '--config', world.file]))
      assert.deepEqual(left, [], seed.name)
    }
  })

  it('counts its seeds', () => {
    assert.equal(seeds.length, 30)
  })

  function worldOf(seed: Seed): World {
    const world = worlds.get(seed)
    assert.ok(world)
    return world
  }
})

/** A name of its own: a binding of one seed lets nobody of another in. */
function groupOf(seed: Seed): string {
  return `viewers-${seeds.indexOf(seed)}`
}
