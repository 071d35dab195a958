import { type KubernetesLine, kubernetesLine, newestKubernetes } from '../kubernetes-version.ts'
import { flagsPlan, structuredPlan } from './by-hand.ts'
import { kubeadmPlan } from './kubeadm.ts'
import { kindPlan, microk8sPlan, minikubePlan } from './local.ts'
import { aksPlan, eksPlan, gkePlan } from './managed.ts'
import { k3sPlan, rke2Plan } from './rancher.ts'
import { talosPlan } from './talos.ts'
import type { ClusterTrust, Distribution, DistributionConfig, Plan } from './types.ts'

export {
  type ConfigCommand,
  type ConfigFile,
  type Distribution,
  type DistributionConfig,
  distributions,
} from './types.ts'

const plans: Readonly<Record<Distribution, (trust: ClusterTrust) => Plan>> = {
  structured: structuredPlan,
  flags: flagsPlan,
  kubeadm: kubeadmPlan,
  k3s: k3sPlan,
  rke2: rke2Plan,
  talos: talosPlan,
  kind: kindPlan,
  minikube: minikubePlan,
  microk8s: microk8sPlan,
  eks: eksPlan,
  gke: gkePlan,
  aks: aksPlan,
}

/**
 * What an admin of this distribution does, from a bare cluster to an apiserver that accepts Lanyard's tokens. The file is an
 * AuthenticationConfiguration wherever the version reads one, flags elsewhere.
 *
 * @param trust `kubernetesVersion` as `1.33`
 * @throws LanyardError ERR_KUBERNETES_VERSION_INVALID, ERR_KUBERNETES_VERSION_OLD
 */
export function distributionConfig(
  distribution: Distribution,
  {
    kubernetesVersion,
    ...trust
  }: Omit<ClusterTrust, 'line'> & { readonly kubernetesVersion: string },
): DistributionConfig {
  const line = kubernetesLine(kubernetesVersion)
  const plan = plans[distribution]({ ...trust, line })
  return {
    distribution,
    kubernetesVersion: line.version,
    ...plan,
    notes: [...plan.notes, ...noteOfVersion(line)],
  }
}

function noteOfVersion({ isNewerThanKnown, version }: KubernetesLine): string[] {
  return isNewerThanKnown
    ? [
        `hint: Kubernetes ${version} is newer than ${newestKubernetes}, the newest that is known here: these are the settings of ${newestKubernetes}`,
      ]
    : []
}
