import { LanyardError } from '../../errors/index.ts'
import { apiserverSettings, flagSettings } from './apiserver.ts'
import type { ClusterTrust, Plan } from './types.ts'

const machine = 'every machine that runs kube-apiserver'
const directory = '/etc/kubernetes/lanyard/'

/** The file alone, for a kube-apiserver that is started by hand or by something that is not known here. */
export function structuredPlan(trust: ClusterTrust): Plan {
  if (trust.line.authenticationApiVersion === null) {
    throw new LanyardError(
      'ERR_KUBERNETES_VERSION_OLD',
      `Kubernetes ${trust.line.version} reads no AuthenticationConfiguration: that came with 1.30`,
      { hint: `give it flags: lanyard cluster config ${trust.name} --for flags` },
    )
  }
  const { flags, file, restarts, ...more } = apiserverSettings(trust, directory)
  return {
    flags,
    files:
      file === null ? [] : [{ machine, path: `${directory}${file.name}`, content: file.content }],
    commands: [],
    restarts,
    undo: '# Start kube-apiserver without --authentication-config, then\nsudo rm -r /etc/kubernetes/lanyard',
    notes: [...more.notes, ...more.notesOfRunning],
  }
}

export function flagsPlan(trust: ClusterTrust): Plan {
  const path = trust.certificateAuthorityFile ?? `${directory}issuer-ca.crt`
  const { flags, file, restarts, ...more } = flagSettings(trust, path)
  return {
    flags,
    files: file === null ? [] : [{ machine, path, content: file.content }],
    commands: [],
    restarts,
    undo: [
      '# Start kube-apiserver without the --oidc- flags',
      ...(file === null ? [] : ['# then', `sudo rm ${path}`]),
    ].join('\n'),
    notes: [...more.notes, ...more.notesOfRunning],
  }
}
