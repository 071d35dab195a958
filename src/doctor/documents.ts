import { advice, command, failed, ok, skipped, warning } from './checks.ts'
import type { Finding } from './finding.ts'
import type { HttpsOutcome, Ports } from './ports.ts'
import type { IssuerFacts } from './subject.ts'

type Answer = Extract<HttpsOutcome, { kind: 'answer' }>

/** The two documents that kube-apiserver fetches, and the one of the second issuer. */
export async function checkDocuments(
  facts: IssuerFacts,
  outcome: HttpsOutcome,
  ports: Ports,
): Promise<Finding[]> {
  if (outcome.kind !== 'answer') return []
  const discovery = readDiscovery(facts.url, outcome, 'documents.discovery')
  if ('finding' in discovery) return [discovery.finding]
  const keys = await get(discovery.jwksUri, facts, ports)
  return [
    ok('documents.discovery', `the discovery document names ${facts.url}`),
    ...checkKeySet(facts, discovery.jwksUri, keys),
    await checkLive(facts, discovery.jwksUri, ports),
  ]
}

function get(url: string, facts: IssuerFacts, ports: Ports): Promise<HttpsOutcome> {
  const { certificateAuthority } = facts
  return ports.https({ url, method: 'GET', certificateAuthority })
}

const behind =
  'a proxy or another server answers in its place: let it pass the path on as it is, or set issuer to what it answers for'

function readDiscovery(
  issuer: string,
  { status, body, headers }: Answer,
  check: 'documents.discovery' | 'documents.live',
): { readonly jwksUri: string } | { readonly finding: Finding } {
  const url = `${issuer}/.well-known/openid-configuration`
  const bad = (summary: string, fix = behind): { finding: Finding } => ({
    finding: failed(check, summary, {
      seen: [`GET ${url}: ${status}, ${headers['content-type'] ?? 'no content type'}`],
      why: 'kube-apiserver reads it before the first token, and refuses every token without it',
      fixes: [advice(fix)],
    }),
  })
  if (status !== 200) return bad(`${url} answers ${status}`)
  const document = parseObject(body)
  if (document === null) return bad(`${url} is no JSON`)
  const { issuer: named, jwks_uri: jwksUri } = document
  if (named !== issuer) {
    const slash = `${String(named)}/` === issuer || named === `${issuer}/`
    return bad(
      `the discovery document names the issuer ${JSON.stringify(named)}, not ${issuer}${slash ? ': the slash counts' : ''}`,
      'set issuer in lanyard.yaml to the one and only address, start the server again, and give clusters the same',
    )
  }
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) {
    return bad(`the discovery document has no jwks_uri`)
  }
  if (new URL(jwksUri).protocol !== 'https:')
    return bad(`the key set is at ${jwksUri}, without TLS`)
  return { jwksUri }
}

/** Kinds that make kube-apiserver (go-jose) drop the whole set, working keys included. */
function keyFault(key: unknown): string | null {
  const { kty, crv } = Object(key) as Partial<Record<string, unknown>>
  if (kty === 'RSA' || kty === 'oct') return null
  if (kty === 'EC') {
    return ['P-256', 'P-384', 'P-521'].includes(String(crv)) ? null : `EC with ${String(crv)}`
  }
  if (kty === 'OKP') return crv === 'Ed25519' ? null : `OKP with ${String(crv)}`
  return `kty ${JSON.stringify(kty)}`
}

function checkKeySet(facts: IssuerFacts, url: string, outcome: HttpsOutcome): Finding[] {
  const why = 'without it kube-apiserver can verify no token'
  if (outcome.kind !== 'answer') {
    const summary = `the key set ${url} cannot be read: ${outcome.reason}`
    return [failed('documents.keys', summary, { why, fixes: [advice(behind)] })]
  }
  const { status, body } = outcome
  const set = status === 200 ? parseObject(body)?.['keys'] : undefined
  if (!Array.isArray(set)) {
    const summary = `the key set ${url} answers ${status}${status === 200 ? ' and is no key set' : ''}`
    return [failed('documents.keys', summary, { why, fixes: [advice(behind)] })]
  }
  return [judgeKeys(facts, url, set), checkCaching(url, outcome)]
}

