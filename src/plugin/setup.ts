import { hasCode, LanyardError } from '../errors/index.ts'
import { mergeContexts, pluginEntry } from '../kubernetes/index.ts'
import { type EnterableCluster, parseClusters } from './api-documents.ts'
import type { Conversation } from './conversation.ts'
import { kubeconfigPath, readKubeconfig, rewriteKubeconfig } from './kubeconfig-file.ts'
import type { LoginWay } from './login.ts'
import { type FormerContext, formerContexts, goneContexts, refreshFormer } from './own-contexts.ts'
import type { Session } from './session.ts'
import type { Surroundings } from './surroundings.ts'

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

/** Adds one context: under the cluster's name, or where another's context has that, under the name with the issuer's host. */
function addContext(
  text: string,
  issuer: string,
  cluster: EnterableCluster,
): { text: string; context: string } {
  try {
    const entry = pluginEntry(cluster, issuer)
    return { text: mergeContexts(text, [entry]), context: entry.contextName }
  } catch (error) {
    if (!hasCode(error, 'ERR_KUBECONFIG_NAME_TAKEN')) {
      throw error
    }
    const context = `${cluster.name}@${new URL(issuer).host}`
    return { text: mergeContexts(text, [pluginEntry(cluster, issuer, context)]), context }
  }
}

interface Outcome {
  readonly text: string
  /** Of the chosen clusters, in their order. */
  readonly contexts: readonly string[]
  readonly former: readonly FormerContext[]
}

/** The kubeconfig with the chosen clusters in it. Nothing is taken out: a person's scripts may name it, and it is theirs. */
function withClusters(
  before: string,
  issuer: string,
  chosen: readonly EnterableCluster[],
): Outcome {
  let text = before
  const contexts: string[] = []
  for (const cluster of chosen) {
    const added = addContext(text, issuer, cluster)
    text = added.text
    contexts.push(added.context)
  }
  const former = formerContexts(text, issuer, chosen)
  for (const context of former) {
    text = refreshFormer(text, issuer, context)
  }
  return { text, contexts, former }
}

const LONGEST_LIST = 10

/** Says what was left although its cluster has another name or is gone, with the line that removes it. */
function tellWhatIsLeft(
  { former, gone }: { readonly former: readonly FormerContext[]; readonly gone: readonly string[] },
  { kubeconfig }: Pick<SetupRequest, 'kubeconfig'>,
  username: string,
  conversation: Conversation,
): void {
  const file = kubeconfig === undefined ? '' : ` --kubeconfig ${shellWord(kubeconfig)}`
  const removal = (name: string) => `kubectl config delete-context ${shellWord(name)}${file}`
  const lines = [
    // One under a name of the person's own, with a namespace perhaps, is theirs and no left-over.
    ...former
      .filter(({ name, cluster }) => cluster === name || cluster.startsWith(`${name}@`))
      .map(
        ({ name, now }) =>
          `left "${name}", an older context of ${now.name}, which still works; to remove it: ${removal(name)}`,
      ),
    ...gone.map(
      (name) =>
        `left "${name}", whose cluster is gone or no longer open to ${username}; to remove it: ${removal(name)}`,
    ),
  ]
  for (const line of lines.slice(0, LONGEST_LIST)) {
    conversation.tell(line)
  }
  if (lines.length > LONGEST_LIST) {
    conversation.tell(`and ${lines.length - LONGEST_LIST} more such contexts`)
  }
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** What the file that would be written holds already; nothing where that is no kubeconfig. */
async function goneIn(path: string, issuer: string): Promise<readonly string[]> {
  try {
    return goneContexts((await readKubeconfig(path)) ?? '', issuer, [])
  } catch (error) {
    if (hasCode(error, 'ERR_KUBECONFIG_INVALID')) {
      return []
    }
    throw error
  }
}

/** Logs in if need be, and writes a context for each cluster into the kubeconfig. */
export async function setUp(
  request: SetupRequest,
  session: Session,
  around: Surroundings,
  conversation: Conversation,
): Promise<void> {
  const { issuer, clusters: wanted, kubeconfig, way } = request
  const { person, clusters } = parseClusters(await session.api('clusters', way))
  const path = kubeconfigPath(around, kubeconfig)
  if (clusters.length === 0) {
    const gone = await goneIn(path, issuer)
    tellWhatIsLeft({ former: [], gone }, request, person.username, conversation)
  }
  const chosen = choose(clusters, wanted, person.username)
  let done: Outcome = { text: '', contexts: [], former: [] }
  const result = await rewriteKubeconfig(path, around.clock(), (before) => {
    done = withClusters(before, issuer, chosen)
    return done.text
  })
  const { text, contexts, former } = done
  if (result.kind === 'unchanged') {
    conversation.tell(`"${path}" has these contexts already: ${contexts.join(', ')}`)
  } else {
    conversation.tell(`wrote to "${path}": ${contexts.join(', ')}`)
    if (result.backup !== null) {
      conversation.tell(`what it was before is in "${result.backup}"`)
    }
  }
  // Whoever asks for some clusters has not asked about the others.
  const gone = wanted.length === 0 ? goneContexts(text, issuer, clusters) : []
  tellWhatIsLeft({ former, gone }, request, person.username, conversation)
  if (result.kind === 'written') {
    conversation.tell(`try: kubectl --context ${contexts[0]} auth whoami`)
  }
}
