import { explainOwnToken } from '../apiserver/explain-log.ts'
import { replayToken } from '../apiserver/replay.ts'
import type { AuthenticatorSettings, FetchDocument } from '../apiserver/types.ts'
import { failed, ok, skipped } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import type { Ports } from '../ports.ts'
import { countAt, textAt } from './nodes.ts'
import { removeRule } from './rules.ts'
import type { Source } from './source.ts'
import type { Trust } from './trust.ts'

/** GETs by the doctor's ports, as kube-apiserver would. */
export function fetchWith(ports: Ports): FetchDocument {
  return async (url, { certificateAuthority, bearer }) => {
    const outcome = await ports.https({
      ...{ url, method: 'GET', certificateAuthority, timeoutMs: 30_000 },
      ...(bearer === null ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
    })
    if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason }
    const { status, statusText, headers, body } = outcome
    return {
      ...{ kind: 'answer', status, statusText, body },
      contentType: headers['content-type'] ?? null,
    }
  }
}

/** A token of the subject without rights through all of kube-apiserver's checks, with these settings. */
export async function checkReplay(
  settings: AuthenticatorSettings,
  trust: Trust,
  files: readonly Source[],
  ports: Ports,
): Promise<Finding[]> {
  const { cluster, issuer } = trust
  if (cluster.probeToken === null) return []
  const { verdict, steps } = await replayToken({
    ...{ token: await cluster.probeToken(), settings, now: ports.now },
    ...{ fetchDocument: fetchWith(ports), askClaimsEndpoint: true },
  })
  if (verdict.kind === 'authenticated') {
    const { username, groups } = verdict.user
    const seen = [`as ${username}, in ${groups.join(', ')}`]
    return [ok('config.replay', 'a token goes through all checks of these settings', seen)]
  }
  if (verdict.kind === 'undecided') {
    return [skipped('config.replay', 'what becomes of a token cannot be told', verdict.reason)]
  }
  const reason = verdict.log ?? 'no reason'
  const explained = explainOwnToken(reason, {
    ...{ issuer: issuer.url, cluster: cluster.name, audience: cluster.audience },
  })
  const summary = `with these settings kube-apiserver refuses tokens: ${explained?.cause ?? reason}`
  return [
    failed('config.replay', summary, {
      seen: [
        ...steps
          .filter(({ status }) => status !== 'skipped')
          .map((step) => `${step.step}: ${step.detail}`),
        `its log: ${reason}`,
      ],
      why: explained?.why ?? '',
      fixes: ruleFix(reason, trust, files) ?? explained?.fixes ?? [],
    }),
  ]
}

/** The rule that said no goes: Lanyard's own let its tokens in. */
function ruleFix(reason: string, trust: Trust, files: readonly Source[]): readonly Fix[] | null {
  for (const source of files) {
    for (let index = 0; index < countAt(source, ['jwt']); index += 1) {
      for (const key of ['claimValidationRules', 'userValidationRules'] as const) {
        const path = ['jwt', index, key]
        const rules = Array.from({ length: countAt(source, path) }, (_, rule) => rule)
        const rule = rules.find((each) => {
          const expression = textAt(source, [...path, each, 'expression'])
          return expression !== undefined && reason.includes(`'${expression}'`)
        })
        const fix = rule === undefined ? null : removeRule({ source, index, trust }, key, rule)
        if (fix !== null) return [fix]
      }
    }
  }
  return null
}
