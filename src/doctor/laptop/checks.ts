import type { Finding } from '../finding.ts'

/** The checks of `kubectl lanyard doctor` that the server's doctor has not, in the order of the reference. */
export const laptopChecks = {
  'home.directory': 'the home directory is there and can be written to',
  'kubeconfig.found': 'there is a kubeconfig',
  'kubeconfig.valid': 'every kubeconfig can be read and is one',
  'kubeconfig.duplicate': 'no user, cluster or context hides another of the same name',
  'kubeconfig.locked': 'no lock was left beside a kubeconfig',
  'kubeconfig.context': 'the context that is meant exists and is complete',
  'kubeconfig.user': 'it logs in by this plugin, and nothing stands in its way',
  'kubeconfig.exec': 'kubectl accepts how the plugin is named: apiVersion, interactiveMode',
  'kubeconfig.args': 'the arguments are those that the plugin knows without thinking',
  'kubeconfig.cluster': "the cluster's entry has one CA, which is one, and skips nothing",
  'plugin.command': 'the command is found and can be executed',
  'plugin.copies': 'no other copy of the plugin stands before this one on the PATH',
  'plugin.version': 'the plugin is as new as the server',
  'kuberc.policy': 'the kuberc lets kubectl run the plugin',
  'store.permissions': "the plugin's files are this user's alone",
  'store.lock': 'no lock was left behind',
  'store.readable': "the plugin's files can be read",
  'proxy.address': 'the proxy of the environment is one',
  'trust.file': 'the files with CAs that the environment names can be read',
  'login.issuer': 'the issuer is one that this device trusts',
  'login.present': 'there is a login',
  'login.alive': 'the issuer knows the login',
  'login.browser': 'how a login would be made here',
  'login.entry': 'the issuer gives a token for the cluster',
  'login.cached': 'the token in the cache is one that the issuer would give',
  'cluster.server': 'the address of the API is the one that the issuer lists',
  'kubectl.whoami': 'kubectl auth whoami, really run: the proof',
} as const

/** Names that both doctors have. */
export type SharedCheck =
  | 'issuer.reachable'
  | 'issuer.certificate'
  | 'issuer.proxy'
  | 'cluster.reachable'
  | 'cluster.certificate'
  | 'token.verdict'
  | 'rbac.binding'

export type LaptopCheck = keyof typeof laptopChecks | SharedCheck

type Parts = Partial<Pick<Finding, 'seen' | 'why' | 'fixes'>>

/** One finding of the laptop's. */
export function finding(
  check: LaptopCheck,
  status: Finding['status'],
  summary: string,
  parts: Parts = {},
): Finding {
  return { check, status, summary, seen: [], why: '', fixes: [], ...parts }
}
