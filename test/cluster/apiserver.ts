import { generateKeyPair, randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { type Authority, createAuthority, type KeyPairFiles } from '../support/certificates.ts'
import { createKubectl, type Kubectl } from '../support/kubectl.ts'
import { poll } from '../support/poll.ts'
import type { Environment, RunningProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { requireBinaries } from './binaries.ts'
import { answersOk, startComponent, startOnFreePorts } from './component.ts'
import type { Etcd } from './etcd.ts'
import { type Line, NEWEST } from './kube/releases.ts'
import {
  type Access,
  type AuditEvent,
  isAllowed,
  readAuditLog,
  reasonsIn,
  refusal,
  type Whoami,
  whoami,
} from './questions.ts'

export interface ApiserverOptions {
  readonly etcd: Etcd
  /** Of Kubernetes: the newest unless told. Any etcd serves them all. */
  readonly line?: Line | undefined
  /** YAML of an AuthenticationConfiguration. Not together with `--oidc-*` flags. */
  readonly authenticationConfig?: string
  /** More flags, as `lanyard cluster config` prints them. */
  readonly args?: readonly string[]
  /** Where this cluster lives in etcd: one never used before makes a new, empty cluster. Made up unless told. */
  readonly prefix?: string
}

export interface Apiserver extends AsyncDisposable {
  readonly url: string
  readonly line: Line
  /** The serving authority. */
  readonly certificateAuthority: KeyPairFiles
  /** The authority whose certificates are users. */
  readonly clientAuthority: Authority
  readonly serviceAccountKeyPath: string
  /** Holds everything of this apiserver; removed with it. Tests may put files here. */
  readonly directory: string
  /** Path of the kubeconfig of somebody in `system:masters`. */
  readonly adminKubeconfig: string
  /** The kubectl of that person. */
  readonly admin: Kubectl
  /** The same person without kubectl: 5 ms instead of 60. */
  readonly api: ApiClient
  /** Asks with a bearer token who its holder is. */
  whoami(token: string): Promise<Whoami>
  /** `kubectl apply` by the admin. Throws what kubectl says when it fails. */
  apply(yaml: string): Promise<void>
  /** Waits until the authorizer's watch has seen the rules that allow this. */
  waitForRbac(access: Access): Promise<void>
  /** Writes a kubeconfig with one context for one user, and returns its path. The user is as kubeconfig spells it: `{token}`, `{exec}`. */
  writeKubeconfig(name: string, user: object): Promise<string>
  /** A kubectl with a HOME of its own; removed with the apiserver. */
  kubectlAs(
    kubeconfig: string,
    options?: { path?: readonly string[]; env?: Environment },
  ): Promise<Kubectl>
  /** The audit log's events so far. An event is there once its request is answered. */
  auditEvents(): Promise<readonly AuditEvent[]>
  /** The number of log lines so far: what {@link unauthenticatedReasons} is given. */
  logMark(): number
  /**
   * Why requests since the mark were refused, in the apiserver's own words: what stands after `err=`, unquoted. Waits until
   * there is at least one (2 s).
   */
  unauthenticatedReasons(mark: number): Promise<readonly string[]>
  /** Everything that the apiserver has written since its last start. */
  log(): string
  /** Ends it and starts it again at the same address, with the same cluster in etcd; resolves when it is ready. */
  restart(changes?: Pick<ApiserverOptions, 'args' | 'authenticationConfig'>): Promise<void>
  /** Replaces the AuthenticationConfiguration by a rename, as its documentation asks: in effect after about 10 s. */
  configure(authenticationConfig: string): Promise<void>
}

const makeKeyPair = promisify(generateKeyPair)

async function writeServiceAccountKeys(directory: string) {
  const { privateKey, publicKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
  const paths = { privatePath: join(directory, 'sa.key'), publicPath: join(directory, 'sa.pub') }
  await writeFile(paths.privatePath, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  })
  await writeFile(paths.publicPath, publicKey.export({ type: 'spki', format: 'pem' }))
  return paths
}

async function writeCredentials(directory: string) {
  const [clients, servers, serviceAccounts] = await Promise.all([
    createAuthority(directory, 'client-authority'),
    createAuthority(directory, 'serving-authority'),
    writeServiceAccountKeys(directory),
  ])
  const [admin, serving] = await Promise.all([
    clients.issue({ name: 'test-admin', organization: 'system:masters', usage: 'client' }),
    servers.issue({ name: 'apiserver', usage: 'server', hosts: ['localhost', '127.0.0.1'] }),
  ])
  return { clients, servers, serviceAccounts, admin, serving }
}
type Credentials = Awaited<ReturnType<typeof writeCredentials>>

const auditPolicy = stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
})

interface Launch {
  readonly options: ApiserverOptions
  readonly directory: string
  readonly credentials: Credentials
  readonly prefix: string
}

async function writeConfiguration(directory: string, yaml: string): Promise<string> {
  const path = join(directory, 'authentication.yaml')
  await writeFile(`${path}.new`, yaml)
  await rename(`${path}.new`, path)
  return path
}

