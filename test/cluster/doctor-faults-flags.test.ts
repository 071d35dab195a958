/**
 * Faults in the flags of a kube-apiserver, as a static pod's manifest and as the files of other distributions have them. The test is
 * the kubelet: it starts kube-apiserver with the manifest's command, and gives it the files that volumes hold.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import type { Finding } from '../../src/doctor/index.ts'
import { roleBinding } from '../../src/kubernetes/index.ts'
import { createAuthority } from '../support/certificates.ts'
import { showCluster } from '../support/end-to-end.ts'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { poll } from '../support/poll.ts'
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

const skip = await skipWithoutCluster('that the doctor finds and mends faults in flags')

interface Files {
  /** The manifest of one seed. */
  readonly manifest: string
  /** A sound AuthenticationConfiguration in a directory of its own. */
  readonly configuration: string
  readonly otherCa: string
}

interface Seed {
  readonly name: string
  readonly spoil: (text: string, files: Files) => string
  readonly check: string
  readonly cause: RegExp
  /** What becomes of kube-apiserver: it does not start, or it starts and nobody gets in. */
  readonly outcome: 'refused' | 'nobody'
  /** The flags by their file, `--authentication-config`. */
  readonly byFile?: true
  /** The kind of file: a static pod unless told. */
  readonly kind?: 'k3s' | 'lines'
  readonly signingAlg?: 'ES256'
  /** The file beside the manifest is given too. */
  readonly withFile?: true
}

const replaced =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const spoiled = text.replace(from, to)
    assert.notEqual(spoiled, text, `${from} is in the file`)
    return spoiled
  }
const without = (flag: string) => replaced(new RegExp(`^.*${flag}=.*\\n`, 'm'), '')

