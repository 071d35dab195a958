import { authenticationConfiguration, oidcFlags } from '../authentication-configuration.ts'
import type { ClusterTrust } from './types.ts'

/** What one kube-apiserver is told: flags, and the one file that they name. */
export interface ApiserverSettings {
  readonly isStructured: boolean
  /** As the command line has them: `--oidc-client-id=prod`. */
  readonly flags: readonly string[]
  /** Null where flags say it all: the system of the apiserver trusts the issuer. */
  readonly file: { readonly name: string; readonly content: string } | null
  readonly restarts: string
  readonly notes: readonly string[]
  /** What else holds where the apiserver runs already. */
  readonly notesOfRunning: readonly string[]
}

/**
 * The best that this line of Kubernetes knows: an AuthenticationConfiguration, or flags before 1.30.
 *
 * @param prefix what stands before the file's name for kube-apiserver: `/etc/kubernetes/lanyard/`
 */
export function apiserverSettings(trust: ClusterTrust, prefix: string): ApiserverSettings {
  const { authenticationApiVersion: apiVersion } = trust.line
  if (apiVersion === null) return flagSettings(trust, `${prefix}issuer-ca.crt`)
  return {
    isStructured: true,
    flags: [`--authentication-config=${prefix}authentication.yaml`],
    file: {
      name: 'authentication.yaml',
      content: authenticationConfiguration({ ...trust, apiVersion }),
    },
    restarts:
      'kube-apiserver restarts once, to be told of the file. It reads later changes of the file without a restart, about 10 seconds after them.',
    notes: [],
    notesOfRunning: [
      'hint: kube-apiserver does not start with --authentication-config beside --oidc- flags: take those away in the same step',
    ],
  }
}

/** Flags, whatever the line: any kube-apiserver takes them. */
export function flagSettings(trust: ClusterTrust, authorityPath: string): ApiserverSettings {
  const { certificateAuthority, name, line } = trust
  const hasNoPrefix = trust.usernamePrefix === '' || trust.groupsPrefix === ''
  return {
    isStructured: false,
    flags: oidcFlags({ ...trust, certificateAuthorityFile: authorityPath }),
    file:
      certificateAuthority === null
        ? null
        : { name: 'issuer-ca.crt', content: certificateAuthority },
    restarts:
      'kube-apiserver restarts, now and for every later change: it reads flags and the CA at its start alone.',
    notesOfRunning: [],
    notes: [
      ...(hasNoPrefix
        ? [
            `warning: flags cannot refuse a name that begins with system:; Lanyard issues none, and prefixes make them impossible: lanyard cluster set ${name} --username-prefix lanyard: --groups-prefix lanyard:`,
          ]
        : []),
      line.authenticationApiVersion === null
        ? 'hint: flags map no uid and no lanyard.dev/ extras, and set no limit to the lifetime of a token; from Kubernetes 1.30 on a file does'
        : `hint: flags map no uid and no lanyard.dev/ extras, and set no limit to the lifetime of a token; the file does: lanyard cluster config ${name} --for structured`,
    ],
  }
}

/** Name and value of each flag, without its dashes. */
export function argumentsOf(flags: readonly string[]): { name: string; value: string }[] {
  return flags.map((flag) => {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(flag) ?? []
    return { name, value }
  })
}

/** One word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
