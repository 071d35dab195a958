import type { Finding, LaptopFacts, LaptopPorts } from '../../../src/doctor/index.ts'
import { runLaptopDoctor } from '../../../src/doctor/index.ts'

export const ISSUER = 'https://id.example.com'
export const NOW = Date.parse('2026-11-25T12:00:00Z')
const API = 'https://api.example.com:6443'

/** A context as setup writes it. */
export const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: prod
clusters:
  - name: prod@id.example.com
    cluster:
      server: ${API}
contexts:
  - name: prod
    context:
      cluster: prod@id.example.com
      user: prod@id.example.com
users:
  - name: prod@id.example.com
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: kubectl-lanyard
        args: [get-token, --issuer, ${ISSUER}, --audience, prod]
        interactiveMode: IfAvailable
`

const state = '/home/ada/.local/state/kubectl-lanyard'
const cache = '/home/ada/.cache/kubectl-lanyard'

/** A laptop on which all is well, but for what a test says. Nothing of it is real. */
export interface Double {
  files: Record<string, string>
  facts: Partial<LaptopFacts>
  ports: Partial<LaptopPorts>
}

export function wellLaptop(): Double {
  return { files: { '/home/ada/.kube/config': KUBECONFIG }, facts: {}, ports: {} }
}

export const down: LaptopPorts['https'] = () =>
  Promise.resolve({
    ...{ kind: 'failed', stage: 'connect', code: 'ECONNREFUSED' },
    ...{ reason: 'connect ECONNREFUSED 10.0.0.1:443', chain: [] },
  })

/** An issuer and an API that answer, at this time. */
export function answering(date = NOW): LaptopPorts['https'] {
  return ({ url }) => {
    const documents: Record<string, object> = {
      [`${ISSUER}/.well-known/openid-configuration`]: {
        issuer: ISSUER,
        jwks_uri: `${ISSUER}/jwks`,
      },
      [`${ISSUER}/live/.well-known/openid-configuration`]: {
        issuer: `${ISSUER}/live`,
        jwks_uri: `${ISSUER}/jwks`,
      },
      [`${ISSUER}/jwks`]: { keys: [{ kty: 'EC', crv: 'P-256', kid: 'k' }] },
    }
    return Promise.resolve({
      ...{ kind: 'answer', status: 200, statusText: 'OK', chain: [] },
      headers: { date: new Date(date).toUTCString(), 'cache-control': 'no-store' },
      body: JSON.stringify(documents[url] ?? {}),
    })
  }
}

function factsOf(double: Double): LaptopFacts {
  return {
    ...{ context: null, kubeconfig: null, env: { PATH: '/usr/bin' }, home: '/home/ada', uid: 1000 },
    ...{ platform: 'linux', plugin: { version: '0.1.0', path: '/usr/bin/kubectl-lanyard' } },
    ...{ stateRoot: state, cacheRoot: cache, issuers: [ISSUER], whyNoBrowser: null },
    ...double.facts,
  }
}

function portsOf({ files, ports }: Double): LaptopPorts {
  const directories = new Set([
    ...['/home/ada', '/home/ada/.kube', state, cache, `${state}/id`, `${cache}/id`],
  ])
  return {
    now: NOW,
    proxies: {},
    https: answering(),
    lookup: () => Promise.resolve(['10.0.0.1']),
    readFile: (path) => {
      const text = files[path]
      return Promise.resolve(
        text === undefined
          ? { kind: 'unreadable', code: 'ENOENT', reason: 'no such file' }
          : { kind: 'file', text, mode: 0o600, owner: 1000 },
      )
    },
    run: (program, args) => {
      const answers: Record<string, string> = {
        version: '{"clientVersion":{"minor":"37"}}',
        auth: '{"status":{"userInfo":{"username":"ada","groups":["viewers"]}}}',
        create:
          '{"status":{"resourceRules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}}',
      }
      const verb = args.find((arg) => arg in answers) ?? ''
      const stdout = program === 'kubectl' ? (answers[verb] ?? '') : 'kubectl-lanyard 0.1.0\n'
      return Promise.resolve({ kind: 'ended', code: 0, stdout, stderr: '' })
    },
    stat: (path) => {
      const changedAt = NOW - 60_000
      if (directories.has(path)) {
        return Promise.resolve({ kind: 'directory', mode: 0o700, owner: 1000, changedAt })
      }
      const isThere = path in files || path === '/usr/bin/kubectl-lanyard'
      return Promise.resolve(isThere ? { kind: 'file', mode: 0o600, owner: 1000, changedAt } : null)
    },
    list: (directory) =>
      Promise.resolve(
        Object.keys(files)
          .filter((file) => file.startsWith(`${directory}/`))
          .map((file) => file.slice(directory.length + 1)),
      ),
    may: () => Promise.resolve(true),
    known: () => ({
      ...{ certificateAuthority: null, hasLogin: true, fault: null },
      ...{ directory: `${state}/id`, cacheDirectory: `${cache}/id` },
    }),
    askAsPlugin: () => Promise.resolve(null),
    enterable: () =>
      Promise.resolve({
        ...{ kind: 'listed', username: 'ada', version: '0.1.0' },
        clusters: [{ name: 'prod', audience: 'prod', server: API, certificateAuthority: null }],
      }),
    exchange: () => Promise.resolve({ kind: 'token', token: 'eyJh.eyJz.c2ln' }),
    cached: () => null,
    ...ports,
  }
}

/** What doctor says to it, but for what is well. */
export async function complaints(double: Double): Promise<Finding[]> {
  const { findings } = await runLaptopDoctor(factsOf(double), portsOf(double))
  return findings.filter(({ status }) => status === 'failed' || status === 'warning')
}

/** `status check: summary` of each. */
export async function said(double: Double): Promise<string[]> {
  return (await complaints(double)).map(
    ({ check, status, summary }) => `${status} ${check}: ${summary}`,
  )
}

/** What the first complaint says to do. */
export async function firstFixes(double: Double): Promise<string[]> {
  const [first] = await complaints(double)
  return (first?.fixes ?? []).map((fix) =>
    fix.kind === 'advice'
      ? fix.text
      : fix.kind === 'command'
        ? fix.line
        : `${fix.line}: ${fix.remove} -> ${fix.insert}`,
  )
}
