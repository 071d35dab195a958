import type { Document, YAMLMap } from 'yaml'
import { isMap, isSeq } from 'yaml'
import { LanyardError } from '../errors/index.ts'
import { type ExecStanza, pluginCommand } from './exec-credential.ts'
import {
  bodyOf,
  findItem,
  itemsOf,
  readDocument,
  rootOf,
  setFields,
  writeDocument,
} from './kubeconfig-document.ts'
import { quoteName } from './names.ts'

/** One context that Lanyard writes, with the cluster and the user that it joins. */
export interface KubeconfigEntry {
  readonly contextName: string
  readonly clusterName: string
  readonly userName: string
  readonly server: string
  /** PEM, or null where the system's trust will do. */
  readonly certificateAuthority: string | null
  readonly exec: ExecStanza
}

/** One context as it stands in a kubeconfig. */
export interface KubeconfigContext {
  readonly name: string
  readonly cluster: string
  readonly user: string
  readonly server: string | null
  /** Null where the user proves itself in another way. */
  readonly exec: { readonly command: string; readonly args: readonly string[] } | null
}

/**
 * The kubeconfig with these contexts in it. Comments, order and all that others wrote stay, and a text that has them already is
 * returned as it is, byte for byte. `current-context` is set only where there is none.
 *
 * @throws LanyardError ERR_KUBECONFIG_INVALID where the text is no kubeconfig; ERR_KUBECONFIG_NAME_TAKEN where a name is
 *   another's: a user without Lanyard's command, a context of such a user, or a cluster that only others use.
 */
export function mergeContexts(existing: string, entries: readonly KubeconfigEntry[]): string {
  const document = readDocument(existing)
  const before = JSON.stringify(document.toJS())
  for (const entry of entries) {
    refuseTakenNames(document, entry)
    mergeCluster(document, entry)
    mergeUser(document, entry)
    setFields(document, bodyOf(document, 'contexts', entry.contextName), {
      cluster: entry.clusterName,
      user: entry.userName,
    })
  }
  const [first] = entries
  const current: unknown = rootOf(document).get('current-context')
  if (first !== undefined && (current === undefined || current === null || current === '')) {
    setFields(document, rootOf(document), { 'current-context': first.contextName })
  }
  if (JSON.stringify(document.toJS()) === before) return existing
  return writeDocument(document, existing)
}

/** All contexts with what they stand for; incomplete ones are left out. Throws ERR_KUBECONFIG_INVALID. */
export function readContexts(text: string): KubeconfigContext[] {
  const document = readDocument(text)
  return itemsOf(document, 'contexts').flatMap((item) => {
    const name = item.get('name')
    const cluster = item.getIn(['context', 'cluster'])
    const user = item.getIn(['context', 'user'])
    if (typeof name !== 'string' || typeof cluster !== 'string' || typeof user !== 'string') {
      return []
    }
    const server = findItem(document, 'clusters', cluster)?.getIn(['cluster', 'server'])
    const exec = execOf(findItem(document, 'users', user))
    return [{ name, cluster, user, server: typeof server === 'string' ? server : null, exec }]
  })
}

function execOf(user: YAMLMap | undefined): KubeconfigContext['exec'] {
  const command = user?.getIn(['user', 'exec', 'command'])
  const args = user?.getIn(['user', 'exec', 'args'])
  if (typeof command !== 'string') return null
  const items: unknown = isSeq(args) ? args.toJSON() : []
  return { command, args: Array.isArray(items) ? items.map(String) : [] }
}

function mergeCluster(document: Document, entry: KubeconfigEntry): void {
  const body = bodyOf(document, 'clusters', entry.clusterName)
  const ca = entry.certificateAuthority
  setFields(document, body, {
    server: entry.server,
    ...(ca === null ? {} : { 'certificate-authority-data': encode(ca) }),
  })
  // Two CAs are one too many, and to skip verification beside a CA is an error to kubectl.
  body.delete('certificate-authority')
  body.delete('insecure-skip-tls-verify')
  if (ca === null) body.delete('certificate-authority-data')
}

function mergeUser(document: Document, entry: KubeconfigEntry): void {
  const body = bodyOf(document, 'users', entry.userName)
  const exec: unknown = body.get('exec')
  // Members that the person added, such as `env` with a proxy, stay.
  if (isMap(exec)) setFields(document, exec, entry.exec)
  else setFields(document, body, { exec: entry.exec })
}

function refuseTakenNames(document: Document, entry: KubeconfigEntry): void {
  const user = findItem(document, 'users', entry.userName)
  if (user !== undefined && !isOurs(user)) throw taken('user', entry.userName)
  const contexts = itemsOf(document, 'contexts').map((item) => ({
    name: item.get('name'),
    cluster: item.getIn(['context', 'cluster']),
    ours: belongsToUs(document, item.getIn(['context', 'user']), entry.userName),
  }))
  if (contexts.some(({ name, ours }) => name === entry.contextName && !ours)) {
    throw taken('context', entry.contextName)
  }
  const cluster = findItem(document, 'clusters', entry.clusterName)
  if (cluster === undefined) return
  const users = contexts.filter((context) => context.cluster === entry.clusterName)
  if (users.some(({ ours }) => ours)) return
  const server = cluster.getIn(['cluster', 'server'])
  const data = cluster.getIn(['cluster', 'certificate-authority-data'])
  const ca = entry.certificateAuthority
  const same = server === entry.server && data === (ca === null ? undefined : encode(ca))
  if (!same && (users.length > 0 || server !== entry.server)) {
    throw taken('cluster', entry.clusterName)
  }
}

function belongsToUs(document: Document, user: unknown, userName: string): boolean {
  if (typeof user !== 'string') return false
  const item = findItem(document, 'users', user)
  return item === undefined ? user === userName : isOurs(item)
}

function isOurs(user: YAMLMap): boolean {
  return execOf(user)?.command === pluginCommand
}

function encode(pem: string): string {
  return Buffer.from(pem).toString('base64')
}

function taken(noun: string, name: string): LanyardError {
  return new LanyardError(
    'ERR_KUBECONFIG_NAME_TAKEN',
    `the kubeconfig has a ${noun} ${quoteName(name)} that Lanyard did not write`,
    { hint: `rename that ${noun}, or write to another file with KUBECONFIG` },
  )
}
