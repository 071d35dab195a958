import { isSeq } from 'yaml'
import { describeCertificate, readCertificates } from '../certificates.ts'
import { failed, ok } from '../checks.ts'
import type { Finding } from '../finding.ts'
import { at, type Entry, fixesOf, seen } from './entry-parts.ts'
import { checkGroups, checkUsername } from './mappings.ts'
import { mapAt, nodeAt, setKey, setOnlyItem, textAt } from './nodes.ts'
import { checkClaimRules, checkUserRules } from './rules.ts'
import { differenceOf, quoted } from './trust.ts'

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
  const list: unknown[] = isSeq(node) ? node.toJSON() : []
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
        setOnlyItem(source, at(entry, 'issuer', 'audiences'), audience) ??
          (map === undefined
            ? null
            : setKey(source, map, 'audiences', list.length > 1 ? [...list, audience] : [audience])),
      ),
    },
  )
}
