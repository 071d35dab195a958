import type { ConfigView, Words } from '../../../views/index.ts'
import type { Cluster } from '../../clusters/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { sentenceOf } from '../../http/index.ts'
import {
  type Distribution,
  type DistributionConfig,
  distributions,
} from '../../kubernetes/index.ts'
import type { Web } from '../options.ts'

const labels: Readonly<Record<Distribution, string>> = {
  structured: 'AuthenticationConfiguration',
  flags: '--oidc-* flags',
  kubeadm: 'kubeadm',
  k3s: 'k3s',
  rke2: 'RKE2',
  talos: 'Talos',
  kind: 'kind',
  minikube: 'minikube',
  microk8s: 'MicroK8s',
  eks: 'EKS',
  gke: 'GKE',
  aks: 'AKS',
}

/** The distribution that an address names; by hand for anything else. */
export function distributionOf(name: unknown): Distribution {
  return distributions.find((each) => each === name) ?? 'structured'
}

/** What makes its apiserver accept people, for one distribution. @throws LanyardError as `Clusters.config` */
export function readConfig(
  { config, clusters, certificateAuthority }: Web,
  { name }: Cluster,
  distribution: Distribution,
): Promise<DistributionConfig> {
  return clusters.config(name, {
    ...{ distribution, issuer: config.issuer, certificateAuthority },
    maxTokenLifetimeSeconds: Math.max(3600, config.lifetimes.idToken),
  })
}

/** The same for the page, which says why a distribution cannot be told. */
export async function configView(
  web: Web,
  words: Words,
  cluster: Cluster,
  chosen: Distribution,
): Promise<ConfigView> {
  const choices = distributions.map((value) => ({ value, label: labels[value] }))
  try {
    const config = await readConfig(web, cluster, chosen)
    return { chosen, choices, shown: shownOf(words, cluster, config), fault: '' }
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error
    return { chosen, choices, shown: null, fault: sentenceOf(error.message) }
  }
}

function shownOf(
  { t }: Words,
  cluster: Cluster,
  config: DistributionConfig,
): NonNullable<ConfigView['shown']> {
  const { kubernetesVersion, files, flags, commands, restarts, undo, notes } = config
  const isGuessed = cluster.kubernetesVersion === null
  return {
    ...{ kubernetesVersion, commands, restarts, undo, flags: flags.join('\n') },
    files: files.map(({ machine, path, content, append = false }) => ({
      ...{ machine, path, content, append },
    })),
    notes: [
      ...notes.map(noteOf),
      ...(isGuessed
        ? [
            {
              kind: 'info' as const,
              text: t`This is for Kubernetes ${kubernetesVersion}; say which it is where that is another.`,
            },
          ]
        : []),
    ],
  }
}

function noteOf(line: string): { readonly kind: 'info' | 'warn'; readonly text: string } {
  const text = sentenceOf(line.replace(/^(?:warning|hint): /, ''))
  return { kind: line.startsWith('warning: ') ? 'warn' : 'info', text }
}
