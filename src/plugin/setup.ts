import { hasCode, LanyardError } from '../errors/index.ts'
import { execStanza, type KubeconfigEntry, mergeContexts } from '../kubernetes/index.ts'
import { type EnterableCluster, parseClusters } from './api-documents.ts'
import type { Conversation } from './conversation.ts'
import { kubeconfigPath, rewriteKubeconfig } from './kubeconfig-file.ts'
import type { LoginWay } from './login.ts'
import type { Session } from './session.ts'
import type { Surroundings } from './surroundings.ts'

const INSTALL_HINT =
  'kubectl-lanyard, which logs you in to this cluster, is not on your PATH. Ask the admin who gave you this kubeconfig how to install it, then run: kubectl lanyard version'

export interface SetupRequest {
  readonly issuer: string
  /** Names to set up; all that the person may enter when empty. */
  readonly clusters: readonly string[]
  readonly kubeconfig: string | undefined
  readonly way: LoginWay
}

function choose(
  all: readonly EnterableCluster[],
  wanted: readonly string[],
  username: string,
): readonly EnterableCluster[] {
  const missing = wanted.find((name) => !all.some((cluster) => cluster.name === name))
  if (missing !== undefined) {
    const names = all.map((cluster) => cluster.name).join(', ')
    throw new LanyardError(
      'ERR_CLUSTER_UNKNOWN',
      `${username} may not enter a cluster "${missing}"`,
      {
        hint: names === '' ? 'ask your admin for access' : `the clusters are: ${names}`,
      },
    )
  }
  if (all.length === 0) {
    throw new LanyardError('ERR_NO_CLUSTERS', `${username} may enter no cluster yet`, {
      hint: 'ask your admin for access, then run setup again',
    })
  }
  return wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name))
}

function entryOf(issuer: string, cluster: EnterableCluster, contextName: string): KubeconfigEntry {
  // The issuer's host keeps a cluster and a user that others wrote under the bare name out of reach.
  const own = `${cluster.name}@${new URL(issuer).host}`
  return {
    contextName,
    clusterName: own,
    userName: own,
    server: cluster.server,
    certificateAuthority: cluster.certificateAuthority,
    exec: execStanza({ issuer, audience: cluster.audience, installHint: INSTALL_HINT }),
  }
}

/** Adds one context: under the cluster's name, or where another's context has that, under the name with the issuer's host. */
function addContext(
  text: string,
  issuer: string,
  cluster: EnterableCluster,
): { text: string; context: string } {
  try {
    const entry = entryOf(issuer, cluster, cluster.name)
    return { text: mergeContexts(text, [entry]), context: entry.contextName }
  } catch (error) {
    if (!hasCode(error, 'ERR_KUBECONFIG_NAME_TAKEN')) {
      throw error
    }
    const context = `${cluster.name}@${new URL(issuer).host}`
    return { text: mergeContexts(text, [entryOf(issuer, cluster, context)]), context }
  }
}

/** Logs in if need be, and writes a context for each cluster into the kubeconfig. */
export async function setUp(
  { issuer, clusters: wanted, kubeconfig, way }: SetupRequest,
  session: Session,
  around: Surroundings,
  conversation: Conversation,
): Promise<void> {
  const { person, clusters } = parseClusters(await session.api('clusters', way))
  const chosen = choose(clusters, wanted, person.username)
  const path = kubeconfigPath(around, kubeconfig)
  const contexts: string[] = []
  const result = await rewriteKubeconfig(path, around.clock(), (before) => {
    let text = before
    for (const cluster of chosen) {
      const added = addContext(text, issuer, cluster)
      text = added.text
      contexts.push(added.context)
    }
    return text
  })
  if (result.kind === 'unchanged') {
    conversation.tell(`"${path}" has these contexts already: ${contexts.join(', ')}`)
    return
  }
  conversation.tell(`wrote to "${path}": ${contexts.join(', ')}`)
  if (result.backup !== null) {
    conversation.tell(`what it was before is in "${result.backup}"`)
  }
  conversation.tell(`try: kubectl --context ${contexts[0]} auth whoami`)
}
