import type { Finding, Fix, Place } from './finding.ts'

/** Every check of the server's doctor by its stable name, in the order of the reference, with what it looks at. */
export const checks = {
  'data.readable': 'the data directory can be read by the user who asks',
  'settings.valid': "Lanyard's own configuration can be read",
  'issuer.url':
    'the issuer is an https URL, without a slash at its end, that other machines can name',
  'issuer.equal': 'these settings name the issuer that the server calls itself',
  'issuer.reachable': 'the name resolves, and a server answers there with TLS',
  'issuer.certificate':
    "the certificate leads to the CA that clusters are told, and holds the issuer's host",
  'issuer.expiry': 'certificate and CA last for another 30 days',
  'issuer.proxy': 'no proxy of the environment stands before the issuer by mistake',
  'documents.discovery': 'the discovery document is there, and names the issuer byte for byte',
  'documents.keys':
    'the key set is there, with the keys that sign, and none that makes kube-apiserver drop the set',
  'documents.caching':
    'nothing on the way makes the key set cacheable: kube-apiserver would refuse a new key for a while',
  'documents.live': 'the second issuer, which answers for live groups, is there with the same keys',
  'clock.issuer': "the issuer's clock and this one agree",
  'clock.apiserver': "the apiserver's clock and this one agree",
  'token.lifetime':
    'ID tokens live long enough to be of use, and not so long that revocation waits for them',
  'token.size': "people's tokens fit into a request header",
  'names.reserved': "nobody has a name that is Kubernetes' own",
  'cluster.policy': 'somebody may enter the cluster',
  'cluster.address': 'the address of its API is the one that its own kubeconfig has',
  'cluster.certificate': "the CA that people's kubeconfigs get verifies its API",
  'cluster.reachable': 'its API answers from here',
  'cluster.version': 'its version can do what the configuration asks of it',
  'cluster.prefix': 'its prefixes are those that Lanyard knows, and make no two people one',
  'cluster.token':
    "its apiserver takes a token of a subject without rights as it would take people's",
  'cluster.groups': 'its apiserver sees the groups',
  'cluster.live': 'the warm-up of live groups worked, at each of its apiservers',
  'rbac.binding':
    'a group that may enter is bound in the cluster, under the name that its apiserver sees',
  'person.exists': 'the person is known',
  'person.active': 'the person is not disabled and has a password of their own',
  'person.entry': 'the person may enter the cluster',
  'config.readable': 'the file can be read and is something that kube-apiserver is configured with',
  'config.accepted': 'kube-apiserver would start with it',
  'config.issuer': 'it trusts the issuer, byte for byte',
  'config.certificate-authority': "it holds the issuer's CA",
  'config.audience': 'it takes the audience of the cluster',
  'config.algorithm': "it takes the cluster's signing algorithm",
  'config.username': 'it reads the username from the right claim',
  'config.groups': 'it reads the groups, live ones too',
  'config.prefix': 'it puts before names what Lanyard thinks that it does',
  'config.rules': "its rules let Lanyard's tokens in, and reserved names not",
  'config.discovery-url': 'a discovery URL beside the issuer is one that can be asked',
  'config.version': 'its apiVersion is one that the cluster knows',
  'config.flags': 'no flag contradicts another, is given twice, or is written wrong',
  'config.mounted': 'every file that a flag names is inside the pod',
  'config.anonymous': 'who comes without credentials is treated as before',
  'config.replay': 'a token goes through every check of kube-apiserver with these settings',
  'token.verdict': 'what kube-apiserver answers to the token on stdin, step by step',
  'log.explained': 'what a line of its log means',
} as const

export type CheckName = keyof typeof checks

interface Parts {
  readonly seen?: readonly string[]
  readonly why?: string
  readonly fixes?: readonly Fix[]
}

export function ok(check: CheckName, summary: string, seen: readonly string[] = []): Finding {
  return { check, status: 'ok', summary, seen, why: '', fixes: [] }
}

/** What could not be looked at. `why` says what it waits for. */
export function skipped(check: CheckName, summary: string, why = ''): Finding {
  return { check, status: 'skipped', summary, seen: [], why, fixes: [] }
}

export function warning(check: CheckName, summary: string, parts: Parts): Finding {
  return { check, status: 'warning', summary, seen: [], why: '', fixes: [], ...parts }
}

export function failed(check: CheckName, summary: string, parts: Parts): Finding {
  return { check, status: 'failed', summary, seen: [], why: '', fixes: [], ...parts }
}

export function command(line: string, place: Place = 'server'): Fix {
  return { kind: 'command', place, line }
}

export function advice(text: string): Fix {
  return { kind: 'advice', text }
}

/** A word of a shell's line: as it stands where a shell leaves it alone, else between quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
