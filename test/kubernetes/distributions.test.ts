/**
 * What is printed for each distribution, as golden files (UPDATE=1 writes them), against what the distribution documents. Where
 * the real consumer can be run it is: kube-apiserver in test/cluster/config.test.ts, kubectl below; kubeadm 1.37.2 said `ok` to
 * kubeadm.yaml by `kubeadm config validate`, and made golden/kubeadm-manifest-after.yaml of it.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { parse, stringify } from 'yaml'
import {
  type Distribution,
  type DistributionConfig,
  distributionConfig,
  distributions,
  newestKubernetes,
} from '../../src/kubernetes/index.ts'
import { LINES, NEWEST } from '../cluster/kube/releases.ts'
import * as schemas from './distribution-schemas.ts'

const golden = join(import.meta.dirname, 'golden')
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
/** Of each kind of configuration that kube-apiserver takes, one; and the two lines at which kubeadm and kind change their own. */
const versions = ['1.37', '1.33', '1.29'] as const

type Settings = Parameters<typeof distributionConfig>[1]

function configOf(
  distribution: Distribution,
  kubernetesVersion: string,
  more: Partial<Settings> = {},
): DistributionConfig {
  return distributionConfig(distribution, {
    name: 'prod-eu',
    issuer: 'https://id.example.com',
    certificateAuthority: pem,
    audience: 'prod',
    usernamePrefix: 'lanyard:',
    groupsPrefix: 'lanyard:',
    signingAlg: 'RS256',
    liveGroups: false,
    maxTokenLifetimeSeconds: 3600,
    kubernetesVersion,
    ...more,
  })
}

const ajv = new Ajv({ strict: false, allErrors: true })
function assertFits(schema: object, value: unknown): void {
  const isValid = ajv.compile(schema)
  assert.ok(isValid(value), ajv.errorsText(isValid.errors))
}

function contentOf({ files }: DistributionConfig, name: string): string {
  const file = files.find(({ path }) => path.endsWith(name))
  assert.ok(file, name)
  return file.content
}

const readYaml = (text: string): unknown => parse(text, { version: '1.2' })

describe('what is printed is what it was', () => {
  for (const distribution of distributions) {
    for (const version of versions) {
      if (distribution === 'structured' && version === '1.29') continue
      // Nothing of theirs depends on the version.
      if ((distribution === 'eks' || distribution === 'gke') && version !== '1.37') continue
      it(`for ${distribution}, Kubernetes ${version}`, () => {
        const file = join(golden, `${distribution}-${version}.yaml`)
        const text = stringify(configOf(distribution, version), { lineWidth: 0 })
        if (process.env['UPDATE'] === '1') writeFileSync(file, text)
        assert.ok(existsSync(file), `${file} is not there: UPDATE=1 writes it`)
        assert.equal(readFileSync(file, 'utf8'), text)
      })
    }
  }
})

describe('what is printed fits what is documented', () => {
  for (const version of ['1.37', '1.36', '1.35', '1.33', '1.31', '1.30', '1.29', '1.23']) {
    it(`of kubeadm and kind, Kubernetes ${version}`, () => {
      const minor = Number(version.slice(2))
      const own = readYaml(contentOf(configOf('kubeadm', version), 'kubeadm.yaml'))
      assertFits(schemas.kubeadm, own)
      const inKind = readYaml(contentOf(configOf('kind', version), 'kind-lanyard.yaml'))
      assertFits(schemas.kind, inKind)
      const [patch = ''] = (inKind as { kubeadmConfigPatches: string[] }).kubeadmConfigPatches
      assertFits(schemas.kubeadm, readYaml(patch))
      const apiVersionOf = (value: unknown) => (value as { apiVersion: string }).apiVersion
      assert.deepEqual(
        [apiVersionOf(own), apiVersionOf(readYaml(patch))],
        [
          `kubeadm.k8s.io/${minor >= 31 ? 'v1beta4' : 'v1beta3'}`,
          `kubeadm.k8s.io/${minor >= 36 ? 'v1beta4' : 'v1beta3'}`,
        ],
      )
    })
  }

  for (const version of versions) {
    for (const certificateAuthority of [pem, null]) {
      const authority = certificateAuthority === null ? 'a public CA' : 'a CA of its own'
      it(`of the others, Kubernetes ${version}, ${authority}`, () => {
        const config = (distribution: Distribution) =>
          configOf(distribution, version, { certificateAuthority })
        assertFits(schemas.k3s, readYaml(contentOf(config('k3s'), 'lanyard.yaml')))
        assertFits(schemas.rke2, readYaml(contentOf(config('rke2'), 'lanyard.yaml')))
        assertFits(schemas.talosV1alpha1, readYaml(contentOf(config('talos'), 'v1alpha1.yaml')))
        assertFits(schemas.eks, JSON.parse(contentOf(config('eks'), '.json')))
        if (version === '1.29') {
          assert.deepEqual([config('aks').files, config('talos').files.length], [[], 1])
        } else {
          assertFits(schemas.talosDocument, readYaml(contentOf(config('talos'), 'lanyard.yaml')))
          assertFits(schemas.aks, JSON.parse(contentOf(config('aks'), '.json')))
        }
      })
    }
  }

  it('with a file mode that is octal to people and to YAML', () => {
    assert.match(contentOf(configOf('talos', '1.33'), 'v1alpha1.yaml'), /^ {4}permissions: 0o444$/m)
  })
})

