import { isMap, isSeq } from 'yaml'
import {
  type ConfigurationOptions,
  readAuthenticationConfiguration,
} from '../apiserver/settings.ts'
import type { AuthenticatorSettings, SettingsFault } from '../apiserver/types.ts'
import { advice, type CheckName, failed, ok, warning } from '../checks.ts'
import { isOlder } from '../cluster-api.ts'
import type { Finding, Fix } from '../finding.ts'
import { checkEntry } from './entry.ts'
import type { Entry } from './entry-parts.ts'
import { appendItems, countAt, lineAt, mapAt, nodeAt, removeItem, setKey, textAt } from './nodes.ts'
import { checkFields, checkYaml, isWellFormed } from './repair.ts'
import { removeRule } from './rules.ts'
import { replaceFile, type Source } from './source.ts'
import { printedEntry, type Trust } from './trust.ts'

export interface AuthenticationChecked {
  readonly findings: readonly Finding[]
  /** For the replay; null where kube-apiserver would not start with it. */
  readonly settings: AuthenticatorSettings | null
}

/** True for a file that is, or was meant to be, an AuthenticationConfiguration. */
export function isAuthentication({ text, document }: Source): boolean {
  const root = document.contents
  if (isMap(root) && root.get('kind') === 'AuthenticationConfiguration') return true
  return /^\s*(?:apiVersion:\s*["']?apiserver\.config\.k8s\.io|kind:\s*["']?AuthenticationConfig|jwt:)/m.test(
    text,
  )
}

export function checkAuthentication(
  source: Source,
  trust: Trust,
  options: ConfigurationOptions = {},
): AuthenticationChecked {
  const isTaken = (text: string): boolean =>
    isWellFormed(text) && readAuthenticationConfiguration(text, options).refusal === null
  const unread = checkYaml(source, trust, isTaken)
  if (unread.length > 0) return { findings: unread, settings: null }
  const unknown = checkFields(source, isTaken)
  if (unknown.length > 0) return { findings: unknown, settings: null }
  const settings = readAuthenticationConfiguration(source.text, options)
  const found = [
    ...checkVersion(source, trust),
    ...checkOwnEntry(source, trust),
    ...checkOthers(source, trust),
    ...checkAnonymous(source),
  ]
  const faults = settings.faults.flatMap((fault) => faultFinding(source, trust, fault, found))
  const all = [...found, ...faults]
  if (settings.refusal === null) {
    const taken = ok('config.accepted', `kube-apiserver would start with ${source.file}`)
    return { findings: [taken, ...all], settings }
  }
  const told = all.some(({ status }) => status === 'failed')
  if (told) return { findings: all, settings: null }
  return { findings: [...all, refused(source, trust, settings.refusal)], settings: null }
}

function refused(source: Source, { cluster }: Trust, refusal: string): Finding {
  return failed(
    'config.accepted',
    `kube-apiserver would not start with ${source.file}: ${refusal}`,
    {
      why: 'one that runs keeps the file before',
      fixes: [replaceFile(source, cluster.authenticationConfiguration)],
    },
  )
}

/** The version of Kubernetes that first knew the apiVersion. */
const since: Readonly<Record<string, string>> = {
  'apiserver.config.k8s.io/v1': '1.34',
  'apiserver.config.k8s.io/v1beta1': '1.30',
  'apiserver.config.k8s.io/v1alpha1': '1.29',
}

function checkVersion(source: Source, { version, cluster }: Trust): Finding[] {
  const root = mapAt(source, [])
  const written = textAt(source, ['apiVersion']) ?? ''
  const known = version ?? cluster.kubernetesVersion
  const right =
    known === null || !isOlder(known, '1.34')
      ? 'apiserver.config.k8s.io/v1'
      : 'apiserver.config.k8s.io/v1beta1'
  const first = since[written]
  const fix = root === undefined ? null : setKey(source, root, 'apiVersion', right)
  const fixes = fix === null ? [] : [fix]
  if (first === undefined) {
    return [
      failed('config.version', `kube-apiserver knows no apiVersion "${written}" for this file`, {
        why: 'it does not start with it',
        fixes,
      }),
    ]
  }
  if (known !== null && isOlder(known, first)) {
    return [
      failed(
        'config.version',
        `${written} needs Kubernetes ${first}, and the cluster runs ${known}`,
        {
          why: 'it does not start with it',
          fixes,
        },
      ),
    ]
  }
  return [ok('config.version', `${written} is known`)]
}

/** The entry that is meant for Lanyard: by its issuer, by one that resembles it, by its audience, or the only one. */
function ownIndex(source: Source, { issuer, cluster }: Trust): number | undefined {
  const indices = Array.from({ length: countAt(source, ['jwt']) }, (_, index) => index)
  const urls = indices.map((index) => textAt(source, ['jwt', index, 'issuer', 'url']) ?? '')
  const host = (url: string): string => (URL.canParse(url.trim()) ? new URL(url.trim()).host : url)
  const audiences = (index: number): unknown[] => {
    const node = nodeAt(source, ['jwt', index, 'issuer', 'audiences'])
    return isSeq(node) ? node.toJSON() : []
  }
  return (
    indices.find((index) => urls[index] === issuer.url) ??
    indices.find((index) => audiences(index).includes(cluster.audience)) ??
    indices.find((index) => host(urls[index] ?? '') === host(issuer.url)) ??
    (indices.length === 1 ? 0 : undefined)
  )
}

function checkOwnEntry(source: Source, trust: Trust): Finding[] {
  const index = ownIndex(source, trust)
  if (index !== undefined) return checkEntry({ source, index, trust })
  const fix =
    appendItems(source, ['jwt'], [printedEntry(trust)]) ??
    replaceFile(source, trust.cluster.authenticationConfiguration)
  return [
    failed('config.issuer', `${source.file} has no entry for the issuer ${trust.issuer.url}`, {
      why: 'kube-apiserver knows nobody by a token of Lanyard: invalid bearer token',
      fixes: [fix],
    }),
  ]
}

/** Another issuer whose names look like ours makes two people one. */
function checkOthers(source: Source, trust: Trust): Finding[] {
  const own = ownIndex(source, trust)
  const { usernamePrefix } = trust.cluster
  return Array.from({ length: countAt(source, ['jwt']) }, (_, index) => index).flatMap((index) => {
    const url = textAt(source, ['jwt', index, 'issuer', 'url']) ?? ''
    const prefix = textAt(source, ['jwt', index, 'claimMappings', 'username', 'prefix'])
    if (index === own || url === trust.issuer.url || prefix !== usernamePrefix) return []
    return [
      warning('config.prefix', `${url} has the same prefix before usernames: "${prefix}"`, {
        seen: [`${source.file}:${lineAt(source, ['jwt', index, 'claimMappings']) ?? 1}`],
        why: 'whoever that issuer calls ada is the ada of Lanyard to Kubernetes, with all her rights',
        fixes: [advice('give each issuer a prefix of its own, and change the bindings with it')],
      }),
    ]
  })
}

function checkAnonymous(source: Source): Finding[] {
  const map = mapAt(source, ['anonymous'])
  if (map === undefined) return []
  const seen = [`${source.file}:${lineAt(source, ['anonymous']) ?? 1}`]
  if (map.get('enabled') === false) {
    return [
      warning('config.anonymous', 'the file refuses everybody who comes without credentials', {
        seen,
        why: 'the kubelet asks /livez and /readyz without any on many distributions, and restarts kube-apiserver for ever; a running one refuses a file that changes it',
        fixes: [advice('leave `anonymous` out, or allow it for /livez, /readyz and /healthz')],
      }),
    ]
  }
  return [ok('config.anonymous', 'who comes without credentials is told by the file', seen)]
}

/** Which check speaks of a path already. */
const covered: readonly (readonly [RegExp, readonly CheckName[]])[] = [
  [/^jwt\[\d+\]\.issuer\.url$/, ['config.issuer']],
  [/certificateAuthority$/, ['config.certificate-authority']],
  [/\.audiences/, ['config.audience']],
  [/claimMappings\.username/, ['config.username', 'config.prefix']],
  [/claimMappings\.groups/, ['config.groups', 'config.prefix']],
  [/claimValidationRules/, ['config.rules']],
  [/^apiVersion|^kind|^$/, ['config.version']],
]

function faultFinding(
  source: Source,
  trust: Trust,
  { path, line, message }: SettingsFault,
  found: readonly Finding[],
): Finding[] {
  const checks = covered.find(([pattern]) => pattern.test(path))?.[1] ?? []
  const isTold = found.some(
    ({ check, status }) => status === 'failed' && (checks as readonly string[]).includes(check),
  )
  if (isTold) return []
  return [
    failed('config.accepted', message, {
      seen: line === null ? [] : [`${source.file}:${line}: ${source.quote(line)}`],
      why: 'kube-apiserver does not start with it; one that runs keeps the file before',
      fixes: fixFault(source, trust, path, message),
    }),
  ]
}

function fixFault(source: Source, trust: Trust, path: string, message: string): readonly Fix[] {
  const index = Number(/^jwt\[(\d+)\]/.exec(path)?.[1] ?? 0)
  const entry: Entry = { source, index, trust }
  const issuer = mapAt(source, ['jwt', index, 'issuer'])
  const fix = ((): Fix | null => {
    if (path.endsWith('.issuer.url') && message.includes('Duplicate')) {
      return removeItem(source, ['jwt'], index)
    }
    if (path.endsWith('audienceMatchPolicy') && issuer !== undefined) {
      return setKey(source, issuer, 'audienceMatchPolicy', 'MatchAny')
    }
    const rule = /\.(claimValidationRules|userValidationRules)\[(\d+)\]/.exec(path)
    if (rule !== null) return removeRule(entry, rule[1] as 'claimValidationRules', Number(rule[2]))
    const mapping = /claimMappings\.(username|groups|uid|extra)/.exec(path)?.[1]
    const mappings = mapAt(source, ['jwt', index, 'claimMappings'])
    if (mapping !== undefined && mappings !== undefined) {
      const printed = Object(printedEntry(trust)['claimMappings']) as Record<string, unknown>
      return setKey(source, mappings, mapping, printed[mapping])
    }
    return null
  })()
  return fix === null ? [replaceFile(source, trust.cluster.authenticationConfiguration)] : [fix]
}
