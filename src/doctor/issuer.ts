import type { EpochMs } from '../errors/index.ts'
import { day, endsIn } from './certificates.ts'
import { advice, command, failed, ok, shellWord, skipped, warning } from './checks.ts'
import { type ConnectionFault, chainOf, connectionFault } from './connection.ts'
import { checkDocuments } from './documents.ts'
import type { Finding } from './finding.ts'
import type { HttpsOutcome, Ports } from './ports.ts'
import type { IssuerFacts } from './subject.ts'

const DAY = 86_400_000
/** As long before the end as Lanyard makes its own certificate anew. */
export const SOON_DAYS = 30

/** Everything about the issuer itself, in the order in which one thing needs another. */
export async function checkIssuer(facts: IssuerFacts, ports: Ports): Promise<Finding[]> {
  const { url } = facts
  const address = checkUrl(facts)
  const found = [address, checkEqual(facts), ...checkProxies(url, ports.proxies)]
  if (address.status === 'failed') {
    return [...found, skipped('issuer.reachable', `${url} cannot be asked`, address.summary)]
  }
  const outcome = await ports.https({
    ...{ url: `${url}/.well-known/openid-configuration`, method: 'GET' },
    certificateAuthority: facts.certificateAuthority,
  })
  const fault = connectionFault(
    outcome,
    { url, what: 'the issuer', certificateAuthority: facts.certificateAuthority },
    ports.now,
  )
  if (fault !== null) {
    const what = 'what the documents say cannot be read'
    const waits = skipped('documents.discovery', what, 'the issuer does not answer')
    return [...found, unreachable(facts, fault), waits]
  }
  return [
    ...found,
    ok('issuer.reachable', `${url} answers`),
    ...checkExpiry(facts, outcome, ports.now),
    checkClock(outcome, ports.now),
    ...(await checkDocuments(facts, outcome, ports)),
  ]
}

function checkUrl({ url, isDefault }: IssuerFacts): Finding {
  const why = 'every token carries it, and kube-apiserver compares it byte for byte'
  if (!URL.canParse(url)) return failed('issuer.url', `the issuer "${url}" is no URL`, { why })
  const { protocol, hostname, search, hash, username, pathname } = new URL(url)
  const bad = (what: string, fix: string): Finding =>
    failed('issuer.url', `the issuer ${url} ${what}`, { why, fixes: [advice(fix)] })
  if (protocol !== 'https:') {
    return bad(
      'is not https, and kube-apiserver trusts no other',
      `set issuer: https://${hostname}`,
    )
  }
  if (search !== '' || hash !== '' || username !== '') {
    return bad(
      'has a query, a fragment or a user, which kube-apiserver refuses',
      `set issuer: https://${hostname}${pathname}`,
    )
  }
  if (url.endsWith('/')) {
    return bad(
      'ends with a slash',
      `take the slash away in every cluster too: ${url.replace(/\/+$/, '')}`,
    )
  }
  if (isLoopback(hostname) && isDefault) {
    return warning('issuer.url', `only this machine can reach the issuer ${url}`, {
      why: 'a kube-apiserver on another machine never gets its documents, and refuses every token',
      fixes: [
        advice(
          'set issuer and listen in lanyard.yaml, before clusters use it: `issuer: https://id.example.com`, `listen: 0.0.0.0:8443`',
        ),
      ],
    })
  }
  return ok('issuer.url', `the issuer is ${url}`)
}