const seeds: readonly Seed[] = [
  {
    name: 'the issuer ends with a slash',
    spoil: replaced(/(--oidc-issuer-url=.*)$/m, '$1/'),
    check: 'config.issuer',
    cause: /^--oidc-issuer-url is ".*\/", and the issuer is .*: the slash at its end counts$/,
    outcome: 'nobody',
  },
  {
    name: 'the issuer is http',
    spoil: replaced('oidc-issuer-url=https', 'oidc-issuer-url=http'),
    check: 'config.issuer',
    cause: /: it must be https$/,
    outcome: 'refused',
  },
  {
    name: 'the audience is another',
    spoil: replaced('--oidc-client-id=c', '--oidc-client-id=kubernetes'),
    check: 'config.audience',
    cause: /^--oidc-client-id is "kubernetes", and tokens for "c" carry "c"$/,
    outcome: 'nobody',
  },
  {
    name: 'the username claim is missing',
    spoil: (text) => without('--oidc-groups-claim')(without('--oidc-username-claim')(text)),
    check: 'config.username',
    cause: /^the username is read from the claim "sub"$/,
    outcome: 'nobody',
  },
  {
    name: 'the groups claim is missing, in a file of flags',
    spoil: without('--oidc-groups-claim'),
    check: 'config.groups',
    cause: /^--oidc-groups-claim is missing: nobody has a group$/,
    outcome: 'nobody',
    kind: 'lines',
  },
  {
    name: "the groups have a prefix, in k3s' config.yaml",
    spoil: replaced(
      /( *- )"?oidc-groups-claim=groups"?\n/,
      '$1oidc-groups-claim=groups\n$1"oidc-groups-prefix=oidc:"\n',
    ),
    check: 'config.prefix',
    cause: /^kube-apiserver puts "oidc:" before groups, and Lanyard thinks nothing$/,
    outcome: 'nobody',
    kind: 'k3s',
  },
  {
    name: 'the algorithm is not taken',
    spoil: without('--oidc-signing-algs'),
    check: 'config.algorithm',
    cause: /^kube-apiserver takes RS256 alone, and tokens for "es" are signed with ES256$/,
    outcome: 'nobody',
    signingAlg: 'ES256',
  },
  {
    name: 'an algorithm that kube-apiserver does not know',
    spoil: replaced(/oidc-signing-algs=.*$/m, 'oidc-signing-algs=RS256,EdDSA'),
    check: 'config.algorithm',
    cause: /^kube-apiserver knows no algorithm EdDSA$/,
    outcome: 'refused',
  },
  {
    name: 'the CA is missing',
    spoil: without('--oidc-ca-file'),
    check: 'config.certificate-authority',
    cause: /^--oidc-ca-file is missing, and the issuer's CA is a private one$/,
    outcome: 'nobody',
  },
  {
    name: 'the CA is an old one',
    spoil: (text, { otherCa }) => replaced(/oidc-ca-file=.*$/m, `oidc-ca-file=${otherCa}`)(text),
    check: 'config.certificate-authority',
    cause: /holds another CA than the issuer's$/,
    outcome: 'nobody',
  },
  {
    name: 'a claim is required that no token has',
    spoil: replaced(/( *- )--oidc-required-claim=.*\n/, '$1--oidc-required-claim=hd=example.com\n'),
    check: 'config.rules',
    cause: /^--oidc-required-claim wants hd to be "example\.com", which no token says$/,
    outcome: 'nobody',
  },
  {
    name: 'a flag is given twice, and the last is wrong',
    spoil: replaced(/( *- )(--oidc-client-id=c)\n/, '$1$2\n$1--oidc-client-id=old\n'),
    check: 'config.audience',
    cause: /^--oidc-client-id is "old", and tokens for "c" carry "c"$/,
    outcome: 'nobody',
  },
  {
    name: 'a flag is misspelt',
    spoil: replaced('--oidc-client-id=', '--oidc-client='),
    check: 'config.flags',
    cause: /^kube-apiserver has no flag --oidc-client$/,
    outcome: 'refused',
  },
  {
    name: 'flags and a file',
    spoil: (text, { configuration }) =>
      replaced(
        /( *- )(--oidc-client-id=c)\n/,
        `$1$2\n$1--authentication-config=${configuration}\n`,
      )(text),
    check: 'config.flags',
    cause: /^both --authentication-config and --oidc-\* flags are given$/,
    outcome: 'refused',
  },
  {
    name: 'a prefix ends with a colon, without quotes',
    spoil: replaced(/"?--oidc-username-prefix=.*$/m, '--oidc-username-prefix=oidc:'),
    check: 'config.flags',
    cause: /^YAML reads line \d+ as a mapping: a colon at the end needs quotes$/,
    outcome: 'refused',
  },
  {
    name: 'the file is not inside the pod',
    spoil: (text) =>
      replaced(
        / {4}- mountPath: .*\n {6}name: lanyard\n(?: {6}readOnly: true\n)?/,
        '',
      )(replaced(/ {2}- hostPath:\n(?: {6}.*\n)+ {4}name: lanyard\n/, '')(text)),
    check: 'config.mounted',
    cause: /authentication\.yaml is not inside the pod: no volume holds it$/,
    outcome: 'refused',
    byFile: true,
  },
  {
    name: 'the flag names another path than the file has',
    spoil: replaced('/authentication.yaml', '/authn.yaml'),
    check: 'config.flags',
    cause:
      /^--authentication-config names .*\/authn\.yaml, which is not there, and the file is .*\/authentication\.yaml$/,
    outcome: 'refused',
    byFile: true,
    withFile: true,
  },
  {
    name: 'the file is not named',
    spoil: without('--authentication-config'),
    check: 'config.flags',
    cause: /does not name .*\/authentication\.yaml$/,
    outcome: 'nobody',
    byFile: true,
    withFile: true,
  },
  {
    name: 'anonymous is told by the flag and by the file',
    spoil: replaced(/( *- )(--authentication-config=.*)\n/, '$1$2\n$1--anonymous-auth=true\n'),
    check: 'config.anonymous',
    cause: /^--anonymous-auth is given, and .* has anonymous too$/,
    outcome: 'refused',
    byFile: true,
    withFile: true,
  },
]

/** A static pod as kubeadm writes it, as far as it matters here. */
function manifestOf(flags: readonly string[], directory: string): string {
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'kube-apiserver', namespace: 'kube-system' },
      spec: {
        containers: [
          {
            command: ['kube-apiserver', '--allow-privileged=true', ...flags],
            image: 'registry.k8s.io/kube-apiserver:v1.37.1',
            name: 'kube-apiserver',
            volumeMounts: [
              { mountPath: '/etc/ssl/certs', name: 'ca-certs', readOnly: true },
              { mountPath: directory, name: 'lanyard', readOnly: true },
            ],
          },
        ],
        hostNetwork: true,
        volumes: [
          { hostPath: { path: '/etc/ssl/certs', type: 'DirectoryOrCreate' }, name: 'ca-certs' },
          { hostPath: { path: directory, type: 'DirectoryOrCreate' }, name: 'lanyard' },
        ],
      },
    },
    { lineWidth: 0, indentSeq: false },
  )
}

