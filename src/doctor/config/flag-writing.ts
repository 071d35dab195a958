import { advice, failed, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import {
  type Argument,
  type ArgumentList,
  findArguments,
  quoteItem,
  removeArgument,
  setArgument,
} from './arguments.ts'
import { nearest } from './nearest.ts'

const known = [
  'oidc-issuer-url',
  'oidc-client-id',
  'oidc-ca-file',
  'oidc-username-claim',
  'oidc-username-prefix',
  'oidc-groups-claim',
  'oidc-groups-prefix',
  'oidc-signing-algs',
  'oidc-required-claim',
  'authentication-config',
  'authentication-token-webhook-cache-ttl',
  'authentication-token-webhook-config-file',
  'authentication-token-webhook-version',
  'authentication-kubeconfig',
  'authentication-skip-lookup',
  'authentication-tolerate-lookup-failure',
]

/** What is wrong with the writing of the flags, whatever they say. */
export function checkFlagWriting(list: ArgumentList): Finding[] {
  return [...checkMisread(list), ...checkNames(list), ...checkBoth(list), ...checkTwice(list)]
}

/** `file:12` */
export function where({ source }: ArgumentList, { line }: { readonly line: number }): string {
  return `${source.file}:${line}`
}

function checkMisread(list: ArgumentList): Finding[] {
  return list.misread.map(({ line, range }) =>
    failed(
      'config.flags',
      `YAML reads line ${line} as a mapping: a colon at the end needs quotes`,
      {
        seen: [`${where(list, { line })}: ${list.source.quote(line)}`],
        why: 'the kubelet refuses the whole manifest, and kube-apiserver does not start',
        fixes: [quoteItem(list, range)],
      },
    ),
  )
}

function checkNames(list: ArgumentList): Finding[] {
  return list.list
    .filter(({ name }) => /^(?:oidc|authentication)/.test(name) && !known.includes(name))
    .map((argument) => {
      const right = nearest(argument.name, known)
      const fix = right === null ? removeArgument(list, argument) : renamed(list, argument, right)
      return failed('config.flags', `kube-apiserver has no flag --${argument.name}`, {
        seen: [where(list, argument)],
        why: 'it does not start: unknown flag',
        fixes: fix === null ? [] : [fix],
      })
    })
}

function renamed(list: ArgumentList, argument: Argument, name: string): Fix | null {
  return argument.value === null ? null : setArgument(list, { ...argument, name }, argument.value)
}

function checkBoth(list: ArgumentList): Finding[] {
  const [config] = findArguments(list, 'authentication-config')
  const oidc = list.list.filter(({ name }) => name.startsWith('oidc-'))
  if (config === undefined || oidc.length === 0) return []
  return [
    failed('config.flags', 'both --authentication-config and --oidc-* flags are given', {
      seen: [where(list, config), ...oidc.map((each) => where(list, each))],
      why: 'kube-apiserver does not start: authentication-config file and oidc-* flags are mutually exclusive',
      // From the bottom up: what stands above keeps its line.
      fixes: oidc.toReversed().flatMap((each) => removeArgument(list, each) ?? []),
    }),
  ]
}

function checkTwice(list: ArgumentList): Finding[] {
  const once = known.filter((name) => name !== 'oidc-required-claim')
  return once.flatMap((name) => {
    const all = findArguments(list, name)
    const last = all.at(-1)
    if (last === undefined || all.length < 2) return []
    const values = new Set(all.map(({ value }) => value))
    const parts = {
      seen: all.map((each) => `${where(list, each)}: ${each.value ?? ''}`),
      why: `kube-apiserver takes the last one, ${last.value ?? ''}, and says nothing`,
    }
    if (values.size > 1) {
      return [
        warning('config.flags', `--${name} is given ${all.length} times, with different values`, {
          ...parts,
          fixes: [advice('keep the one that is right; the checks below are of the last')],
        }),
      ]
    }
    const fixes = all
      .slice(0, -1)
      .toReversed()
      .flatMap((each) => removeArgument(list, each) ?? [])
    return [warning('config.flags', `--${name} is given ${all.length} times`, { ...parts, fixes })]
  })
}
