import { prefixFault } from '../kubernetes/index.ts'
import { explainOwnToken } from './apiserver/explain-log.ts'
import { advice, command, failed, ok, shellWord, skipped } from './checks.ts'
import { parseObject } from './documents.ts'
import type { Finding, Fix } from './finding.ts'
import { type KubeconfigAccess, succeeded } from './kubeconfig-access.ts'
import type { Ports } from './ports.ts'
import { type ClusterFacts, type IssuerFacts, PROBE } from './subject.ts'

/** Who the apiserver takes the subject without rights for. */
export interface ProbeSeen {
  readonly findings: readonly Finding[]
  /** What it puts before groups; null where it was not seen. */
  readonly groupsPrefix: string | null
  readonly usernamePrefix: string | null
}

interface Seen {
  readonly username: string
  readonly groups: readonly string[]
}

export interface ProbeContext {
  readonly cluster: ClusterFacts
  readonly issuer: IssuerFacts
  readonly access: KubeconfigAccess | null
  /** True where the checks of its files say better how to mend what is seen here. */
  readonly hasConfig: boolean
  /** False where its API does not answer from here: then its admin's kubectl asks. */
  readonly isReachable: boolean
  readonly ports: Ports
}

/** Kubernetes refuses the first token with live groups after a start; the ones behind it pass. */
const ATTEMPTS = 3

/** Sends a token of a subject without rights to the real apiserver, as a person's kubectl would. */
export async function checkProbe(context: ProbeContext): Promise<ProbeSeen> {
  const { cluster } = context
  const nothing = { groupsPrefix: null, usernamePrefix: null }
  if (cluster.probeToken === null) {
    const why = 'no signing key can be read from here'
    return { ...nothing, findings: [skipped('cluster.token', 'no token was sent', why)] }
  }
  if (!context.isReachable) return { ...nothing, ...(await reviewed(context)) }
  let seen: Seen | null = null
  let status = 0
  for (let attempt = 0; attempt < ATTEMPTS && seen === null; attempt += 1) {
    const answer = await whoami(context, await cluster.probeToken())
    if (answer.reason !== null) {
      const why = answer.reason
      return { ...nothing, findings: [skipped('cluster.token', 'no token could be sent', why)] }
    }
    seen = answer.seen
    status = answer.status
  }
  if (seen === null) return { ...nothing, findings: [await refused(context, status)] }
  return taken(context, seen)
}

function taken(context: ProbeContext, seen: Seen): ProbeSeen {
  const judged = judgeSeen(context, seen)
  const summary = `the apiserver of "${context.cluster.name}" takes its tokens`
  const known = ok('cluster.token', summary, [`it knows the bearer as ${seen.username}`])
  return { ...judged, findings: [known, ...judged.findings] }
}

/** Its API cannot be asked from here: its own view comes by the admin's kubectl. */
async function reviewed(context: ProbeContext): Promise<ProbeSeen> {
  const nothing = { groupsPrefix: null, usernamePrefix: null, findings: [] }
  const { access } = context
  if (access === null || access.fault !== null) return nothing
  const review = await reviewToken(context, access)
  if (review === null) return nothing
  if (review.seen !== null) return taken(context, review.seen)
  return { ...nothing, findings: [refusal(context, review.error ?? 'it does not say why')] }
}