async function flags(
  { options, directory, credentials, prefix }: Launch,
  port: number,
): Promise<string[]> {
  const { clients, serving, serviceAccounts } = credentials
  const policyPath = join(directory, 'audit-policy.yaml')
  await writeFile(policyPath, auditPolicy)
  const own = [
    `--etcd-servers=${options.etcd.url}`,
    `--etcd-prefix=${prefix}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Never contacted; one on loopback is refused, and without one a machine with nothing but loopback is.
    '--advertise-address=10.255.255.1',
    `--tls-cert-file=${serving.certificatePath}`,
    `--tls-private-key-file=${serving.keyPath}`,
    `--client-ca-file=${clients.certificatePath}`,
    '--authorization-mode=RBAC',
    // It waits for service accounts that only the controller manager makes.
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--service-account-issuer=https://127.0.0.1:${port}`,
    `--service-account-key-file=${serviceAccounts.publicPath}`,
    `--service-account-signing-key-file=${serviceAccounts.privatePath}`,
    `--audit-policy-file=${policyPath}`,
    `--audit-log-path=${join(directory, 'audit.log')}`,
    '-v=2',
  ]
  if (options.authenticationConfig !== undefined) {
    const path = await writeConfiguration(directory, options.authenticationConfig)
    own.push(`--authentication-config=${path}`)
  }
  return [...own, ...(options.args ?? [])]
}

async function startOn(plan: Launch, port: number, api: ApiClient): Promise<RunningProcess> {
  return startComponent({
    name: 'kube-apiserver',
    line: plan.options.line,
    args: await flags(plan, port),
    isReady: () => answersOk(() => api.ask('/readyz')),
  })
}

async function launch(
  plan: Launch,
): Promise<{ child: RunningProcess; port: number; url: string; api: ApiClient }> {
  const { admin, servers } = plan.credentials
  return startOnFreePorts(1, async ([port]) => {
    if (port === undefined) throw new TypeError('no port')
    const url = `https://127.0.0.1:${port}`
    const api = createApiClient({
      url,
      authority: servers.certificate,
      certificate: admin.certificate,
      key: admin.key,
    })
    try {
      return { child: await startOn(plan, port, api), port, url, api }
    } catch (error) {
      await api[Symbol.asyncDispose]()
      throw error
    }
  })
}

function kubeconfig(url: string, authority: string, user: object): string {
  const cluster = {
    server: url,
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
  }
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  })
}

/**
 * Starts a kube-apiserver with authorities, admin and service account keys of its own, and RBAC, as a new and empty cluster. What it lacks without {@link startControllerManager}: service accounts, and the rules of the ClusterRoles
 * `view`, `edit` and `admin`. Throws the apiserver's own sentence when it refuses its configuration.
 */
export async function startApiserver(options: ApiserverOptions): Promise<Apiserver> {
  const { line = NEWEST } = options
  const binaries = await requireBinaries(line)
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  const credentials = await writeCredentials(directory)
  let plan = {
    ...{ options, directory, credentials },
    prefix: options.prefix ?? `/${randomBytes(8).toString('hex')}`,
  }
  const launched = await launch(plan)
  const { url, api, port } = launched
  let { child } = launched
  stack.defer(async () => {
    await child.stop()
  })
  stack.use(api)
  const { servers, clients, admin: adminFiles, serviceAccounts } = credentials

  async function writeKubeconfig(name: string, user: object): Promise<string> {
    const path = join(directory, `${name}.kubeconfig`)
    await writeFile(path, kubeconfig(url, servers.certificate, user), { mode: 0o600 })
    return path
  }
  const adminKubeconfig = await writeKubeconfig('admin', {
    'client-certificate': adminFiles.certificatePath,
    'client-key': adminFiles.keyPath,
  })
  const kubectls = stack.use(new AsyncDisposableStack())
  const kubectlAs: Apiserver['kubectlAs'] = async (path, more = {}) =>
    kubectls.use(await createKubectl({ binary: binaries.kubectl, kubeconfig: path, ...more }))
  const admin = await kubectlAs(adminKubeconfig)
  const withoutCertificate = stack.use(createApiClient({ url, authority: servers.certificate }))

  const owned = stack.move()
  return {
    url,
    line,
    certificateAuthority: servers,
    clientAuthority: clients,
    serviceAccountKeyPath: serviceAccounts.privatePath,
    directory,
    adminKubeconfig,
    admin,
    api,
    whoami: (token) => whoami(withoutCertificate, token),
    async apply(yaml) {
      const { code, stderr } = await admin.run(['apply', '-f', '-'], { input: yaml })
      if (code !== 0) throw new Error(`kubectl apply ended with code ${code}: ${stderr}`)
    },
    async waitForRbac(access) {
      await poll(`${access.user} may ${access.verb} ${access.resource}`, () =>
        isAllowed(api, access),
      )
    },
    writeKubeconfig,
    kubectlAs,
    auditEvents: () => readAuditLog(join(directory, 'audit.log')),
    logMark: () => child.stderr.lines.length,
    async unauthenticatedReasons(mark) {
      await child.waitForLine('stderr', refusal, { after: mark, timeoutMs: 2_000 })
      return reasonsIn(child.stderr.lines.slice(mark))
    },
    log: () => child.stderr.text,
    async restart(changes = {}) {
      await child.stop()
      plan = { ...plan, options: { ...plan.options, ...changes } }
      child = await startOn(plan, port, api)
    },
    async configure(yaml) {
      plan = { ...plan, options: { ...plan.options, authenticationConfig: yaml } }
      await writeConfiguration(directory, yaml)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