interface Pod {
  readonly spec: {
    readonly containers: readonly [
      { command: readonly unknown[]; volumeMounts: readonly { mountPath: string; name: string }[] },
    ]
  }
}

/** What kube-apiserver is started with. Throws where a kubelet takes the file for no pod. */
function argumentsIn(text: string, kind: Seed['kind']): string[] {
  if (kind === 'lines') return text.trim().split('\n')
  if (kind === 'k3s') {
    const { 'kube-apiserver-arg': args } = parse(text) as { 'kube-apiserver-arg': string[] }
    return args.map((each) => `--${each}`)
  }
  const [{ command, volumeMounts }] = (parse(text) as Pod).spec.containers
  return command.slice(1).map((argument) => {
    if (typeof argument !== 'string') throw new TypeError('refused to start: no string')
    // What no volume holds is not there.
    const path = /=(\/.*)$/.exec(argument)?.[1]
    const isInside = volumeMounts.some(({ mountPath }) => path?.startsWith(`${mountPath}/`))
    return path === undefined || isInside ? argument : argument.replace(path, `/nonexistent${path}`)
  })
}

describe('the doctor and faults in flags', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let desk: Desk
  let apiserver: Apiserver
  let sound: { c: readonly string[]; es: readonly string[] }
  let files: Omit<Files, 'manifest'>
  const tokens = new Map<string, string>()
  let adaPassword = ''
  /** What was started, by its arguments in order: most mended manifests are one. */
  const proved = new Set<string>()

  before(async () => {
    const [lanyard, etcd, directory] = await Promise.all([
      startLanyard(),
      startEtcd(),
      temporaryDirectory(),
    ])
    for (const each of [lanyard, etcd, directory]) owned.use(each)
    desk = { lanyard, directory: directory.path }
    await furnishDesk(desk.directory)
    const ada = await lanyard.addUser('ada', ['viewers'])
    adaPassword = ada.password
    await lanyard.addCluster('c', { groups: ['viewers'] })
    await lanyard.addCluster('es', { groups: ['viewers'], signingAlg: 'ES256' })
    const etc = join(desk.directory, 'etc')
    await mkdir(etc)
    const configuration = join(etc, 'authentication.yaml')
    await writeFile(configuration, (await showCluster(lanyard, 'c')).authenticationConfiguration)
    const other = await createAuthority(etc, 'old-authority')
    files = { configuration, otherCa: other.certificatePath }
    const ca = join(etc, 'lanyard-ca.crt')
    await writeFile(ca, lanyard.ca)
    const flagsOf = async (name: string) =>
      (await showCluster(lanyard, name)).flags.map((flag) =>
        flag.replace(/^--oidc-ca-file=.*/, `--oidc-ca-file=${ca}`),
      )
    sound = { c: await flagsOf('c'), es: await flagsOf('es') }
    apiserver = owned.use(await startApiserver({ etcd, args: sound.c }))
    await bind()
    for (const cluster of ['c', 'es']) {
      const change = {
        server: apiserver.url,
        certificateAuthority: apiserver.certificateAuthority.certificate,
      }
      await lanyard.server.rooms.clusters.change(cluster, change, byTest)
      await lanyard.server.issuer.refresh()
      tokens.set(cluster, (await tokenOf(desk, ada, cluster)) ?? '')
    }
    await untilPods('as Lanyard prints them', () => getPods(desk, 'c', tokens.get('c') ?? ''))
  })
  after(() => owned.disposeAsync())

  async function bind(): Promise<void> {
    const role = stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'viewing' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    })
    const binding = roleBinding({ groupName: 'viewers', prefix: '', role: 'viewing' })
    await apiserver.apply(`${role}---\n${binding}`)
  }

  function write(seed: Seed): string {
    const flags = seed.signingAlg === 'ES256' ? sound.es : sound.c
    if (seed.kind === 'lines') return `${flags.join('\n')}\n`
    if (seed.kind === 'k3s') {
      return stringify({ 'kube-apiserver-arg': flags.map((flag) => flag.slice(2)) })
    }
    const all = seed.byFile === true ? [`--authentication-config=${files.configuration}`] : flags
    return manifestOf(all, join(desk.directory, 'etc'))
  }

  /** The kubelet: ends the former one, starts this. */
  async function start(text: string, seed: Seed): Promise<void> {
    await apiserver.restart({ args: argumentsIn(text, seed.kind) })
  }

  for (const [index, seed] of seeds.entries()) {
    it(`finds and mends: ${seed.name}`, async () => {
      const manifest = join(desk.directory, `seed-${index}.yaml`)
      const name = seed.signingAlg === 'ES256' ? 'es' : 'c'
      const pods = () => getPods(desk, name, tokens.get(name) ?? '')
      if (seed.check === 'config.anonymous') {
        const text = await readFile(files.configuration, 'utf8')
        await writeFile(files.configuration, `${text}anonymous:\n  enabled: true\n`)
      }
      const spoiled = seed.spoil(write(seed), { ...files, manifest })
      await writeFile(manifest, spoiled)

      if (seed.outcome === 'refused') {
        await assert.rejects(async () => start(spoiled, seed), /refused to start/)
      } else {
        await start(spoiled, seed)
        assert.notEqual((await pods()).code, 0, 'nobody gets in')
      }

      const given = seed.withFile === true ? ['--config', files.configuration] : []
      const argv = [name, '--config', manifest, ...given]
      const isMine = ({ check }: Finding): boolean => check.startsWith('config.')
      const first = await followDoctor(desk, argv, isMine)
      const own = first.find(isMine)
      assert.equal(own?.check, seed.check, own?.summary)
      assert.match(own.summary, seed.cause)
      assert.notEqual(own.why, '')

      const mended = await readFile(manifest, 'utf8')
      const args = argumentsIn(mended, seed.kind).toSorted().join('\n')
      if (proved.has(args)) return
      await start(mended, seed)
      await untilPods(seed.name, pods)
      proved.add(args)
      assert.deepEqual(failures(await askDoctor(desk, argv)), [])
    })
  }

  it('learns from the cluster itself why it refuses, without its files', async () => {
    const args = sound.es.filter((flag) => !flag.startsWith('--oidc-signing-algs'))
    await apiserver.restart({ args })
    await untilRefused('es')
    const argv = ['es', '--kubeconfig', apiserver.adminKubeconfig]
    const isMine = ({ check }: Finding): boolean => check === 'cluster.token'
    const first = await followDoctor(desk, argv, isMine)
    const own = first.find(isMine)
    assert.deepEqual(own?.seen, [
      'in its log: [invalid bearer token, oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"]',
    ])
    const credentials = { username: 'ada', password: adaPassword }
    await untilPods('signed with what it takes', async () => {
      const token = await tokenOf(desk, credentials, 'es')
      return getPods(desk, 'es', token ?? '')
    })
  })

  it('asks by the admin’s kubectl where the API cannot be reached from here', async () => {
    const { clusters } = desk.lanyard.server.rooms
    await clusters.change('es', { signingAlg: 'ES256' }, byTest)
    await desk.lanyard.server.issuer.refresh()
    await apiserver.restart({ args: sound.es })
    const credentials = { username: 'ada', password: adaPassword }
    await untilPods('the issuer is known', async () => {
      const token = await tokenOf(desk, credentials, 'es')
      return getPods(desk, 'es', token ?? '')
    })
    await clusters.change('es', { server: 'https://api.invalid:6443' }, byTest)
    const findings = await askDoctor(desk, ['es', '--kubeconfig', apiserver.adminKubeconfig])
    const known = findings.find(({ check }) => check === 'cluster.token')
    assert.deepEqual([known?.status, known?.seen], ['ok', ['it knows the bearer as lanyard:probe']])
    const prefixes = findings.filter(({ check }) => check === 'cluster.prefix')
    assert.deepEqual(
      prefixes.map(({ status }) => status),
      ['ok', 'ok'],
    )
  })

  /** The issuer's documents are read by then. */
  async function untilRefused(cluster: string): Promise<void> {
    await poll('the algorithm is refused', async () => {
      const mark = apiserver.logMark()
      await getPods(desk, cluster, tokens.get(cluster) ?? '')
      const reasons = await apiserver.unauthenticatedReasons(mark)
      return reasons.some((reason) => reason.includes('unsupported algorithm'))
    })
  }

  it('counts its seeds', () => {
    assert.equal(seeds.length, 19)
  })
})
