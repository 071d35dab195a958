import { advice, shellWord } from '../checks.ts'
import { type ConnectionFault, chainOf, connectionFault } from '../connection.ts'
import { checkDocuments } from '../documents.ts'
import type { Finding } from '../finding.ts'
import { clockSkewSeconds, skewFinding } from '../issuer.ts'
import type { HttpsOutcome } from '../ports.ts'
import { redact } from '../secrets.ts'
import type { IssuerFacts } from '../subject.ts'
import { finding } from './checks.ts'
import { here } from './edits.ts'
import type { Fault, LaptopFacts, LaptopPorts } from './facts.ts'

/** What a client knows of an issuer. */
function asSeenFromHere(url: string, certificateAuthority: string | null): IssuerFacts {
  return {
    ...{ url, certificateAuthority, serves: null, isDefault: false, tls: 'files' },
    ...{ certificateFile: null, idTokenSeconds: 0, maxTokenBytes: 0, keys: null },
  }
}

export interface IssuerSeen {
  readonly findings: readonly Finding[]
  /** True where the plugin itself gets an answer: through the proxy, if there is one. */
  readonly isReachable: boolean
}

/** The issuer from here: by the plugin's own way, and straight. */
export async function checkIssuerFromHere(
  issuer: string,
  certificateAuthority: string | null,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<IssuerSeen> {
  const malformed = checkProxyAddress(facts)
  if (malformed !== null) return { findings: [malformed], isReachable: false }
  const files = certificateAuthority === null ? await checkTrustFiles(facts, ports) : []
  if (files.length > 0) return { findings: files, isReachable: false }
  const outcome = await ports.https({
    ...{ url: `${issuer}/.well-known/openid-configuration`, method: 'GET' },
    certificateAuthority,
  })
  const asked = { url: issuer, what: 'the issuer', certificateAuthority }
  const fault = connectionFault(outcome, asked, ports.now)
  const asPlugin = await ports.askAsPlugin(issuer)
  const proxy = proxyFor(facts)
  if (asPlugin === null && fault !== null) {
    const summary = `${issuer} answers${proxy === null ? '' : ` through the proxy ${redact(proxy.value)}`}`
    return { findings: [finding('issuer.reachable', 'ok', summary)], isReachable: true }
  }
  if (fault !== null) {
    return {
      findings: [unreachable(issuer, certificateAuthority, fault, outcome)],
      isReachable: false,
    }
  }
  const findings = [
    finding('issuer.reachable', 'ok', `${issuer} answers`),
    ...(asPlugin === null ? [] : [proxied(issuer, asPlugin, facts)]),
    skewFinding('clock.issuer', 'the issuer', clockSkewSeconds(outcome, ports.now)),
    ...(await checkDocuments(asSeenFromHere(issuer, certificateAuthority), outcome, ports)),
  ]
  return { findings, isReachable: asPlugin === null }
}

function unreachable(
  issuer: string,
  certificateAuthority: string | null,
  { kind, sentence, seen }: ConnectionFault,
  outcome: HttpsOutcome,
): Finding {
  const why =
    'no new token can be had: kubectl works until the one in the cache ends, and clusters with live groups refuse it after ten seconds'
  if (kind === 'untrusted') return untrusted(issuer, certificateAuthority, seen, outcome)
  if (kind === 'host' || kind === 'expired') {
    return finding('issuer.certificate', 'failed', sentence, {
      ...{ seen, why },
      fixes: [advice(`tell your admin; \`lanyard doctor\` on the server says more`)],
    })
  }
  const what: Record<string, string> = {
    name: 'is the VPN on? does this machine use the DNS server that knows the name?',
    refused:
      'Lanyard is down, or the address is not its own: tell your admin, who runs `lanyard doctor`',
    plain: 'tell your admin: the issuer speaks no TLS',
  }
  return finding(
    'issuer.reachable',
    'failed',
    `the issuer ${issuer} is down, or cannot be reached from here: ${sentence}`,
    {
      ...{ seen, why },
      fixes: [
        advice(what[kind] ?? 'is the VPN on, and does the firewall let this machine through?'),
      ],
    },
  )
}

function untrusted(
  issuer: string,
  certificateAuthority: string | null,
  seen: readonly string[],
  outcome: HttpsOutcome,
): Finding {
  const last = chainOf(outcome).at(-1)
  const summary =
    certificateAuthority === null
      ? `this system does not trust the certificate of ${issuer}, and no CA was given for it`
      : `the CA that this device keeps for ${issuer} is not that of its certificate`
  return finding('issuer.certificate', 'failed', summary, {
    seen: [
      ...seen,
      ...(last === undefined ? [] : [`SHA-256 of the last certificate: ${last.fingerprint}`]),
    ],
    why: 'the CA was replaced, or somebody stands between: the plugin sends nothing there',
    fixes: [
      advice(
        `get the CA from your admin, not from the network, and run: kubectl lanyard login --issuer ${issuer} --certificate-authority FILE`,
      ),
    ],
  })
}

interface Proxy {
  readonly variable: string
  readonly value: string
}

/** The one that the plugin takes: lower case first. */
function proxyFor({ env }: LaptopFacts): Proxy | null {
  for (const variable of ['https_proxy', 'HTTPS_PROXY']) {
    const value = env[variable] ?? ''
    if (value !== '') return { variable, value }
    if (env[variable] !== undefined) return null
  }
  return null
}

function isProxy(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function checkProxyAddress(facts: LaptopFacts): Finding | null {
  const proxy = proxyFor(facts)
  if (proxy === null || isProxy(proxy.value)) return null
  const { variable, value } = proxy
  const lacksScheme = /^[\w.-]+(:\d+)?\/?$/.test(value) && isProxy(`http://${value}`)
  return finding('proxy.address', 'failed', `${variable} is not the address of a proxy`, {
    // Not the value: what is no address may be a password.
    seen: [lacksScheme ? 'it has no scheme' : 'it is no URL that begins with http:// or https://'],
    why: 'the plugin, kubectl and others read it differently, or not at all',
    fixes: [here(lacksScheme ? `export ${variable}="http://$${variable}"` : `unset ${variable}`)],
  })
}

function proxied(issuer: string, { message }: Fault, facts: LaptopFacts): Finding {
  const { hostname } = new URL(issuer)
  const { variable, value } = proxyFor(facts) ?? { variable: 'HTTPS_PROXY', value: '' }
  const name = facts.env['no_proxy'] === undefined ? 'NO_PROXY' : 'no_proxy'
  const spared = (facts.env[name] ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  return finding(
    'issuer.proxy',
    'failed',
    `${variable} sends requests to ${hostname} through ${redact(value)}, which does not let them through`,
    {
      seen: [message, `straight, ${issuer} answers`],
      why: 'the plugin gets no token',
      fixes: [here(`export ${name}=${shellWord([...spared, hostname].join(','))}`)],
    },
  )
}

/** Go and the plugin stop at a file of roots that is not there. */
async function checkTrustFiles({ env }: LaptopFacts, ports: LaptopPorts): Promise<Finding[]> {
  const found: Finding[] = []
  for (const variable of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
    const file = env[variable] ?? ''
    if (file === '') continue
    const read = await ports.readFile(file)
    // The roots of a whole system may be more than is read here.
    if (read.kind === 'file' || read.code === 'EFBIG') continue
    found.push(
      finding(
        'trust.file',
        'failed',
        `"${file}", named by ${variable}, cannot be read: ${read.code}`,
        {
          why: 'the plugin takes its roots from there',
          fixes: [here(`unset ${variable}`)],
        },
      ),
    )
  }
  return found
}
