import {
  type KubeconfigContext,
  mergeContexts,
  pluginEntry,
  readContexts,
} from '../kubernetes/index.ts'
import type { EnterableCluster } from './api-documents.ts'
import { CLIENT_ID } from './places.ts'

/** A context that logs in by this plugin. */
interface OwnContext {
  readonly name: string
  readonly cluster: string
  readonly user: string
  readonly audience: string
}

/** The contexts of a kubeconfig that log in at this issuer by this plugin, whoever named them. Throws ERR_KUBECONFIG_INVALID. */
function ownContexts(text: string, issuer: string): OwnContext[] {
  return readContexts(text).flatMap(({ name, cluster, user, exec }) => {
    if (exec?.command !== CLIENT_ID || optionOf(exec, 'issuer') !== issuer) {
      return []
    }
    const audience = optionOf(exec, 'audience')
    return audience === undefined ? [] : [{ name, cluster, user, audience }]
  })
}

function optionOf({ args }: NonNullable<KubeconfigContext['exec']>, option: string) {
  const at = args.indexOf(`--${option}`)
  if (at >= 0) {
    return args[at + 1]
  }
  return args.find((arg) => arg.startsWith(`--${option}=`))?.slice(option.length + 3)
}

/** A context under the name that its cluster had before. It works on: the audience, which the token is for, never changes. */
export interface FormerContext extends OwnContext {
  readonly now: EnterableCluster
}

/**
 * What `setup` wrote for these clusters under other names than theirs. A cluster and a user that others named, or that the person
 * made by hand beside them, are none.
 */
export function formerContexts(
  text: string,
  issuer: string,
  clusters: readonly EnterableCluster[],
): FormerContext[] {
  const { host } = new URL(issuer)
  return ownContexts(text, issuer).flatMap((context) => {
    const now = clusters.find(({ audience }) => audience === context.audience)
    const bySetup = context.cluster === context.user && context.cluster.endsWith(`@${host}`)
    if (now === undefined || !bySetup || context.cluster === `${now.name}@${host}`) {
      return []
    }
    return [{ ...context, now }]
  })
}

/** Gives a former context the server and the CA that its cluster has now: two contexts of one cluster must not differ. */
export function refreshFormer(
  text: string,
  issuer: string,
  { name, cluster, user, now }: FormerContext,
): string {
  const entry = pluginEntry(now, issuer, name)
  return mergeContexts(text, [{ ...entry, clusterName: cluster, userName: user }])
}

/** Names of contexts whose cluster is none of these: deleted, or closed to this person. */
export function goneContexts(
  text: string,
  issuer: string,
  clusters: readonly EnterableCluster[],
): string[] {
  return ownContexts(text, issuer)
    .filter((context) => !clusters.some(({ audience }) => audience === context.audience))
    .map(({ name }) => name)
}
