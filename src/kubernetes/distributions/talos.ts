import { jwtAuthenticator } from '../authentication-configuration.ts'
import { fileMode, writeYaml } from '../yaml-text.ts'
import { apiserverSettings, argumentsOf } from './apiserver.ts'
import type { ClusterTrust, ConfigFile, Plan } from './types.ts'

const directory = '/var/lanyard'
const here = 'your machine'
const legacyPatch = 'talos-lanyard-v1alpha1.yaml'
const documentPatch = 'talos-lanyard.yaml'

/**
 * Talos 1.14 has a document of its own for this, and refuses the flag beside it; machine configurations that were made before
 * have `cluster.apiServer`, on 1.14 too. Nothing about the version of Kubernetes tells which of the two a cluster has.
 * https://docs.siderolabs.com/talos/v1.14/reference/configuration/kubernetes/kubeauthenticationconfig
 */
export function talosPlan(trust: ClusterTrust): Plan {
  const { isStructured, flags, file, restarts, ...more } = apiserverSettings(trust, `${directory}/`)
  const legacy: ConfigFile = {
    machine: `${here}, for Talos whose machine configuration has cluster.apiServer`,
    path: legacyPatch,
    content: writeYaml(v1alpha1Patch(flags, file)),
  }
  const patch = (path: string) =>
    `CONTROL_PLANE=10.0.0.2,10.0.0.3,10.0.0.4   # yours\ntalosctl --nodes "$CONTROL_PLANE" patch machineconfig --patch @${path}`
  const legacyCommand = { machine: legacy.machine, run: patch(legacyPatch) }
  const undo =
    'talosctl --nodes "$CONTROL_PLANE" edit machineconfig   # take away what the patch added'
  if (!isStructured) {
    return {
      flags,
      files: [legacy],
      commands: [legacyCommand],
      restarts: file === null ? restarts : `${restarts} ${reboot}`,
      undo,
      notes: [...more.notes, ...more.notesOfRunning],
    }
  }
  const document: ConfigFile = {
    machine: `${here}, for Talos 1.14 and newer whose machine configuration has a KubeAPIServerConfig`,
    path: documentPatch,
    content: writeYaml(authenticationDocument(trust)),
  }
  return {
    flags,
    files: [document, legacy],
    commands: [{ machine: document.machine, run: patch(documentPatch) }, legacyCommand],
    restarts: `With the document, Talos restarts kube-apiserver, now and for every later change. With cluster.apiServer: ${reboot}`,
    undo,
    notes: [
      'hint: which of the two it is: talosctl --nodes IP get machineconfig v1alpha1 -o yaml | grep KubeAPIServerConfig',
      'hint: the document replaces the one that is there: entries of other issuers under jwt, and another anonymous, go into it first',
      ...more.notes,
      ...more.notesOfRunning,
    ],
  }
}

const reboot =
  'machine.files is written at boot, so every control plane node reboots, now and for every later change.'

/** Talos adds apiVersion and kind of the AuthenticationConfiguration itself; `anonymous` is what it has without this patch. */
function authenticationDocument(trust: ClusterTrust) {
  return {
    apiVersion: 'v1alpha1',
    kind: 'KubeAuthenticationConfig',
    configuration: {
      anonymous: {
        enabled: true,
        conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
      },
      jwt: [jwtAuthenticator(trust)],
    },
  }
}

/** https://docs.siderolabs.com/talos/v1.13/reference/configuration/v1alpha1/config; kube-apiserver is no root there: mode 444. */
function v1alpha1Patch(
  flags: readonly string[],
  file: { readonly name: string; readonly content: string } | null,
) {
  const extraArgs = Object.fromEntries(argumentsOf(flags).map(({ name, value }) => [name, value]))
  if (file === null) return { cluster: { apiServer: { extraArgs } } }
  return {
    cluster: {
      apiServer: {
        extraArgs,
        extraVolumes: [{ hostPath: directory, mountPath: directory, readonly: true }],
      },
    },
    machine: {
      files: [
        {
          op: 'create',
          path: `${directory}/${file.name}`,
          permissions: fileMode(0o444),
          content: file.content,
        },
      ],
    },
  }
}
