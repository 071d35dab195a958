import { writeYaml } from '../yaml-text.ts'
import { apiserverSettings, argumentsOf } from './apiserver.ts'
import type { ClusterTrust, Plan } from './types.ts'

const everyServer = 'every server node'

/**
 * kube-apiserver runs inside the k3s process and sees its files. A drop-in file appends by the plus sign:
 * https://docs.k3s.io/installation/configuration#multiple-config-files
 */
export function k3sPlan(trust: ClusterTrust): Plan {
  return rancherPlan(trust, {
    home: '/etc/rancher/k3s',
    seenAs: '/etc/rancher/k3s/lanyard',
    service: 'k3s',
  })
}

/**
 * kube-apiserver is a static pod. Of a flag that names a file of the node RKE2 mounts that one file, and a file that is renamed
 * over it later would not be seen inside: hence a mount of the directory, under a path that the node itself has not.
 * https://docs.rke2.io/reference/server_config (kube-apiserver-arg, kube-apiserver-extra-mount)
 */
export function rke2Plan(trust: ClusterTrust): Plan {
  return rancherPlan(trust, {
    home: '/etc/rancher/rke2',
    seenAs: '/etc/lanyard',
    service: 'rke2-server',
  })
}

function rancherPlan(
  trust: ClusterTrust,
  { home, seenAs, service }: { home: string; seenAs: string; service: string },
): Plan {
  const directory = `${home}/lanyard`
  const dropIn = `${home}/config.yaml.d/lanyard.yaml`
  const { flags, file, restarts, ...more } = apiserverSettings(trust, `${seenAs}/`)
  const isMounted = seenAs !== directory && file !== null
  const restart = `sudo systemctl restart ${service}`
  return {
    flags,
    files: [
      ...(file === null
        ? []
        : [{ machine: everyServer, path: `${directory}/${file.name}`, content: file.content }]),
      {
        machine: everyServer,
        path: dropIn,
        content: writeYaml({
          'kube-apiserver-arg+': argumentsOf(flags).map(({ name, value }) => `${name}=${value}`),
          ...(isMounted ? { 'kube-apiserver-extra-mount+': [`${directory}:${seenAs}:ro`] } : {}),
        }),
      },
    ],
    commands: [{ machine: `${everyServer}, one after the other`, run: restart }],
    restarts: `${restarts} ${service} is restarted for it; pods keep running.`,
    undo: [
      `# On every server node, one after the other`,
      `sudo rm ${dropIn}`,
      restart,
      ...(file === null ? [] : [`sudo rm -r ${directory}`]),
    ].join('\n'),
    notes: [
      ...more.notes,
      ...more.notesOfRunning,
      `hint: kube-apiserver-arg of a later file in ${home}/config.yaml.d needs its plus sign too, or it replaces this list`,
    ],
  }
}
