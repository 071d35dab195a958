import { writeYaml } from '../yaml-text.ts'
import { apiserverSettings, argumentsOf } from './apiserver.ts'
import type { ClusterTrust, Plan } from './types.ts'

const directory = '/etc/kubernetes/lanyard'
const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml'
const everyNode = 'every control plane node'
const runningNodes = `${everyNode} of a running cluster, one after the other`

/** Mounted as a directory: a file that is renamed into it is seen inside, one that is mounted alone is not. */
export const mountedDirectory = {
  name: 'lanyard',
  hostPath: directory,
  mountPath: directory,
  readOnly: true,
  pathType: 'DirectoryOrCreate',
} as const

/**
 * https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/ for a new cluster and for upgrades;
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure/ for a running one.
 */
export function kubeadmPlan(trust: ClusterTrust): Plan {
  const { flags, file, restarts, ...more } = apiserverSettings(trust, `${directory}/`)
  // kubeadm.k8s.io/v1beta4 came with 1.31, and 1.37 reads nothing older.
  const apiVersion = trust.line.minor >= 31 ? 'v1beta4' : 'v1beta3'
  return {
    flags,
    files: [
      ...(file === null
        ? []
        : [{ machine: everyNode, path: `${directory}/${file.name}`, content: file.content }]),
      {
        machine: runningNodes,
        path: `${directory}/kube-apiserver.patch.yaml`,
        content: writeYaml(manifestPatch(flags)),
      },
      {
        machine: 'a new cluster: the machine of kubeadm init --config kubeadm.yaml',
        path: 'kubeadm.yaml',
        content: writeYaml(clusterConfiguration(flags, apiVersion)),
      },
    ],
    commands: [
      { machine: runningNodes, run: patchManifest },
      {
        machine: `a running cluster, once: put apiServer of kubeadm.yaml under ClusterConfiguration, or the next upgrade undoes it`,
        run: 'kubectl -n kube-system edit configmap kubeadm-config',
      },
    ],
    restarts: `${restarts} The kubelet does it as soon as the manifest changes.`,
    undo: [
      `# On every control plane node, one after the other; and take apiServer out of the ConfigMap again`,
      `sudo mv ${directory}/before.yaml ${manifest}`,
      `# once kube-apiserver runs again`,
      `sudo rm -r ${directory}`,
    ].join('\n'),
    notes: [
      ...more.notes,
      ...more.notesOfRunning,
      `hint: keep copies of a static pod's manifest out of /etc/kubernetes/manifests: the kubelet runs every file there`,
    ],
  }
}

/** `extraArgs` is a list from v1beta4 on, and a map before. */
export function apiServerOf(flags: readonly string[], apiVersion: 'v1beta3' | 'v1beta4') {
  const list = argumentsOf(flags)
  return {
    extraArgs:
      apiVersion === 'v1beta4'
        ? list
        : Object.fromEntries(list.map(({ name, value }) => [name, value])),
    extraVolumes: [mountedDirectory],
  }
}

function clusterConfiguration(flags: readonly string[], apiVersion: 'v1beta3' | 'v1beta4') {
  return {
    apiVersion: `kubeadm.k8s.io/${apiVersion}`,
    kind: 'ClusterConfiguration',
    apiServer: apiServerOf(flags, apiVersion),
  }
}

/** RFC 6902. */
function manifestPatch(flags: readonly string[]) {
  const { name, hostPath, mountPath, readOnly, pathType } = mountedDirectory
  return [
    ...flags.map((value) => ({ op: 'add', path: '/spec/containers/0/command/-', value })),
    {
      op: 'add',
      path: '/spec/containers/0/volumeMounts/-',
      value: { name, mountPath, readOnly },
    },
    {
      op: 'add',
      path: '/spec/volumes/-',
      value: { name, hostPath: { path: hostPath, type: pathType } },
    },
  ]
}

/** Made beside the directory that the kubelet watches, and renamed into it; a second run changes nothing. */
const patchManifest = `sudo sh -ec '
  umask 077
  cd ${directory}
  if grep -q ${directory} ${manifest}; then echo "already there"; exit; fi
  cp ${manifest} before.yaml
  kubectl patch --local -f before.yaml --type=json --patch-file=kube-apiserver.patch.yaml -o yaml > after.yaml
  mv after.yaml ${manifest}
'`
