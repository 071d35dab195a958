import { isMap, isSeq } from 'yaml'
import { failed, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { at, type Entry, fixesOf, seen } from './entry-parts.ts'
import { appendItems, mapAt, nodeAt, removeItem, removeKey, setKey } from './nodes.ts'
import { printedEntry } from './trust.ts'

function rulesAt(entry: Entry, key: string): readonly Readonly<Record<string, unknown>>[] {
  const node = nodeAt(entry.source, at(entry, key))
  if (!isSeq(node)) return []
  return node.items.map((item): Readonly<Record<string, unknown>> => {
    const rule: unknown = isMap(item) ? item.toJSON() : {}
    return Object(rule) as Record<string, unknown>
  })
}

export function checkClaimRules(entry: Entry): Finding[] {
  const rules = rulesAt(entry, 'claimValidationRules')
  const found = rules.flatMap((rule, index) => [
    ...checkLifetimeRule(entry, rule, index),
    ...checkRequiredRule(entry, rule, index),
  ])
  const isChecked = rules.some(
    ({ claim, expression }) => claim === 'token_use' || String(expression).includes('token_use'),
  )
  if (isChecked) return found
  const key = 'claimValidationRules'
  return [...found, missingRules(entry, key, { claim: 'token_use', requiredValue: 'kube' })]
}

function missingRules(
  entry: Entry,
  key: 'claimValidationRules' | 'userValidationRules',
  rule: unknown,
): Finding {
  const { source, trust } = entry
  const map = mapAt(source, at(entry))
  const fix =
    rulesAt(entry, key).length > 0
      ? appendItems(source, at(entry, key), Array.isArray(rule) ? rule : [rule])
      : map === undefined
        ? null
        : setKey(source, map, key, printedEntry(trust)[key])
  return key === 'claimValidationRules'
    ? warning('config.rules', 'no rule looks at token_use', {
        why: 'a token that was made for something else is taken too, if its audience fits',
        fixes: fixesOf(fix),
      })
    : warning('config.rules', 'no rule refuses names that begin with system:', {
        why: "Kubernetes itself takes them from any token. Lanyard gives nobody such a name; the rule is the cluster's own guard",
        fixes: fixesOf(fix),
      })
}

function checkLifetimeRule(
  entry: Entry,
  { expression }: Readonly<Record<string, unknown>>,
  index: number,
): Finding[] {
  const { source, trust } = entry
  const match = /claims\.exp\s*-\s*claims\.iat\s*<=?\s*(\d+)/.exec(String(expression))
  const seconds = Number(match?.[1])
  const { idTokenSeconds } = trust.issuer
  if (match === null || seconds >= idTokenSeconds) return []
  const path = at(entry, 'claimValidationRules', index)
  const map = mapAt(source, path)
  const longest = Math.max(3600, idTokenSeconds)
  const right = String(expression).replace(/(<=?\s*)\d+/, `$1${longest}`)
  return [
    failed(
      'config.rules',
      `a rule takes tokens of ${seconds} seconds at most, and Lanyard makes them for ${idTokenSeconds}`,
      {
        seen: seen(entry, [...path, 'expression']),
        why: 'every token is refused. lifetimes.idToken in lanyard.yaml is the other side of it',
        fixes: fixesOf(map === undefined ? null : setKey(source, map, 'expression', right)),
      },
    ),
  ]
}

/** Claims that every token for a cluster has with the same text. */
function checkRequiredRule(
  entry: Entry,
  { claim, requiredValue }: Readonly<Record<string, unknown>>,
  index: number,
): Finding[] {
  const { source } = entry
  if (claim === undefined || (claim === 'token_use' && requiredValue === 'kube')) return []
  const path = at(entry, 'claimValidationRules', index)
  const map = mapAt(source, path)
  if (map === undefined) return []
  const name = typeof claim === 'string' ? claim : ''
  const value = typeof requiredValue === 'string' ? requiredValue : ''
  const fix =
    name === 'token_use'
      ? setKey(source, map, 'requiredValue', 'kube')
      : removeRule(entry, 'claimValidationRules', index)
  return [
    failed('config.rules', `a rule wants ${name} to be "${value}", which no token says`, {
      seen: seen(entry, path),
      why: 'every token is refused: required claim',
      fixes: fixesOf(fix),
    }),
  ]
}

/** The edit that takes one rule away, and the whole list with the last one. */
export function removeRule(
  entry: Entry,
  key: 'claimValidationRules' | 'userValidationRules',
  index: number,
): Fix | null {
  const { source } = entry
  if (rulesAt(entry, key).length > 1) return removeItem(source, at(entry, key), index)
  const map = mapAt(source, at(entry))
  return map === undefined ? null : removeKey(source, map, key)
}

export function checkUserRules(entry: Entry): Finding[] {
  const rules = rulesAt(entry, 'userValidationRules')
  const text = rules.map(({ expression }) => String(expression)).join('\n')
  const guards =
    /user\.username[\s\S]*system:/.test(text) && /user\.groups[\s\S]*system:/.test(text)
  const { usernamePrefix, groupsPrefix } = entry.trust.cluster
  if (guards || (usernamePrefix !== '' && groupsPrefix !== '')) return []
  const printed = printedEntry(entry.trust)['userValidationRules']
  return [missingRules(entry, 'userValidationRules', printed)]
}