describe('every way leads to the same flags', () => {
  for (const version of versions) {
    it(`Kubernetes ${version}`, () => {
      for (const distribution of [
        'kubeadm',
        'k3s',
        'rke2',
        'talos',
        'kind',
        'minikube',
        'microk8s',
      ] as const) {
        const config = configOf(distribution, version)
        assert.deepEqual(flagsOf[distribution]?.(config), config.flags, distribution)
        if (version !== '1.29') {
          const text =
            distribution === 'talos' ? talosFile(config) : contentOf(config, 'authentication.yaml')
          assert.equal(
            text,
            contentOf(configOf('structured', version), 'authentication.yaml'),
            distribution,
          )
        }
      }
    })
  }
})

/** The flags that kube-apiserver will get, as the distribution's own files and commands have them. */
const flagsOf: Partial<Record<Distribution, (config: DistributionConfig) => string[]>> = {
  kubeadm: (config) => flagsOfKubeadm(readYaml(contentOf(config, 'kubeadm.yaml'))),
  kind: (config) => {
    const own = readYaml(contentOf(config, 'kind-lanyard.yaml'))
    return flagsOfKubeadm(
      readYaml((own as { kubeadmConfigPatches: [string] }).kubeadmConfigPatches[0]),
    )
  },
  talos: (config) => {
    const patch = readYaml(contentOf(config, 'v1alpha1.yaml'))
    return fromMap(
      (patch as { cluster: { apiServer: { extraArgs: Record<string, string> } } }).cluster.apiServer
        .extraArgs,
    )
  },
  minikube: ({ commands }) =>
    (commands[0]?.run.match(/--extra-config=apiserver\.\S+/g) ?? []).map((word) =>
      word.replace('--extra-config=apiserver.', '--'),
    ),
  microk8s: (config) => contentOf(config, 'args/kube-apiserver').trimEnd().split('\n'),
  k3s: flagsOfRancher,
  rke2: flagsOfRancher,
}

function flagsOfRancher(config: DistributionConfig): string[] {
  const own = readYaml(contentOf(config, 'config.yaml.d/lanyard.yaml'))
  return (own as { 'kube-apiserver-arg+': string[] })['kube-apiserver-arg+'].map(
    (arg) => `--${arg}`,
  )
}

function flagsOfKubeadm(value: unknown): string[] {
  const { extraArgs } = (
    value as {
      apiServer: { extraArgs: Record<string, string> | { name: string; value: string }[] }
    }
  ).apiServer
  return Array.isArray(extraArgs)
    ? extraArgs.map(({ name, value: text }) => `--${name}=${text}`)
    : fromMap(extraArgs)
}

function fromMap(extraArgs: Readonly<Record<string, string>>): string[] {
  return Object.entries(extraArgs).map(([name, value]) => `--${name}=${value}`)
}

function talosFile(config: DistributionConfig): string {
  const patch = readYaml(contentOf(config, 'v1alpha1.yaml')) as {
    machine: { files: [{ content: string }] }
  }
  return patch.machine.files[0].content
}

