import type { Store } from '../../db/index.ts'
import { decideMachine, type MachineDecision } from '../access/index.ts'
import type { Clusters } from '../clusters/index.ts'
import { type Clock, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { readApplicationSubject } from './application-subject.ts'
import { applicationOfSubject } from './identifiers.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { readIssuers } from './issuers.ts'
import { isOwnIssuer } from './own-issuer.ts'
import { readRules, readSubject } from './rule-rows.ts'
import { fingerprintOf, parseToken, type UnverifiedToken } from './token.ts'
import type {
  Explanation,
  JudgedToken,
  Judgement,
  MachineFault,
  Machines,
  RuleVerdict,
  TrustedIssuer,
} from './types.ts'
import { audienceFault, judgeRules, tokenFaults } from './verdict.ts'

export interface JudgeRooms {
  readonly store: Store
  readonly clock: Clock
  readonly clusters: Pick<Clusters, 'target' | 'list' | 'get'>
  readonly keys: IssuerKeys
  /** Lanyard's own address. */
  readonly issuer: string
}

const NOBODYS: MachineFault = {
  reason: 'issuer_unknown',
  sentence: 'the token is of an issuer that is not trusted here',
}

/** The verdict on one token: the same steps for the exchange and for the dry run. */
export function createJudge(rooms: JudgeRooms): Pick<Machines, 'judge' | 'explain' | 'review'> {
  const { store, clock, clusters, keys } = rooms

  /** The issuer that a token names, as it is trusted now. */
  async function identify(
    compact: string,
  ): Promise<{ token: UnverifiedToken; issuer: TrustedIssuer } | MachineFault> {
    const token = parseToken(compact)
    if (token === undefined) {
      return { reason: 'malformed', sentence: 'the subject token is not a signed JWT' }
    }
    const { iss } = token.claims
    if (typeof iss !== 'string') return { reason: 'malformed', sentence: 'the token lacks iss' }
    if (isOwnIssuer(iss, rooms.issuer)) {
      return { reason: 'own_token', sentence: 'the token is one of Lanyard’s own' }
    }
    const issuer = (await readIssuers(store.query)).find((each) => each.issuer === iss)
    return issuer === undefined ? NOBODYS : { token, issuer }
  }

  /** Why this token is not its issuer's and good now: what it says first, so that nobody is asked for the keys of junk. */
  async function faultsOf(
    token: UnverifiedToken,
    issuer: TrustedIssuer,
    rules: readonly RuleVerdict['rule'][],
  ): Promise<MachineFault[]> {
    const faults = tokenFaults(token, issuer, clock())
    const { aud } = token.claims
    if (!rules.some((rule) => audienceFault(aud, rule) === null)) {
      faults.push({
        reason: 'audience',
        sentence: 'no machine rule takes a token of this audience',
      })
    }
    if (faults.length > 0) return faults
    const fault = await keys.signatureFault(token, issuer)
    return fault === null ? [] : [fault]
  }

  async function review(machineId: string, audience: string): Promise<MachineDecision> {
    const applicationId = applicationOfSubject(machineId)
    const [subject, target] = await Promise.all([
      applicationId === undefined
        ? readSubject(store, machineId)
        : readApplicationSubject(store, applicationId),
      clusters.target(audience),
    ])
    return decideMachine({ subject, target })
  }

  async function judge(
    compact: string,
    { audience, ruleName }: { readonly audience: string; readonly ruleName?: string | undefined },
  ): Promise<Judgement> {
    const identified = await identify(compact)
    if ('reason' in identified) return refuse(identified)
    const { token, issuer } = identified
    const rules = await readRules(store.query, issuer.id)
    const [fault] = await faultsOf(token, issuer, rules)
    if (fault !== undefined) return refuse(fault)
    const target = await clusters.target(audience)
    const verdicts = judgeRules(token.claims, rules, target?.kind === 'cluster' ? target.id : '')
    const matching = verdicts.filter(
      ({ rule, faults }) =>
        faults.length === 0 && (ruleName === undefined || rule.name === ruleName),
    )
    const [match, ...more] = matching
    if (match === undefined) return refuse(noRule(audience), issuer, verdicts)
    if (more.length > 0) return refuse(severalRules(matching), issuer, verdicts)
    const { rule } = match
    const decision = await review(rule.id, audience)
    return { kind: 'matched', issuer, rule, decision, token: judged(token, issuer) }
  }

  async function explain(
    compact: string,
    { cluster }: { readonly cluster?: string | undefined },
  ): Promise<Explanation> {
    const wanted = cluster === undefined ? undefined : await clusters.get(cluster)
    const identified = await identify(compact)
    if ('reason' in identified) {
      return { issuer: null, faults: [identified], rules: [], matches: [] }
    }
    const { token, issuer } = identified
    const rules = await readRules(store.query, issuer.id)
    const faults = await faultsOf(token, issuer, rules)
    const verdicts = judgeRules(token.claims, rules, wanted?.id)
    const matching = verdicts.filter((verdict) => verdict.faults.length === 0)
    const matches = faults.length === 0 ? matching.map(({ rule }) => rule.name) : []
    return { issuer, faults, rules: verdicts, matches }
  }

  return { judge, explain, review }
}

function judged(token: UnverifiedToken, issuer: TrustedIssuer): JudgedToken {
  const { sub, exp, iat } = token.claims
  if (typeof sub !== 'string' || typeof exp !== 'number' || typeof iat !== 'number') {
    throw new LanyardError('ERR_INTERNAL', 'a token without times was judged')
  }
  const fingerprint = fingerprintOf(token, issuer.id)
  return { subject: sub, expiresAt: Math.floor(exp), issuedAt: Math.floor(iat), fingerprint }
}

/** The same whether the cluster exists or not: a stranger with a token is told what an admin can look up. */
function noRule(audience: string): MachineFault {
  return {
    reason: 'no_rule',
    sentence: `no machine rule lets this token into ${quoteName(audience)}: lanyard machine explain says why`,
  }
}

function severalRules(matching: readonly RuleVerdict[]): MachineFault {
  const names = matching.map(({ rule }) => rule.name).join(', ')
  return {
    reason: 'several_rules',
    sentence: `several machine rules match this token: say which with machine_rule (${names})`,
  }
}

function refuse(
  fault: MachineFault,
  issuer: TrustedIssuer | null = null,
  rules: readonly RuleVerdict[] = [],
): Judgement {
  return { kind: 'refused', ...fault, issuer, rules }
}