function judgeKeys({ keys }: IssuerFacts, url: string, set: readonly unknown[]): Finding {
  const bad = set.map(keyFault).find((fault) => fault !== null)
  if (bad !== undefined) {
    return failed('documents.keys', `the key set holds a key of a kind that breaks it: ${bad}`, {
      seen: [url],
      why: 'kube-apiserver drops the whole set for one key that it does not know, and refuses every new token',
      fixes: [advice('take that key out: Lanyard publishes RSA and P-256 keys alone')],
    })
  }
  const kids = new Set(set.map((key) => (Object(key) as { kid?: unknown }).kid))
  const first = (keys ?? []).find(({ state, kid }) => state === 'active' && !kids.has(kid))
  if (first !== undefined) {
    return failed('documents.keys', `the key set lacks the key that signs, ${first.kid}`, {
      seen: [url, `it holds ${[...kids].join(', ') || 'no key'}`],
      why: 'kube-apiserver cannot verify what that key signs',
      fixes: [
        advice(
          'an old answer is cached on the way, or another Lanyard answers there: ask the server itself, and end the caching',
        ),
      ],
    })
  }
  return ok('documents.keys', `the key set has ${set.length} keys, all of kinds that are taken`)
}

/**
 * go-oidc's copy of the set: within `Cache-Control: max-age` (`no-cache` does not help) less 30 s, `Expires`, or with a bare
 * Last-Modified, an unknown kid is refused and not fetched.
 */
export function cachingFault(headers: Readonly<Record<string, string>>): string | null {
  const control = (headers['cache-control'] ?? '').toLowerCase()
  const directives = control.split(',').map((each) => each.trim())
  if (directives.includes('no-store')) return null
  const maxAge = directives.map((each) => /^max-age="?(\d+)/.exec(each)?.[1]).find((age) => age)
  if (maxAge !== undefined) return Number(maxAge) > 30 ? `Cache-Control: ${control}` : null
  if (headers['expires'] !== undefined) {
    const { expires, date } = headers
    return Date.parse(expires) - Date.parse(date ?? '') > 30_000 ? `Expires: ${expires}` : null
  }
  const modified = headers['last-modified']
  return modified === undefined ? null : `Last-Modified: ${modified}`
}

function checkCaching(url: string, { headers }: Answer): Finding {
  const fault = cachingFault(headers)
  if (fault === null) {
    if ((headers['cache-control'] ?? '').toLowerCase().includes('no-store')) {
      return ok('documents.caching', 'the key set is not cached: a new key is taken at once')
    }
    return warning('documents.caching', 'the key set came without Cache-Control: no-store', {
      seen: [url, `Cache-Control: ${headers['cache-control'] ?? 'none'}`],
      why: 'Lanyard sends it, so something on the way takes it away; what it puts in its place may change',
      fixes: [advice(`let the proxy pass the headers of ${new URL(url).pathname} on as they are`)],
    })
  }
  return failed('documents.caching', `something on the way makes the key set cacheable: ${fault}`, {
    seen: [url],
    why: 'after a key rotation kube-apiserver refuses the new key until that time is over',
    fixes: [
      advice(
        `in the proxy before Lanyard: no caching and no Cache-Control, Expires or Last-Modified of its own for ${new URL(url).pathname}`,
      ),
    ],
  })
}

async function checkLive(facts: IssuerFacts, jwksUri: string, ports: Ports): Promise<Finding> {
  const issuer = `${facts.url}/live`
  const outcome = await get(`${issuer}/.well-known/openid-configuration`, facts, ports)
  if (outcome.kind !== 'answer') {
    return failed(
      'documents.live',
      `the second issuer ${issuer} cannot be read: ${outcome.reason}`,
      {
        why: 'clusters with live groups refuse every token',
        fixes: [advice(behind)],
      },
    )
  }
  const discovery = readDiscovery(issuer, outcome, 'documents.live')
  if ('finding' in discovery) return discovery.finding
  if (discovery.jwksUri !== jwksUri) {
    return failed('documents.live', `the second issuer names the key set ${discovery.jwksUri}`, {
      seen: [`the first names ${jwksUri}`],
      why: 'clusters with live groups cannot verify the answers',
      fixes: [advice(behind)],
    })
  }
  return ok('documents.live', `the second issuer ${issuer} names the same keys`)
}

export function checkKeyStates({ keys }: IssuerFacts): Finding[] {
  if (keys === null) return [skipped('documents.keys', 'the signing keys cannot be read from here')]
  return ['RS256', 'ES256']
    .filter((alg) => !keys.some((key) => key.alg === alg && key.state === 'active'))
    .map((alg) =>
      failed('documents.keys', `no ${alg} key is active`, {
        why: 'no token of that algorithm can be signed',
        fixes: [command(`lanyard key rotate --alg ${alg} --now`)],
      }),
    )
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
