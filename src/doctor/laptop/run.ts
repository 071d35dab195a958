import type { Finding } from '../finding.ts'
import { withoutSecrets } from '../secrets.ts'
import { finding } from './checks.ts'
import { checkClusterEntry } from './cluster.ts'
import { checkCommand, checkCopies, checkVersion } from './command.ts'
import { chooseContext, type Target } from './context.ts'
import { checkUser } from './exec.ts'
import type { Enterable, EnterableCluster, LaptopFacts, LaptopPorts } from './facts.ts'
import { checkIssuerFromHere } from './issuer.ts'
import { readKubeconfigs } from './kubeconfigs.ts'
import { checkKuberc } from './kuberc.ts'
import { checkLogin, checkTrust, type LoginSeen } from './login.ts'
import { checkHome, checkStore } from './store.ts'
import { proveWhoami } from './whoami.ts'

export interface LaptopReport {
  /** The context that was looked at; null where none could be. */
  readonly context: string | null
  readonly issuer: string | null
  /** The first of those that failed is the cause; those behind it may follow from it. */
  readonly findings: readonly Finding[]
}

/** All checks of `kubectl lanyard doctor`, in the order in which one thing needs another. Nothing is changed. */
export async function runLaptopDoctor(
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<LaptopReport> {
  const merged = await readKubeconfigs(facts, ports)
  const target = chooseContext(merged, facts)
  const { issuer, stanza } = target
  const findings = [
    await checkHome(facts, ports),
    ...merged.findings,
    ...target.findings,
    ...checkUser(target, facts),
    ...(stanza === null ? [] : [await checkCommand(stanza, facts, ports)]),
    ...(await checkCopies(facts, ports)),
    ...(stanza === null ? [] : await checkKuberc(stanza, facts, ports)),
  ]
  const seen = issuer === null ? null : await checkIssuerAndLogin(issuer, target, facts, ports)
  findings.push(...(seen?.findings ?? [unknownIssuer(facts)]))
  findings.push(...(await checkClusterEntry(target, seen?.listed ?? null, facts, ports)))
  if (findings.some(({ check, status }) => check === 'store.lock' && status === 'failed')) {
    findings.push(notRun('kubectl would wait for the lock for 30 seconds, and fail'))
    return { context: target.context, issuer, findings: findings.map(withoutSecrets) }
  }
  const proof = await proveWhoami({
    ...{ target, issuer, facts, ports, freshToken: seen?.token ?? null },
    clusterName: seen?.listed?.name ?? null,
    certificateAuthority:
      issuer === null ? null : (ports.known(issuer).certificateAuthority ?? null),
  })
  findings.push(...proof)
  return { context: target.context, issuer, findings: findings.map(withoutSecrets) }
}

function notRun(why: string): Finding {
  return finding('kubectl.whoami', 'skipped', 'kubectl was not run', { why })
}

function unknownIssuer({ issuers }: LaptopFacts): Finding {
  const summary =
    issuers.length === 0
      ? 'no issuer is known on this device'
      : `which issuer is meant is not known: ${issuers.join(', ')}`
  return finding('login.issuer', 'skipped', summary, { why: 'no context names one' })
}

interface Seen extends LoginSeen {
  readonly listed: EnterableCluster | null
}

async function checkIssuerAndLogin(
  issuer: string,
  target: Target,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Seen> {
  const store = await checkStore(issuer, facts, ports)
  const untrusted = checkTrust(issuer, facts, ports)
  if (untrusted !== null) {
    return { findings: [...store, untrusted], listing: null, listed: null, token: null }
  }
  const { certificateAuthority } = ports.known(issuer)
  // What cannot be read is mended first: it holds the CA.
  if (certificateAuthority === undefined) {
    return { findings: store, listing: null, listed: null, token: null }
  }
  const reached = await checkIssuerFromHere(issuer, certificateAuthority, facts, ports)
  const login = await checkLogin(issuer, target, reached.isReachable, facts, ports)
  return {
    ...login,
    findings: [
      ...store,
      ...reached.findings,
      ...login.findings,
      ...versionOf(issuer, login.listing, facts),
    ],
    listed: listedFor(target, login.listing),
  }
}

function versionOf(issuer: string, listing: Enterable | null, facts: LaptopFacts): Finding[] {
  return listing === null ? [] : [checkVersion(facts, issuer, listing.version)]
}

function listedFor({ audience }: Target, listing: Enterable | null): EnterableCluster | null {
  return listing?.clusters.find((cluster) => cluster.audience === audience) ?? null
}
