/**
 * What the end-to-end proofs share: clusters whose apiservers trust a Lanyard by what Lanyard itself prints, people with the
 * real plugin, and what they do in a real browser.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { roleBinding } from '../../src/kubernetes/index.ts'
import { bundlePlugin } from '../../src/plugin/index.ts'
import {
  type Apiserver,
  type Etcd,
  type Line,
  requireBinaries,
  startApiserver,
} from '../cluster/control-plane.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'
import { byTest, type Lanyard } from './lanyard.ts'
import type { Credentials } from './logins.ts'
import { poll } from './poll.ts'
import type { RunningProcess } from './process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export interface TrustingOptions {
  readonly name: string
  readonly groups?: readonly string[]
  readonly signingAlg?: 'RS256' | 'ES256'
  /** Which of the two that `lanyard cluster config` prints the apiserver is started with. */
  readonly trustedBy: 'flags' | 'configuration'
  /** False unless told: its tokens carry their groups. */
  readonly liveGroups?: boolean
}

/** Adds a cluster to Lanyard and starts its apiserver with nothing but what Lanyard prints for it. */
export async function startTrustingCluster(
  lanyard: Lanyard,
  etcd: Etcd,
  options: TrustingOptions,
): Promise<Apiserver> {
  const { name, trustedBy, groups = [], signingAlg = 'RS256', liveGroups = false } = options
  await lanyard.addCluster(name, { groups, signingAlg, liveGroups })
  const { clusters } = lanyard.server.rooms
  const shown = await showCluster(lanyard, name)
  const apiserver = await startApiserver({
    etcd,
    ...(trustedBy === 'flags'
      ? { args: shown.flags }
      : { authenticationConfig: shown.authenticationConfiguration }),
  })
  const { certificate } = apiserver.certificateAuthority
  await clusters.change(name, { server: apiserver.url, certificateAuthority: certificate }, byTest)
  await lanyard.server.issuer.refresh()
  return apiserver
}

/**
 * What `lanyard cluster config NAME` prints for the cluster's version, as flags and as a file, with the CA where this machine has
 * it; and a binding of the cluster's first group, to look at things with.
 */
export async function showCluster({ server, issuer, ca }: Lanyard, name: string) {
  const { clusters } = server.rooms
  const { groups, groupsPrefix } = await clusters.get(name)
  const request = { issuer, certificateAuthority: ca }
  const [byFlags, byFile] = await Promise.all([
    clusters.config(name, {
      ...request,
      distribution: 'flags',
      certificateAuthorityFile: caFile(server),
    }),
    clusters.config(name, { ...request, distribution: 'structured' }),
  ])
  const [groupName] = groups
  const [file] = byFile.files
  if (file === undefined) throw new TypeError('there is no AuthenticationConfiguration')
  return {
    flags: byFlags.flags,
    authenticationConfiguration: file.content,
    roleBinding:
      groupName === undefined
        ? null
        : roleBinding({ groupName, prefix: groupsPrefix, role: 'view' }),
  }
}

function caFile({ tls }: Lanyard['server']): string {
  const path = tls?.caPath ?? null
  if (path === null) throw new TypeError('this Lanyard has no CA of its own')
  return path
}

export interface Plugin extends AsyncDisposable {
  /** Holds `kubectl-lanyard` and nothing else. */
  readonly directory: string
}

/** The plugin as people get it: one bundled file. */
export async function buildPlugin(): Promise<Plugin> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  await bundlePlugin(join(directory, 'kubectl-lanyard'), '0.0.0-test')
  const owned = stack.move()
  return { directory, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Somebody at a machine of their own: kubectl, the plugin, an empty HOME, and a browser that only notes what it is to open. */
export interface Terminal extends AsyncDisposable {
  readonly kubectl: Kubectl
  readonly kubeconfig: string
  /** The address that the plugin opened, once it has; the next call waits for the next one. */
  openedUrl(): Promise<string>
  /** Makes every cached token one that ended a minute ago. Resolves with how many there were. */
  expireTokens(): Promise<number>
  /** The cached tokens by audience. */
  tokens(): Promise<Readonly<Record<string, string>>>
}

/** @param line whose kubectl it is: the newest unless told */
export async function openTerminal(plugin: Plugin, line?: Line): Promise<Terminal> {
  await using stack = new AsyncDisposableStack()
  const { kubectl: binary } = await requireBinaries(line)
  const directory = stack.use(await temporaryDirectory()).path
  const opened = join(directory, 'opened')
  const browser = join(directory, 'browser')
  await mkdir(opened)
  // The new name appears with the whole address in it.
  await writeFile(
    browser,
    `#!/bin/sh\nprintf %s "$1" > '${directory}/draft.'$$ && mv '${directory}/draft.'$$ '${opened}/'$$\n`,
  )
  await chmod(browser, 0o755)
  const kubeconfig = join(directory, 'kubeconfig')
  const kubectl = stack.use(
    await createKubectl({
      binary,
      kubeconfig,
      path: [plugin.directory],
      env: { BROWSER: browser },
    }),
  )
  const cache = join(kubectl.home, '.cache', 'kubectl-lanyard')
  const seen = new Set<string>()
  const owned = stack.move()
  return {
    kubectl,
    kubeconfig,
    async openedUrl() {
      const name = await poll('the plugin opens a browser', async () =>
        (await readdir(opened)).find((each) => !seen.has(each)),
      )
      seen.add(name)
      return readFile(join(opened, name), 'utf8')
    },
    async expireTokens() {
      const files = await tokenFiles(cache)
      for (const file of files) {
        const entry = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
        await writeFile(file, JSON.stringify({ ...entry, expiresAt: Date.now() - 60_000 }))
      }
      return files.length
    },
    async tokens() {
      const entries = await Promise.all(
        (await tokenFiles(cache)).map(async (file) => {
          const entry = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
          return [entry['audience'] ?? '', entry['token'] ?? ''] as const
        }),
      )
      return Object.fromEntries(entries)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function tokenFiles(cache: string): Promise<string[]> {
  const names = await readdir(cache, { recursive: true }).catch(() => [])
  return names
    .filter((name) => /(^|\/)token-[^/]*\.json$/.test(name))
    .map((name) => join(cache, name))
}

/** Fills in the sign-in form that stands in this tab and sends it. */
export async function signIn(page: Page, { username, password }: Credentials): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Types the code that the plugin told the person, and says yes to what the page then asks. */
export async function approveCode(
  page: Page,
  issuer: string,
  credentials: Credentials,
  waiting: RunningProcess,
): Promise<void> {
  const [, code = ''] = await waiting.waitForLine('stderr', /enter the code ([A-Z]{4}-[A-Z]{4})$/)
  await page.goto(`${issuer}/device`)
  if (page.url().includes('/sign-in')) await signIn(page, credentials)
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'I started this' }).click()
}

/** Counts what reaches the servers of this process, by Node's own channel: our code has no say in it. */
export function countRequests(matches: (request: IncomingMessage) => boolean) {
  let count = 0
  const channel = 'http.server.request.start'
  const onRequest = (message: unknown): void => {
    if (matches((message as { request: IncomingMessage }).request)) count += 1
  }
  subscribe(channel, onRequest)
  return {
    get count() {
      return count
    },
    [Symbol.dispose]: () => void unsubscribe(channel, onRequest),
  }
}
