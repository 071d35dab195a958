import {
  type ClusterFacts,
  type FileOutcome,
  type Finding,
  type IssuerFacts,
  runDoctor,
} from '../../src/doctor/index.ts'
import { authenticationConfiguration } from '../../src/kubernetes/index.ts'

export const issuerUrl = 'https://id.example.com'
const trust = {
  ...{ name: 'prod', audience: 'prod', server: 'https://k8s.example.com' },
  ...{ certificateAuthority: null, usernamePrefix: '', groupsPrefix: '', everyone: false },
  ...{ groups: ['viewers'], liveGroups: false, kubernetesVersion: null, replicas: [], probes: [] },
}
export const printedConfiguration = authenticationConfiguration({
  ...trust,
  ...{ issuer: issuerUrl, maxTokenLifetimeSeconds: 3600, signingAlg: 'RS256', apiVersion: 'v1' },
})
const issuer: IssuerFacts = {
  ...{ url: issuerUrl, serves: issuerUrl, isDefault: false, certificateAuthority: null },
  ...{ tls: 'own', certificateFile: null, idTokenSeconds: 600, maxTokenBytes: 16_384, keys: null },
}
const cluster: ClusterFacts = {
  ...{ ...trust, signingAlg: 'RS256', people: [], probeToken: null, flags: [] },
  authenticationConfiguration: printedConfiguration,
}

/** What the doctor says of files of kube-apiserver, where nothing else can be reached. */
export async function lookAt(
  files: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  const read = (path: string): FileOutcome => {
    const text = files[path] ?? others[path]
    return text === undefined
      ? { kind: 'unreadable', code: 'ENOENT', reason: 'not there' }
      : { kind: 'file', text, mode: 0o600, owner: 0 }
  }
  const findings = await runDoctor(
    {
      ...{ issuer, clusters: [cluster], person: null, kubeconfig: null },
      ...{ names: { users: [], groups: [] }, configs: Object.keys(files) },
    },
    {
      ...{ now: Date.UTC(2026, 6, 1, 12), proxies: {}, lookup: () => Promise.resolve([]) },
      https: () =>
        Promise.resolve({
          ...{ kind: 'failed', stage: 'connect', code: 'ECONNREFUSED', reason: '', chain: [] },
        }),
      readFile: (path) => Promise.resolve(read(path)),
      run: () => Promise.resolve({ kind: 'failed', code: 'ENOENT', reason: 'not there' }),
    },
  )
  return findings.filter(({ check }) => check.startsWith('config.'))
}
