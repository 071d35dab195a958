import { isMap, isScalar, isSeq } from 'yaml'
import { describeCertificate, readCertificates } from '../certificates.ts'
import { advice, failed, ok, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { whyOtherClaim } from './flags.ts'
import {
  appendItems,
  lineAt,
  mapAt,
  nodeAt,
  removeItem,
  removeKey,
  setKey,
  textAt,
} from './nodes.ts'
import type { Source } from './source.ts'
import { differenceOf, printedEntry, quoted, type Trust, tellLanyard } from './trust.ts'

type Path = readonly (string | number)[]

/** One entry of `jwt` that is meant to be Lanyard's. */
export interface Entry {
  readonly source: Source
  readonly index: number
  readonly trust: Trust
}

const at = ({ index }: Entry, ...rest: Path): Path => ['jwt', index, ...rest]

function seen({ source }: Entry, path: Path): readonly string[] {
  const line = lineAt(source, path)
  return line === null ? [] : [`${source.file}:${line}: ${source.lineText(line).trim()}`]
}

function fixesOf(...fixes: readonly (Fix | null)[]): readonly Fix[] {
  return fixes.filter((fix) => fix !== null)
}

/** The entry against what Lanyard prints for the cluster. */
export function checkEntry(entry: Entry): Finding[] {
  return [
    checkUrl(entry),
    ...checkAuthority(entry),
    checkAudience(entry),
    ...checkUsername(entry),
    ...checkGroups(entry),
    ...checkClaimRules(entry),
    ...checkUserRules(entry),
  ]
}

function checkUrl(entry: Entry): Finding {
  const { source, trust } = entry
  const { url } = trust.issuer
  const written = textAt(source, at(entry, 'issuer', 'url')) ?? ''
  if (written === url) return ok('config.issuer', `issuer.url is ${url}`)
  const map = mapAt(source, at(entry, 'issuer'))
  return failed(
    'config.issuer',
    `issuer.url is ${quoted(written)}, and the issuer is ${url}${differenceOf(written, url)}`,
    {
      seen: seen(entry, at(entry, 'issuer', 'url')),
      why: 'tokens name their issuer byte for byte: with another one every token is refused',
      fixes: fixesOf(map === undefined ? null : setKey(source, map, 'url', url)),
    },
  )
}

function checkAuthority(entry: Entry): Finding[] {
  const { source, trust } = entry
  const right = trust.issuer.certificateAuthority
  const written = textAt(source, at(entry, 'issuer', 'certificateAuthority'))
  const map = mapAt(source, at(entry, 'issuer'))
  if (right === null || map === undefined) return []
  const fixes = fixesOf(setKey(source, map, 'certificateAuthority', right))
  const why =
    'kube-apiserver cannot read the keys: oidc: authenticator not initialized, and every token is refused'
  if (written === undefined) {
    return [
      failed(
        'config.certificate-authority',
        "issuer.certificateAuthority is missing, and the issuer's CA is a private one",
        {
          seen: [`the CA is ${describeCertificate(right)}`],
          why,
          fixes,
        },
      ),
    ]
  }
  if (holdsAuthority(written, right)) {
    return [ok('config.certificate-authority', 'issuer.certificateAuthority holds the CA')]
  }
  const isText = readCertificates(written) !== undefined
  return [
    failed(
      'config.certificate-authority',
      isText
        ? "issuer.certificateAuthority is another CA than the issuer's"
        : 'issuer.certificateAuthority is no certificate: it takes the PEM text itself, never a path',
      {
        seen: [
          ...(isText
            ? [`in the file: ${describeCertificate(written)}`]
            : seen(entry, at(entry, 'issuer', 'certificateAuthority'))),
          `the issuer's: ${describeCertificate(right)}`,
        ],
        why,
        fixes,
      },
    ),
  ]
}

/** True where every CA that is needed is among those that are held. */
export function holdsAuthority(held: string, needed: string): boolean {
  const prints = new Set((readCertificates(held) ?? []).map(({ fingerprint }) => fingerprint))
  const wanted = readCertificates(needed) ?? []
  return wanted.length > 0 && wanted.every(({ fingerprint }) => prints.has(fingerprint))
}

function checkAudience(entry: Entry): Finding {
  const { source, trust } = entry
  const { audience, name } = trust.cluster
  const node = nodeAt(source, at(entry, 'issuer', 'audiences'))
  const list: unknown[] = isSeq(node) ? (node.toJSON() as unknown[]) : []
  if (list.includes(audience)) return ok('config.audience', `issuer.audiences has ${audience}`)
  const map = mapAt(source, at(entry, 'issuer'))
  const written =
    list.length === 0 ? 'nothing' : list.map((each) => JSON.stringify(each)).join(', ')
  return failed(
    'config.audience',
    `issuer.audiences has ${written}, and tokens for "${name}" carry "${audience}"`,
    {
      seen: seen(entry, at(entry, 'issuer', 'audiences')),
      why: 'every token is refused: expected audience',
      // Others may be there for applications: they stay, where there are several.
      fixes: fixesOf(
        map === undefined
          ? null
          : setKey(source, map, 'audiences', list.length > 1 ? [...list, audience] : [audience]),
      ),
    },
  )
}

function checkUsername(entry: Entry): Finding[] {
  const { source, trust } = entry
  const path = at(entry, 'claimMappings', 'username')
  const map = mapAt(source, path)
  const claim = textAt(source, [...path, 'claim'])
  if (map === undefined) return [missingMapping(entry, 'username')]
  // What an expression makes of a token, only the replay can tell.
  if (claim === undefined) return []
  const found: Finding[] = []
  if (claim === 'preferred_username') {
    found.push(ok('config.username', 'the username is read from preferred_username'))
  } else {
    const summary = `the username is read from the claim "${claim}"`
    found.push(
      failed('config.username', summary, {
        seen: seen(entry, [...path, 'claim']),
        why: whyOtherClaim(claim, trust.cluster),
        fixes: fixesOf(setKey(source, map, 'claim', 'preferred_username')),
      }),
    )
  }
  return [...found, ...checkPrefix(entry, 'username', trust.cluster.usernamePrefix)]
}

function checkGroups(entry: Entry): Finding[] {
  const { source, trust } = entry
  const { liveGroups, groupsPrefix } = trust.cluster
  const path = at(entry, 'claimMappings', 'groups')
  const map = mapAt(source, path)
  if (map === undefined) return [missingMapping(entry, 'groups')]
  const claim = textAt(source, [...path, 'claim'])
  const parent = mapAt(source, at(entry, 'claimMappings'))
  const whole = fixesOf(
    parent === undefined
      ? null
      : setKey(source, parent, 'groups', { claim: 'groups', prefix: groupsPrefix }),
  )
  if (claim === undefined) {
    if (!liveGroups) return []
    return [
      failed(
        'config.groups',
        'the groups are mapped by an expression, and the cluster has live groups',
        {
          seen: seen(entry, [...path, 'expression']),
          why: 'kube-apiserver asks for live groups for a claim alone; with an expression nobody has any, and its log is silent',
          fixes: [
            ...whole,
            advice(
              `or let tokens carry them: lanyard cluster set ${trust.cluster.name} --groups embedded`,
            ),
          ],
        },
      ),
    ]
  }
  const found =
    claim === 'groups'
      ? ok('config.groups', 'the groups are read from groups')
      : failed(
          'config.groups',
          `the groups are read from the claim "${claim}", which tokens do not have`,
          {
            seen: seen(entry, [...path, 'claim']),
            why: 'nobody has a group, and every binding of one is void: Forbidden',
            fixes: fixesOf(setKey(source, map, 'claim', 'groups')),
          },
        )
  return [found, ...checkPrefix(entry, 'groups', groupsPrefix)]
}

function missingMapping(entry: Entry, which: 'username' | 'groups'): Finding {
  const { source, trust } = entry
  const printed = Object(printedEntry(trust)['claimMappings']) as Record<string, unknown>
  const mappings = mapAt(source, at(entry, 'claimMappings'))
  const map = mapAt(source, at(entry))
  const fix =
    mappings === undefined
      ? map === undefined
        ? null
        : setKey(source, map, 'claimMappings', printed)
      : setKey(source, mappings, which, printed[which])
  return which === 'groups'
    ? failed('config.groups', 'claimMappings.groups is missing: nobody has a group', {
        why: 'every binding of a group is void: Forbidden. Live groups are never asked for',
        fixes: fixesOf(fix),
      })
    : failed('config.username', 'claimMappings.username is missing', {
        why: 'kube-apiserver does not start: claimMappings.username: Required value',
        fixes: fixesOf(fix),
      })
}

function checkPrefix(entry: Entry, which: 'username' | 'groups', right: string): Finding[] {
  const { source, trust } = entry
  const path = at(entry, 'claimMappings', which)
  const map = mapAt(source, path)
  if (map === undefined) return []
  const node = nodeAt(source, [...path, 'prefix'])
  const fixes = fixesOf(setKey(source, map, 'prefix', right))
  if (!isScalar(node)) {
    return [
      failed('config.prefix', `claimMappings.${which}.prefix is missing`, {
        seen: seen(entry, path),
        why: 'kube-apiserver does not start: prefix is required when claim is set. It can be set to an empty string',
        fixes,
      }),
    ]
  }
  const written = String(node.value ?? '')
  if (written === right) return []
  const option = which === 'username' ? '--username-prefix' : '--groups-prefix'
  return [
    failed(
      'config.prefix',
      `kube-apiserver puts ${quoted(written)} before ${which === 'username' ? 'usernames' : 'groups'}, and Lanyard thinks ${quoted(right)}`,
      {
        seen: seen(entry, [...path, 'prefix']),
        why: 'the bindings that Lanyard prints are for names that nobody has there: Forbidden',
        fixes: [...fixes, ...tellLanyard(trust, option, written)],
      },
    ),
  ]
}

function rulesAt(entry: Entry, key: string): readonly Readonly<Record<string, unknown>>[] {
  const node = nodeAt(entry.source, at(entry, key))
  return isSeq(node) ? node.items.map((item) => (isMap(item) ? item.toJSON() : {})) : []
}

function checkClaimRules(entry: Entry): Finding[] {
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
  const name = String(claim)
  const fix =
    name === 'token_use'
      ? setKey(source, map, 'requiredValue', 'kube')
      : removeRule(entry, 'claimValidationRules', index)
  return [
    failed(
      'config.rules',
      `a rule wants ${name} to be "${String(requiredValue ?? '')}", which no token says`,
      {
        seen: seen(entry, path),
        why: 'every token is refused: required claim',
        fixes: fixesOf(fix),
      },
    ),
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

function checkUserRules(entry: Entry): Finding[] {
  const rules = rulesAt(entry, 'userValidationRules')
  const text = rules.map(({ expression }) => String(expression)).join('\n')
  const guards =
    /user\.username[\s\S]*system:/.test(text) && /user\.groups[\s\S]*system:/.test(text)
  const { usernamePrefix, groupsPrefix } = entry.trust.cluster
  if (guards || (usernamePrefix !== '' && groupsPrefix !== '')) return []
  const printed = printedEntry(entry.trust)['userValidationRules']
  return [missingRules(entry, 'userValidationRules', printed)]
}
