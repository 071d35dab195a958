import { advice, shellWord } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import type { Target } from './context.ts'
import { here, setupAgain } from './edits.ts'
import { renameFix } from './exec.ts'
import type { Enterable, Fault, LaptopFacts, LaptopPorts } from './facts.ts'

export interface LoginSeen {
  readonly findings: readonly Finding[]
  /** What the issuer lists; null where it was not asked or refused. */
  readonly listing: Enterable | null
  /** A fresh token for the cluster; null where there is none. Never print it. */
  readonly token: string | null
}

function logIn(issuer: string, { whyNoBrowser }: LaptopFacts): Fix {
  const way = whyNoBrowser === null ? '' : ' --device'
  return here(`kubectl lanyard login --issuer ${shellWord(issuer)}${way}`)
}

/** That this device trusts the issuer at all. Trust begins with a person who names it, so no line to copy is given here. */
export function checkTrust(issuer: string, facts: LaptopFacts, ports: LaptopPorts): Finding | null {
  const { certificateAuthority, fault } = ports.known(issuer)
  if (certificateAuthority !== undefined || fault !== null) return null
  return finding('login.issuer', 'failed', `${issuer} is not an issuer that this device trusts`, {
    seen: [`this device knows ${facts.issuers.join(', ') || 'none'}`],
    why: 'a kubeconfig alone must not decide whom a login is shown to',
    fixes: [
      advice(
        `if you know it, run: kubectl lanyard login --issuer ${issuer}; if its address was mistyped, write it as setup does`,
      ),
    ],
  })
}

/** Whether the login lives, and what it is good for. */
export async function checkLogin(
  issuer: string,
  target: Target,
  isReachable: boolean,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<LoginSeen> {
  const nothing = { listing: null, token: null }
  const known = ports.known(issuer)
  if (known.fault !== null) return { findings: [], ...nothing }
  const browser = checkBrowser(facts)
  if (!known.hasLogin) {
    const missing = finding('login.present', 'failed', `you are not logged in to ${issuer}`, {
      why: 'where nobody can be asked, kubectl stops',
      fixes: [logIn(issuer, facts)],
    })
    return { findings: [missing, browser], ...nothing }
  }
  const present = finding('login.present', 'ok', `there is a login to ${issuer}`)
  if (!isReachable) {
    const unknown = finding(
      'login.alive',
      'skipped',
      'whether the login still lives is not known',
      {
        why: 'the issuer cannot be asked',
      },
    )
    return { findings: [present, unknown, browser], ...nothing }
  }
  const listing = await ports.enterable(issuer)
  if (listing.kind === 'fault') {
    return { findings: [present, notAlive(issuer, listing, facts), browser], ...nothing }
  }
  const alive = finding('login.alive', 'ok', `the login is ${listing.username}'s`)
  const entry = await checkEntry(issuer, target, listing, facts, ports)
  return { findings: [present, alive, browser, ...entry.findings], listing, token: entry.token }
}

function notAlive(issuer: string, fault: Fault, facts: LaptopFacts): Finding {
  if (fault.code === 'ERR_LOGIN_GONE') {
    return finding('login.alive', 'failed', `the login has ended: ${fault.message}`, {
      why: 'it lasts for hours and not for ever, and can be ended on the account page or by an admin',
      fixes: [logIn(issuer, facts)],
    })
  }
  if (/clock|iat|DPoP proof/.test(fault.message)) {
    return finding('login.alive', 'failed', fault.message, {
      why: "the issuer refuses what this device's clock puts far from its own",
      fixes: [here('sudo timedatectl set-ntp true')],
    })
  }
  return finding('login.alive', 'failed', fault.message, {
    why: 'the issuer answers, and gives nothing to this login',
    fixes: [advice('ask your admin')],
  })
}

function checkBrowser({ whyNoBrowser }: LaptopFacts): Finding {
  return whyNoBrowser === null
    ? finding('login.browser', 'ok', 'a login opens a browser here')
    : finding(
        'login.browser',
        'ok',
        `a login is by a code, in a browser on any device: ${whyNoBrowser}`,
      )
}

async function checkEntry(
  issuer: string,
  target: Target,
  listing: Enterable,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<{ findings: readonly Finding[]; token: string | null }> {
  const { audience } = target
  if (audience === null) return { findings: [], token: null }
  const answer = await ports.exchange(issuer, audience)
  if (answer.kind === 'token') {
    const given = finding('login.entry', 'ok', `the issuer gives a token for "${audience}"`)
    return { findings: [given], token: answer.token }
  }
  const names = listing.clusters.map(({ name }) => name).join(', ')
  const refused = finding('login.entry', 'failed', answer.message, {
    seen: [`clusters that ${listing.username} may enter: ${names || 'none'}`],
    why: 'kubectl gets no token for this cluster; logging in again would not help',
    fixes: entryFixes(issuer, target, listing, facts),
  })
  return { findings: [refused], token: null }
}

/** Where the server is one that the issuer lists under another audience, the context is what is wrong. */
function entryFixes(
  issuer: string,
  { cluster, stanza, audience }: Target,
  listing: Enterable,
  facts: LaptopFacts,
): readonly Fix[] {
  const server = cluster?.body.get('server')
  const same = listing.clusters.find((each) => each.server === server)
  if (same !== undefined && same.audience !== audience && stanza !== null) {
    return [renameFix(stanza, issuer, same.audience)]
  }
  if (listing.clusters.some((each) => each.audience === audience)) {
    return [setupAgain(facts, issuer, null)]
  }
  return [advice('ask your admin to put you in a group that may enter it')]
}