async function whoami(
  { cluster, ports }: ProbeContext,
  token: string,
): Promise<{ seen: Seen | null; status: number; reason: string | null }> {
  const outcome = await ports.https({
    url: `${cluster.server.replace(/\/$/, '')}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    certificateAuthority: cluster.certificateAuthority,
    // kube-apiserver itself gives Lanyard 30 s where it asks for groups.
    timeoutMs: 35_000,
  })
  if (outcome.kind === 'failed') return { seen: null, status: 0, reason: outcome.reason }
  if (outcome.status !== 201) return { seen: null, status: outcome.status, reason: null }
  return { seen: readUser(outcome.body), status: outcome.status, reason: null }
}

function readUser(body: string): Seen | null {
  const { status } = Object(parseObject(body)) as { status?: { userInfo?: unknown } }
  return status?.userInfo === undefined ? null : userOf(status.userInfo)
}

function userOf(user: unknown): Seen {
  const { username, groups } = Object(user) as Partial<Record<string, unknown>>
  const list: unknown[] = Array.isArray(groups) ? groups : []
  return {
    username: typeof username === 'string' ? username : '',
    groups: list.filter((group) => typeof group === 'string'),
  }
}

/** The apiserver tells a client nothing; to its admin a TokenReview says what stands in its log. */
async function refused(context: ProbeContext, status: number): Promise<Finding> {
  const { cluster, access } = context
  const told = status === 401 ? '401 Unauthorized' : `status ${status}`
  const review = access?.fault === null ? await reviewToken(context, access) : null
  const reason = review?.error ?? null
  if (reason === null) {
    return failed(
      'cluster.token',
      `the apiserver of "${cluster.name}" refuses its tokens: ${told}`,
      {
        why: unauthorized,
        fixes: [
          advice(
            'to see why: give --kubeconfig FILE of an admin, --config FILE of kube-apiserver, or a line of its log to `lanyard doctor --explain`',
          ),
        ],
      },
    )
  }
  return refusal(context, reason)
}

const unauthorized = 'people read: You must be logged in to the server (Unauthorized)'

function refusal(context: ProbeContext, reason: string): Finding {
  const { cluster, issuer } = context
  const explained = explainOwnToken(reason, {
    ...{ issuer: issuer.url, cluster: cluster.name, audience: cluster.audience },
  })
  return failed(
    'cluster.token',
    `the apiserver of "${cluster.name}" refuses its tokens: ${explained?.cause ?? reason}`,
    {
      seen: [`in its log: ${reason}`],
      why: explained?.why === undefined || explained.why === '' ? unauthorized : explained.why,
      // What its files say is mended there.
      fixes: context.hasConfig
        ? []
        : [...algorithmFix(cluster, reason), ...(explained?.fixes ?? [])],
    },
  )
}

/** What Lanyard can do by itself about an apiserver that takes another algorithm: sign with that. */
function algorithmFix({ name }: ClusterFacts, reason: string): readonly Fix[] {
  const takesRsa = /unsupported algorithm, expected \[[^\]]*"RS256"[^\]]*\] got "ES256"/.test(
    reason,
  )
  return takesRsa ? [command(`lanyard cluster set ${shellWord(name)} --signing-alg RS256`)] : []
}

interface Review {
  readonly seen: Seen | null
  /** What stands in its log. */
  readonly error: string | null
}

/** What the apiserver tells its admin of a fresh token; null where it could not be asked. */
async function reviewToken(
  { cluster }: ProbeContext,
  access: KubeconfigAccess,
): Promise<Review | null> {
  if (cluster.probeToken === null) return null
  const review = {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' },
    spec: { token: await cluster.probeToken() },
  }
  const outcome = await access.kubectl(['create', '-f', '-', '-o', 'json'], JSON.stringify(review))
  if (!succeeded(outcome)) return null
  const { status } = Object(parseObject(outcome.stdout)) as {
    status?: { authenticated?: unknown; error?: unknown; user?: unknown }
  }
  const error = typeof status?.error === 'string' ? status.error : null
  return { seen: status?.authenticated === true ? userOf(status.user) : null, error }
}

function judgeSeen(context: ProbeContext, { username, groups }: Seen): ProbeSeen {
  const { cluster } = context
  const usernamePrefix = username.endsWith(PROBE) ? username.slice(0, -PROBE.length) : null
  const group = groups.find((each) => each.endsWith(PROBE))
  const groupsPrefix = group === undefined ? null : group.slice(0, -PROBE.length)
  return {
    usernamePrefix,
    groupsPrefix,
    findings: [
      usernamePrefix === null
        ? wrongName(context, username)
        : judgePrefix(context, 'usernames', usernamePrefix, cluster.usernamePrefix),
      groupsPrefix === null
        ? noGroups(context)
        : judgePrefix(context, 'groups', groupsPrefix, cluster.groupsPrefix),
    ],
  }
}

function wrongName({ cluster }: ProbeContext, username: string): Finding {
  return failed(
    'config.username',
    `the apiserver of "${cluster.name}" reads the username from another claim: it took a token of ${PROBE} for "${username}"`,
    {
      why: 'bindings of people by their username do not hold',
      fixes: [advice('the claim is preferred_username: see --config FILE for the line')],
    },
  )
}

function judgePrefix(
  { cluster, hasConfig }: ProbeContext,
  what: 'usernames' | 'groups',
  seen: string,
  known: string,
): Finding {
  const about = `the apiserver of "${cluster.name}" puts ${quoted(seen)} before ${what}`
  if (seen === known) return ok('cluster.prefix', about)
  const option = what === 'groups' ? '--groups-prefix' : '--username-prefix'
  const set = `lanyard cluster set ${shellWord(cluster.name)} ${option} ${shellWord(seen === '' ? '' : seen)}`
  return failed('cluster.prefix', `${about}, and Lanyard thinks ${quoted(known)}`, {
    why: 'the bindings that Lanyard prints are for names that nobody has there: Forbidden',
    fixes: hasConfig
      ? []
      : prefixFault(seen) === null
        ? [command(seen === '' ? set.replace(/ $/, " ''") : set)]
        : [advice(`let kube-apiserver put another prefix: ${quoted(known)}`)],
  })
}

function quoted(prefix: string): string {
  return prefix === '' ? 'nothing' : `"${prefix}"`
}

function noGroups({ cluster, hasConfig }: ProbeContext): Finding {
  const why =
    'nobody has a group there: every binding of a group is void, and people read Forbidden'
  if (!cluster.liveGroups) {
    return failed('cluster.groups', `the apiserver of "${cluster.name}" does not read the groups`, {
      why,
      fixes: hasConfig
        ? []
        : [
            advice(
              'map the claim: --oidc-groups-claim=groups, or claimMappings.groups.claim: groups',
            ),
          ],
    })
  }
  return failed(
    'cluster.groups',
    `the apiserver of "${cluster.name}" does not ask for the groups, which are live`,
    {
      why: `${why}. A groups expression or a missing groups mapping never asks`,
      fixes: hasConfig
        ? []
        : [
            advice('map them by claimMappings.groups.claim: groups, without an expression'),
            command(`lanyard cluster set ${shellWord(cluster.name)} --groups embedded`),
          ],
    },
  )
}