describe('versions of Kubernetes', () => {
  it('are known up to the newest that the tests run', () => {
    assert.equal(newestKubernetes, NEWEST)
    for (const line of LINES) assert.equal(configOf('structured', line).kubernetesVersion, line)
  })

  it('that are none, or too old, are refused by name', () => {
    for (const version of [
      '',
      '1',
      'abc',
      '1.33.1',
      'v1.33',
      '2.0',
      '1.-3',
      '1.1e2',
      '1.33 ',
      '１.33',
      '1.9999',
    ]) {
      assert.throws(() => configOf('flags', version), { code: 'ERR_KUBERNETES_VERSION_INVALID' })
    }
    for (const version of ['1.2', '1.22', '1.0']) {
      assert.throws(() => configOf('kubeadm', version), {
        code: 'ERR_KUBERNETES_VERSION_OLD',
        message: `Kubernetes ${version} is older than 1.23, the oldest whose settings are known`,
      })
    }
    assert.throws(() => configOf('structured', '1.29'), {
      code: 'ERR_KUBERNETES_VERSION_OLD',
      message: 'Kubernetes 1.29 reads no AuthenticationConfiguration: that came with 1.30',
      hint: 'give it flags: lanyard cluster config prod-eu --for flags',
    })
  })

  it('choose the apiVersion, and a newer one gets the newest', () => {
    const apiVersion = (version: string) =>
      /^apiVersion: (.*)$/m.exec(contentOf(configOf('structured', version), '.yaml'))?.[1]
    assert.deepEqual(
      ['1.30', '1.33', '1.34', '1.37', '1.38'].map(apiVersion),
      ['v1beta1', 'v1beta1', 'v1', 'v1', 'v1'].map((each) => `apiserver.config.k8s.io/${each}`),
    )
    const isAside = (version: string) =>
      configOf('k3s', version).notes.some((note) => note.includes('is newer than 1.37'))
    assert.deepEqual([isAside('1.37'), isAside('1.38')], [false, true])
  })
})

describe('warnings', () => {
  const warnings = (distribution: Distribution, more: Partial<Settings>, version = '1.37') =>
    configOf(distribution, version, more).notes.filter((note) => note.startsWith('warning: '))

  it('are none where all is as it should be', () => {
    for (const distribution of [
      'structured',
      'kubeadm',
      'k3s',
      'rke2',
      'talos',
      'kind',
      'minikube',
      'microk8s',
    ] as const) {
      assert.deepEqual(warnings(distribution, { usernamePrefix: '', liveGroups: true }), [])
      assert.deepEqual(warnings(distribution, {}), [])
    }
    assert.deepEqual(warnings('eks', { certificateAuthority: null }), [])
  })

  it('say what a managed cluster cannot do, each with its way out', () => {
    const all = { usernamePrefix: '', liveGroups: true, signingAlg: 'ES256' }
    assert.deepEqual(
      warnings('eks', all).map((note) => /lanyard cluster set .*|a public CA$/.exec(note)?.[0]),
      [
        'a public CA',
        'lanyard cluster set prod-eu --groups embedded',
        'lanyard cluster set prod-eu --signing-alg RS256',
        'lanyard cluster set prod-eu --username-prefix lanyard: --groups-prefix lanyard:',
      ],
    )
    assert.match(
      warnings('aks', all).join('\n'),
      /--groups embedded[\s\S]*--username-prefix aks:jwt:/,
    )
    const prefixes = { usernamePrefix: 'aks:jwt:x:', groupsPrefix: 'aks:jwt:' }
    assert.ok(!warnings('aks', prefixes).join('\n').includes('--username-prefix'))
    const authenticator = contentOf(configOf('aks', '1.34', prefixes), '.json')
    assert.ok(authenticator.includes('\\"aks:jwt:x:\\" + claims'))
    assert.match(
      warnings('gke', all).join('\n'),
      /neither --oidc- flags nor an AuthenticationConfiguration/,
    )
  })
})

describe('values', () => {
  it('that a shell would read stay one word', () => {
    const issuer = "https://id.example.com/a'b$(id)"
    const run = configOf('minikube', '1.29', { issuer }).commands[0]?.run ?? ''
    assert.ok(
      run.includes(
        `--extra-config='apiserver.oidc-issuer-url=https://id.example.com/a'\\''b$(id)'`,
      ),
    )
  })

  it('of another tool’s YAML stay where they are', () => {
    const certificateAuthority = `${pem}${pem}`
    const config = configOf('talos', '1.29', { certificateAuthority })
    assert.equal(talosFile(config), certificateAuthority)
    const { files } = configOf('kind', '1.29', { audience: 'yes' })
    assert.ok(files.some(({ content }) => content.includes('oidc-client-id: "yes"')))
  })
})
