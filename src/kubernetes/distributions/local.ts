import { writeYaml } from '../yaml-text.ts'
import { apiserverSettings, argumentsOf, shellWord } from './apiserver.ts'
import { apiServerOf } from './kubeadm.ts'
import type { ClusterTrust, Plan } from './types.ts'

const here = 'your machine'
const reach = (node: string) =>
  `hint: the issuer must be an address that ${node} reaches: localhost is the node itself there`

/**
 * kind makes its kubeadm configuration as v1beta4 from Kubernetes 1.36 on and as v1beta3 before, and a patch that names a
 * version goes into that one alone. https://kind.sigs.k8s.io/docs/user/configuration/#kubeadm-config-patches
 */
export function kindPlan(trust: ClusterTrust): Plan {
  const inNode = '/etc/kubernetes/lanyard'
  const { isStructured, flags, file, notes } = apiserverSettings(trust, `${inNode}/`)
  const apiVersion = trust.line.minor >= 36 ? 'v1beta4' : 'v1beta3'
  const patch = {
    apiVersion: `kubeadm.k8s.io/${apiVersion}`,
    kind: 'ClusterConfiguration',
    apiServer: apiServerOf(flags, apiVersion),
  }
  const mount = { hostPath: './lanyard', containerPath: inNode, readOnly: true }
  const name = shellWord(trust.name)
  return {
    flags,
    files: [
      ...(file === null
        ? []
        : [{ machine: here, path: `lanyard/${file.name}`, content: file.content }]),
      {
        machine: here,
        path: 'kind-lanyard.yaml',
        content: writeYaml({
          apiVersion: 'kind.x-k8s.io/v1alpha4',
          kind: 'Cluster',
          nodes: [{ role: 'control-plane', extraMounts: [mount] }],
          kubeadmConfigPatches: [writeYaml(patch)],
        }),
      },
    ],
    commands: [
      {
        machine: here,
        run: `${file === null ? 'mkdir -p lanyard\n' : ''}kind create cluster --name ${name} --config kind-lanyard.yaml`,
      },
    ],
    restarts: isStructured
      ? 'kind takes a configuration for a new cluster alone. kube-apiserver reads later changes of lanyard/authentication.yaml without a restart, about 10 seconds after them.'
      : 'kind takes a configuration for a new cluster alone: every change is another cluster.',
    undo: `kind delete cluster --name ${name}\nrm -r lanyard kind-lanyard.yaml`,
    notes: [
      ...notes,
      'hint: each node with role control-plane needs the same extraMounts',
      reach("kind's container"),
    ],
  }
}

/**
 * Of the node's directories kubeadm mounts /etc/ssl/certs into kube-apiserver, and minikube copies ~/.minikube/files to the node
 * at every start. https://minikube.sigs.k8s.io/docs/tutorials/audit-policy/
 */
export function minikubePlan(trust: ClusterTrust): Plan {
  const { isStructured, flags, file, restarts, ...more } = apiserverSettings(
    trust,
    '/etc/ssl/certs/lanyard-',
  )
  const path = `~/.minikube/files/etc/ssl/certs/lanyard-${file?.name ?? ''}`
  const start = ['minikube start', ...argumentsOf(flags).map(extraConfig)].join(' \\\n  ')
  return {
    flags,
    files: file === null ? [] : [{ machine: here, path, content: file.content }],
    commands: [{ machine: here, run: `minikube stop\n${start}` }],
    restarts: isStructured
      ? 'minikube restarts. It copies the file at its start alone: for a later change, minikube stop and start again.'
      : restarts,
    undo: [
      '# minikube keeps extra-config with the cluster: make it anew',
      ...(file === null ? [] : [`rm ${path}`]),
      'minikube delete && minikube start',
    ].join('\n'),
    notes: [
      ...more.notes,
      ...more.notesOfRunning,
      reach('the node'),
      'hint: host.minikube.internal is your machine, seen from the node',
    ],
  }
}

function extraConfig({ name, value }: { name: string; value: string }): string {
  return `--extra-config=${shellWord(`apiserver.${name}=${value}`)}`
}

/** One argument a line, variables of the snap allowed: https://microk8s.io/docs/configuring-services */
export function microk8sPlan(trust: ClusterTrust): Plan {
  const everyNode = 'every node that runs the control plane'
  const data = '/var/snap/microk8s/current'
  const args = `${data}/args/kube-apiserver`
  // The number behind `current` changes with every refresh of the snap.
  const { flags, file, restarts, ...more } = apiserverSettings(
    trust,
    `\${SNAP_DATA}/credentials/lanyard-`,
  )
  const path = `${data}/credentials/lanyard-${file?.name ?? ''}`
  const restart = 'sudo snap restart microk8s.daemon-kubelite'
  return {
    flags,
    files: [
      ...(file === null ? [] : [{ machine: everyNode, path, content: file.content }]),
      {
        machine: everyNode,
        path: args,
        content: flags.map((flag) => `${flag}\n`).join(''),
        append: true,
      },
    ],
    commands: [{ machine: `${everyNode}, one after the other`, run: restart }],
    restarts: `${restarts} kubelite is restarted for it, which holds the kubelet too; pods keep running.`,
    undo: [
      '# On every node that runs the control plane, one after the other',
      `sudo sed -i -E '/^--(authentication-config|oidc-[a-z-]+)=/d' ${args}`,
      restart,
      ...(file === null ? [] : [`sudo rm ${path}`]),
    ].join('\n'),
    notes: [...more.notes, ...more.notesOfRunning],
  }
}