function checkEqual({ url, serves }: IssuerFacts): Finding {
  if (serves === null) {
    return skipped('issuer.equal', 'no server has started on this data directory yet')
  }
  if (serves === url) return ok('issuer.equal', 'the server calls itself the same')
  return failed('issuer.equal', `the server calls itself ${serves}, and these settings ${url}`, {
    why: 'what this command prints for a cluster must name what the server signs',
    fixes: [
      advice(
        `run this with the server's settings (LANYARD_ISSUER=${serves}), or start the server again with these`,
      ),
    ],
  })
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

function unreachable(facts: IssuerFacts, { kind, sentence, seen }: ConnectionFault): Finding {
  const { hostname } = new URL(facts.url)
  const why =
    'kube-apiserver cannot get the keys: new tokens are refused, live groups at once, embedded ones when it next needs a key'
  const reachable = (fix: string): Finding =>
    failed('issuer.reachable', `the issuer is down: ${sentence}`, {
      ...{ seen, why, fixes: [advice(fix)] },
    })
  const certificate = (fix: string): Finding =>
    failed('issuer.certificate', sentence, { seen, why, fixes: [advice(fix)] })
  switch (kind) {
    case 'name':
      return reachable(`give ${hostname} an address in DNS, or in /etc/hosts of every machine`)
    case 'refused':
      return reachable(
        'start it: `lanyard serve`; if it runs, look at listen and at what stands in front of it',
      )
    case 'slow':
    case 'other':
      return reachable('look at the server, the network and the firewall between here and it')
    case 'plain':
      return certificate('let a proxy in front speak TLS, or leave tls.mode out of lanyard.yaml')
    case 'untrusted':
      return certificate(
        facts.tls === 'own'
          ? 'something else than Lanyard speaks TLS there: give its CA with --issuer-ca FILE'
          : "send the certificates between it and the root in the same file, or name its CA with --issuer-ca FILE; clusters need the same file's text",
      )
    case 'host':
      return certificate(`have a certificate issued whose names hold ${hostname}`)
    case 'expired':
      return certificate(
        facts.tls === 'own'
          ? 'start the server again: it makes its certificate anew'
          : `renew ${facts.certificateFile ?? 'it'}; the server reads the file again by itself`,
      )
  }
}

/** Everything that the server showed, and the CA that clusters hold, ends at some time. */
function checkExpiry(
  { certificateFile, tls }: IssuerFacts,
  outcome: HttpsOutcome,
  now: EpochMs,
): Finding[] {
  const chain = chainOf(outcome)
  const [leaf] = chain
  if (leaf === undefined) return []
  const next = chain.reduce((first, each) => (each.notAfter < first.notAfter ? each : first))
  const days = Math.floor((next.notAfter - now) / DAY)
  const found = [
    ok('issuer.certificate', `its certificate is trusted, for ${leaf.names.join(', ')}`),
  ]
  if (days >= SOON_DAYS) {
    return [...found, ok('issuer.expiry', `its certificates last until ${day(next.notAfter)}`)]
  }
  const fix =
    tls === 'own'
      ? 'start the server again: it makes its certificate anew'
      : `renew ${certificateFile ?? 'it'} before`
  const summary = `${next.subject} ${endsIn(next.notAfter, now)}, on ${day(next.notAfter)}`
  const why = 'on that day every cluster refuses every token'
  return [...found, warning('issuer.expiry', summary, { why, fixes: [advice(fix)] })]
}

/** kube-apiserver allows no leeway for `exp` and 60 s for `nbf`: a clock that is wrong by more locks people out. */
export function clockSkewSeconds(outcome: HttpsOutcome, now: EpochMs): number | null {
  if (outcome.kind !== 'answer') return null
  const date = Date.parse(outcome.headers['date'] ?? '')
  return Number.isNaN(date) ? null : Math.round((date - now) / 1000)
}

const SKEW_SECONDS = 30

function checkClock(outcome: HttpsOutcome, now: EpochMs): Finding {
  const skew = clockSkewSeconds(outcome, now)
  return skewFinding('clock.issuer', 'the issuer', skew)
}

export function skewFinding(
  check: 'clock.issuer' | 'clock.apiserver',
  whose: string,
  skew: number | null,
): Finding {
  if (skew === null) return skipped(check, `the clock of ${whose} is not known`)
  if (Math.abs(skew) < SKEW_SECONDS) return ok(check, `the clock of ${whose} agrees with this one`)
  const side = skew > 0 ? 'ahead of' : 'behind'
  const summary = `the clock of ${whose} is ${Math.abs(skew)} seconds ${side} this machine's`
  const parts = {
    why: 'kube-apiserver allows nothing at the end of a token: with clocks apart fresh tokens count as expired',
    fixes: [advice('let both machines keep time by NTP: `timedatectl set-ntp true`')],
  }
  return Math.abs(skew) < 2 * SKEW_SECONDS
    ? warning(check, summary, parts)
    : failed(check, summary, parts)
}

/** Who is asked here is who was named: what matters is what others' tools make of the environment. */
function checkProxies(url: string, proxies: Ports['proxies']): Finding[] {
  const proxy = proxies['HTTPS_PROXY'] ?? proxies['ALL_PROXY']
  if (proxy === undefined || !URL.canParse(url)) return []
  const { hostname } = new URL(url)
  const spared = (proxies['NO_PROXY'] ?? '').split(',').map((entry) => entry.trim())
  const isSpared = spared.some(
    (entry) =>
      entry === '*' ||
      entry === hostname ||
      (entry !== '' && hostname.endsWith(entry.startsWith('.') ? entry : `.${entry}`)),
  )
  if (isSpared || isLoopback(hostname)) {
    return [ok('issuer.proxy', `${hostname} is asked without the proxy ${proxy}`)]
  }
  const list = [...spared.filter((entry) => entry !== ''), hostname].join(',')
  return [
    warning('issuer.proxy', `the environment sends requests to ${hostname} through ${proxy}`, {
      why: 'kubectl and kube-apiserver honour it where they run: a proxy that opens TLS or caches breaks them',
      fixes: [command(`export NO_PROXY=${shellWord(list)}`)],
    }),
  ]
}
