import { LanyardError } from '../errors/index.ts'
import { quoteName } from './names.ts'

/** The newest line whose settings are known here: what is meant where nobody says. */
export const newestKubernetes = '1.37'
/** The first that reads kubeadm.k8s.io/v1beta3 in kubeadm and kind alike, and whose kubectl knows ExecCredential v1. */
const oldestMinor = 23

/** How an apiserver of this line is told about issuers. */
export interface KubernetesLine {
  /** `1.33` */
  readonly version: string
  readonly minor: number
  /**
   * The apiVersion of its AuthenticationConfiguration: `v1` from 1.34, `v1beta1` from 1.30, which is the first that reads the
   * file without a feature gate. Null before: it takes flags alone.
   */
  readonly authenticationApiVersion: 'v1' | 'v1beta1' | null
  readonly isNewerThanKnown: boolean
}

/**
 * @param version `1.33`
 * @throws LanyardError ERR_KUBERNETES_VERSION_INVALID, ERR_KUBERNETES_VERSION_OLD
 */
export function kubernetesLine(version: string): KubernetesLine {
  const found = /^1\.(\d{1,3})$/.exec(version)?.[1]
  if (found === undefined) {
    throw new LanyardError(
      'ERR_KUBERNETES_VERSION_INVALID',
      `Kubernetes version ${quoteName(version)} is not of the form 1.34`,
    )
  }
  const minor = Number(found)
  if (minor < oldestMinor) {
    throw new LanyardError(
      'ERR_KUBERNETES_VERSION_OLD',
      `Kubernetes ${version} is older than 1.${oldestMinor}, the oldest whose settings are known`,
      { hint: 'kubectl version shows that of the server' },
    )
  }
  return {
    version,
    minor,
    authenticationApiVersion: minor >= 34 ? 'v1' : minor >= 30 ? 'v1beta1' : null,
    isNewerThanKnown: minor > Number(newestKubernetes.slice('1.'.length)),
  }
}
