import { replayToken } from './apiserver/replay.ts'
import type { AuthenticatorSettings } from './apiserver/types.ts'
import { failed, ok, warning } from './checks.ts'
import { fetchWith } from './config/replay.ts'
import { explainReason, reasonInLogLine } from './explain.ts'
import type { Finding } from './finding.ts'
import type { Ports } from './ports.ts'
import type { ClusterFacts, IssuerFacts } from './subject.ts'

interface Context {
  readonly issuer: IssuerFacts
  readonly cluster: ClusterFacts | null
}

function explain(reason: string, { issuer, cluster }: Context) {
  return explainReason(reason, {
    issuer: issuer.url,
    cluster: cluster?.name ?? null,
    audience: cluster?.audience ?? null,
    signingAlg: cluster?.signingAlg ?? null,
  })
}

/** What kube-apiserver with these settings answers to the token, step by step. The token is in no finding. */
export async function checkToken(
  token: string,
  settings: AuthenticatorSettings,
  context: Context,
  ports: Ports,
): Promise<Finding> {
  const { steps, verdict } = await replayToken({
    ...{ token, settings, now: ports.now },
    ...{ fetchDocument: fetchWith(ports), askClaimsEndpoint: true },
  })
  const seen = steps.map(({ step, status, detail }) => `${status.padEnd(7)} ${step}: ${detail}`)
  if (verdict.kind === 'authenticated') {
    const { username, uid, groups } = verdict.user
    return ok('token.verdict', `kube-apiserver takes the token: it is ${username}`, [
      ...seen,
      ...(uid === '' ? [] : [`uid ${uid}`]),
      `groups ${groups.join(', ')}`,
    ])
  }
  if (verdict.kind === 'undecided') {
    return warning(
      'token.verdict',
      `what kube-apiserver answers cannot be told: ${verdict.reason}`,
      {
        seen,
      },
    )
  }
  const explained = verdict.log === null ? null : explain(verdict.log, context)
  const cause = explained?.cause ?? verdict.log ?? 'it reads no token, and the request is anonymous'
  return failed('token.verdict', `kube-apiserver refuses the token: ${cause}`, {
    seen: [...seen, ...(verdict.log === null ? [] : [`in its log: err="${verdict.log}"`])],
    why: explained?.why ?? `the client reads: ${verdict.client}`,
    fixes: explained?.fixes ?? [],
  })
}

/** What a line of kube-apiserver's log means: `"Unable to authenticate the request" err=…`, or the sentence alone. */
export function explainLine(line: string, context: Context): Finding {
  const reason = reasonInLogLine(line) ?? line.trim()
  const explained = explain(reason, context)
  if (explained === null) {
    return warning('log.explained', `this sentence is not known: ${reason.slice(0, 200)}`, {
      why: 'give the whole line that has "Unable to authenticate the request"',
    })
  }
  const { cause, why, fixes } = explained
  return failed('log.explained', cause, { seen: [`in its log: ${reason}`], why, fixes })
}
